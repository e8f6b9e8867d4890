import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Contact, claimsHeld, type Identity, pastOf } from "../../shared/domain/contacts.ts";
import type { Conversation } from "../../shared/domain/conversations.ts";
import type { IdentityChange } from "../../shared/domain/identities.ts";
import { unmarked } from "../../shared/domain/marks.ts";
import { applyIdentityChange } from "../../shared/operations/identities.ts";
import { mergeContacts, unmergeContact } from "../../shared/operations/merges.ts";
import { receiveMessage } from "../../shared/operations/messages.ts";
import type { Scope } from "../../shared/ports.ts";
import { AT_MS, channelWith, moment } from "../domain/things.ts";
import { type Rig, tablesInMemory } from "../store/rig.ts";
import { scopeOn } from "./scopes.ts";

/** Whatever providers tell, in whatever order: people stay people. */

let rig: Rig;
let scope: Scope;
beforeAll(async () => {
  rig = await tablesInMemory();
});
afterAll(() => rig.stop());
beforeEach(() => {
  scope = scopeOn(rig);
});

const channel = channelWith();
const everything = { limit: 100, position: null };
const contacts = async () => (await scope.store.contacts(everything)).items;
const inbox = async () => (await scope.store.conversations({}, everything)).items;

/** A person's names in one stretch of their life; each stretch has its own number and user id. */
interface Names {
  readonly userId: Identity;
  readonly waId: Identity;
}

/** Mobiles of Brazil, which come in two forms. */
const namesOf = (person: number, stretch: number): Names => ({
  userId: { kind: "wa_bsuid", value: `BR.${person}${stretch}` },
  waId: { kind: "wa_id", value: `551198765${person}00${stretch}` },
});
const shortened = ({ kind, value }: Identity): Identity => ({
  kind,
  value: value.replace(/^55119/, "5511"),
});

type Told =
  | {
      readonly kind: "message";
      readonly id: string;
      readonly person: number;
      readonly at: number;
      readonly names: readonly Identity[];
    }
  | { readonly kind: "change"; readonly person: number; readonly change: IdentityChange };

function tell(told: Told): Promise<unknown> {
  if (told.kind === "change") return applyIdentityChange(scope, told.change);
  const { id: providerId, at: sentAt, names: identities } = told;
  const address = identities.at(-1);
  if (address === undefined) throw new Error("Nobody writes.");
  const message = {
    providerId,
    sentAt,
    sender: { identities, address, profileName: null },
    participantName: null,
    content: { type: "text" as const, text: providerId },
    replyToProviderId: null,
    marks: unmarked,
    opensWindow: true,
    copy: null,
  };
  const receivedAt = new Date(rig.clock.now()).toISOString();
  return receiveMessage(scope, channel, message, { receivedAt, position: 0 });
}

const said = fc.record({
  kind: fc.constant("said" as const),
  person: fc.nat({ max: 1 }),
  shows: fc.constantFrom("both" as const, "userId" as const, "number" as const),
  isShort: fc.boolean(),
});
const moved = fc.record({ kind: fc.constant("moved" as const), person: fc.nat({ max: 1 }) });

/**
 * What really happened, as Meta tells it: one thing per minute. Somewhere in each stretch people
 * show both names, or nobody could know that they are one.
 */
const life = fc
  .array(fc.oneof({ weight: 3, arbitrary: said }, { weight: 1, arbitrary: moved }), {
    minLength: 1,
    maxLength: 9,
  })
  .map((events) => {
    const stretches = [0, 0];
    const linked = new Set<string>();
    return events.map((event, minute): Told => {
      const { person } = event;
      const stretch = stretches[person] ?? 0;
      const names = namesOf(person, stretch);
      const at = AT_MS + minute * 60_000;
      if (event.kind === "said") {
        const waId = event.isShort ? shortened(names.waId) : names.waId;
        const shows = linked.has(`${person} ${stretch}`) ? event.shows : "both";
        linked.add(`${person} ${stretch}`);
        const all = { both: [names.userId, waId], userId: [names.userId], number: [waId] };
        const shown = all[shows];
        return { kind: "message", id: `wamid.${minute}`, person, at, names: shown };
      }
      stretches[person] = stretch + 1;
      const next = namesOf(person, stretch + 1);
      const change = {
        at: new Date(at).toISOString(),
        identities: [names.userId, next.userId, names.waId, next.waId],
        rotations: [
          { from: names.userId, to: next.userId },
          { from: names.waId, to: next.waId },
        ],
        isNewCode: false,
      };
      return { kind: "change", person, change };
    });
  });

/** As it reaches us: some of it twice, all of it in any order. */
const heard = life.chain((told) =>
  fc.record({
    told: fc.constant(told),
    order: fc.shuffledSubarray([...told, ...told], {
      minLength: told.length,
      maxLength: 2 * told.length,
    }),
  }),
);

/** Nothing is held twice, and everything leads to a contact that is there. */
async function expectSound(): Promise<{ people: Contact[]; talks: Conversation[] }> {
  const [people, talks] = [[...(await contacts())], [...(await inbox())]];
  const claims = people.flatMap((contact) =>
    claimsHeld(contact).map((claim): [string, string] => [claim, contact.id]),
  );
  expect(new Set(claims.map(([claim]) => claim)).size).toBe(claims.length);
  const holders = await scope.store.holders(claims.map(([claim]) => claim));
  expect([...holders].toSorted()).toEqual(claims.toSorted());
  for (const { id, contactId } of talks) {
    const contact = people.find((one) => one.id === contactId);
    const own = [...Object.values(contact?.conversations ?? {})];
    expect([...own, ...(contact?.past?.conversations ?? [])]).toContain(id);
  }
  return { people, talks };
}

async function messagesOf(talks: readonly Conversation[]): Promise<Map<string, string>> {
  const all = await Promise.all(
    talks.map(async ({ id, contactId }) => {
      const { items } = await scope.store.messages(id, everything);
      return items.map(({ providerId }): [string, string] => [providerId ?? "", contactId]);
    }),
  );
  expect(new Set(all.flat().map(([id]) => id)).size).toBe(all.flat().length);
  return new Map(all.flat());
}

describe("in whatever order, and however often it is told", () => {
  test("one person is one contact, and no message is lost or another's", async () => {
    const property = fc.asyncProperty(heard, async ({ told, order }) => {
      scope = scopeOn(rig);
      rig.clock.at = AT_MS + 3_600_000;
      for (const one of [...order, ...told]) await tell(one);
      const { people, talks } = await expectSound();
      const messages = await messagesOf(talks);
      const whose = new Map<number, string>();
      for (const one of told) {
        if (one.kind === "change") continue;
        const contactId = messages.get(one.id);
        expect(contactId).toBeDefined();
        expect(whose.get(one.person) ?? contactId).toBe(contactId);
        whose.set(one.person, contactId ?? "");
      }
      expect(new Set(whose.values()).size).toBe(whose.size);
      expect(people.length).toBe(new Set(told.map(({ person }) => person)).size);
    });
    await fc.assert(property, { numRuns: 12, endOnFailure: true });
  });

  test("a person's names are those of their last stretch, and replies go there", async () => {
    const property = fc.asyncProperty(heard, async ({ told, order }) => {
      scope = scopeOn(rig);
      rig.clock.at = AT_MS + 3_600_000;
      for (const one of [...order, ...told]) await tell(one);
      const { people, talks } = await expectSound();
      for (const person of new Set(told.map((one) => one.person))) {
        const moves = told.filter((one) => one.kind === "change" && one.person === person).length;
        const last = namesOf(person, moves);
        const contact = people.find(({ identities }) =>
          identities.some(({ value }) => value === last.userId.value),
        );
        const userIds = contact?.identities.filter(({ kind }) => kind === "wa_bsuid");
        expect(userIds?.[0] ?? last.userId).toEqual(last.userId);
        const numbers = contact?.identities.filter(({ kind }) => kind === "wa_id") ?? [];
        const isLast = ({ value }: Identity) =>
          [last.waId.value, shortened(last.waId).value].includes(value);
        expect(numbers.every(isLast)).toBe(true);
        const ended = pastOf(contact ?? people[0]!).former.map(({ value }) => value);
        for (const { contactId, address } of talks) {
          if (contactId === contact?.id) expect(ended).not.toContain(address.value);
        }
      }
    });
    await fc.assert(property, { numRuns: 10, endOnFailure: true });
  });
});

test("people who merge and undo at random lose nothing and hold nothing twice", async () => {
  const act = fc.oneof(
    fc.record({ kind: fc.constant("merge" as const), one: fc.nat(), two: fc.nat() }),
    fc.record({ kind: fc.constant("unmerge" as const), one: fc.nat() }),
    fc.record({ kind: fc.constant("hear" as const) }),
  );
  const acts = fc.array(act, { maxLength: 8 });
  const property = fc.asyncProperty(heard, acts, async ({ told, order }, wanted) => {
    scope = scopeOn(rig);
    rig.clock.at = AT_MS + 3_600_000;
    const left = [...order, ...told];
    for (const one of left.splice(0, 4)) await tell(one);
    for (const step of wanted) {
      rig.clock.at += 1_000;
      const people = await contacts();
      const pick = (place: number) => people[place % people.length]!;
      if (step.kind === "hear") {
        for (const one of left.splice(0, 3)) await tell(one);
      } else if (step.kind === "merge" && pick(step.one).id !== pick(step.two).id) {
        await mergeContacts(scope, pick(step.one).id, pick(step.two).id);
      } else if (step.kind === "unmerge" && pastOf(pick(step.one)).merges.length > 0) {
        await unmergeContact(scope, pick(step.one).id, undefined);
      }
      await expectSound();
    }
    for (const one of left) await tell(one);
    const { talks } = await expectSound();
    const ids = told.flatMap((one) => (one.kind === "message" ? [one.id] : []));
    expect(new Set((await messagesOf(talks)).keys())).toEqual(new Set(ids));
  });
  await fc.assert(property, { numRuns: 10, endOnFailure: true });
});

test("a merge that is undone leaves both as they were, rows and conversations", async () => {
  const property = fc.asyncProperty(heard, async ({ told, order }) => {
    scope = scopeOn(rig);
    rig.clock.at = AT_MS + 3_600_000;
    for (const one of [...order, ...told]) await tell(one);
    const before = await expectSound();
    const [one, two] = before.people;
    if (one === undefined || two === undefined) return;
    const { past } = await mergeContacts(scope, one.id, two.id);
    rig.clock.at += 1_000;
    await unmergeContact(scope, one.id, past?.merges.at(-1)?.id);
    const after = await expectSound();
    const people = ({ updatedAt: _, rev: __, past: p, ...rest }: Contact) => {
      return { ...rest, past: { ...pastOf({ ...one, past: p }), apartFrom: [] } };
    };
    expect(after.people.map(people)).toEqual(before.people.map(people));
    const talks = ({ rev: _, ...rest }: Conversation) => rest;
    expect(after.talks.map(talks)).toEqual(before.talks.map(talks));
  });
  await fc.assert(property, { numRuns: 6, endOnFailure: true });
});

test("twenty who tell the same at once make one contact", async () => {
  const [first, last] = [namesOf(0, 0), namesOf(0, 1)];
  rig.clock.at = AT_MS + 3_600_000;
  const change: IdentityChange = {
    at: moment(60_000),
    identities: [first.userId, last.userId, first.waId, last.waId],
    rotations: [
      { from: first.userId, to: last.userId },
      { from: first.waId, to: last.waId },
    ],
    isNewCode: false,
  };
  const told = Array.from({ length: 20 }, (_, n): Told => {
    const names = n % 2 === 0 ? first : last;
    if (n % 5 === 0) return { kind: "change", person: 0, change };
    const at = AT_MS + (n % 2) * 120_000;
    return { kind: "message", id: `wamid.${n}`, person: 0, at, names: [names.userId, names.waId] };
  });
  const ended = await Promise.allSettled(told.map(tell));
  // Who met too many others is told again by the queue.
  for (const [place, { status }] of ended.entries()) {
    const one = told[place];
    if (status === "rejected" && one !== undefined) await tell(one);
  }
  const { people, talks } = await expectSound();
  expect(people).toHaveLength(1);
  expect((await messagesOf(talks)).size).toBe(16);
});
