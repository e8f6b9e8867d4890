import type { FunctionName, FunctionSpec } from "./topology.ts";

/**
 * What each function may do, and with how much time and memory. The roles of the template are made
 * of it, and the generated table in docs/PERMISSIONS.md shows it; a test proves that each line is
 * used.
 */

/** Raw callbacks, one compressed object per ingested batch. */
const RAW = "raw/";
/** Bodies too large for a queue message, until they are archived. */
const INBOX = "inbox/";

/**
 * Prefixes inside the archive bucket. The functions below name them directly: a bundler takes a
 * look into an object for a side effect, and every bundle would carry every function's grants.
 */
export const ARCHIVE = {
  raw: RAW,
  inbox: INBOX,
  /** Stream records that could not be published, parked whole (Lambda chooses the rest). */
  parked: "aws/lambda/",
} as const;

export const functions: Readonly<Record<FunctionName, FunctionSpec>> = {
  api: {
    timeoutS: 20,
    memoryMb: 1024,
    providers: ["graph"],
    grants: [
      {
        on: "truth",
        actions: ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"],
        why: "knows who calls, reads and lists",
      },
      { on: "truth", actions: ["dynamodb:PutItem"], why: "saves" },
      { on: "truth", actions: ["dynamodb:UpdateItem"], why: "notes when a key was used" },
      { on: "truth", actions: ["dynamodb:DeleteItem"], why: "revokes keys, frees identities" },
      {
        on: "truth",
        part: "gsi1",
        actions: ["dynamodb:Query"],
        why: "lists contacts, the inbox, callbacks",
      },
      {
        on: "truth",
        part: "gsi2",
        actions: ["dynamodb:Query"],
        why: "lists what an agent has",
      },
      {
        on: "derived",
        actions: ["dynamodb:GetItem", "dynamodb:PutItem"],
        why: "answers a repeated request as the first time",
      },
      {
        on: "keys",
        actions: ["secretsmanager:GetSecretValue"],
        why: "seals and opens cursors, stored answers and access tokens",
      },
      {
        on: "apps",
        actions: [
          "secretsmanager:GetSecretValue",
          "secretsmanager:CreateSecret",
          "secretsmanager:PutSecretValue",
        ],
        why: "connects an app, asks Meta about its tokens, and changes what it signs with",
      },
    ],
  },
  webhook: {
    timeoutS: 10,
    memoryMb: 512,
    grants: [
      {
        on: "apps",
        actions: ["secretsmanager:GetSecretValue"],
        why: "knows the app that calls, and what it signs with",
      },
      {
        on: "archive",
        part: INBOX,
        actions: ["s3:PutObject"],
        why: "keeps a body too large for the queue",
      },
      { on: "ingest", actions: ["sqs:SendMessage"], why: "queues the callback" },
    ],
  },
  ingest: {
    timeoutS: 60,
    memoryMb: 1024,
    grants: [
      {
        on: "truth",
        actions: ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"],
        why: "finds the channels, who writes, and what they wrote before",
      },
      {
        on: "truth",
        part: "gsi1",
        actions: ["dynamodb:Query"],
        why: "finds what is kept as broken, to drive it again",
      },
      { on: "truth", actions: ["dynamodb:PutItem"], why: "saves messages and what was kept" },
      { on: "archive", actions: ["s3:ListBucket"], why: "finds what to drive again" },
      { on: "archive", part: RAW, actions: ["s3:PutObject"], why: "archives every callback" },
      { on: "archive", part: RAW, actions: ["s3:GetObject"], why: "drives it again" },
      { on: "archive", part: INBOX, actions: ["s3:GetObject"], why: "reads a large body" },
    ],
  },
  send: {
    timeoutS: 60,
    memoryMb: 512,
    providers: ["graph"],
    grants: [
      {
        on: "truth",
        actions: ["dynamodb:GetItem", "dynamodb:Query"],
        why: "reads what is to be sent, and to whom",
      },
      { on: "truth", actions: ["dynamodb:PutItem"], why: "claims a message and notes how it went" },
      {
        on: "truth",
        actions: ["dynamodb:BatchGetItem"],
        why: "finds whose the name is that the provider answered with",
      },
      { on: "derived", actions: ["dynamodb:UpdateItem"], why: "takes the channel's next slot" },
      { on: "keys", actions: ["secretsmanager:GetSecretValue"], why: "opens the access token" },
      { on: "send", actions: ["sqs:ChangeMessageVisibility"], why: "lets a job come back later" },
    ],
  },
  publish: {
    timeoutS: 30,
    memoryMb: 512,
    grants: [
      { on: "facts", actions: ["sqs:SendMessage"], why: "queues each fact to be told" },
      { on: "ingest", actions: ["sqs:SendMessage"], why: "queues the next step of a re-drive" },
      { on: "send", actions: ["sqs:SendMessage"], why: "queues a message to be sent" },
    ],
  },
  relay: {
    timeoutS: 10,
    memoryMb: 512,
    grants: [
      { on: "bus", actions: ["events:PutEvents"], why: "tells each fact" },
      { on: "derived", actions: ["dynamodb:PutItem"], why: "notes what it arms" },
      {
        on: "timers",
        actions: ["scheduler:CreateSchedule"],
        why: "arms a timer when a window opens",
      },
      { on: "timerRole", actions: ["iam:PassRole"], why: "lets the schedule invoke the timer" },
    ],
  },
  timer: {
    timeoutS: 30,
    memoryMb: 512,
    grants: [
      { on: "truth", actions: ["dynamodb:GetItem"], why: "reads whose time has come" },
      { on: "truth", actions: ["dynamodb:PutItem"], why: "notes what is told, ends what waited" },
      { on: "derived", actions: ["dynamodb:DeleteItem"], why: "forgets a timer that has fired" },
      { on: "derived", actions: ["dynamodb:PutItem"], why: "notes what it arms" },
      { on: "timers", actions: ["scheduler:CreateSchedule"], why: "arms the next look" },
      { on: "timerRole", actions: ["iam:PassRole"], why: "lets the schedule invoke the timer" },
    ],
  },
  tick: {
    timeoutS: 60,
    memoryMb: 512,
    providers: ["graph"],
    grants: [
      { on: "truth", part: "gsi2", actions: ["dynamodb:Query"], why: "finds channels to check" },
      { on: "truth", actions: ["dynamodb:GetItem"], why: "reads a channel" },
      { on: "truth", actions: ["dynamodb:Query"], why: "reads an account's templates" },
      { on: "truth", actions: ["dynamodb:PutItem"], why: "notes how it and its templates are" },
      { on: "keys", actions: ["secretsmanager:GetSecretValue"], why: "opens a channel's token" },
      { on: "derived", actions: ["dynamodb:Query"], why: "finds timers that never fired" },
      { on: "derived", actions: ["dynamodb:DeleteItem"], why: "forgets them when they are done" },
      { on: "derived", actions: ["dynamodb:PutItem"], why: "notes what it arms" },
      { on: "timers", actions: ["scheduler:CreateSchedule"], why: "arms again what is not over" },
      { on: "timerRole", actions: ["iam:PassRole"], why: "lets the schedule invoke the timer" },
    ],
  },
};
