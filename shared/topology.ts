/**
 * What is deployed, as data: functions, the jobs and streams that invoke them, and what each may
 * do. The template is built from it (infra), grants and environment follow from it, and the
 * generated permission table in docs shows it. Nothing else says which function may touch what.
 */

/** What a function may be allowed to use; each is one resource of the template. */
export type ResourceName =
  | "truth"
  | "derived"
  | "archive"
  | "keys"
  | "apps"
  | "bus"
  | "ingest"
  | "facts"
  | "send"
  | "timers"
  | "timerRole";

/**
 * One permission. `on` says which resource; `actions` are exact IAM actions, never a wildcard;
 * `part` narrows it: a GSI of a table, or a key prefix of a bucket; `why` is what cannot be done
 * without it.
 */
export interface Grant {
  readonly on: ResourceName;
  readonly actions: readonly string[];
  readonly part?: string;
  readonly why: string;
}

export interface FunctionSpec {
  /** Seconds after which Lambda ends the invocation. */
  readonly timeoutS: number;
  readonly memoryMb: number;
  readonly grants: readonly Grant[];
  /** Endpoints and versions of providers it talks to (environment from stage.ts). */
  readonly providers?: readonly "graph"[];
}

export type FunctionName =
  | "api"
  | "webhook"
  | "ingest"
  | "send"
  | "publish"
  | "relay"
  | "timer"
  | "tick";

/** A queue, its dead letters, and the function that works on it. */
export interface JobSpec {
  readonly function: FunctionName;
  /** Messages per invocation. */
  readonly batchSize: number;
  /** Deliveries before a job is a dead letter. */
  readonly attemptsMax: number;
  /** Invocations of the function at once, at most (SQS allows 2 to 1,000). */
  readonly concurrencyMax: number;
  readonly retentionDays: number;
  /** First in, first out within a group (high throughput); else in any order. */
  readonly ordered?: boolean;
  /** The function also works on the dead letters, which end there. */
  readonly buries?: boolean;
}

export type JobName = "ingest" | "facts" | "send";

/** A consumer of the truth table's stream. */
export interface StreamSpec {
  readonly function: FunctionName;
  readonly batchSize: number;
  readonly parallelization: number;
  readonly attemptsMax: number;
}

export type StreamName = "publish";

export interface ScheduleSpec {
  readonly function: FunctionName;
  readonly everyMinutes: number;
}

/** SQS asks for a visibility timeout of six times the function's (Lambda guide, SQS sources). */
export const VISIBILITY_TIMES_TIMEOUT = 6;

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

export const jobs: Readonly<Record<JobName, JobSpec>> = {
  ingest: {
    function: "ingest",
    batchSize: 10,
    attemptsMax: 5,
    concurrencyMax: 20,
    retentionDays: 14,
  },
  send: {
    function: "send",
    // A group stays closed until its whole batch returns, so a slow recipient would hold the
    // conversations that happen to travel with it.
    batchSize: 1,
    // Waiting for a slot or a broken channel counts as a delivery; the verb bounds its own tries.
    attemptsMax: 200,
    concurrencyMax: 20,
    retentionDays: 14,
    ordered: true,
    buries: true,
  },
  facts: {
    function: "relay",
    batchSize: 10,
    attemptsMax: 8,
    concurrencyMax: 10,
    retentionDays: 14,
  },
};

export const streams: Readonly<Record<StreamName, StreamSpec>> = {
  publish: { function: "publish", batchSize: 100, parallelization: 1, attemptsMax: 5 },
};

export const schedules: Readonly<Record<"tick", ScheduleSpec>> = {
  tick: { function: "tick", everyMinutes: 5 },
};

/** Names of environment variables, so that functions and template cannot disagree. */
export const ENV = {
  stage: "STAGE",
  truth: "TRUTH_TABLE",
  derived: "DERIVED_TABLE",
  archive: "ARCHIVE_BUCKET",
  keys: "KEYS_SECRET",
  apps: "APPS_PREFIX",
  bus: "EVENT_BUS",
  ingest: "INGEST_QUEUE_URL",
  facts: "FACTS_QUEUE_URL",
  send: "SEND_QUEUE_URL",
  timers: "TIMERS",
  timerRole: "TIMER_ROLE",
  inboxShards: "INBOX_SHARDS",
  graphUrl: "GRAPH_URL",
  graphVersion: "GRAPH_VERSION",
} as const;
