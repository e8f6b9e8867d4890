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
