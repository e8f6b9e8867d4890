import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Message, type SendError, unsent } from "../../shared/domain/messages.ts";
import { ATTEMPTS_MAX } from "../../shared/domain/pacing.ts";
import {
  accepted,
  claimed,
  lostTrack,
  refused,
  reported,
  requeued,
  type StatusReport,
  triedAgain,
} from "../../shared/domain/statuses.ts";

const AT = "2026-01-01T00:00:00.000Z";
const second = (count: number): string => new Date(Date.parse(AT) + count * 1_000).toISOString();

const queued: Message = {
  ...unsent,
  id: "msg_1",
  conversationId: "cnv_1",
  channelId: "chn_1",
  direction: "outbound",
  content: { type: "text", text: "Hi" },
  status: "queued",
  providerId: null,
  replyToProviderId: null,
  replyToMessageId: null,
  author: { kind: "system", id: null, name: null },
  attempt: 1,
  createdAt: AT,
  receivedAt: AT,
  rev: 1,
};

const error = (code: string): SendError => {
  return { code: "recipient_refused", class: "recipient", detail: "", providerCode: code };
};

function report(status: StatusReport["status"], at: number, code = "131026"): StatusReport {
  const failed = status === "failed";
  const price = status === "sent" ? { model: "PMP", type: "regular", category: "service" } : null;
  return {
    providerId: "wamid.1",
    status,
    at: second(at),
    error: failed ? error(code) : null,
    price,
  };
}

const sending = claimed(queued, second(30));
const apply = (message: Message, reports: readonly StatusReport[]): Message =>
  reports.reduce(reported, message);

describe("statuses of the provider", () => {
  const reports = fc.array(
    fc.record({
      status: fc.constantFrom<StatusReport["status"]>(
        "sent",
        "delivered",
        "read",
        "played",
        "failed",
      ),
      at: fc.integer({ min: 0, max: 5 }),
      code: fc.constantFrom("131026", "131047"),
    }),
    { maxLength: 6 },
  );

  test("end in the same message in any order, any number of times", () => {
    fc.assert(
      fc.property(reports, fc.infiniteStream(fc.nat()), (made, numbers) => {
        const told = made.map(({ status, at, code }) => report(status, at, code));
        const shuffled = [...told, ...told]
          .map((one) => ({ one, key: numbers.next().value }))
          .sort((left, right) => left.key - right.key)
          .map(({ one }) => one);
        expect(apply(sending, shuffled)).toEqual(apply(sending, told));
      }),
    );
  });

  test("end in the same message before and after the answer to the send", () => {
    fc.assert(
      fc.property(reports, fc.nat({ max: 6 }), (made, at) => {
        const told = made.map((one) => report(one.status, one.at, one.code));
        const place = Math.min(at, told.length);
        const taken = (message: Message) => accepted(message, "wamid.1", second(1));
        const before = apply(taken(apply(sending, told.slice(0, place))), told.slice(place));
        const { leaseUntil: _, ...first } = before;
        const { leaseUntil: __, ...other } = apply(taken(sending), told);
        expect(first).toEqual(other);
      }),
    );
  });

  test.each([
    ["delivered after read", ["read", "delivered"], "read"],
    ["read without delivered", ["sent", "read"], "read"],
    ["failed after sent", ["sent", "failed"], "failed"],
    ["failed after delivered", ["delivered", "failed"], "delivered"],
    ["delivered after failed", ["failed", "delivered"], "delivered"],
    ["played after read", ["read", "played"], "played"],
  ] as const)("%s", (_name, statuses, expected) => {
    expect(
      apply(
        sending,
        statuses.map((one) => report(one, 1)),
      ).status,
    ).toBe(expected);
  });

  test("a sent younger than the failure corrects it, one of the same second does not", () => {
    expect(apply(sending, [report("failed", 1), report("sent", 2)]).status).toBe("sent");
    expect(apply(sending, [report("sent", 1), report("failed", 1)]).status).toBe("failed");
  });

  test("a repeat tells nothing new", () => {
    const once = reported(sending, report("delivered", 2));
    expect(reported(once, report("delivered", 2))).toBe(once);
  });

  test("settle a message that nobody knew of", () => {
    const unknown = lostTrack(sending);
    expect(unknown.status).toBe("unknown");
    expect(reported(unknown, report("sent", 3)).status).toBe("sent");
  });

  test("the failure of an earlier try does not fail the next one", () => {
    const failed = refused(accepted(sending, "wamid.1", second(1)), error("131026"), second(2));
    const again = requeued(failed, null);
    expect(again).toMatchObject({ status: "queued", attempt: 2, providerId: null, error: null });
    expect(reported(again, report("failed", 2))).toBe(again);
    expect(reported(again, report("delivered", 3)).status).toBe("delivered");
  });

  test("a lost answer never moves a message back that a status has moved", () => {
    const delivered = reported(sending, report("delivered", 1));
    expect(lostTrack(delivered).status).toBe("delivered");
  });

  describe("a failure that passes by itself", () => {
    const passing: SendError = { ...error("131016"), class: "retry" };
    const failure = { ...report("failed", 2), error: passing };
    const now = Date.parse(second(3));

    test("is tried again after a while, whatever the order of answer and status", () => {
      const taken = accepted(sending, "wamid.1", second(1));
      const late = triedAgain(reported(taken, failure), now);
      expect(late).toMatchObject({ status: "queued", attempt: 2, notBefore: second(7) });
      const early = triedAgain(reported(sending, failure), now);
      expect(early).toMatchObject({ status: "failed", attempt: 1 });
      const settled = triedAgain(accepted(early, "wamid.1", second(1)), now);
      expect(settled).toEqual(late);
    });

    test("is tried again when the answer to the send was lost", () => {
      const again = triedAgain(reported(lostTrack(sending), failure), now);
      expect(again).toMatchObject({ status: "queued", formerProviderIds: ["wamid.1"] });
    });

    test("ends after the last try, and other failures at once", () => {
      const last = { ...accepted(sending, "wamid.1", second(1)), attempt: ATTEMPTS_MAX };
      expect(triedAgain(reported(last, failure), now).status).toBe("failed");
      const first = accepted(sending, "wamid.1", second(1));
      expect(triedAgain(reported(first, report("failed", 2)), now).status).toBe("failed");
    });

    test("and was delivered after all is not sent again", () => {
      const taken = accepted(sending, "wamid.1", second(1));
      const told = apply(taken, [report("delivered", 1), failure]);
      expect(triedAgain(told, now).status).toBe("delivered");
      const again = triedAgain(reported(taken, failure), now);
      expect(reported(again, report("delivered", 3)).status).toBe("delivered");
    });
  });
});
