import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { ulid } from "ulid";
import { idPrefixes } from "../../shared/domain/id.ts";
import { createWorkspace } from "../../shared/operations/workspaces.ts";
import type { Ids } from "../../shared/ports.ts";
import { WorkspaceStore } from "../../shared/store/store.ts";
import { Table } from "../../shared/store/table.ts";
import type { Stage } from "../stage.ts";
import { CALLS, commandLine, flagsFrom, outputsOf, told } from "./operator.ts";

const HELP = `Makes a workspace on a deployment, with an admin and a key for them. Everything else
is then done over the API.

  npm run workspace -- --stage prod --name "Acme" [--region REGION] [--truth TABLE --derived TABLE]

  --stage    dev or prod; required
  --name     of the workspace; required
  --region   where it is deployed; that of AWS_PROFILE or AWS_REGION otherwise
  --truth, --derived
             names of the two tables; what npm run deploy wrote into cdk.out otherwise
  --help     this text

It runs with your AWS credentials (AWS_PROFILE, as for the AWS command line), which must be allowed
to read and write both tables.
`;

export interface Order {
  readonly stage: Stage;
  readonly name: string;
  readonly region: string | null;
  readonly truth: string | null;
  readonly derived: string | null;
}

/** Reads the command line; null when it asks for help. Throws with what to do when it is wrong. */
export function orderFrom(argv: readonly string[]): Order | null {
  const patterns = { name: /^\S(.{0,198}\S)?$/, truth: TABLE_NAME, derived: TABLE_NAME };
  const flags = flagsFrom(argv, patterns);
  if (flags === null) return null;
  const { stage, region, values } = flags;
  const { name, truth, derived } = values;
  if (name === null) throw new Error('--name is required: --name "Acme".');
  return { stage, region, name, truth, derived };
}

const TABLE_NAME = /^[\w.-]{3,255}$/;

const ids: Ids = { of: (kind) => `${idPrefixes[kind]}_${ulid()}` };
const clock = { now: () => Date.now() };

async function make({ stage, name, region, ...tables }: Order): Promise<void> {
  const outputs = await outputsOf(stage.name);
  const { ApiUrl: url = "https://<ApiUrl of the api stack>" } = outputs;
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({ ...CALLS, ...(region !== null && { region }) }),
    { marshallOptions: { removeUndefinedValues: true } },
  );
  const { truth, derived } = tables;
  const parts = {
    truth: new Table(client, told(outputs, "TruthTable", { flag: "--truth", value: truth, stage })),
    derived: new Table(
      client,
      told(outputs, "DerivedTable", { flag: "--derived", value: derived, stage }),
    ),
    shards: stage.inboxShards,
    clock,
  };
  const workspaceId = ids.of("workspace");
  const store = new WorkspaceStore(parts, workspaceId, null);
  const scope = { actor: { kind: "system", workspaceId }, clock, ids, store } as const;
  const { seats } = await createWorkspace(scope, name, [{ name: "Admin", role: "admin" }]);
  const key = seats.map(({ secret }) => secret).join();
  process.stdout.write(`Made the workspace "${name}" on ${stage.name}.

  workspace  ${workspaceId}
  admin key  ${key}

The key is shown this once and can do everything in this workspace: keep it where your secrets are.
Try it, then make a key for each program and person with POST /v1/apiKeys:

  curl -H "Authorization: Bearer ${key}" ${url}/v1/me
`);
}

if (import.meta.main) await commandLine(HELP, orderFrom, make);
