import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { signatureOf } from "../../local/providers/graph/webhook.ts";
import { errorOf, GraphRig, NUMBER } from "./graphRig.ts";
import {
  ACCOUNT,
  bodyOf,
  DAY_MS,
  HOUR_MS,
  STATUS,
  subcodeOf,
  TemplateRig,
} from "./graphTemplateRig.ts";

let rig: GraphRig;
let templates: TemplateRig;

beforeEach(async () => {
  rig = new GraphRig();
  templates = new TemplateRig(rig);
  await rig.start();
});
afterEach(() => rig.stop());

describe("creating", () => {
  test("answers PENDING; the review comes two seconds later and is told, signed", async () => {
    const id = await templates.made("order_ready");
    expect(id).toMatch(/^\d{15}$/);
    expect(rig.graph.pending()).toHaveLength(1);
    expect(await templates.get(id)).toMatchObject({ status: "PENDING" });
    rig.offsetMs += 2_000;
    expect(await rig.updates(STATUS)).toEqual([
      {
        event: "APPROVED",
        message_template_id: Number(id),
        message_template_name: "order_ready",
        message_template_language: "en_US",
        message_template_category: "UTILITY",
        reason: "NONE",
      },
    ]);
    const [post] = rig.posts;
    expect(post).toMatchObject({ path: `/webhooks/whatsapp/${NUMBER.channelKey}` });
    expect(post?.signature).toBe(signatureOf(post!.body, NUMBER.appSecret));
    expect(JSON.parse(post!.body).entry).toMatchObject([
      { id: NUMBER.wabaId, time: expect.any(Number) },
    ]);
    expect(await templates.get(id)).toEqual({
      id,
      status: "APPROVED",
      category: "UTILITY",
      components: [{ type: "BODY", text: "It is about order_ready." }],
    });
  });

  test.each([
    ["reject_me", "INVALID_FORMAT", true],
    ["reject_promotional_2", "PROMOTIONAL", false],
    ["will_reject_tag_content_mismatch", "TAG_CONTENT_MISMATCH", false],
  ])("is refused by the review when its name asks for it: %s", async (name, reason, hasInfo) => {
    const id = await templates.made(name);
    rig.offsetMs += 2_000;
    const [update] = await rig.updates(STATUS);
    expect(update).toMatchObject({ event: "REJECTED", reason });
    expect("rejection_info" in update!).toBe(hasInfo);
    const shown = await templates.get(id, "rejected_reason,status");
    expect(shown).toMatchObject({ status: "REJECTED", rejected_reason: reason });
  });

  test("is reviewed by the next process when this one ends", async () => {
    const id = await templates.made("order_ready");
    await rig.restart();
    rig.offsetMs += 2_000;
    expect(await rig.updates(STATUS)).toMatchObject([{ event: "APPROVED" }]);
    expect(await templates.get(id)).toMatchObject({ status: "APPROVED" });
  });

  test("refuses what the rules refuse, in Meta's shape", async () => {
    const refused = await templates.create("x", { components: bodyOf("{{1}} is here.") });
    expect(refused.status).toBe(400);
    expect(errorOf(refused)).toMatchObject({
      message: "Invalid parameter",
      type: "OAuthException",
      code: 100,
      is_transient: false,
      error_user_title: expect.any(String),
      error_user_msg: expect.any(String),
      fbtrace_id: expect.any(String),
    });
    expect((await templates.list("")).data).toEqual([]);
  });

  test("refuses a language that is there, and words of another template", async () => {
    await templates.made("order_ready");
    expect(subcodeOf(await templates.create("order_ready"))).toBe(2388024);
    const same = bodyOf("It is about order_ready.");
    await templates.made("order_ready", { language: "en_GB", components: same });
    expect(errorOf(await templates.create("other", { components: same })).code).toBe(100);
    await templates.made("other");
  });

  test("refuses more than 100 an hour, and more than the account holds", async () => {
    for (let place = 0; place < 100; place += 1) await templates.made(`order_${place}`);
    expect(errorOf(await templates.create("one_more")).code).toBe(80008);
    rig.offsetMs += HOUR_MS;
    await templates.made("one_more");
    await rig.sim("script", { templatesMax: 101 });
    expect(subcodeOf(await templates.create("too_many"))).toBe(2388019);
  });

  test("may get another category than the one asked for", async () => {
    await rig.sim("script", { templateCategory: "MARKETING" });
    const { body } = await templates.create("order_ready");
    expect(body).toMatchObject({ category: "MARKETING", status: "PENDING" });
  });
});

describe("reading", () => {
  test("pages by cursors, the newest first, and filters", async () => {
    for (const name of ["a", "b", "c", "reject_d", "e"]) await templates.made(name);
    await templates.made("a", { language: "de" });
    rig.offsetMs += 2_000;
    const first = await templates.list("fields=name&limit=4");
    expect(first.names).toEqual(["a", "e", "reject_d", "c"]);
    expect(first.data[0]).toEqual({ name: "a", id: expect.any(String) });
    const { next, previous } = first.paging!;
    expect(previous).toBeUndefined();
    const second = await templates.list(`fields=name&limit=4&after=${first.paging?.cursors.after}`);
    expect(second.names).toEqual(["b", "a"]);
    expect(second.paging?.next).toBeUndefined();
    const followed = await fetch(String(next), {
      headers: { authorization: `Bearer ${NUMBER.accessToken}` },
    });
    expect(await followed.json()).toMatchObject({ data: second.data });
    const back = await templates.list(
      `fields=name&limit=4&before=${second.paging?.cursors.before}`,
    );
    expect(back.names).toEqual(first.names);
    expect((await templates.list("status=rejected")).names).toEqual(["reject_d"]);
    expect((await templates.list("name=a")).names).toEqual(["a", "a"]);
    expect((await templates.list("name=a&language=de")).names).toEqual(["a"]);
    expect((await templates.list("name=nobody")).data).toEqual([]);
  });

  test.each(["limit=0", "limit=x", "after=nowhere", "fields=colour", "colour=red"])(
    "refuses %s",
    async (query) => {
      await templates.made("a");
      expect(errorOf(await rig.call("GET", `${ACCOUNT}?${query}`)).code).toBe(100);
    },
  );

  test("knows nothing of the templates of others", async () => {
    const refused = await rig.call("GET", "500999999999999");
    expect(errorOf(refused)).toMatchObject({ code: 100, error_subcode: 33 });
  });

  test("shows Meta's own words for a code, and a preview for a sample", async () => {
    const components = [
      { type: "body" },
      { type: "buttons", buttons: [{ type: "otp", otp_type: "copy_code" }] },
    ];
    const id = await templates.made("code", { category: "authentication", components });
    expect(await templates.get(id)).toMatchObject({
      components: [
        { type: "BODY", text: expect.stringContaining("{{1}}") },
        { type: "BUTTONS", buttons: [{ type: "URL", url: expect.stringMatching(/\{\{1\}\}$/) }] },
      ],
    });
  });

  test("lists what the laptop seeds", async () => {
    const seed = { wabaId: NUMBER.wabaId, name: "welcome_back", language: "en_US" };
    const body = "Hi {{first_name}}, we are here again.";
    rig.graph.addTemplate({ ...seed, category: "utility", body, status: "approved" });
    const id = rig.graph.addTemplate({ ...seed, category: "utility", body, status: "approved" });
    const { data } = await templates.list(
      "fields=name,status,category,parameter_format,components",
    );
    expect(data).toEqual([
      {
        id,
        name: "welcome_back",
        status: "APPROVED",
        category: "UTILITY",
        parameter_format: "NAMED",
        components: [expect.objectContaining({ type: "BODY", text: body })],
      },
    ]);
  });
});

describe("editing", () => {
  const edit = (id: string, body: object) => rig.call("POST", id, body);

  test("replaces the components, is told, and is reviewed again", async () => {
    const id = await templates.approved("order");
    const { body } = await edit(id, { components: bodyOf("Come and get it.") });
    expect(body).toEqual({ success: true, id, name: "order", category: "UTILITY" });
    expect(await templates.get(id)).toMatchObject({ status: "PENDING" });
    expect(await rig.updates("message_template_components_update")).toMatchObject([
      { message_template_id: Number(id), message_template_element: "Come and get it." },
    ]);
    rig.offsetMs += 2_000;
    expect(await rig.updates(STATUS)).toMatchObject([{ event: "APPROVED" }]);
    expect(await templates.get(id)).toMatchObject({ components: [{ text: "Come and get it." }] });
  });

  test("of an approved one: once a day, ten times in 30 days", async () => {
    const id = await templates.approved("order");
    const again = (place: number) => edit(id, { components: bodyOf(`Version ${place}.`) });
    for (let place = 0; place < 10; place += 1) {
      expect((await again(place)).status).toBe(200);
      rig.offsetMs += 2_000;
      expect(await templates.get(id)).toMatchObject({ status: "APPROVED" });
      expect(subcodeOf(await again(99))).toBe(2388039);
      rig.offsetMs += DAY_MS;
    }
    expect(subcodeOf(await again(11))).toBe(2388039);
    rig.offsetMs += 20 * DAY_MS;
    expect((await again(12)).status).toBe(200);
  });

  test("of a rejected one is free, its category included", async () => {
    const id = await templates.approved("reject_order");
    for (const category of ["MARKETING", "UTILITY"]) {
      expect((await edit(id, { category })).body).toMatchObject({ success: true, category });
      rig.offsetMs += 2_000;
      expect(await templates.get(id)).toMatchObject({ status: "REJECTED", category });
    }
  });

  test("refuses what cannot be", async () => {
    const pending = await templates.made("pending");
    const components = bodyOf("Come and get it.");
    expect(subcodeOf(await edit(pending, { components }))).toBe(2388039);
    const id = await templates.approved("order");
    expect(subcodeOf(await edit(id, { components: bodyOf("Hi {{1}}") }))).toBe(2388072);
    for (const wrong of [{ category: "MARKETING" }, { name: "other" }, {}]) {
      expect(errorOf(await edit(id, wrong)).code).toBe(100);
    }
    await templates.happens(id, "disable");
    expect(subcodeOf(await edit(id, { components }))).toBe(2388039);
    expect(subcodeOf(await rig.call("DELETE", `${ACCOUNT}?name=order`))).toBe(2388039);
  });
});

describe("deleting", () => {
  const remove = (query: string) => rig.call("DELETE", `${ACCOUNT}?${query}`);

  test("by name takes all languages, and locks the name of an approved one", async () => {
    await templates.approved("order");
    const other = await templates.approved("order", { language: "de" });
    expect((await remove("name=order")).body).toEqual({ success: true });
    expect(await rig.updates(STATUS)).toMatchObject([{ event: "DELETED" }, { event: "DELETED" }]);
    expect(errorOf(await rig.call("GET", other)).error_subcode).toBe(33);
    expect(subcodeOf(await templates.create("order"))).toBe(2388023);
    expect(subcodeOf(await templates.create("order", { language: "fr" }))).toBe(2388023);
    await rig.restart();
    expect(subcodeOf(await templates.create("order"))).toBe(2388023);
    rig.offsetMs += 30 * DAY_MS;
    await templates.made("order");
  });

  test("of one language leaves the others, and locks that language alone", async () => {
    const id = await templates.approved("order");
    await templates.approved("order", { language: "de" });
    expect(errorOf(await remove(`hsm_id=${id}`)).code).toBe(100);
    expect(errorOf(await remove(`hsm_id=${id}&name=other`)).code).toBe(100);
    expect((await remove(`hsm_id=${id}&name=order`)).status).toBe(200);
    expect((await templates.list("fields=language")).data).toMatchObject([{ language: "de" }]);
    expect(subcodeOf(await templates.create("order"))).toBe(2388023);
    await templates.made("order", { language: "fr" });
  });

  test("of several takes all or none", async () => {
    const ids = [await templates.made("a"), await templates.made("b"), await templates.made("c")];
    const many = (given: string[]) => `hsm_ids=${encodeURIComponent(JSON.stringify(given))}`;
    expect(errorOf(await remove(many([...ids, "500"]))).code).toBe(100);
    expect(errorOf(await remove(`${many(ids)}&name=a`)).code).toBe(100);
    expect(errorOf(await remove("hsm_ids=a")).code).toBe(100);
    expect((await templates.list("")).data).toHaveLength(3);
    expect((await remove(many(ids.slice(1)))).status).toBe(200);
    expect((await templates.list("")).names).toEqual(["a"]);
    expect(errorOf(await remove("name=b")).code).toBe(100);
    await templates.made("b");
  });
});
