import { randomInt } from "node:crypto";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { ulid } from "ulid";
import { writeAppSecrets } from "../shared/aws/appSecrets.ts";
import { SecretSeal } from "../shared/aws/seal.ts";
import { idPrefixes } from "../shared/domain/id.ts";
import type { Role } from "../shared/domain/permissions.ts";
import { type Template, unsubmitted } from "../shared/domain/templates.ts";
import { addChannel, addMetaApp, createWorkspace } from "../shared/operations/workspaces.ts";
import type { Ids, Scope, Seal } from "../shared/ports.ts";
import { WorkspaceStore } from "../shared/store/store.ts";
import { Table } from "../shared/store/table.ts";
import { ROOT_KEY } from "./access.ts";
import type { Cloud } from "./cloud.ts";
import { REGION } from "./parts.ts";

/** The values of contract and README; they never change. */
export const LOCAL_KEYS = [
  { name: "admin", key: "pk_local_admin" },
  { name: "agent", key: "pk_local_agent" },
] as const;

const LOCAL_NUMBER = {
  channelKey: "local",
  appId: "600000000000001",
  appSecret: "local-app-secret",
  accessToken: "local-meta-token",
  verifyToken: "local-verify-token",
  wabaId: "200000000000001",
  phoneNumberId: "300000000000001",
  displayNumber: "15550100001",
};
type Number = typeof LOCAL_NUMBER;

/** What a test needs to work in a workspace of its own. */
export interface Tenant {
  readonly id: string;
  readonly adminKey: string;
  readonly agentKey: string;
  readonly channels: readonly {
    readonly id: string;
    readonly kind: string;
    readonly channelKey: string | null;
    readonly phoneNumberId: string | null;
    readonly wabaId: string | null;
  }[];
}

const ids: Ids = { of: (kind) => `${idPrefixes[kind]}_${ulid()}` };
const LOCAL_ID = "wsp_0000000000000000000000000A";

/** Makes workspaces on the laptop, as the operator's command makes them on a deployment. */
export class Tenants {
  readonly #cloud: Cloud;
  readonly #secrets: SecretsManagerClient;
  readonly #seal: Seal;
  readonly #scope: (workspaceId: string) => Scope;

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
    const settings = { region: REGION, endpoint: cloud.gatewayUrl, credentials: ROOT_KEY };
    const client = DynamoDBDocumentClient.from(new DynamoDBClient(settings), {
      marshallOptions: { removeUndefinedValues: true },
    });
    const { clock, template } = cloud;
    const truth = new Table(client, template.output("TruthTable"));
    const derived = new Table(client, template.output("DerivedTable"));
    const parts = { truth, derived, shards: shardsOf(cloud), clock };
    this.#secrets = new SecretsManagerClient(settings);
    this.#seal = new SecretSeal(this.#secrets, template.output("KeysSecret"), clock);
    this.#scope = (workspaceId) => ({
      actor: { kind: "system", workspaceId },
      clock,
      ids,
      store: new WorkspaceStore(parts, workspaceId, null),
    });
  }

  /** Whether the laptop's own workspace is there already (it was made at an earlier start). */
  async isSeeded(): Promise<boolean> {
    const { items } = await this.#scope(LOCAL_ID).store.channels({ limit: 1, position: null });
    return items.length > 0;
  }

  /** The workspace of the README, with its fixed keys and one channel of each kind. */
  async createLocal(): Promise<Tenant> {
    this.#cloud.graph.addNumber(LOCAL_NUMBER);
    const seats = LOCAL_KEYS.map(({ name, key }) => ({
      name: `Local ${name}`,
      role: name,
      secret: key,
    }));
    return this.#create(LOCAL_ID, "local", seats, LOCAL_NUMBER);
  }

  /** A fresh workspace with a number, a Meta app and a channel key of its own. */
  create(name: string): Promise<Tenant> {
    const digits = () => String(randomInt(1e11, 1e12)).padStart(12, "1");
    const number: Number = {
      ...LOCAL_NUMBER,
      channelKey: `test-${digits()}`,
      appId: `600${digits()}`,
      wabaId: `200${digits()}`,
      phoneNumberId: `300${digits()}`,
      displayNumber: `1555${digits().slice(0, 7)}`,
    };
    this.#cloud.graph.addNumber(number);
    const seats = [
      { name: "Admin", role: "admin" },
      { name: "Agent", role: "agent" },
    ] as const;
    return this.#create(ids.of("workspace"), name, seats, number);
  }

  async #create(
    id: string,
    name: string,
    seats: readonly { name: string; role: Role; secret?: string }[],
    number: Number,
  ): Promise<Tenant> {
    const scope = this.#scope(id);
    const { channelKey, appId, appSecret, verifyToken, accessToken } = number;
    await addMetaApp(scope, { channelKey, appId });
    const secrets = { appSecrets: [appSecret], verifyToken };
    const prefix = this.#cloud.template.output("AppsPrefix");
    await writeAppSecrets(this.#secrets, prefix, channelKey, secrets);
    const { wabaId, phoneNumberId, displayNumber } = number;
    const channels = await Promise.all([
      addChannel(scope, this.#seal, {
        kind: "whatsapp",
        name: "WhatsApp",
        address: `+${displayNumber}`,
        perSecond: 80,
        whatsapp: { channelKey, wabaId, phoneNumberId, accessToken },
      }),
      addChannel(scope, this.#seal, {
        kind: "email",
        name: "Email",
        address: `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}@parley.example`,
        perSecond: 14,
      }),
      addChannel(scope, this.#seal, {
        kind: "sms",
        name: "SMS",
        address: "+15550100002",
        perSecond: 20,
      }),
    ]);
    await this.#addTemplate(scope, channels[0].id, wabaId);
    const made = await createWorkspace(scope, name, seats);
    const secretOf = (role: Role) => made.seats.find(({ key }) => key.role === role)?.secret ?? "";
    return {
      id,
      adminKey: secretOf("admin"),
      agentKey: secretOf("agent"),
      channels: channels.map(({ id, kind, whatsapp }) => ({
        id,
        kind,
        channelKey: whatsapp?.channelKey ?? null,
        phoneNumberId: whatsapp?.phoneNumberId ?? null,
        wabaId: whatsapp?.wabaId ?? null,
      })),
    };
  }

  async #addTemplate(scope: Scope, channelId: string, wabaId: string): Promise<void> {
    const { body, examples, ...known } = WELCOME_BACK;
    this.#cloud.graph.addTemplate({ ...known, body, wabaId });
    const at = new Date(scope.clock.now()).toISOString();
    const template: Template = {
      ...unsubmitted,
      ...known,
      id: ids.of("template"),
      channelId,
      wabaId,
      parameterFormat: "named",
      components: [{ type: "body", text: body, examples }],
      messageTtlSeconds: null,
      statusHistory: [{ status: known.status, at, reason: null }],
      holdsName: true,
      submittedAt: at,
      createdAt: at,
      updatedAt: at,
      rev: 1,
    };
    await scope.store.commit([{ noun: "template", before: null, after: template }]);
  }
}

/** What a number needs to write first: approved at the pretend Meta, and known to the channel. */
const WELCOME_BACK = {
  name: "welcome_back",
  language: "en_US",
  category: "utility",
  body: "Hi {{first_name}}, we are here again. How can we help?",
  examples: { first_name: "Ada" },
  status: "approved",
} as const;

/** As many as the functions know of, or a list would miss rows. */
function shardsOf({ template }: Cloud): number {
  for (const { properties } of template.resources("AWS::Lambda::Function")) {
    const { Environment: environment } = properties;
    const text = JSON.stringify(environment);
    const [, shards] = /"INBOX_SHARDS":"(\d+)"/.exec(text) ?? [];
    if (shards !== undefined) return Number.parseInt(shards, 10);
  }
  throw new Error("No function of the template has INBOX_SHARDS.");
}
