import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { ulid } from "ulid";
import { inject } from "vitest";
import { stageNamed } from "../../infra/stage.ts";
import { ROOT_KEY } from "../../local/access.ts";
import { REGION } from "../../local/parts.ts";
import { loadTemplate } from "../../local/template/load.ts";
import { SecretSeal } from "../../shared/aws/seal.ts";
import { idPrefixes } from "../../shared/domain/id.ts";
import { SEALED } from "../../shared/domain/workspaces.ts";
import { addChannel } from "../../shared/operations/workspaces.ts";
import type { Scope } from "../../shared/ports.ts";
import { WorkspaceStore } from "../../shared/store/store.ts";
import { Table } from "../../shared/store/table.ts";
import { now } from "./client.ts";

/**
 * What an operator does with the rights of the account, for what the API does not do yet: connect a
 * number, change a token, assign and resolve a conversation.
 */
export interface Operator {
  connectNumber(channelKey: string, phoneNumberId: string): Promise<string>;
  changeToken(channelId: string, accessToken: string): Promise<void>;
  changeConversation(id: string, to: Partial<Conversation>): Promise<void>;
}
type Conversation = NonNullable<Awaited<ReturnType<Scope["store"]["conversation"]>>>;

/** The token that the simulated Meta takes. */
export const GOOD_TOKEN = "local-meta-token";

export function operatorOf(workspaceId: string): Operator {
  const { url, gatewayUrl, assembly } = inject("cloud");
  const template = loadTemplate(assembly, { gateway: gatewayUrl, web: url });
  const settings = { region: REGION, endpoint: gatewayUrl, credentials: ROOT_KEY };
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(settings), {
    marshallOptions: { removeUndefinedValues: true },
  });
  const clock = { now };
  const table = (output: string) => new Table(client, template.output(output));
  const { inboxShards: shards } = stageNamed("local");
  const parts = { truth: table("TruthTable"), derived: table("DerivedTable"), shards, clock };
  const secrets = new SecretsManagerClient(settings);
  const seal = new SecretSeal(secrets, template.output("KeysSecret"), clock);
  const store = new WorkspaceStore(parts, workspaceId, null);
  const scope: Scope = {
    actor: { kind: "system", workspaceId },
    clock,
    ids: { of: (kind) => `${idPrefixes[kind]}_${ulid(now())}` },
    store,
  };
  const done = ({ ok }: { ok: boolean }) => {
    if (!ok) throw new Error("Somebody else changed it at the same time.");
  };
  return {
    async connectNumber(channelKey, phoneNumberId) {
      const whatsapp = { channelKey, phoneNumberId, wabaId: "2", accessToken: GOOD_TOKEN };
      const input = { kind: "whatsapp", name: "Second", address: "+15550100009" } as const;
      return (await addChannel(scope, seal, { ...input, perSecond: 80, whatsapp })).id;
    },
    async changeToken(channelId, accessToken) {
      const before = await store.channel(channelId);
      if (before === null) throw new Error("There is no such channel.");
      const sealed = await seal.seal(SEALED.credentials, channelId, Buffer.from(accessToken));
      const credentials = Buffer.from(sealed).toString("base64");
      const after = { ...before, credentials, rev: before.rev + 1 };
      done(await store.commit([{ noun: "channel", before, after }]));
    },
    async changeConversation(id, to) {
      const before = await store.conversation(id);
      if (before === null) throw new Error("There is no such conversation.");
      const after = { ...before, ...to, rev: before.rev + 1 };
      done(await store.commit([{ noun: "conversation", before, after }]));
    },
  };
}
