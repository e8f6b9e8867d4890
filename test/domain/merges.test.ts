import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Contact, claimsHeld, type Merge, pastOf } from "../../shared/domain/contacts.ts";
import {
  areApart,
  eldestFirst,
  linksWithout,
  merged,
  type Pair,
  unmerged,
} from "../../shared/domain/merges.ts";
import { AT, contactWith, conversationWith, moment } from "./things.ts";

const note = { id: "mrg_1", at: moment(1_000), isAutomatic: false };

/** A contact whose names, conversations and the like are its own alone, marked by `letter`. */
const anyContact = (letter: string) =>
  fc
    .record({
      name: fc.option(fc.constantFrom("Ada", "Bob")),
      profileName: fc.option(fc.constantFrom("ada", "bob")),
      blocked: fc.boolean(),
      attributes: fc.dictionary(fc.constantFrom("a", "b", "c"), fc.integer({ min: 0, max: 2 })),
      tagIds: fc.uniqueArray(fc.constantFrom("tag_1", "tag_2", "tag_3")),
      emails: fc.nat({ max: 3 }),
      former: fc.nat({ max: 2 }),
      channels: fc.uniqueArray(fc.constantFrom("chn_1", "chn_2")),
      silent: fc.nat({ max: 2 }),
    })
    .map(({ emails, former, channels, silent, ...given }): Contact => {
      const email = (_: unknown, n: number) => ({
        kind: "email" as const,
        value: `${letter}${n}@x.y`,
      });
      const conversations = channels.map((id): [string, string] => [id, `cnv_${letter}${id}`]);
      const past = {
        former: Array.from({ length: former }, (_, n) => ({
          kind: "phone" as const,
          value: `+44770090${letter.charCodeAt(0)}${n}`,
          endedAt: AT,
          isHeld: true,
        })),
        rotations: [{ from: `bsuid#${letter}1`, to: `bsuid#${letter}2`, at: AT }],
        merges: [],
        apartFrom: [],
        conversations: Array.from({ length: silent }, (_, n) => `cnv_${letter}silent${n}`),
        codeChangedAt: null,
      };
      return contactWith({
        ...given,
        id: `ctc_${letter}`,
        identities: Array.from({ length: emails }, email),
        conversations: Object.fromEntries(conversations),
        past,
      });
    });

/** Of each channel, one of the conversations that either has on it. */
function liveOf({ survivor, other }: Pair, prefersOther: boolean): Contact["conversations"] {
  const [one, two] = [survivor.conversations, other.conversations];
  return prefersOther ? { ...one, ...two } : { ...two, ...one };
}

function undone(pair: Pair, after: Pair): Pair {
  const [merge] = pastOf(after.survivor).merges.slice(-1) as [Merge];
  const own = [...Object.values(pair.survivor.conversations)].map((id) =>
    conversationWith({ id, channelId: id.slice("cnv_a".length) }),
  );
  const now = { survivor: after.survivor, other: after.other };
  return unmerged(now, merge, [], linksWithout(now, merge, own), moment(2_000));
}

/** All but when it changed, and whom it is told from. */
function essence({ updatedAt: _, past, ...contact }: Contact) {
  return { ...contact, past: past === null ? null : { ...past, apartFrom: [] } };
}

describe("a merge", () => {
  test("that is undone leaves both as they were", () => {
    const property = fc.property(
      anyContact("a"),
      anyContact("b"),
      fc.boolean(),
      (survivor, other, prefersOther) => {
        const pair = { survivor, other };
        const back = undone(pair, merged(pair, liveOf(pair, prefersOther), note));
        expect(essence(back.survivor)).toEqual(essence(survivor));
        expect(essence(back.other)).toEqual(essence(other));
        expect(areApart(back.survivor, back.other)).toBe(true);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  test("leaves every claim with one of the two, and every conversation with the survivor", () => {
    const property = fc.property(anyContact("a"), anyContact("b"), (survivor, other) => {
      const pair = { survivor, other };
      const before = [...claimsHeld(survivor), ...claimsHeld(other)];
      const after = merged(pair, liveOf(pair, true), note);
      expect(new Set(claimsHeld(after.survivor))).toEqual(new Set(before));
      expect(claimsHeld(after.other)).toEqual([]);
      const ids = [survivor, other].flatMap((contact) => [
        ...Object.values(contact.conversations),
        ...pastOf(contact).conversations,
      ]);
      const { conversations, past } = after.survivor;
      const kept = [...Object.values(conversations), ...(past?.conversations ?? [])];
      expect(kept.toSorted()).toEqual(ids.toSorted());
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("of contacts that were met at the same moment always keeps the same one", () => {
    const [one, two] = [contactWith({ id: "ctc_1" }), contactWith({ id: "ctc_2" })];
    expect(eldestFirst(one, two)).toEqual(eldestFirst(two, one));
    const older = contactWith({ id: "ctc_3", createdAt: "2020-01-01T00:00:00.000Z" });
    expect(eldestFirst(one, older).survivor.id).toBe("ctc_3");
  });

  test("that is undone keeps what people changed since, and takes back what it brought", () => {
    const survivor = contactWith({ id: "ctc_1", name: null, attributes: { plan: "pro" } });
    const other = contactWith({
      id: "ctc_2",
      name: "Bob",
      identities: [{ kind: "email", value: "b@x.example" }],
      attributes: { plan: "free", seats: 1, city: "Rome" },
      conversations: {},
    });
    const pair = { survivor, other };
    const after = merged(pair, survivor.conversations, note);
    expect(after.survivor.attributes).toEqual({ plan: "pro", seats: 1, city: "Rome" });
    const edited = { ...after.survivor.attributes, seats: 9 };
    const changed = { ...after.survivor, name: "Ada", attributes: edited };
    const back = undone(pair, { ...after, survivor: changed });
    expect(back.survivor).toMatchObject({ name: "Ada", attributes: { plan: "pro", seats: 9 } });
    expect(back.other.attributes).toEqual(other.attributes);
  });

  test("that is undone gives the other also what followed its names since", () => {
    const survivor = contactWith({ id: "ctc_1", conversations: {} });
    const user = { kind: "wa_bsuid" as const, value: "GB.5" };
    const next = { kind: "wa_bsuid" as const, value: "GB.6" };
    const other = contactWith({ id: "ctc_2", identities: [user], conversations: {} });
    const pair = { survivor, other };
    const after = merged(pair, {}, note);
    const rotation = { from: "bsuid#GB.5", to: "bsuid#GB.6", at: moment(1_500) };
    const rotated = {
      ...after.survivor,
      identities: [...after.survivor.identities, next],
      past: { ...pastOf(after.survivor), rotations: [rotation] },
    };
    const back = undone(pair, { ...after, survivor: rotated });
    expect(back.survivor.identities).toEqual(survivor.identities);
    expect(back.other.identities).toEqual([next, user]);
  });
});
