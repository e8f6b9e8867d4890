import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Allowance } from "../../local/providers/graph/allowance.ts";
import { SqliteState } from "../../local/state.ts";
import { ADA, errorOf, GraphRig, idOf, NUMBER } from "./graphRig.ts";

let rig: GraphRig;

beforeEach(async () => {
  rig = new GraphRig();
  await rig.start();
});
afterEach(() => rig.stop());

const namesOf = (statuses: readonly { status: string }[]) => statuses.map(({ status }) => status);

describe("statuses", () => {
  test("sent and delivered follow, shaped as Meta does, with the reference", async () => {
    await rig.write(ADA, { name: "Zoë", username: "@zoe" });
    const id = idOf(await rig.text({ biz_opaque_callback_data: "msg_1" }));
    const status = {
      id,
      timestamp: expect.stringMatching(/^\d{10}$/),
      recipient_id: "447700900001",
      recipient_user_id: expect.stringMatching(/^GB\./),
      biz_opaque_callback_data: "msg_1",
      pricing: {
        billable: false,
        pricing_model: "PMP",
        type: "free_customer_service",
        category: "service",
      },
    };
    expect(await rig.statuses()).toEqual([
      { ...status, status: "sent" },
      { ...status, status: "delivered" },
    ]);
    const profiles = rig.told.map((one) => "value" in one && one.value.contacts?.[0]?.profile);
    expect(profiles).toEqual([false, { name: "Zoë" }, { name: "Zoë", username: "@zoe" }]);
  });

  test.each([
    ["none", []],
    ["sent", ["sent"]],
    ["read", ["sent", "delivered", "read"]],
  ])("go as far as the script says: %s", async (statuses, expected) => {
    await rig.write();
    await rig.sim("script", { statuses });
    await rig.text();
    expect(namesOf(await rig.statuses())).toEqual(expected);
  });

  test("come last first, and doubled, when the script says so", async () => {
    await rig.write();
    await rig.sim("script", { reorder: true, duplicate: 1 });
    await rig.text();
    expect(namesOf(await rig.statuses())).toEqual(["delivered", "delivered", "sent", "sent"]);
  });

  test("can be faster than the answer to the send", async () => {
    await rig.write();
    await rig.sim("script", { statusBeforeAnswer: true });
    await rig.text();
    expect(rig.told[0]).toMatchObject({ value: { statuses: [{ status: "sent" }] } });
    expect(rig.told[1]).toEqual({ answered: 200 });
    expect(namesOf(await rig.statuses())).toEqual(["sent", "delivered"]);
  });

  test("of a reaction only sent is told, and its target must be known", async () => {
    const message_id = await rig.write();
    const react = (reaction: object) => rig.send({ type: "reaction", reaction });
    const id = idOf(await react({ message_id, emoji: "👍" }));
    expect(namesOf(await rig.statuses())).toEqual(["sent"]);
    for (const target of ["wamid.no", id]) {
      expect(errorOf(await react({ message_id: target, emoji: "👍" })).code).toBe(131009);
    }
    expect(errorOf(await react({ message_id, emoji: "ok" })).code).toBe(131009);
  });

  test("service messages are free a thousand times a month and number", () => {
    const state = SqliteState.open(null);
    const allowance = new Allowance(state);
    const [november, december] = [Date.UTC(2026, 10, 30), Date.UTC(2026, 11, 1)];
    const free = Array.from({ length: 1_001 }, () => allowance.take("3", november));
    expect(free.indexOf(false)).toBe(1_000);
    expect(new Allowance(state).take("3", november)).toBe(false);
    expect(allowance.take("4", november)).toBe(true);
    expect(allowance.take("3", december)).toBe(true);
    state.close();
  });
});

describe("the window", () => {
  test("a free message outside the 24 hours is accepted and fails", async () => {
    await rig.write();
    rig.offsetMs += 86_390_000;
    await rig.text();
    expect(namesOf(await rig.statuses())).toEqual(["sent", "delivered"]);
    rig.told.length = 0;
    rig.offsetMs += 20_000;
    expect((await rig.text()).status).toBe(200);
    const [failed] = await rig.statuses();
    expect(failed).toMatchObject({ status: "failed", errors: [{ code: 131047 }] });
    expect(failed).not.toHaveProperty("recipient_user_id");
    expect(rig.told.at(-1)).not.toHaveProperty("value.contacts");
  });

  test("opens for messages delivered raw as well, not for reactions", async () => {
    const deliver = (message: object) =>
      rig.sim("deliver", {
        channelKey: "local",
        body: {
          entry: [
            {
              changes: [
                {
                  field: "messages",
                  value: {
                    metadata: { phone_number_id: NUMBER.phoneNumberId },
                    messages: [
                      {
                        id: "wamid.1",
                        timestamp: String(Math.floor(Date.now() / 1000)),
                        ...message,
                      },
                    ],
                  },
                },
              ],
            },
          ],
        },
      });
    await deliver({ from: "447700900001", type: "reaction", reaction: {} });
    await rig.text();
    await deliver({ from: "447700900002", type: "text", text: { body: "Hi" } });
    await rig.text({ to: "+447700900002" });
    const statuses = await rig.statuses();
    expect(namesOf(statuses).toSorted()).toEqual(["delivered", "failed", "sent"]);
  });
});

describe("magic numbers", () => {
  test.each([
    ["+447700130429", 400, 130429],
    ["+447700131000", 500, 131000],
    ["+447700000190", 401, 190],
    ["+447700200002", 503, 2],
    ["+447700200005", 401, 190],
  ])("%s is refused with %i, code %i, always", async (to, status, code) => {
    await rig.write(to);
    for (let tries = 0; tries < 3; tries += 1) {
      const refused = await rig.text({ to });
      expect(refused.status).toBe(status);
      expect(errorOf(refused).code).toBe(code);
    }
    expect(await rig.ledger()).toEqual([]);
  });

  test.each([131026, 131049, 131050, 130472, 131053, 131042])(
    "+447700%i is accepted and fails with that code",
    async (code) => {
      const to = `+447700${code}`;
      await rig.write(to);
      expect((await rig.text({ to })).status).toBe(200);
      expect(await rig.statuses()).toMatchObject([{ status: "failed", errors: [{ code }] }]);
      expect(await rig.ledger()).toHaveLength(1);
    },
  );

  test("what asks to come back gives in when the script says so, the rest never", async () => {
    await rig.sim("script", { recoverAfter: 2 });
    const answers = async (to: string) => {
      await rig.write(to);
      const all = [];
      for (let tries = 0; tries < 3; tries += 1) all.push((await rig.text({ to })).status);
      return all;
    };
    expect(await answers("+447700131016")).toEqual([500, 500, 200]);
    expect(await answers("+447700131009")).toEqual([400, 400, 400]);
  });

  test("...200001 is accepted and told, but its answer is lost", async () => {
    const to = "+447700200001";
    await rig.write(to);
    await expect(rig.text({ to, biz_opaque_callback_data: "msg_1" })).rejects.toThrow();
    expect(await rig.ledger()).toMatchObject([{ to, reference: "msg_1" }]);
    expect(namesOf(await rig.statuses())).toEqual(["sent", "delivered"]);
  });

  test("...200003 is accepted at once and answered too late", async () => {
    const to = "+447700200003";
    await rig.write(to);
    const answer = rig.text({ to }).catch(() => "no answer");
    await expect.poll(() => rig.ledger()).toHaveLength(1);
    expect(namesOf(await rig.statuses())).toEqual(["sent", "delivered"]);
    await rig.restart();
    expect(await answer).toBe("no answer");
  });

  test("...200006 is known to Meta by another number", async () => {
    const to = "+447700200006";
    await rig.write(to);
    const taken = await rig.text({ to });
    expect(taken.body.contacts).toEqual([{ input: to, wa_id: "447700900006" }]);
    expect(await rig.statuses()).toMatchObject([
      { status: "sent", recipient_id: "447700900006" },
      { status: "delivered" },
    ]);
  });
});

describe("what was accepted", () => {
  test("outlives the process, in ledger and chat, and its statuses still come", async () => {
    await rig.write();
    const id = idOf(await rig.text({ biz_opaque_callback_data: "msg_1" }));
    await rig.restart();
    expect(await rig.ledger()).toEqual([
      {
        providerId: id,
        from: "+15550100001",
        to: ADA,
        reference: "msg_1",
        content: { type: "text", text: "Hello" },
        acceptedAt: expect.stringMatching(/Z$/),
      },
    ]);
    expect(namesOf(await rig.statuses())).toEqual(["sent", "delivered"]);
    const { body } = await rig.sim("chats?number=447700900001");
    expect(body.data).toMatchObject([
      { direction: "inbound", content: { type: "text", text: { body: "Hi" } } },
      { direction: "outbound", id, status: "delivered", phoneNumberId: NUMBER.phoneNumberId },
    ]);
  });
});

describe("the pretend phone", () => {
  const ask = async (interactive: object) => {
    await rig.write(ADA, { name: "Zoë" });
    const id = idOf(await rig.send({ type: "interactive", interactive }));
    await rig.idle();
    rig.told.length = 0;
    return id;
  };
  const body = { text: "Pick" };
  const reply = { id: "y", title: "Yes" };
  const row = { id: "r", title: "Row", description: "One" };

  test.each([
    [
      { type: "button", body, action: { buttons: [{ type: "reply", reply }] } },
      { buttonId: "y" },
      { type: "button_reply", button_reply: reply },
    ],
    [
      { type: "list", body, action: { button: "Open", sections: [{ rows: [row] }] } },
      { rowId: "r" },
      { type: "list_reply", list_reply: row },
    ],
  ])("a tap answers the message that it belongs to: %j", async (interactive, tap, answer) => {
    const messageId = await ask(interactive);
    expect((await rig.sim("press", { messageId, ...tap })).status).toBe(200);
    expect(rig.told[0]).toMatchObject({
      value: {
        contacts: [{ profile: { name: "Zoë" } }],
        messages: [
          {
            type: "interactive",
            interactive: answer,
            context: { from: "15550100001", id: messageId },
          },
        ],
      },
    });
    expect((await rig.sim("press", { messageId, buttonId: "no" })).status).toBe(422);
    expect((await rig.sim("press", { messageId })).status).toBe(422);
    expect((await rig.sim("press", { messageId: "wamid.no", rowId: "r" })).status).toBe(404);
  });

  test("reads a message once", async () => {
    await rig.write();
    const messageId = idOf(await rig.text());
    await rig.statuses();
    expect((await rig.sim("read", { messageId })).body).toMatchObject({ told: true });
    expect((await rig.sim("read", { messageId })).body).toMatchObject({ told: false });
    expect(namesOf(await rig.statuses())).toEqual(["sent", "delivered", "read"]);
    const { body: chat } = await rig.sim(`chats?number=${ADA}`);
    expect(chat.data).toMatchObject([{ direction: "inbound" }, { status: "read" }]);
  });
});
