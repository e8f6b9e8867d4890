import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type ErrorClass,
  errorClasses,
  type Message,
  messageStatuses,
  type SendError,
} from "../../shared/domain/messages.ts";
import { ATTEMPTS_MAX, backOffMs } from "../../shared/domain/pacing.ts";
import { deliverMessage, giveUpMessage } from "../../shared/operations/delivery.ts";
import { applyStatus } from "../../shared/operations/statuses.ts";
import type { Scope } from "../../shared/ports.ts";
import type { Sender, SendOutcome } from "../../shared/providers.ts";
import {
  AT,
  AT_MS,
  channelWith,
  contactWith,
  conversationWith,
  messageWith,
  moment,
} from "../domain/things.ts";
import { type Rig, tablesInMemory } from "../store/rig.ts";
import { scopeOn, scopeWith } from "./scopes.ts";

/** One message on its way out, at every moment at which the way may break. */
let rig: Rig;
let scope: Scope;
beforeAll(async () => {
  rig = await tablesInMemory();
});
afterAll(() => rig.stop());
beforeEach(async () => {
  rig.clock.at = AT_MS;
  scope = scopeOn(rig);
  await scope.store.commit([
    { noun: "channel", before: null, after: channel },
    { noun: "contact", before: null, after: contact },
    { noun: "conversation", before: null, after: conversation },
  ]);
});

const LEASE_MS = 30_000;
const DAY_MS = 86_400_000;
// A route names one channel of all workspaces, so one that has none serves every test.
const channel = channelWith({ whatsapp: null });
const contact = contactWith();
const conversation = conversationWith({ windowClosesAt: moment(DAY_MS) });
const queued = messageWith({
  direction: "outbound",
  status: "queued",
  providerId: null,
  to: { kind: "phone", value: "+447700900123" },
  attempt: 1,
});

const stored = () => scope.store.message(queued.id);
const keep = (given: Partial<Message> = {}) =>
  scope.store.commit([{ noun: "message", before: null, after: { ...queued, ...given } }]);
const deliver = (sender: Sender, within = scope) => deliverMessage(within, sender, queued.id);

const accepted: SendOutcome = { kind: "accepted", providerId: "wamid.1", recipient: null };
const lost: SendOutcome = { kind: "lost", detail: "No answer (TimeoutError)." };
const errorOf = (kind: ErrorClass): SendError => ({
  code: "refused",
  class: kind,
  detail: "Not now.",
  providerCode: "1",
});
const refused = (kind: ErrorClass): SendOutcome => ({ kind: "refused", error: errorOf(kind) });

/** A provider that always answers so, and counts how often it is asked. */
function provider(answer: SendOutcome | (() => Promise<SendOutcome>)) {
  const asked: Message[] = [];
  const sender: Sender = {
    send: async ({ message }) => {
      asked.push(message);
      return typeof answer === "function" ? answer() : answer;
    },
    signal: () => Promise.reject(new Error("No message is a signal.")),
  };
  return { sender, asked };
}

/** What Meta tells of it, in the middle of whatever else happens. */
async function tell(status: "sent" | "delivered" | "failed"): Promise<void> {
  const report = {
    providerId: "wamid.1",
    status,
    at: AT,
    error: null,
    price: null,
    participant: null,
  };
  await applyStatus(scope, channel, { report, messageId: queued.id });
}

describe("a message", () => {
  test("is leased before the call, and sent after the answer", async () => {
    await keep();
    const { sender, asked } = provider(async () => {
      const message = await stored();
      expect(message).toMatchObject({ status: "sending", attempt: 1 });
      expect(Date.parse(message?.leaseUntil ?? "")).toBe(AT_MS + LEASE_MS);
      return accepted;
    });
    expect(await deliver(sender)).toEqual({ done: true });
    expect(await stored()).toMatchObject({
      status: "sent",
      providerId: "wamid.1",
      leaseUntil: null,
      acceptedAt: AT,
    });
    expect(await scope.store.messageOf(channel.id, "wamid.1")).toBe(queued.id);
    expect(await deliver(sender)).toEqual({ done: true });
    expect(asked).toHaveLength(1);
  });

  test.each(["accepted", "lost"] as const)(
    "whose status is faster than its answer keeps the status when the answer is %s",
    async (kind) => {
      await keep();
      const { sender } = provider(async () => {
        await tell("delivered");
        return kind === "accepted" ? accepted : lost;
      });
      expect(await deliver(sender)).toEqual({ done: true });
      expect(await stored()).toMatchObject({ status: "delivered", providerId: "wamid.1" });
    },
  );

  test("whose answer is lost is unknown, is never sent again, its status settles it", async () => {
    await keep();
    const { sender, asked } = provider(lost);
    expect(await deliver(sender)).toEqual({ done: true });
    expect(await stored()).toMatchObject({ status: "unknown", leaseUntil: null });
    expect(await deliver(sender)).toEqual({ done: true });
    expect(asked).toHaveLength(1);
    await tell("sent");
    expect(await stored()).toMatchObject({ status: "sent", providerId: "wamid.1" });
  });

  test.each(messageStatuses.filter((status) => status !== "queued" && status !== "sending"))(
    "that is %s is not sent",
    async (status) => {
      await keep({ status });
      const { sender, asked } = provider(accepted);
      expect(await deliver(sender)).toEqual({ done: true });
      expect([await stored(), asked]).toMatchObject([{ status, rev: 1 }, []]);
    },
  );

  test("of a customer, or that is gone, is not sent", async () => {
    const { sender, asked } = provider(accepted);
    expect(await deliver(sender)).toEqual({ done: true });
    await keep({ direction: "inbound" });
    expect(await deliver(sender)).toEqual({ done: true });
    expect(asked).toEqual([]);
  });
});

describe("a refusal that passes by itself", () => {
  test(`is tried ${ATTEMPTS_MAX} times, later and later, and then fails`, async () => {
    await keep();
    const { sender, asked } = provider(refused("retry"));
    for (let attempt = 1; attempt < ATTEMPTS_MAX; attempt++) {
      const waitMs = backOffMs(attempt);
      expect(await deliver(sender)).toEqual({ done: false, waitMs });
      const notBefore = new Date(rig.clock.at + waitMs).toISOString();
      const next = { status: "queued", attempt: attempt + 1, notBefore, leaseUntil: null };
      expect(await stored()).toMatchObject({ ...next, error: null, failedAt: null });
      rig.clock.at += waitMs - 1;
      expect(await deliver(sender)).toEqual({ done: false, waitMs: 1 });
      expect(asked).toHaveLength(attempt);
      rig.clock.at += 1;
    }
    expect(await deliver(sender)).toEqual({ done: true });
    const failedAt = new Date(rig.clock.at).toISOString();
    const last = { status: "failed", attempt: ATTEMPTS_MAX, error: errorOf("retry"), failedAt };
    expect(await stored()).toMatchObject(last);
    expect(await deliver(sender)).toEqual({ done: true });
    expect(asked).toHaveLength(ATTEMPTS_MAX);
  });

  test("is forgotten when a later try succeeds", async () => {
    await keep();
    await deliver(provider(refused("retry")).sender);
    rig.clock.at += backOffMs(1);
    expect(await deliver(provider(accepted).sender)).toEqual({ done: true });
    expect(await stored()).toMatchObject({ status: "sent", attempt: 2, error: null });
  });
});

describe("every other refusal", () => {
  test.each(errorClasses.filter((kind) => kind !== "retry"))(
    "(%s) fails at the first try",
    async (kind) => {
      await keep();
      const { sender, asked } = provider(refused(kind));
      expect(await deliver(sender)).toEqual({ done: true });
      expect(await stored()).toMatchObject({ status: "failed", error: { class: kind } });
      expect(asked).toHaveLength(1);
      const status = kind === "channel" ? "broken" : "connected";
      expect(await scope.store.channel(channel.id)).toMatchObject({ status });
    },
  );

  test("is corrected by a delivery, and by nothing else", async () => {
    await keep();
    await deliver(provider(refused("recipient")).sender);
    await tell("failed");
    expect(await stored()).toMatchObject({ status: "failed" });
    await tell("delivered");
    expect(await stored()).toMatchObject({ status: "delivered" });
  });
});

describe("two workers", () => {
  test("with the same job send once", async () => {
    await keep();
    const { sender, asked } = provider(accepted);
    const within = scopeWith(scope, { takeSlot: async () => 0 });
    await Promise.all([1, 2, 3, 4].map(() => deliver(sender, within)));
    expect(asked).toHaveLength(1);
    expect(await stored()).toMatchObject({ status: "sent" });
  });

  /** What becomes of the message between our look at it and our claim. */
  const meanwhile = (change: Partial<Message>) =>
    scopeWith(scope, {
      takeSlot: async () => {
        const before = (await stored())!;
        if (before.rev > 1) throw new Error("It should not have come so far again.");
        const after = { ...before, ...change, rev: before.rev + 1 };
        await scope.store.replace({ noun: "message", before, after });
        return 0;
      },
    });

  test("do not share a lease: who loses the claim waits until it is over", async () => {
    await keep();
    const { sender, asked } = provider(accepted);
    const within = meanwhile({ status: "sending", leaseUntil: moment(LEASE_MS) });
    expect(await deliver(sender, within)).toEqual({ done: false, waitMs: LEASE_MS + 1_000 });
    expect([await stored(), asked]).toMatchObject([{ status: "sending", rev: 2 }, []]);
  });

  test.each(["sent", "cancelled"] as const)(
    "leave a message alone that is %s meanwhile",
    async (status) => {
      await keep();
      const { sender, asked } = provider(accepted);
      expect(await deliver(sender, meanwhile({ status }))).toEqual({ done: true });
      expect([await stored(), asked]).toMatchObject([{ status, rev: 2 }, []]);
    },
  );
});

describe("a worker that died while sending", () => {
  const leased = { status: "sending", leaseUntil: moment(LEASE_MS) } as const;

  test("is waited for until the last millisecond of its lease", async () => {
    await keep(leased);
    rig.clock.at += LEASE_MS - 1;
    const { sender, asked } = provider(accepted);
    expect(await deliver(sender)).toEqual({ done: false, waitMs: 1_001 });
    expect([await stored(), asked]).toMatchObject([leased, []]);
  });

  test("leaves a message unknown, which is never sent again", async () => {
    await keep(leased);
    rig.clock.at += LEASE_MS;
    const { sender, asked } = provider(accepted);
    expect(await deliver(sender)).toEqual({ done: true });
    expect(await stored()).toMatchObject({ status: "unknown", leaseUntil: null });
    expect(await deliver(sender)).toEqual({ done: true });
    expect(asked).toEqual([]);
  });

  test("and was only slow still notes what it was answered", async () => {
    await keep();
    const { sender } = provider(async () => {
      rig.clock.at += LEASE_MS;
      expect(await deliver(provider(accepted).sender)).toEqual({ done: true });
      expect(await stored()).toMatchObject({ status: "unknown" });
      return accepted;
    });
    expect(await deliver(sender)).toEqual({ done: true });
    expect(await stored()).toMatchObject({ status: "sent", providerId: "wamid.1" });
  });
});

describe("a message waits without a try", () => {
  test("until its time", async () => {
    await keep({ notBefore: moment(1) });
    const { sender, asked } = provider(accepted);
    expect(await deliver(sender)).toEqual({ done: false, waitMs: 1 });
    rig.clock.at += 1;
    expect(await deliver(sender)).toEqual({ done: true });
    expect(asked).toHaveLength(1);
  });

  test.each(["broken", "paused", "pending"] as const)(
    "for a channel that is %s",
    async (status) => {
      await keep();
      const after = { ...channel, status, rev: 2 };
      await scope.store.commit([{ noun: "channel", before: channel, after }]);
      const { sender, asked } = provider(accepted);
      expect(await deliver(sender)).toMatchObject({ done: false });
      expect([await stored(), asked]).toMatchObject([{ status: "queued", attempt: 1, rev: 1 }, []]);
    },
  );
});

test.each([
  [DAY_MS - 1, "sent", null],
  [DAY_MS, "failed", "window_closed"],
])("what is still queued %i ms after the customer wrote is %s", async (afterMs, status, code) => {
  await keep();
  rig.clock.at += afterMs;
  const { sender, asked } = provider(accepted);
  expect(await deliver(sender)).toEqual({ done: true });
  const message = await stored();
  expect([message?.status, message?.error?.code ?? null]).toEqual([status, code]);
  expect(asked).toHaveLength(code === null ? 1 : 0);
});

describe("another name that Meta gives back", () => {
  const other = { kind: "wa_id", value: "447700900006" } as const;
  const { sender } = provider({ ...accepted, recipient: other });

  test("is the contact's from now on", async () => {
    await keep();
    expect(await deliver(sender)).toEqual({ done: true });
    const { identities } = (await scope.store.contact(contact.id))!;
    expect(identities).toEqual([...contact.identities, other]);
  });

  test("of another contact says that both are one person", async () => {
    await keep();
    const holder = contactWith({ id: "ctc_01KANVQ1G00000000000000002", identities: [other] });
    await scope.store.commit([{ noun: "contact", before: null, after: holder }]);
    expect(await deliver(sender)).toEqual({ done: true });
    const { identities } = (await scope.store.contact(contact.id))!;
    expect(identities).toEqual([...contact.identities, other]);
    expect(await scope.store.contact(holder.id)).toMatchObject({ mergedInto: contact.id });
    expect(await stored()).toMatchObject({ status: "sent" });
  });
});

describe("the last delivery of a job", () => {
  const ended = async () => {
    await giveUpMessage(scope, queued.id);
    return stored();
  };

  test("fails a message that is still queued, so that a person sees it", async () => {
    await keep();
    expect(await ended()).toMatchObject({ status: "failed", error: { code: "given_up" } });
  });

  test("makes one unknown that somebody was sending", async () => {
    await keep({ status: "sending", leaseUntil: moment(LEASE_MS) });
    expect(await ended()).toMatchObject({ status: "unknown", leaseUntil: null, error: null });
  });

  test("fails a reply that waited for the customer, who has written", async () => {
    await keep({ status: "waiting" });
    expect(await ended()).toMatchObject({ status: "failed", error: { code: "given_up" } });
  });

  const ends = ["queued", "sending", "waiting"];
  test.each(messageStatuses.filter((status) => !ends.includes(status)))(
    "leaves one alone that is %s",
    async (status) => {
      await keep({ status });
      expect(await ended()).toMatchObject({ status, error: null, rev: 1 });
    },
  );

  test("of a message that is gone is the end of it", async () => {
    expect(await ended()).toBeNull();
  });
});
