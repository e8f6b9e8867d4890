import { afterAll, afterEach, describe, expect, test } from "vitest";
import { advance, type Body, expectNothingDenied, settle, workspace } from "../support/client.ts";
import { text } from "../support/contents.ts";
import * as meta from "../support/sends.ts";

/** One conversation that must wait makes no other one wait. */

afterEach(() => meta.play({}));
afterAll(expectNothingDenied);

const textsOf = (ledger: readonly Body[], to: string) =>
  ledger.filter((entry) => entry.to === to).map(({ content }) => content.text);

describe("while Meta answers one send slowly", () => {
  const SLOW = "+447700200003";

  test("all others go out and are delivered, each conversation in order", async () => {
    const one = await workspace();
    const { reply } = await meta.talkWith(one);
    const { reply: replySlowly } = await meta.talkWith(one, SLOW);
    // No status may settle it before its answer.
    await meta.play({ statuses: "none" });
    const slow = await replySlowly(text("Slow"));
    await expect.poll(() => meta.ledgerOf(one), { timeout: 5_000 }).toHaveLength(1);
    await meta.play({});
    const behind = await replySlowly(text("Behind it"));
    const words = Array.from({ length: 10 }, (_, place) => `Reply ${place}`);
    const quick: Body[] = [];
    for (const said of words) quick.push(await reply(text(said)));
    const other = await meta.sendTo(one, "+447700900124");
    for (const sent of [...quick, other]) await meta.becomes(one, sent, { status: "delivered" });
    expect(await meta.messageOf(one, slow)).toMatchObject({ status: "sending", attempt: 1 });
    const cancelled = await one.agent.post(`/messages/${behind.id}/cancel`);
    expect(cancelled.body).toMatchObject({ status: "cancelled" });
    // The answer is given up after 12 seconds.
    await settle();
    expect(await meta.messageOf(one, slow)).toMatchObject({ status: "unknown", attempt: 1 });
    const ledger = await meta.ledgerOf(one);
    expect(textsOf(ledger, meta.PHONE)).toEqual(words);
    expect(textsOf(ledger, SLOW)).toEqual(["Slow"]);
    expect(ledger).toHaveLength(12);
  });
});

describe("while one customer may not be written to so fast", () => {
  /** A burst of 45 that is borrowed from the future, and 5 that wait for 6 seconds each. */
  const OVER = 50;

  test("only what is over the limit waits, and then goes out in order", async () => {
    const one = await workspace();
    const { reply: replyElsewhere } = await meta.talkWith(one, "+447700900124");
    const { reply } = await meta.talkWith(one);
    const words = Array.from({ length: OVER }, (_, place) => `Reply ${place}`);
    const sent: Body[] = [];
    for (const said of words) sent.push(await reply(text(said)));
    const elsewhere = await replyElsewhere(text("Hello"));
    await meta.becomes(one, elsewhere, { status: "delivered" });
    expect(await meta.messageOf(one, sent.at(-1))).toMatchObject({ status: "queued", attempt: 1 });
    await advance("40s");
    await settle();
    for (const message of sent) {
      expect(await meta.messageOf(one, message)).toMatchObject({ status: "delivered" });
    }
    expect(textsOf(await meta.ledgerOf(one), meta.PHONE)).toEqual(words);
  });

  test("and Meta itself says so, all others are delivered (pitfall 30)", async () => {
    const one = await workspace();
    const refused = await meta.sendTo(one, "+447700131056");
    await meta.becomes(one, refused, { status: "queued", attempt: 2 });
    const other = await meta.sendTo(one, meta.PHONE);
    await meta.becomes(one, other, { status: "delivered" });
    expect(await meta.messageOf(one, refused)).toMatchObject({ status: "queued", attempt: 2 });
    expect((await one.agent.post(`/messages/${refused.id}/cancel`)).status).toBe(200);
    await advance("10s");
    expect(await meta.ledgerOf(one)).toHaveLength(1);
  });
});
