import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod/mini";
import type { Change } from "../domain/facts.ts";
import * as keys from "./keys.ts";
import { decode, isNoun, type Noun } from "./rows.ts";

/** A record of the truth table's stream; it carries both images of a row. */
const recordSchema = z.object({
  dynamodb: z.object({
    Keys: z.record(z.string(), z.unknown()),
    OldImage: z.optional(z.record(z.string(), z.unknown())),
    NewImage: z.optional(z.record(z.string(), z.unknown())),
  }),
});

/** What a record tells, with its workspace; null for rows that are nobody's news. */
export function changeOf(record: unknown): { workspaceId: string; change: Change } | null {
  const { dynamodb } = recordSchema.parse(record);
  const before = image(dynamodb.OldImage);
  const after = image(dynamodb.NewImage);
  const row = after ?? before;
  const workspaceId = keys.workspaceOf(String(row?.pk));
  if (row === null || workspaceId === null || !isNoun(row.row)) return null;
  const change = changeIn(row.row, before, after);
  return change === null ? null : { workspaceId, change };
}

type Image = Record<string, unknown>;

function image(attributes: Image | undefined): Image | null {
  if (attributes === undefined) return null;
  return unmarshall(attributes as Parameters<typeof unmarshall>[0]);
}

function changeIn(noun: Noun, before: Image | null, after: Image | null): Change | null {
  const both = <N extends Noun>(as: N) => ({
    noun: as,
    before: before === null ? null : decode(as, before),
    after: after === null ? null : decode(as, after),
  });
  switch (noun) {
    case "message":
      return both("message");
    case "conversation":
      return both("conversation");
    case "contact":
      return both("contact");
    case "channel":
      return both("channel");
    case "redrive":
      return both("redrive");
    case "callback":
      return both("callback");
    case "template":
      return both("template");
    case "agent":
    case "apiKey":
    case "awaited":
    case "metaApp":
    case "rateCard":
    case "workspace":
      return null;
    default:
      return noun satisfies never;
  }
}
