import { randomUUID } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { expectNothingDenied, settle, workspace } from "../support/client.ts";
import { draft, orderReady, read, reviewed, statuses, submit, told } from "../support/review.ts";
import * as meta from "../support/sends.ts";

/** A template from the first word to the customer's phone. */

afterAll(expectNothingDenied);

describe("writing a template", () => {
  test("helps with the name, and tells everything that is wrong at once", async () => {
    const { admin, whatsapp: channelId } = await workspace();
    const made = await admin.post("/templates", {
      channelId,
      ...orderReady({ name: " order ready 2 ", language: "en-us" }),
    });
    expect(made.body).toMatchObject({
      name: "order_ready_2",
      language: "en_US",
      status: "draft",
      parameterFormat: "named",
      variables: ["first_name"],
      providerId: null,
      quality: null,
    });
    const wrong = await admin.post("/templates", {
      channelId,
      name: "Order_Ready",
      language: "en_US",
      category: "utility",
      components: [
        { type: "header", format: "text", text: "x".repeat(61) },
        { type: "body", text: "{{1}} is ready" },
        { type: "footer", text: "For {{1}}" },
        { type: "buttons", buttons: [{ type: "url", text: "Go", url: "ftp://x.example" }] },
      ],
    });
    expect(wrong.status).toBe(422);
    expect(wrong.body.errors).toMatchObject([
      { pointer: "/name", code: "capitals", detail: expect.stringContaining("order_ready") },
      { pointer: "/components/0/text", code: "too_long" },
      { pointer: "/components/1/examples/1", code: "required" },
      { pointer: "/components/1/text", code: "variable_at_edge" },
      { pointer: "/components/2/text", code: "not_allowed" },
      { pointer: "/components/3/buttons/0/url", code: "invalid" },
    ]);
  });

  test("says that a header cannot be a file yet", async () => {
    const { admin, whatsapp: channelId } = await workspace();
    const header = { type: "header", format: "image", mediaId: "med_1" };
    const components = [header, { type: "body", text: "Your order is ready." }];
    const { status, body } = await admin.post("/templates", {
      channelId,
      ...orderReady({ components }),
    });
    expect(status).toBe(422);
    expect(body.errors).toMatchObject([
      { pointer: "/components/0/mediaId", code: "not_supported" },
    ]);
  });

  test("is for admins, on a channel that has templates; agents read", async () => {
    const { admin, agent, channels, whatsapp: channelId } = await workspace();
    expect((await agent.post("/templates", { channelId, ...orderReady() })).status).toBe(403);
    const email = channels.find(({ kind }) => kind === "email");
    const elsewhere = await admin.post("/templates", { channelId: email?.id, ...orderReady() });
    expect(elsewhere.body.errors[0]).toMatchObject({ pointer: "/channelId", code: "no_templates" });
    expect(await agent.all(`/templates?channelId=${email?.id}`)).toEqual([]);
    expect(await agent.all(`/templates?channelId=${channelId}&status=approved`)).toHaveLength(1);
    expect(await agent.all("/templates?status=draft")).toEqual([]);
  });

  test("happens once, whatever is repeated", async () => {
    const { admin, whatsapp: channelId } = await workspace();
    const key = { "idempotency-key": randomUUID() };
    const [first, again] = [
      await admin.post("/templates", { channelId, ...orderReady() }, key),
      await admin.post("/templates", { channelId, ...orderReady() }, key),
    ];
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(await admin.all("/templates?status=draft")).toHaveLength(1);
  });

  test("can be changed and thrown away, on the revision that was seen", async () => {
    const one = await workspace();
    const { id } = await draft(one);
    const path = `/templates/${id}`;
    const { headers } = await one.admin.get(path);
    const seen = { "if-match": headers.get("etag") ?? "" };
    const changed = await one.admin.patch(path, { name: "order ready now" }, seen);
    expect(changed.body).toMatchObject({ name: "order_ready_now", status: "draft" });
    expect((await one.admin.patch(path, { name: "other" }, seen)).status).toBe(412);
    expect((await one.admin.delete(path)).status).toBe(204);
    expect((await one.admin.get(path)).status).toBe(404);
  });

  test("shows how it will look: by example, by value, by contact", async () => {
    const one = await workspace();
    const { id } = await draft(one);
    const preview = async (body: object) =>
      (await one.agent.post(`/templates/${id}/preview`, body)).body;
    expect(await preview({})).toMatchObject({
      body: "Hi Ada, your order is ready to collect.",
      missing: ["first_name"],
      warnings: [],
    });
    expect(await preview({ variables: { first_name: "Bola\nAde" } })).toMatchObject({
      body: "Hi Bola Ade, your order is ready to collect.",
      missing: [],
      warnings: [{ pointer: "/variables/first_name", code: "invalid" }],
    });
    const attributes = { first_name: "Cleo" };
    const { body: contact } = await one.admin.post("/contacts", { attributes });
    expect(await preview({ contactId: contact.id })).toMatchObject({
      body: "Hi Cleo, your order is ready to collect.",
      missing: [],
    });
  });
});

describe("a submitted template", () => {
  test("is reviewed, approved, and every step is known and told", async () => {
    const one = await workspace();
    const pending = await submit(one, await draft(one));
    expect(pending).toMatchObject({ status: "pending", quality: null });
    expect(pending.providerId).toMatch(/^\d+$/);
    await settle();
    const approved = await read(one, pending);
    expect(approved).toMatchObject({ status: "approved", providerId: pending.providerId });
    expect(statuses(approved)).toEqual(["draft", "pending", "approved"]);
    for (const type of ["template.submitted", "template.approved"]) {
      expect(await told(one, type)).toMatchObject([{ data: { template: { id: pending.id } } }]);
    }
  });

  test("is rejected with a reason, mended, and reviewed again", async () => {
    const one = await workspace();
    const rejected = await reviewed(one, { name: "reject_promotional" });
    expect(rejected).toMatchObject({ status: "rejected", rejection: { reason: "PROMOTIONAL" } });
    expect(rejected.statusHistory.at(-1)).toMatchObject({ reason: "PROMOTIONAL" });
    expect(await told(one, "template.rejected")).toHaveLength(1);
    const components = [{ type: "body", text: "Your order is here, come when you like." }];
    const mended = await one.admin.patch(`/templates/${rejected.id}`, { components });
    expect(mended.body).toMatchObject({ status: "pending", components, rejection: null });
    await settle();
    expect(statuses(await read(one, rejected))).toEqual([
      "draft",
      "pending",
      "rejected",
      "pending",
      "rejected",
    ]);
  });

  test("is never made twice, however often and at once it is submitted", async () => {
    const one = await workspace();
    const { id } = await draft(one);
    const path = `/templates/${id}/submit`;
    const answers = await Promise.all(Array.from({ length: 6 }, () => one.admin.post(path)));
    for (const { status, body } of answers) {
      if (status === 200) expect(body.status).toBe("pending");
      else expect({ status, code: body.code }).toEqual({ status: 409, code: "in_progress" });
    }
    await settle();
    expect((await one.admin.post(path)).body.status).toBe("approved");
    const [synced] = (await one.admin.post("/templates/sync")).body.accounts;
    expect(synced).toMatchObject({ found: 2, adopted: 0, deleted: 0 });
  });

  test("of a name that is taken or locked is refused, with what to do", async () => {
    const one = await workspace();
    const [first, second] = [await draft(one), await draft(one)];
    const text = "Something else altogether is ready.";
    const components = [{ type: "body", text }];
    await one.admin.patch(`/templates/${second.id}`, { components });
    await submit(one, first);
    const path = `/templates/${second.id}/submit`;
    expect(await one.admin.post(path)).toMatchObject({
      status: 409,
      body: { code: "name_taken", conflictingId: first.id, errors: [{ pointer: "/name" }] },
    });
    await settle();
    expect((await one.admin.delete(`/templates/${first.id}`)).status).toBe(204);
    await settle();
    const deleted = await read(one, first);
    expect(deleted.status).toBe("deleted");
    expect(await one.admin.all("/templates?status=deleted")).toMatchObject([{ id: first.id }]);
    expect(await one.admin.post(path)).toMatchObject({
      status: 409,
      body: { code: "name_locked", lockedUntil: deleted.lockedUntil },
    });
  });

  test("of the same words as another is refused, and names it", async () => {
    const one = await workspace();
    const first = await reviewed(one);
    const { id } = await draft(one, { name: "another_name" });
    expect(await one.admin.post(`/templates/${id}/submit`)).toMatchObject({
      status: 422,
      body: { conflictingId: first.id, errors: [{ pointer: "/components/0/text" }] },
    });
  });
});

describe("sending a template", () => {
  const full = {
    name: "order_full",
    components: [
      { type: "header", format: "text", text: "Order {{1}}", examples: { "1": "A-17" } },
      {
        type: "body",
        text: "Hi {{1}}, your order of {{2}} is ready.",
        examples: { "1": "Ada", "2": "Monday" },
      },
      { type: "footer", text: "Example Ltd" },
      {
        type: "buttons",
        buttons: [
          { type: "quick_reply", text: "Stop" },
          { type: "url", text: "Track", url: "https://shop.example/{{1}}", example: "A-17" },
        ],
      },
    ],
  };

  test("fills header, body and buttons, and its reply comes by its payload", async () => {
    const one = await workspace();
    const { id, variables } = await reviewed(one, full);
    expect(variables).toEqual(["header.1", "1", "2", "button.1"]);
    const values = { "header.1": "A-18", "1": "Bola", "2": "Friday", "button.1": "A 18" };
    const content = {
      type: "template",
      templateId: id,
      variables: { ...values, "button.0": "stop-orders" },
    };
    const sent = await meta.sendTo(one, meta.PHONE, content);
    await settle();
    const { providerId, status } = await meta.messageOf(one, sent);
    expect(status).toBe("delivered");
    const { data } = await meta.phoneOf(one, meta.PHONE);
    const { rendered } = data.at(-1);
    expect(rendered).toMatchObject({
      body: "Hi Bola, your order of Friday is ready.",
      footer: "Example Ltd",
    });
    expect(JSON.stringify(rendered)).toContain("Order A-18");
    expect(JSON.stringify(rendered)).toContain("https://shop.example/A%2018");
    await meta.press(providerId, { buttonId: "stop-orders" });
    await settle();
    const [answer] = await one.agent.all(`/conversations/${sent.conversationId}/messages`);
    expect(answer).toMatchObject({ direction: "inbound", replyTo: { providerId } });
    expect(JSON.stringify(answer.content)).toContain("stop-orders");
  });

  test("names everything that is missing, too much or unsendable", async () => {
    const one = await workspace();
    const { id } = await reviewed(one, full);
    const variables = { "1": "A\tB", other: "x" };
    const content = { type: "template", templateId: id, variables, headerMediaId: "med_1" };
    const given = { channelId: one.whatsapp, to: meta.PHONE, content };
    const { status, body } = await meta.send(one.agent, "/messages", given);
    expect(status).toBe(422);
    expect(
      body.errors.map(({ pointer, code }: meta.Talk["conversation"]) => [pointer, code]),
    ).toEqual([
      ["/content/headerMediaId", "unknown"],
      ["/content/variables/header.1", "required"],
      ["/content/variables/1", "invalid"],
      ["/content/variables/2", "required"],
      ["/content/variables/button.1", "required"],
      ["/content/variables/other", "unknown"],
    ]);
  });

  test("waits for its approval", async () => {
    const one = await workspace();
    const { id } = await submit(one, await draft(one));
    const content = { type: "template", templateId: id, variables: { first_name: "Ada" } };
    const given = { channelId: one.whatsapp, to: meta.PHONE, content };
    const early = await meta.send(one.agent, "/messages", given);
    expect(early.body.errors).toMatchObject([{ pointer: "/content/templateId", code: "pending" }]);
    await settle();
    const sent = await meta.sendTo(one, meta.PHONE, content);
    await settle();
    expect(await meta.messageOf(one, sent)).toMatchObject({ status: "delivered" });
  });

  test("shows a place, a coupon, and a code to log in", async () => {
    const one = await workspace();
    const place = await reviewed(one, {
      name: "come_here",
      components: [
        { type: "header", format: "location" },
        { type: "body", text: "We are here, come when you like." },
        { type: "buttons", buttons: [{ type: "copy_code", example: "SAVE20" }] },
      ],
    });
    const code = await reviewed(one, {
      name: "login",
      category: "authentication",
      components: [
        { type: "body", addSecurityRecommendation: true },
        { type: "footer", codeExpirationMinutes: 10 },
        { type: "buttons", buttons: [{ type: "otp", otpType: "copy_code" }] },
      ],
    });
    const contents = [
      {
        type: "template",
        templateId: place.id,
        variables: { "button.0": "SAVE30" },
        headerLocation: { latitude: 51.5, longitude: -0.12, name: "Office", address: "1 Road" },
      },
      { type: "template", templateId: code.id, variables: { "1": "123456" } },
    ];
    for (const content of contents) {
      const sent = await meta.sendTo(one, meta.PHONE, content);
      await settle();
      expect(await meta.messageOf(one, sent)).toMatchObject({ status: "delivered", error: null });
    }
    expect(await meta.ledgerOf(one)).toHaveLength(2);
  });
});

test("another workspace's templates are nobody's", async () => {
  const [mine, theirs] = [await workspace(), await workspace()];
  const { id } = await draft(theirs);
  for (const path of [`/templates/${id}/submit`, `/templates/${id}/preview`]) {
    expect((await mine.admin.post(path)).status, path).toBe(404);
  }
  expect((await mine.admin.get(`/templates/${id}`)).status).toBe(404);
  expect((await mine.admin.patch(`/templates/${id}`, { name: "mine" })).status).toBe(404);
  expect((await mine.admin.delete(`/templates/${id}`)).status).toBe(404);
  for (const path of ["/templates", "/templates/sync"]) {
    const more = path === "/templates" ? orderReady() : {};
    const answer = await mine.admin.post(path, { channelId: theirs.whatsapp, ...more });
    expect(answer.body.errors).toMatchObject([{ pointer: "/channelId", code: "unknown" }]);
  }
});
