import type * as z from "zod/mini";
import { agentSchema } from "../domain/agents.ts";
import { awaitedSchema } from "../domain/amendments.ts";
import { apiKeySchema } from "../domain/apiKeys.ts";
import { callbackSchema, redriveSchema } from "../domain/callbacks.ts";
import { channelSchema } from "../domain/channels.ts";
import { contactSchema } from "../domain/contacts.ts";
import { conversationSchema } from "../domain/conversations.ts";
import { messageSchema } from "../domain/messages.ts";
import { rateCardSchema } from "../domain/rates.ts";
import { templateSchema } from "../domain/templates.ts";
import { metaAppSchema, workspaceSchema } from "../domain/workspaces.ts";
import type { Write } from "../ports.ts";
import * as keys from "./keys.ts";
import type { Item } from "./table.ts";

/**
 * How things become rows and rows become things. Absent stands for null, what this release does not
 * know is kept (the next release may have written it), and our own bad data throws.
 */
const schemas = {
  agent: agentSchema,
  apiKey: apiKeySchema,
  awaited: awaitedSchema,
  callback: callbackSchema,
  channel: channelSchema,
  contact: contactSchema,
  conversation: conversationSchema,
  message: messageSchema,
  metaApp: metaAppSchema,
  rateCard: rateCardSchema,
  redrive: redriveSchema,
  template: templateSchema,
  workspace: workspaceSchema,
} as const;

export type Noun = Write["noun"];
export type Thing<N extends Noun> = z.infer<(typeof schemas)[N]>;

/** The layout's version; each release reads the one before. */
const VERSION = 1;
const OF_THE_ROW = new Set<string>(["pk", "sk", "row", "v", ...keys.INDEX_ATTRIBUTES]);

export function isNoun(value: unknown): value is Noun {
  return typeof value === "string" && Object.hasOwn(schemas, value);
}

export function encode(noun: Noun, thing: object, key: keys.Key, index: keys.IndexKeys): Item {
  const filled = Object.entries(thing).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(filled), ...key, ...index, row: noun, v: VERSION };
}

export function decode<N extends Noun>(noun: N, item: Item): Thing<N> {
  const schema = schemas[noun];
  const absent = Object.keys(schema.shape).map((name) => [name, null]);
  const own = Object.entries(item).filter(([name]) => !OF_THE_ROW.has(name));
  return schema.parse(Object.fromEntries([...absent, ...own])) as Thing<N>;
}
