import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ADA, errorOf, GraphRig } from "./graphRig.ts";

/** A customer of the pretend Meta gets another number or another user id. */

const NEW = "+447700900099";

let rig: GraphRig;
beforeEach(async () => {
  rig = new GraphRig();
  await rig.start();
});
afterEach(() => rig.stop());

async function told() {
  await rig.idle();
  return rig.told.flatMap((one) => ("value" in one ? [one.value] : []));
}

describe("another number", () => {
  test("is told as a system message without contacts, and by user_id_update", async () => {
    await rig.write();
    const { body } = await rig.sim("changeNumber", { from: ADA, to: NEW, timestamp: 1767225600 });
    expect(body).toMatchObject({ waId: NEW.slice(1), delivered: true });
    const values = await told();
    const system = values.find((value) => "messages" in value);
    expect(system).not.toHaveProperty("contacts");
    const message = system?.messages?.[0];
    expect(message).toMatchObject({
      from: ADA.slice(1),
      type: "system",
      timestamp: "1767225600",
      system: { type: "user_changed_number", wa_id: NEW.slice(1), user_id: body.userId },
    });
    const field = values.find((value) => "user_id_update" in value);
    expect(field?.user_id_update).toEqual([
      {
        wa_id: NEW.slice(1),
        detail: "User id changed",
        timestamp: "1767225600",
        user_id: { previous: message?.from_user_id, current: body.userId },
      },
    ]);
    expect(message?.from_user_id).not.toBe(body.userId);
  });

  test("is told under the names of old when that is asked for", async () => {
    await rig.sim("changeNumber", { from: ADA, to: NEW, tell: ["legacy"] });
    const [{ messages } = {}] = await told();
    const names = { customer: ADA.slice(1), new_wa_id: NEW.slice(1) };
    expect(messages).toMatchObject([{ system: { ...names, type: "customer_changed_number" } }]);
  });

  test("leaves the window as it is, open or closed", async () => {
    await rig.write();
    await rig.sim("changeNumber", { from: ADA, to: NEW });
    await rig.text({ to: NEW });
    await rig.sim("changeNumber", { from: "+447700900050", to: "+447700900051" });
    await rig.text({ to: "+447700900051" });
    const statuses = await rig.statuses();
    expect(new Set(statuses.map(({ status }) => status))).toEqual(
      new Set(["sent", "delivered", "failed"]),
    );
  });
});

test("another user id is the one that can be written to; the old one is nobody's", async () => {
  const [userId, newUserId] = ["GB.71000000000000000001", "GB.71000000000000000003"];
  await rig.write(null, { userId });
  await rig.sim("changeUserId", { userId, newUserId });
  const [system, field] = await told();
  expect(system?.messages).toMatchObject([
    { from_user_id: userId, system: { type: "user_changed_user_id", user_id: newUserId } },
  ]);
  expect(field?.user_id_update).toMatchObject([
    { user_id: { previous: userId, current: newUserId } },
  ]);
  const sent = await rig.send({ to: undefined, recipient: newUserId, text: { body: "Hello" } });
  expect(sent.status).toBe(200);
  const refused = await rig.send({ to: undefined, recipient: userId, text: { body: "Hello" } });
  expect(errorOf(refused).code).toBe(131009);
});

test("without a number or id it is refused, and the place is named", async () => {
  const { status, body } = await rig.sim("changeNumber", { from: ADA });
  expect(status).toBe(422);
  expect(body.errors).toMatchObject([{ pointer: "/to" }]);
});
