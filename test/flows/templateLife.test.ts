import { afterAll, describe, expect, test } from "vitest";
import { advance, expectNothingDenied, settle, workspace } from "../support/client.ts";
import {
  draft,
  metaDoes,
  metaMakes,
  read,
  reviewed,
  statuses,
  submit,
  told,
} from "../support/review.ts";
import * as meta from "../support/sends.ts";

/** What Meta does to a template once it is there, and that we know of it. */

afterAll(expectNothingDenied);

const send = (templateId: string) => ({
  type: "template",
  templateId,
  variables: { first_name: "Ada" },
});

describe("a pause", () => {
  test("stops what is sent with it, says why, and ends", async () => {
    const one = await workspace();
    const template = await reviewed(one);
    await metaDoes(one, "pause", template);
    const paused = await read(one, template);
    expect(paused.status).toBe("paused");
    expect(paused.statusHistory.at(-1).reason).toBe("FIRST_PAUSE");
    expect(await told(one, "template.paused")).toHaveLength(1);
    const given = { channelId: one.whatsapp, to: meta.PHONE, content: send(template.id) };
    const refused = await meta.send(one.agent, "/messages", given);
    expect(refused.body.errors).toMatchObject([{ pointer: "/content/templateId", code: "paused" }]);
    await metaDoes(one, "unpause", template);
    expect(statuses(await read(one, template))).toEqual([
      "draft",
      "pending",
      "approved",
      "paused",
      "approved",
    ]);
    const sent = await meta.sendTo(one, meta.PHONE, send(template.id));
    await settle();
    expect(await meta.messageOf(one, sent)).toMatchObject({ status: "delivered" });
  });

  test("in the middle of use fails what was on its way, for the template's sake", async () => {
    const one = await workspace();
    const template = await reviewed(one);
    // The webhooks come late, so the first to tell is Meta's refusal.
    await meta.play({ delayMs: 20_000 });
    const door = metaDoes(one, "pause", template);
    const sent = await meta.sendTo(one, meta.PHONE, send(template.id));
    await door;
    await settle();
    await meta.play({});
    expect(await meta.messageOf(one, sent)).toMatchObject({
      status: "failed",
      error: { class: "template", providerCode: "132015" },
    });
    expect((await read(one, template)).status).toBe("paused");
  });

  test("for the third time disables it for good", async () => {
    const one = await workspace();
    const template = await reviewed(one);
    for (const event of ["pause", "unpause", "pause", "unpause", "pause"]) {
      await metaDoes(one, event, template);
    }
    expect((await read(one, template)).status).toBe("disabled");
    const path = `/templates/${template.id}`;
    for (const answer of [
      await one.admin.patch(path, { category: "marketing" }),
      await one.admin.delete(path),
    ]) {
      expect(answer).toMatchObject({ status: 409, body: { code: "not_editable" } });
    }
  });
});

describe("a category that Meta corrects", () => {
  test("is announced 24 hours ahead, with what it is and what it will be", async () => {
    const one = await workspace();
    const template = await reviewed(one);
    await metaDoes(one, "category", template, { category: "MARKETING" });
    const announced = await read(one, template);
    expect(announced.category).toBe("utility");
    expect(announced.categoryChange).toMatchObject({ from: "utility", to: "marketing" });
    expect(Date.parse(announced.categoryChange.at)).toBeGreaterThan(Date.parse(template.updatedAt));
    expect(await told(one, "template.category_changed")).toEqual([]);
    await advance("25h");
    await settle();
    expect(await read(one, template)).toMatchObject({
      category: "marketing",
      categoryChange: null,
    });
    expect(await told(one, "template.category_changed")).toHaveLength(1);
  });

  test("at once is known at once", async () => {
    const one = await workspace();
    const template = await reviewed(one);
    await metaDoes(one, "category", template, { category: "MARKETING", notice: false });
    expect(await read(one, template)).toMatchObject({
      category: "marketing",
      categoryChange: null,
      status: "approved",
    });
  });

  test("when it is submitted is told with the answer", async () => {
    const one = await workspace();
    await meta.play({ templateCategory: "MARKETING" });
    const template = await submit(one, await draft(one));
    await meta.play({});
    expect(template.category).toBe("marketing");
  });
});

test("a rating is known, and so are words that were changed at Meta", async () => {
  const one = await workspace();
  const template = await reviewed(one);
  await metaDoes(one, "quality", template, { score: "YELLOW" });
  expect((await read(one, template)).quality).toBe("yellow");
  const text = "It was changed in Meta's own pages.";
  await metaDoes(one, "components", template, { components: [{ type: "BODY", text }] });
  expect((await read(one, template)).components).toMatchObject([{ type: "body", text }]);
});

test("a template that was made elsewhere appears by itself, and can be sent", async () => {
  const one = await workspace();
  await metaMakes(one, {
    name: "made_elsewhere",
    language: "en_US",
    category: "MARKETING",
    components: [{ type: "BODY", text: "We have something new for you today." }],
  });
  await settle();
  const all = await one.agent.all(`/templates?channelId=${one.whatsapp}&status=approved`);
  const found = all.find(({ name }) => name === "made_elsewhere");
  expect(found).toMatchObject({ category: "marketing", channelId: one.whatsapp, variables: [] });
  const content = { type: "template", templateId: found.id, variables: {} };
  const sent = await meta.sendTo(one, meta.PHONE, content);
  await settle();
  expect(await meta.messageOf(one, sent)).toMatchObject({ status: "delivered" });
});

test("whatever the webhooks do, the template ends as Meta has it", async () => {
  const one = await workspace();
  const template = await reviewed(one);
  await meta.play({ reorder: true, duplicate: 2 });
  for (const event of ["pause", "unpause", "pause"]) await metaDoes(one, event, template);
  await metaDoes(one, "quality", template, { score: "RED" });
  await meta.play({});
  await settle();
  expect(await read(one, template)).toMatchObject({ status: "paused", quality: "red" });
});

describe("a sync", () => {
  test("brings what no webhook told, by the hour or at once", async () => {
    const one = await workspace();
    const { body } = await one.admin.post("/templates/sync", { channelId: one.whatsapp });
    expect(body.accounts).toMatchObject([{ channelId: one.whatsapp, found: 1, adopted: 0 }]);
    const [welcome] = await one.agent.all("/templates");
    expect(welcome).toMatchObject({ name: "welcome_back", status: "approved" });
    expect(welcome.providerId).toMatch(/^\d+$/);
    const again = await one.admin.post("/templates/sync");
    expect(again.body.accounts).toMatchObject([{ found: 1, changed: 0, deleted: 0 }]);
  });

  test("is the hour's work for every workspace", async () => {
    const one = await workspace();
    await advance("6m");
    const [welcome] = await one.agent.all("/templates");
    expect(welcome.providerId).toMatch(/^\d+$/);
  });
});

describe("an edit", () => {
  const components = [{ type: "body", text: "It is ready, come when you like." }];

  test("of what is approved is reviewed again, once a day, and never its category", async () => {
    const one = await workspace();
    const template = await reviewed(one);
    const path = `/templates/${template.id}`;
    const fixed = await one.admin.patch(path, { category: "marketing" });
    expect(fixed.body.errors).toMatchObject([{ pointer: "/category", code: "fixed" }]);
    const edited = await one.admin.patch(path, { components });
    expect(edited.body).toMatchObject({ status: "pending", components });
    await settle();
    expect(await read(one, template)).toMatchObject({ status: "approved", components });
    const other = [{ type: "body", text: "It is ready, and we are open." }];
    const soon = await one.admin.patch(path, { components: other });
    expect(soon).toMatchObject({ status: 409, body: { code: "edit_limit" } });
    expect(Date.parse(soon.body.editableAt)).not.toBeNaN();
    await advance("24h");
    expect((await one.admin.patch(path, { components: other })).status).toBe(200);
    await settle();
    expect(await read(one, template)).toMatchObject({ status: "approved", components: other });
  });

  test("while it is reviewed is refused", async () => {
    const one = await workspace();
    const template = await submit(one, await draft(one));
    const answer = await one.admin.patch(`/templates/${template.id}`, { components });
    expect(answer).toMatchObject({ status: 409, body: { code: "not_editable" } });
  });
});
