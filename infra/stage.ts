import { RemovalPolicy } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";

/**
 * The only place that knows how one deployment differs from another. `local` is what the laptop
 * runs, `dev` is a deployment that may be thrown away, `prod` keeps its data whatever happens.
 */

export const STAGE_NAMES = ["local", "dev", "prod"] as const;
export type StageName = (typeof STAGE_NAMES)[number];

export interface Stage {
  readonly name: StageName;
  /** Tables and buckets outlive their stack, and nothing is deleted without lifting the guard. */
  readonly guarded: boolean;
  /** Of the tables and buckets; the keys secret is retained everywhere. */
  readonly removal: RemovalPolicy;
  readonly logRetention: RetentionDays;
  /** How long raw callbacks and parked records are kept. */
  readonly archiveDays: number;
  /** When raw callbacks move to Glacier Instant Retrieval; null leaves them where they are. */
  readonly coldAfterDays: number | null;
  /** How long media is kept; null: as long as its message. */
  readonly mediaDays: number | null;
  /** When media moves to Glacier Instant Retrieval, which still opens it at once. */
  readonly mediaColdAfterDays: number | null;
  /** Partitions that one status of one workspace's inbox is spread over. */
  readonly inboxShards: number;
  /** Requests per second and burst of the whole HTTP API. */
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
  readonly graphUrl: string;
  readonly graphVersion: string;
  /** Who is told about alarms; null leaves the topic without a subscriber. */
  readonly alarmEmail: string | null;
}

type Choices = Omit<Stage, "name" | "graphUrl" | "graphVersion" | "alarmEmail">;

const CHOICES: Readonly<Record<StageName, Choices>> = {
  local: {
    guarded: false,
    removal: RemovalPolicy.DESTROY,
    logRetention: RetentionDays.ONE_DAY,
    archiveDays: 30,
    coldAfterDays: null,
    mediaDays: null,
    mediaColdAfterDays: null,
    inboxShards: 2,
    throttle: { rateLimit: 10_000, burstLimit: 5_000 },
  },
  dev: {
    guarded: false,
    removal: RemovalPolicy.DESTROY,
    logRetention: RetentionDays.TWO_WEEKS,
    archiveDays: 30,
    coldAfterDays: null,
    mediaDays: 30,
    mediaColdAfterDays: null,
    inboxShards: 2,
    throttle: { rateLimit: 100, burstLimit: 200 },
  },
  prod: {
    guarded: true,
    removal: RemovalPolicy.RETAIN,
    logRetention: RetentionDays.THREE_MONTHS,
    archiveDays: 400,
    coldAfterDays: 30,
    mediaDays: null,
    mediaColdAfterDays: 90,
    inboxShards: 4,
    throttle: { rateLimit: 1_000, burstLimit: 2_000 },
  },
};

/** Refuses a name that is not a stage, so that a typing error never becomes a deployment. */
export function stageNamed(name: string, alarmEmail: string | null = null): Stage {
  const known = STAGE_NAMES.find((each) => each === name);
  if (known === undefined) {
    throw new Error(`Stage "${name}" does not exist; take one of ${STAGE_NAMES.join(", ")}.`);
  }
  return {
    ...CHOICES[known],
    name: known,
    graphUrl: "https://graph.facebook.com",
    graphVersion: "v25.0",
    alarmEmail,
  };
}
