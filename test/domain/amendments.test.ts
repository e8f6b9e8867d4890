import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Amendment,
  amended,
  awaiting,
  earlierVersions,
  retold,
  tellsMore,
} from "../../shared/domain/amendments.ts";
import type { Content, Message } from "../../shared/domain/messages.ts";
import { messageWith, moment } from "./things.ts";

const at = (second: number) => moment(second * 1_000);
const text = (words: string): Content => ({ type: "text", text: words });
const target = messageWith({ content: text("First") });
const targetId = "wamid.1";

function reaction(second: number, emoji: string, id = `${second}`, reactor = "contact"): Amendment {
  const told = { reactor, by: "contact", name: null, emoji, at: at(second) } as const;
  return { kind: "reaction", targetId, reaction: { ...told, providerId: `wamid.r${id}` } };
}
function edit(second: number, words: string, of: "inbound" | "outbound" = "inbound"): Amendment {
  const told = { providerId: `wamid.e${second}${words}`, at: at(second), content: text(words) };
  return { kind: "edit", targetId, of, edit: told };
}
const revoke = (second: number, of: "inbound" | "outbound" = "inbound"): Amendment => {
  return { kind: "revoke", targetId, of, at: at(second) };
};
const applied = (list: readonly Amendment[], message: Message = target) =>
  list.reduce(amended, message);
const emojis = ({ reactions }: Message) => reactions?.map(({ emoji }) => emoji);

const anyAmendment = fc.oneof(
  fc
    .tuple(fc.nat(4), fc.constantFrom("👍", "❤️", ""), fc.nat(2), fc.constantFrom("a", "b"))
    .map(([second, emoji, id, reactor]) => reaction(second, emoji, `${second}-${id}`, reactor)),
  fc.tuple(fc.nat(4), fc.constantFrom("one", "two")).map(([second, words]) => edit(second, words)),
  fc.nat(4).map((second) => revoke(second)),
  fc.constant(edit(2, "not theirs", "outbound")),
);

/** One id names one reaction: of each id the first is kept. */
const distinct = (list: readonly Amendment[]) => list.reduce<readonly Amendment[]>(awaiting, []);

describe("amendments", () => {
  test("end in the same message in any order, any number of times", () => {
    fc.assert(
      fc.property(
        fc.array(anyAmendment, { maxLength: 8 }).chain((list) => {
          const told = distinct(list);
          const again = fc.shuffledSubarray([...told, ...told], { minLength: told.length * 2 });
          return fc.tuple(fc.constant(told), again);
        }),
        ([told, again]) => {
          expect(applied(again)).toEqual(applied(told));
          expect(applied(told, applied(told))).toEqual(applied(told));
        },
      ),
    );
  });

  test("and before and after the message is told better", () => {
    const poor = { ...target, content: { type: "unsupported", raw: {} } } as const;
    fc.assert(
      fc.property(fc.array(anyAmendment, { maxLength: 8 }), fc.nat(8), (list, count) => {
        const told = distinct(list);
        const place = Math.min(count, told.length);
        const between = retold(applied(told.slice(0, place), poor), target);
        expect(applied(told.slice(place), between)).toEqual({ ...applied(told), rev: 2 });
      }),
    );
  });

  test("tell nothing new twice", () => {
    for (const one of [reaction(1, "👍"), edit(1, "Second"), revoke(1)]) {
      const once = amended(target, one);
      expect(once).not.toBe(target);
      expect(amended(once, one)).toBe(once);
    }
  });
});

describe("a reaction", () => {
  test("is the newest of its person, and an older one does not come back", () => {
    expect(emojis(applied([reaction(1, "👍"), reaction(2, "❤️")]))).toEqual(["❤️"]);
    expect(emojis(applied([reaction(2, ""), reaction(1, "👍")]))).toEqual([""]);
  });

  test("of several people stands beside the others", () => {
    const list = [reaction(2, "👍", "2", "a"), reaction(1, "❤️", "1", "b")];
    expect(emojis(applied(list))).toEqual(["❤️", "👍"]);
  });

  test("changes no words", () => expect(applied([reaction(1, "👍")]).content).toBe(target.content));
});

describe("an edit", () => {
  const edited = applied([edit(2, "Third"), edit(1, "Second")]);

  test("shows the newest words and keeps the others", () => {
    expect(edited.content).toEqual(text("Third"));
    expect(earlierVersions(edited)).toEqual([
      { content: text("First"), at: target.createdAt },
      { content: text("Second"), at: at(1) },
    ]);
    expect(earlierVersions(target)).toEqual([]);
  });

  test("of somebody else's message changes nothing", () => {
    const ours = messageWith({ direction: "outbound", status: "sent" });
    expect(amended(ours, edit(1, "Mine"))).toBe(ours);
    expect(amended(ours, revoke(1))).toBe(ours);
    expect(amended(ours, edit(1, "Mine", "outbound")).content).toEqual(text("Mine"));
  });
});

describe("a revoke", () => {
  test("hides every version, before and after edits, and keeps them", () => {
    for (const list of [
      [edit(1, "Second"), revoke(2)],
      [revoke(2), edit(1, "Second")],
    ]) {
      const gone = applied(list);
      expect(gone).toMatchObject({ content: { type: "revoked" }, revokedAt: at(2) });
      expect(gone.original).toEqual(text("First"));
      expect(gone.edits).toHaveLength(1);
      expect(earlierVersions(gone)).toEqual([]);
    }
  });
});

describe("a message is told better", () => {
  const file = (provider: { mediaId: string; url: null } | null): Content => ({
    type: "media",
    mediaId: null,
    kind: "image",
    mimeType: null,
    filename: null,
    sha256: null,
    voice: false,
    animated: false,
    provider,
  });
  const whole = file({ mediaId: "4", url: null });
  const told = (origin: Message["origin"], content: Content) => ({ marks: { origin }, content });

  test.each<[string, ReturnType<typeof told>, Partial<Message>, boolean]>([
    ["live after history", told(null, whole), { origin: "history", content: whole }, true],
    ["history after live", told("history", whole), { content: whole }, false],
    ["echo after history", told("echo", text("Hi")), { origin: "history" }, true],
    ["history after echo", told("history", text("Hi")), { origin: "echo" }, false],
    ["with its file", told("history", whole), { origin: "history", content: file(null) }, true],
    ["without it", told("history", file(null)), { origin: "history", content: whole }, false],
    ["the same again", told(null, text("Hi")), {}, false],
    ["what was revoked", told(null, text("Hi")), applied([revoke(1)]), false],
  ])("%s: %#", (_, better, known, expected) => {
    expect(tellsMore(better, messageWith(known))).toBe(expected);
  });
});

test("what waits for a message waits once", () => {
  const list = distinct([reaction(1, "👍"), revoke(1)]);
  expect(awaiting(list, reaction(1, "👍"))).toBe(list);
  expect(awaiting(list, edit(1, "Second"))).toHaveLength(3);
});
