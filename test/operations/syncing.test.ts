import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DomainError, unavailable } from "../../shared/domain/errors.ts";
import { applyTemplateEvent, refreshTemplate } from "../../shared/operations/refreshing.ts";
import { syncTemplates, syncWhenDue } from "../../shared/operations/syncing.ts";
import { readTemplate } from "../../shared/operations/templates.ts";
import { AT_MS, draftWith } from "../domain/things.ts";
import { type Rig, tablesInMemory } from "../store/rig.ts";
import { codeOf, type Maker, makerOn, statusOf } from "./desk.ts";

/** Our templates are what Meta has: told by webhooks, read back, and synced. */

let rig: Rig;
let maker: Maker;
beforeAll(async () => {
  rig = await tablesInMemory();
});
afterAll(() => rig.stop());
beforeEach(async () => {
  rig.clock.at = AT_MS;
  maker = await makerOn(rig);
});

const DAY = 24 * 3_600_000;
const later = (ms: number) => {
  rig.clock.at += ms;
};

describe("a sync", () => {
  test("adopts, changes and deletes; again it writes nothing", async () => {
    const { approved, channel, desk, scope } = maker;
    const mine = await approved();
    const there = desk.there.get("order_ready en_US")!;
    desk.there.set("order_ready en_US", { ...there, status: "paused" });
    desk.there.set("made_elsewhere fr", {
      ...there,
      name: "made_elsewhere",
      language: "fr",
      providerId: "9",
    });
    const [synced] = await syncTemplates(scope, desk, channel.id);
    expect(synced).toMatchObject({ found: 2, adopted: 1, changed: 1, deleted: 0 });
    expect(await readTemplate(scope, mine.id)).toMatchObject({ status: "paused" });
    const id = await scope.store.templateNamed("200000000000001", "made_elsewhere", "fr");
    expect(await readTemplate(scope, id ?? "")).toMatchObject({
      providerId: "9",
      status: "approved",
    });
    const revs = async () => {
      const { items } = await scope.store.templates({}, { limit: 100, position: null });
      return items.map(({ rev }) => rev);
    };
    const before = await revs();
    expect(await syncTemplates(scope, desk, null)).toMatchObject([{ changed: 0, adopted: 0 }]);
    expect(await revs()).toEqual(before);
    later(DAY);
    desk.there.clear();
    expect(await syncTemplates(scope, desk, null)).toMatchObject([{ deleted: 2 }]);
    expect(await readTemplate(scope, mine.id)).toMatchObject({ status: "deleted" });
  });

  test("never takes for deleted what was just submitted, or what is a draft", async () => {
    const { desk, draft, scope, submit } = maker;
    const submitted = await submit((await draft()).id);
    const { id } = await draft({ name: "only_ours" });
    desk.there.clear();
    later(59_000);
    expect(await syncTemplates(scope, desk, null)).toMatchObject([{ deleted: 0 }]);
    later(2_000);
    expect(await syncTemplates(scope, desk, null)).toMatchObject([{ deleted: 1 }]);
    expect((await readTemplate(scope, submitted.id)).status).toBe("deleted");
    expect((await readTemplate(scope, id)).status).toBe("draft");
  });

  test("that fails half-way deletes nothing", async () => {
    const { approved, desk, scope } = maker;
    const { id } = await approved();
    later(DAY);
    const breaking = { ...desk, page: async () => Promise.reject(unavailable("No.")) };
    expect(await codeOf(syncTemplates(scope, breaking, null))).toBe("unavailable");
    expect((await readTemplate(scope, id)).status).toBe("approved");
  });

  test("comes every hour, once for all numbers of an account", async () => {
    const { channel, desk, scope } = maker;
    const whatsapp = { ...channel.whatsapp!, phoneNumberId: "300000000000002" };
    const twin = { ...channel, id: "chn_01KANVQ1G00000000000000002", whatsapp };
    await scope.store.commit([{ noun: "channel", before: null, after: twin }]);
    const tick = async () => {
      for (const { id } of [channel, twin]) await syncWhenDue(scope, desk, id);
      return desk.calls.splice(0).length;
    };
    expect([await tick(), await tick()]).toEqual([1, 0]);
    later(3_600_000 - 1);
    expect(await tick()).toBe(0);
    later(1);
    expect(await tick()).toBe(1);
  });
});

describe("an event", () => {
  test("of a template that nobody here made makes it known, and it is read", async () => {
    const { channel, desk, event, scope } = maker;
    expect(await applyTemplateEvent(scope, channel, event(statusOf("approved")))).toBe("stored");
    const wabaId = "200000000000001";
    const id = (await scope.store.templateNamed(wabaId, "order_ready", "en_US")) ?? "";
    const found = await readTemplate(scope, id);
    expect(found).toMatchObject({ status: "approved", components: [], channelId: channel.id });
    expect(found.staleAt).not.toBeNull();
    desk.there.set("order_ready en_US", {
      ...draftWith(),
      providerId: "500000000000001",
      status: "approved",
      reason: null,
      quality: "green",
      correctCategory: null,
    });
    expect(await refreshTemplate(scope, desk, id)).toEqual({ done: true });
    expect(await readTemplate(scope, id)).toMatchObject({
      ...draftWith(),
      quality: "green",
      staleAt: null,
    });
  });

  test("delivered twice, and at once, is one template and nothing new", async () => {
    const { channel, event, scope } = maker;
    const told = event(statusOf("approved"));
    await Promise.all(Array.from({ length: 4 }, () => applyTemplateEvent(scope, channel, told)));
    const { items } = await scope.store.templates({}, { limit: 100, position: null });
    expect(items).toHaveLength(1);
    expect(await applyTemplateEvent(scope, channel, told)).toBe("seen");
  });

  test("that Meta cannot explain now is asked again later; a refusal is not", async () => {
    const { approved, desk, scope } = maker;
    const { id } = await approved();
    const failing = (error: Error) => ({ ...desk, read: async () => Promise.reject(error) });
    expect(await refreshTemplate(scope, failing(unavailable("No.")), id)).toMatchObject({
      done: false,
    });
    const refused = failing(new DomainError("channel_broken", "No."));
    expect(await refreshTemplate(scope, refused, id)).toEqual({ done: true });
  });

  test("of what is gone at Meta ends as deleted", async () => {
    const { approved, desk, scope } = maker;
    const { id } = await approved();
    desk.there.clear();
    await refreshTemplate(scope, desk, id);
    expect((await readTemplate(scope, id)).status).toBe("deleted");
  });
});
