import { marshall } from "@aws-sdk/util-dynamodb";
import { describe, expect, test } from "vitest";
import { itemBytes } from "../../local/dynamo/units.ts";
import type { Write } from "../../shared/ports.ts";
import { rowsOf } from "../../shared/store/expand.ts";
import { decode } from "../../shared/store/rows.ts";
import { changeOf } from "../../shared/store/stream.ts";
import type { Item } from "../../shared/store/table.ts";
import {
  agentWith,
  apiKeyWith,
  callbackWith,
  channelWith,
  contactWith,
  conversationWith,
  messageWith,
  metaAppWith,
  moment,
  redriveWith,
  templateWith,
  WORKSPACE,
  workspaceWith,
} from "../domain/things.ts";

const place = { workspaceId: WORKSPACE, table: "truth", shards: 8 };
const wire = (item: Item) => marshall(item, { removeUndefinedValues: true });

/** The rows of a write as DynamoDB's stream tells them. */
function rows(write: Write): Item[] {
  return rowsOf(place, write).map(({ item, key }) => item ?? { ...key });
}

const record = (before: Item | null, after: Item | null) => ({
  eventName: "MODIFY",
  dynamodb: {
    Keys: wire({ pk: (after ?? before)?.pk, sk: (after ?? before)?.sk }),
    SequenceNumber: "1",
    ...(before === null ? {} : { OldImage: wire(before) }),
    ...(after === null ? {} : { NewImage: wire(after) }),
  },
});

const told = [
  ["message", messageWith()],
  ["conversation", conversationWith({ waitingSince: moment(0), windowClosesAt: moment(1) })],
  ["contact", contactWith()],
  ["channel", channelWith()],
  ["redrive", redriveWith({ position: "raw/x", completedAt: moment(1) })],
  ["callback", callbackWith({ raw: null })],
  ["template", templateWith({ staleAt: moment(1) })],
] as const;

const untold = [
  ["agent", agentWith()],
  ["apiKey", apiKeyWith()],
  ["metaApp", metaAppWith()],
  ["workspace", workspaceWith()],
] as const;

const writeOf = (noun: string, after: object) => ({ noun, before: null, after }) as Write;

describe("a row of the stream", () => {
  test.each(told)("tells of a %s what was stored", (noun, thing) => {
    const [row] = rows(writeOf(noun, thing));
    const older = { ...row!, rev: 0 };
    const change = (before: Item | null, after: Item | null) => changeOf(record(before, after));
    const was = { ...thing, rev: 0 };
    expect(change(null, row!)).toEqual({
      workspaceId: WORKSPACE,
      change: { noun, before: null, after: thing },
    });
    expect(change(older, row!)?.change).toEqual({ noun, before: was, after: thing });
    expect(change(row!, null)?.change).toEqual({ noun, before: thing, after: null });
  });

  test.each(untold)("of a %s is nobody's news", (noun, thing) => {
    const [row] = rows(writeOf(noun, thing));
    expect(changeOf(record(null, row!))).toBeNull();
    expect(decode(noun, row!)).toEqual(thing);
  });

  test("that is a claim, a pointer, a link or a route is nobody's news", () => {
    const writes = [
      writeOf("contact", contactWith()),
      writeOf("message", messageWith()),
      writeOf("apiKey", apiKeyWith()),
      writeOf("channel", channelWith()),
    ];
    const beside = writes.flatMap((write) => rows(write).slice(1));
    expect(beside).toHaveLength(6);
    for (const row of beside) expect(changeOf(record(null, row))).toBeNull();
  });

  test("of a noun that the next release knows is nobody's news", () => {
    expect(
      changeOf(record(null, { pk: `w#${WORKSPACE}#tags`, sk: "tag_1", row: "tag" })),
    ).toBeNull();
    expect(changeOf(record(null, { pk: `w#${WORKSPACE}#x`, sk: "x", row: "toString" }))).toBeNull();
  });

  test("that cannot be read throws, so that it is parked", () => {
    const [row] = rows(writeOf("message", messageWith()));
    const { channelId: _, ...cut } = row!;
    expect(() => changeOf(record(null, cut))).toThrow();
    expect(() => changeOf({})).toThrow();
    expect(() => changeOf(null)).toThrow();
  });
});

describe("a thing that is read and written again", () => {
  test.each([...told, ...untold])("keeps what the next release wrote of a %s", (noun, thing) => {
    const newer = { ...thing, mood: { since: null, list: [1, "a"] } };
    const [row] = rows(writeOf(noun, newer));
    expect(decode(noun, row!)).toEqual(newer);
    const [again] = rows(writeOf(noun, decode(noun, row!)));
    expect(again).toEqual(row);
  });

  test.each([...told, ...untold])("has no null among a %s's own attributes", (noun, thing) => {
    const [row] = rows(writeOf(noun, thing));
    expect(Object.values(row!)).not.toContain(null);
    expect(row).toMatchObject({ row: noun, v: 1 });
  });
});

describe("what a customer's message costs", () => {
  const bytes = (row: Item | undefined) => itemBytes(JSON.parse(JSON.stringify(wire(row!))));
  const message = messageWith({ replyToProviderId: "wamid.HBgMNDQ3NzAwOTAwMTIzFQIAEhgUM0E5AA" });
  const conversation = conversationWith({
    windowClosesAt: moment(86_400_000),
    waitingSince: moment(0),
    unreadCount: 12,
    rev: 1_234,
    lastMessage: {
      id: message.id,
      direction: "inbound",
      type: "text",
      preview: "Hi, is my order ready?",
      createdAt: moment(0),
    },
  });

  test("is one write unit for each row while it is short", () => {
    const [row, pointer] = rows(writeOf("message", message));
    const [inbox] = rows(writeOf("conversation", conversation));
    const [mine] = rows(writeOf("conversation", { ...conversation, assigneeId: agentWith().id }));
    expect(Object.keys(inbox!)).toEqual(expect.arrayContaining(["gsi1pk", "gsi2pk"]));
    expect(bytes(row)).toBeLessThanOrEqual(1_024);
    expect(bytes(pointer)).toBeLessThanOrEqual(1_024);
    expect(bytes(inbox)).toBeLessThanOrEqual(1_024);
    expect(bytes(mine)).toBeLessThanOrEqual(1_024);
  });

  test("is one for the conversation also when it is long", () => {
    const lastMessage = { ...conversation.lastMessage!, preview: "x".repeat(160) };
    const long = { ...conversation, lastMessage };
    const [mine] = rows(writeOf("conversation", { ...long, assigneeId: agentWith().id }));
    expect(bytes(mine)).toBeLessThanOrEqual(1_024);
  });
});
