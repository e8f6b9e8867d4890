import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { ulid } from "ulid";
import { Bus } from "../../shared/aws/bus.ts";
import { Queue } from "../../shared/aws/queue.ts";
import { TimerSchedules } from "../../shared/aws/schedules.ts";
import { SecretSeal } from "../../shared/aws/seal.ts";
import { checkPhone } from "../../shared/channels/whatsapp/check.ts";
import { whatsappSender } from "../../shared/channels/whatsapp/send.ts";
import { WhatsappTemplates } from "../../shared/channels/whatsapp/templates.ts";
import { idPrefixes } from "../../shared/domain/id.ts";
import type { Actor } from "../../shared/domain/permissions.ts";
import type { TemplateDesk } from "../../shared/domain/templateDesk.ts";
import type { Clock, Directory, Ids, Jobs, Once, Scope, Seal, Timers } from "../../shared/ports.ts";
import type { Sender } from "../../shared/providers.ts";
import { TableDirectory } from "../../shared/store/directory.ts";
import { WorkspaceStore } from "../../shared/store/store.ts";
import { Table } from "../../shared/store/table.ts";
import { TableTimetable } from "../../shared/store/timers.ts";
import { ENV } from "../../shared/topology.ts";
import { CALLS, variable } from "./settings.ts";

/**
 * Where verbs and adapters meet. Each function takes the parts it needs, and the bundler leaves out
 * the rest; a part is made when a function first asks for it.
 */

export const clock: Clock = { now: () => Date.now() };
export const ids: Ids = { of: (kind) => `${idPrefixes[kind]}_${ulid(Date.now())}` };

export interface Rows {
  readonly directory: Directory;
  /** Opens what one request or job works in. */
  scope(actor: Actor, once?: Once | null): Scope;
}

function documents(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(CALLS), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

/** The tables; a function without the derived one never writes to it. */
export function rows(): Rows {
  const client = documents();
  const truth = new Table(client, variable("truth"));
  const derived = new Table(client, process.env[ENV.derived] ?? "");
  const shards = Number(variable("inboxShards"));
  const parts = { truth, derived, shards, clock };
  return {
    directory: new TableDirectory(truth),
    scope: (actor, once = null) => ({
      actor,
      clock,
      ids,
      store: new WorkspaceStore(parts, actor.workspaceId, once),
    }),
  };
}

export function seal(): Seal {
  return new SecretSeal(new SecretsManagerClient(CALLS), variable("keys"), clock);
}

export function queue(name: "ingest" | "facts" | "send"): Jobs {
  return new Queue(new SQSClient(CALLS), variable(name));
}

export function bus(): Bus {
  return new Bus(new EventBridgeClient(CALLS), variable("bus"));
}

export function timers(): Timers {
  const client = new SchedulerClient(CALLS);
  return {
    timetable: new TableTimetable(new Table(documents(), variable("derived"))),
    schedules: new TimerSchedules(client, variable("timers"), variable("timerRole")),
  };
}

/** What the stream's records tell, and what a channel's callbacks hold. */
export { readCallback } from "../../shared/channels/whatsapp/receive.ts";
export { changeOf } from "../../shared/store/stream.ts";

export const graph = () => ({ url: variable("graphUrl"), version: variable("graphVersion") });

export function checkOf(sealed: Seal) {
  return checkPhone(graph(), sealed);
}

/** The way out of the one channel kind that can send today; the others are refused on accept. */
export function senderOf(sealed: Seal): Sender {
  return whatsappSender(graph(), sealed);
}

let desk: TemplateDesk | undefined;

/** Where templates are reviewed; made when somebody first asks, because few requests do. */
export function templateDesk(): TemplateDesk {
  desk ??= new WhatsappTemplates(graph(), seal(), async (channelKey) => {
    const directory = new TableDirectory(new Table(documents(), variable("truth")));
    return (await directory.metaApp(channelKey))?.appId ?? null;
  });
  return desk;
}
