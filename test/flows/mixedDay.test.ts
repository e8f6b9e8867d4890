import { afterAll, expect, test } from "vitest";
import {
  type Body,
  expectNothingDenied,
  now,
  settle,
  type Workspace,
  workspace,
} from "../support/client.ts";
import { dayOf, oneByOne, scrambled } from "../support/day.ts";
import { PEOPLE } from "../support/steps.ts";

/**
 * A day of everything, told in order to one workspace and three times in any order to another: both
 * know the same afterwards, whatever the API shows. SEED=<number> tells another day.
 */

afterAll(expectNothingDenied);

const SEEDS = process.env.SEED === undefined ? [1, 2, 3] : [Number(process.env.SEED)];
const DAY_S = 24 * 3_600;

test.each(SEEDS)("two workspaces know the same of day %i", { timeout: 120_000 }, async (seed) => {
  const [ordered, shuffled] = [await workspace(), await workspace()];
  const startsAt = Math.floor(now() / 1_000) - DAY_S;
  const dayFor = ({ meta }: Workspace) =>
    dayOf(seed, { startsAt, phoneNumberId: meta.phoneNumberId });
  for (const callback of oneByOne(dayFor(ordered))) {
    expect(await ordered.meta.post(callback)).toBe(200);
    await settle();
  }
  const posts = scrambled(dayFor(shuffled), seed).map((one) => shuffled.meta.post(one));
  expect(new Set(await Promise.all(posts))).toEqual(new Set([200]));
  await settle();
  const [expected, found] = [await knownTo(ordered), await knownTo(shuffled)];
  expect(expected.contacts.map(({ id }) => id)).toHaveLength(PEOPLE.length);
  expect(found).toEqual(expected);
});

/** Everything that the API shows, told without ids of ours and times of ours. */
async function knownTo({ admin, whatsapp }: Workspace) {
  expect(await admin.all("/callbacks?state=broken")).toEqual([]);
  const contacts = await admin.all("/contacts");
  const conversations = await admin.all("/conversations");
  const threads = await Promise.all(
    conversations.map(({ id }) => admin.all(`/conversations/${id}/messages`, 7)),
  );
  const labels = new Map<string, string>([
    [whatsapp, "channel"],
    ...contacts.map(({ id, identities }): [string, string] => [id, labelOf(identities)]),
    ...conversations.map(({ id, contact }): [string, string] => {
      return [id, `with ${labelOf(contact.identities)}`];
    }),
    ...threads.flat().map(({ id, providerId }): [string, string] => [id, providerId]),
  ]);
  const told = (row: Body) =>
    JSON.parse(JSON.stringify(row), (_key, value) =>
      typeof value === "string" ? (labels.get(value) ?? value) : value,
    );
  return {
    contacts: contacts
      .map(({ createdAt: _, updatedAt: __, ...one }) => sorted(told(one)))
      .sort(byId),
    conversations: conversations.map((one) => sorted(told(one))).sort(byId),
    threads: threads
      .map((list) => list.map(({ receivedAt: _, ...one }) => told(one)))
      .sort(byFirst),
  };
}

/** Identities are a set; nothing tells their order. */
function labelOf(identities: readonly Body[]): string {
  const values = identities.map(({ kind, value }) => `${kind} ${value}`);
  return values.sort().join(", ");
}

function sorted(row: Body): Body {
  const owner = row.contact ?? row;
  owner.identities.sort((one: Body, other: Body) => (one.kind < other.kind ? -1 : 1));
  return row;
}

function byId(one: Body, other: Body): number {
  return one.id < other.id ? -1 : 1;
}

function byFirst([one]: Body[], [other]: Body[]): number {
  return one?.conversationId < other?.conversationId ? -1 : 1;
}
