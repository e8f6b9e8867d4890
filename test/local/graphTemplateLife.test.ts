import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GraphRig } from "./graphRig.ts";
import { bodyOf, DAY_MS, HOUR_MS, STATUS, TemplateRig } from "./graphTemplateRig.ts";

let rig: GraphRig;
let templates: TemplateRig;

beforeEach(async () => {
  rig = new GraphRig();
  templates = new TemplateRig(rig);
  await rig.start();
});
afterEach(() => rig.stop());

describe("what happens to one", () => {
  test("is paused for 3 hours, for 6 hours, and then disabled", async () => {
    const id = await templates.approved("order");
    for (const [title, hours] of [
      ["FIRST_PAUSE", 3],
      ["SECOND_PAUSE", 6],
    ] as const) {
      expect((await templates.happens(id, "pause")).body).toEqual({
        templateId: id,
        delivered: true,
      });
      expect(await rig.updates(STATUS)).toMatchObject([{ event: "PAUSED", other_info: { title } }]);
      expect((await rig.call("POST", `${id}/unpause`)).body).toMatchObject({ success: false });
      rig.offsetMs += hours * HOUR_MS - 60_000;
      expect(await templates.get(id)).toMatchObject({ status: "PAUSED" });
      rig.offsetMs += 60_000;
      expect(await templates.get(id)).toMatchObject({ status: "APPROVED" });
      expect((await rig.updates(STATUS)).slice(1)).toMatchObject([
        { event: "APPROVED", other_info: { title: "UNPAUSE" } },
      ]);
      rig.told.length = 0;
    }
    await templates.happens(id, "pause");
    expect(await rig.updates(STATUS)).toMatchObject([
      { event: "DISABLED", disable_info: { disable_date: expect.any(Number) } },
    ]);
  });

  test("is paused for pacing until somebody ends it", async () => {
    const id = await templates.approved("order");
    await templates.happens(id, "pause", { cause: "pacing" });
    rig.offsetMs += 30 * DAY_MS;
    expect(await templates.get(id)).toMatchObject({ status: "PAUSED" });
    expect((await rig.call("POST", `${id}/unpause`)).body).toEqual({ success: true });
    expect(await rig.updates(STATUS)).toMatchObject([
      { other_info: { title: "RATE_LIMITING_PAUSE" } },
      { event: "APPROVED" },
    ]);
  });

  test("changes its category a day after the notice", async () => {
    const id = await templates.approved("order");
    await templates.happens(id, "category", { category: "MARKETING" });
    const field = "template_category_update";
    expect(await rig.updates(field)).toEqual([
      {
        message_template_id: Number(id),
        message_template_name: "order",
        message_template_language: "en_US",
        new_category: "UTILITY",
        correct_category: "MARKETING",
        category_update_timestamp: expect.any(Number),
      },
    ]);
    const fields = "category,correct_category,previous_category";
    expect(await templates.get(id, fields)).toEqual({
      id,
      category: "UTILITY",
      correct_category: "MARKETING",
    });
    rig.offsetMs += DAY_MS;
    expect(await templates.get(id, fields)).toEqual({
      id,
      category: "MARKETING",
      previous_category: "UTILITY",
    });
    expect((await rig.updates(field)).slice(1)).toMatchObject([
      { previous_category: "UTILITY", new_category: "MARKETING" },
    ]);
  });

  test("happens in order of time, however late anybody looks", async () => {
    const id = await templates.approved("order");
    await templates.happens(id, "category", { category: "MARKETING" });
    await templates.happens(id, "pause");
    rig.told.length = 0;
    await rig.sim("script", { batch: 10 });
    rig.offsetMs += 2 * DAY_MS;
    expect(await templates.get(id)).toMatchObject({ status: "APPROVED", category: "MARKETING" });
    await rig.idle();
    const entries = rig.posts.flatMap(({ body }) => JSON.parse(body).entry);
    const [resumed, moved] = entries.slice(-2);
    expect(resumed.changes).toMatchObject([{ field: STATUS, value: { event: "APPROVED" } }]);
    expect(moved.changes).toMatchObject([{ field: "template_category_update" }]);
    expect(moved.time - resumed.time).toBeGreaterThan(20 * 3_600);
  });

  test("is graded", async () => {
    const id = await templates.approved("order");
    await templates.happens(id, "quality", { score: "YELLOW" });
    expect(await rig.updates("message_template_quality_update")).toMatchObject([
      { previous_quality_score: "UNKNOWN", new_quality_score: "YELLOW" },
    ]);
    expect(await templates.get(id, "quality_score")).toMatchObject({
      quality_score: { score: "YELLOW" },
    });
  });

  test("is reviewed by hand, by name and language, with a reason", async () => {
    await templates.made("order");
    const which = { name: "order", language: "en_US" };
    const verdict = { verdict: "REJECTED", reason: "SCAM" };
    const { status } = await rig.sim("templates", { ...which, event: "review", ...verdict });
    expect(status).toBe(200);
    rig.offsetMs += 10_000;
    expect(await rig.updates(STATUS)).toMatchObject([{ event: "REJECTED", reason: "SCAM" }]);
  });

  test("gets any other status, or another content", async () => {
    const id = await templates.approved("order");
    await templates.happens(id, "status", { status: "IN_APPEAL" });
    await templates.happens(id, "components", { components: bodyOf("Come and get it.") });
    expect(await rig.updates("message_template_components_update")).toHaveLength(1);
    const statuses = await rig.updates(STATUS);
    expect(statuses).toMatchObject([{ event: "IN_APPEAL" }, { event: "APPROVED" }]);
  });

  test("is made elsewhere, approved and told", async () => {
    const template = {
      name: "theirs",
      language: "de",
      category: "UTILITY",
      components: bodyOf("Hallo."),
    };
    const { body } = await rig.sim("templates", { event: "create", template });
    expect(await rig.updates(STATUS)).toMatchObject([{ message_template_name: "theirs" }]);
    expect(await templates.get(String(body.templateId))).toMatchObject({ status: "APPROVED" });
    expect((await rig.sim("templates", { event: "create", template })).status).toBe(409);
  });

  test("is refused at the door when it makes no sense", async () => {
    const id = await templates.made("order");
    expect((await templates.happens(id, "pause")).status).toBe(409);
    expect((await templates.happens(id, "unpause")).status).toBe(409);
    expect((await templates.happens("500", "disable")).status).toBe(404);
    expect((await templates.happens(id, "dance")).status).toBe(422);
    expect((await templates.happens(id, "components", { components: [] })).status).toBe(422);
    expect((await rig.sim("templates", { event: "create", template: {} })).status).toBe(422);
  });
});
