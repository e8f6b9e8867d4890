import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { newApp, parley } from "../infra/parley.ts";
import { routesFrom } from "../infra/routes.ts";
import { stageNamed } from "../infra/stage.ts";
import { ROOT_KEY } from "../local/access.ts";
import type { Cloud } from "../local/cloud.ts";
import type { Item } from "../local/dynamo/request.ts";
import { openCloud } from "../local/open.ts";
import { REGION } from "../local/parts.ts";
import { LOCAL_KEYS } from "../local/tenants.ts";
import { WorkspaceStore } from "../shared/store/store.ts";
import { Table } from "../shared/store/table.ts";

/** A laptop cloud of the bench's own: in memory, empty, running what was just bundled. */

const ROOT = join(import.meta.dirname, "..");
const STAGE = stageNamed("local");

export const [{ key: ADMIN_KEY }, { key: AGENT_KEY }] = LOCAL_KEYS;

export interface Laptop {
  readonly cloud: Cloud;
  /** The laptop's own client, which may do everything. */
  readonly database: DynamoDBDocumentClient;
  /** Names of the tables. */
  readonly truth: string;
  readonly derived: string;
  /** How many invocations have ended. */
  invocations(): number;
  stop(): Promise<void>;
}

/** @param assets folder with one bundle per function; the template is written beside it */
export async function openLaptop(assets: string): Promise<Laptop> {
  const assembly = join(assets, "..", "cdk.out");
  const app = newApp(assembly);
  parley(app, { stage: STAGE, routes: routesFrom(join(ROOT, "docs/openapi.json")), assets });
  app.synth();
  let invocations = 0;
  const { cloud } = await openCloud({
    assembly,
    directory: null,
    port: 0,
    empty: true,
    print: ({ line }) => {
      // Lambda closes every invocation with such a line.
      if (line.includes('"platform.report"')) invocations += 1;
    },
  });
  const settings = { region: REGION, endpoint: cloud.gatewayUrl, credentials: ROOT_KEY };
  const client = new DynamoDBClient(settings);
  return {
    cloud,
    database: DynamoDBDocumentClient.from(client, {
      marshallOptions: { removeUndefinedValues: true },
    }),
    truth: cloud.template.output("TruthTable"),
    derived: cloud.template.output("DerivedTable"),
    invocations: () => invocations,
    stop: async () => {
      client.destroy();
      await cloud.stop();
    },
  };
}

/** Waits until nothing is under way anywhere. */
export async function settled({ cloud }: Laptop): Promise<void> {
  const { settled, pending } = await cloud.settle();
  if (!settled) throw new Error(`The laptop cloud does not settle: ${pending.join(", ")}.`);
}

/** One call of the API; throws unless it succeeds. Answers the body. */
export async function ask(
  { cloud }: Laptop,
  path: string,
  { key = ADMIN_KEY, body, headers = {} }: Asked = {},
): Promise<unknown> {
  const reply = await fetch(`${cloud.url}/v1${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!reply.ok) throw new Error(`${path} was answered ${reply.status}: ${await reply.text()}`);
  return reply.json();
}

const listSchema = z.object({ data: z.array(z.object({ id: z.string() })) });

/** The id of the newest thing in a list of the API. */
export async function newestIn(laptop: Laptop, path: string): Promise<string> {
  const [newest] = listSchema.parse(await ask(laptop, `${path}?limit=1`)).data;
  if (newest === undefined) throw new Error(`${path} is empty.`);
  return newest.id;
}

export interface Asked {
  readonly key?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const scanSchema = z.object({
  Items: z.array(z.record(z.string(), z.record(z.string(), z.unknown()))),
  LastEvaluatedKey: z.unknown().optional(),
});

/** Every row of both tables, as it is on the wire, by table and key. */
export async function everyRow({ cloud, truth, derived }: Laptop): Promise<Map<string, Item>> {
  const rows = new Map<string, Item>();
  for (const table of [truth, derived]) {
    let start: unknown;
    do {
      const asked = { TableName: table, ExclusiveStartKey: start };
      const page = scanSchema.parse(await cloud.tables.engine.call("Scan", asked));
      for (const row of page.Items) rows.set(`${table} ${JSON.stringify([row.pk, row.sk])}`, row);
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }
  return rows;
}

const meSchema = z.object({
  workspaceId: z.string(),
  agent: z.object({ id: z.string() }),
});

/** Gives a conversation to an agent, by the store, as no door does it yet. */
export async function assign(laptop: Laptop, conversationId: string): Promise<void> {
  const { workspaceId, agent } = meSchema.parse(await ask(laptop, "/me", { key: AGENT_KEY }));
  const truth = new Table(laptop.database, laptop.truth);
  const derived = new Table(laptop.database, laptop.derived);
  const { clock } = laptop.cloud;
  const parts = { truth, derived, shards: STAGE.inboxShards, clock };
  const store = new WorkspaceStore(parts, workspaceId, null);
  const before = await store.conversation(conversationId);
  if (before === null) throw new Error("The conversation is gone.");
  const after = { ...before, assigneeId: agent.id, rev: before.rev + 1 };
  const { ok } = await store.commit([{ noun: "conversation", before, after }]);
  if (!ok) throw new Error("The conversation was not assigned.");
  await settled(laptop);
}
