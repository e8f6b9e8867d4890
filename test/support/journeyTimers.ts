/** Where the journey lets time pass: timers that fire, one that is lost, one that dies. */
import { strict as assert } from "node:assert";
import { DynamoDBClient, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod";
import { ROOT_KEY } from "../../local/access.ts";
import { REGION } from "../../local/parts.ts";
import type { Sqs } from "../../local/sqs/sqs.ts";
import { type Timer, timerMinute, timerName } from "../../shared/domain/timers.ts";
import { TIMER_SHARDS, timerKey, timersPartition } from "../../shared/store/keys.ts";
import { advance, type Traveller } from "./traveller.ts";

/** Into the last hour of the windows that the journey opened. */
const LAST_HOUR_MS = 23 * 3_600_000;
const TICK_MS = 5 * 60_000;
const LONG_AGO_MS = 3_600_000;

export async function watchTheClock(traveller: Traveller): Promise<void> {
  const { cloud, tenant, eventually } = traveller;
  const advanced = advance(traveller, LAST_HOUR_MS);
  await eventually("a warning that a window closes", () =>
    cloud.bus.recent().some(({ event }) => {
      const told = JSON.stringify(event.detail);
      return told.includes("window.closing") && told.includes(tenant.id);
    }),
  );
  await eventually("what fired forgotten, and the next look noted", async () => {
    const times = (await rowsOf(traveller)).map(({ at }) => Date.parse(String(at)));
    return times.length > 0 && times.every((at) => at > cloud.clock.now());
  });
  await eventually("the work of that hour done", advanced);
  await mendWhatIsLost(traveller);
  await buryWhatDies(traveller);
}

/** A timer that has no schedule: the tick looks in its place and arms the next one. */
async function mendWhatIsLost(traveller: Traveller): Promise<void> {
  const { cloud, tenant, admin, eventually } = traveller;
  const [newest] = await admin.all("/conversations");
  const at = new Date(cloud.clock.now() - LONG_AGO_MS).toISOString();
  const lost: Timer = { workspaceId: tenant.id, kind: "window", id: newest.id, at };
  const key = timerKey(timerName(lost), lost.id, timerMinute(lost));
  const Item = marshall({ ...key, ...lost });
  const client = new DynamoDBClient(settingsOf(traveller));
  await client.send(new PutItemCommand({ TableName: derivedOf(traveller), Item }));
  client.destroy();
  const advanced = advance(traveller, TICK_MS);
  await eventually("the lost timer made good", async () =>
    (await rowsOf(traveller)).every((row) => row.at !== at),
  );
  await eventually("the work of that tick done", advanced);
}

/** A timer that means nothing fails and ends among the dead letters. */
async function buryWhatDies(traveller: Traveller): Promise<void> {
  const { cloud, tenant, eventually } = traveller;
  const { TIMERS, TIMER_ROLE } = timerSettings(cloud);
  const { group, target, deadLetters } = placeSchema.parse(JSON.parse(TIMERS));
  const grave = cloud.sqs.queue(deadLetters);
  drain(grave);
  const client = new SchedulerClient(settingsOf(traveller));
  await client.send(
    new CreateScheduleCommand({
      Name: `nothing-${tenant.id}-${cloud.clock.now()}`,
      GroupName: group,
      ScheduleExpression: "at(2026-01-01T00:00:00)",
      FlexibleTimeWindow: { Mode: "OFF" },
      ActionAfterCompletion: "DELETE",
      Target: {
        Arn: target,
        RoleArn: TIMER_ROLE,
        DeadLetterConfig: { Arn: deadLetters },
        RetryPolicy: { MaximumRetryAttempts: 0 },
      },
    }),
  );
  client.destroy();
  await eventually("the timer that means nothing buried", () => grave.counts().visible > 0);
  drain(grave);
}

const AT_ONCE = 10;

function drain(queue: ReturnType<Sqs["queue"]>): void {
  for (let held = queue.receive({ max: AT_ONCE }); held.length > 0; ) {
    for (const { receipt } of held) queue.remove(receipt);
    held = queue.receive({ max: AT_ONCE });
  }
}

/** What is armed for the workspace of this journey. */
async function rowsOf(traveller: Traveller): Promise<Record<string, unknown>[]> {
  const client = new DynamoDBClient(settingsOf(traveller));
  const rows: Record<string, unknown>[] = [];
  for (let shard = 0; shard < TIMER_SHARDS; shard++) {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: derivedOf(traveller),
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: timersPartition(shard).pk } },
      }),
    );
    rows.push(...Items.map((item) => unmarshall(item)));
  }
  client.destroy();
  return rows.filter(({ workspaceId }) => workspaceId === traveller.tenant.id);
}

const settingsOf = ({ cloud }: Traveller) => ({
  region: REGION,
  endpoint: cloud.gatewayUrl,
  credentials: ROOT_KEY,
});
const derivedOf = ({ cloud }: Traveller) => cloud.template.output("DerivedTable");

const placeSchema = z.object({ group: z.string(), target: z.string(), deadLetters: z.string() });
const timerSchema = z.looseObject({
  FunctionName: z.literal("parley-local-timer"),
  Environment: z.object({ Variables: z.object({ TIMERS: z.string(), TIMER_ROLE: z.string() }) }),
});

/** What the template tells the timer function. */
function timerSettings({ template }: Traveller["cloud"]) {
  const found = template
    .resources("AWS::Lambda::Function")
    .map(({ properties }) => timerSchema.safeParse(properties).data)
    .find((timer) => timer !== undefined);
  assert(found !== undefined);
  return found.Environment.Variables;
}
