import fc from "fast-check";
import { ulid } from "ulid";
import { describe, expect, test } from "vitest";
import {
  type IdKind,
  idPattern,
  idPrefixes,
  isId,
  messageIdIn,
  saidBy,
  threadOf,
  timeOf,
} from "../../shared/domain/id.ts";
import { AT_MS, CONVERSATION } from "./things.ts";

const kinds = Object.keys(idPrefixes) as IdKind[];
const OFFSET_MAX_MS = 2 ** 25 - 1;

/** Any conversation, a message's time, how much later it arrived, and at which place. */
const times = fc.integer({ min: 0, max: 2 ** 48 - 1 - OFFSET_MAX_MS });
const offsets = fc.integer({ min: 0, max: OFFSET_MAX_MS });
const positions = fc.integer({ min: 0, max: 1_023 });
const conversations = fc.integer({ min: 0, max: 2 ** 48 - 1 }).map((at) => `cnv_${ulid(at)}`);

describe("a message's id", () => {
  test("is an id, and tells its time", () => {
    const property = fc.property(
      conversations,
      times,
      offsets,
      positions,
      (cnv, at, off, place) => {
        const id = messageIdIn(cnv, at, at + off, place);
        expect(isId("message", id)).toBe(true);
        expect(timeOf(id)).toBe(at);
      },
    );
    fc.assert(property);
  });

  test("names its conversation's thread", () => {
    const property = fc.property(
      conversations,
      times,
      offsets,
      positions,
      (cnv, at, off, place) => {
        expect(threadOf(messageIdIn(cnv, at, at + off, place))).toBe(threadOf(cnv));
      },
    );
    fc.assert(property);
  });

  test("sorts by time, then arrival, then position, and is another one for each", () => {
    const one = fc.tuple(times, offsets, positions);
    const near = fc.tuple(fc.constantFrom(AT_MS, AT_MS + 1), offsets, positions);
    const property = fc.property(fc.oneof(one, near), fc.oneof(one, near), (a, b) => {
      const [first, second] = [a, b].map(([at, off, place]) =>
        messageIdIn(CONVERSATION, at, at + off, place),
      ) as [string, string];
      const order = a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
      expect(Math.sign(order)).toBe(first < second ? -1 : first > second ? 1 : 0);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test.each([
    ["before its own time, as if at once", -1, 0],
    ["9.3 hours late, told apart to the millisecond", OFFSET_MAX_MS, OFFSET_MAX_MS],
    ["later still, no longer", OFFSET_MAX_MS + 1, OFFSET_MAX_MS],
    ["days late, no longer", 7 * 86_400_000, OFFSET_MAX_MS],
  ])("of one that arrived %s", (_, offset, counted) => {
    expect(messageIdIn(CONVERSATION, AT_MS, AT_MS + offset, 7)).toBe(
      messageIdIn(CONVERSATION, AT_MS, AT_MS + counted, 7),
    );
  });

  test("takes any position, 1,024 of them apart", () => {
    const at = (position: number) => messageIdIn(CONVERSATION, AT_MS, AT_MS, position);
    expect(at(1_024)).toBe(at(0));
    expect(new Set(Array.from({ length: 1_024 }, (_, place) => at(place))).size).toBe(1_024);
  });
});

describe("an id is of one kind", () => {
  const tail = CONVERSATION.slice(4);

  test.each(kinds)("%s", (kind) => {
    const id = `${idPrefixes[kind]}_${tail}`;
    expect(kinds.filter((other) => isId(other, id))).toEqual([kind]);
    expect(idPattern(kind).test(id)).toBe(true);
  });

  test.each([
    ["lower case", `cnv_${tail.toLowerCase()}`],
    ["a letter short", CONVERSATION.slice(0, -1)],
    ["a letter long", `${CONVERSATION}0`],
    ["a letter that Crockford leaves out", `cnv_${tail.slice(0, -1)}I`],
    ["a time beyond 48 bits", `cnv_8${tail.slice(1)}`],
    ["a new line behind it", `${CONVERSATION}\n`],
    ["a space before it", ` ${CONVERSATION}`],
    ["no prefix", tail],
    ["nothing", ""],
  ])("and not with %s", (_, id) => expect(isId("conversation", id)).toBe(false));

  test("no two kinds share a prefix", () => {
    expect(new Set(Object.values(idPrefixes)).size).toBe(kinds.length);
  });
});

describe("what a clock of whole seconds tells", () => {
  test.each([
    ["arrived in the same second: then", 10_000, 10_300, 10_300],
    ["arrived later: at the end of its second", 10_000, 14_000, 10_999],
    ["arrived before it was said: as told", 10_000, 9_000, 10_000],
    ["of the next second: after all of this one", 11_000, 11_000, 11_000],
  ])("%s", (_, tickAt, arrivedAt, expected) => {
    expect(saidBy(tickAt, arrivedAt)).toBe(expected);
  });
});
