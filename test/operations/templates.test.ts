import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DomainError, unavailable } from "../../shared/domain/errors.ts";
import { changeTemplate, deleteTemplate } from "../../shared/operations/editing.ts";
import { applyTemplateEvent } from "../../shared/operations/refreshing.ts";
import { submitTemplate } from "../../shared/operations/submitting.ts";
import { syncTemplates } from "../../shared/operations/syncing.ts";
import { readTemplate } from "../../shared/operations/templates.ts";
import { AT_MS, draftWith, moment } from "../domain/things.ts";
import { type Rig, tablesInMemory } from "../store/rig.ts";
import { codeOf, type Maker, makerOn, statusOf } from "./desk.ts";
import { scopeWith } from "./scopes.ts";

/** Whatever breaks between us and Meta, there is one template, and it is known what it is. */

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

describe("a submission", () => {
  test("makes one template, however often it is asked", async () => {
    const { draft, made, submit } = maker;
    const { id } = await draft();
    const first = await submit(id);
    expect(first).toMatchObject({ status: "pending", providerId: "500000000000001" });
    expect(await submit(id)).toEqual(first);
    expect(made()).toBe(1);
  });

  test("of many at once makes one; the others are told to wait", async () => {
    const { draft, made, submit } = maker;
    const { id } = await draft();
    const ends = await Promise.all(
      Array.from({ length: 5 }, async () => (await codeOf(submit(id))) ?? "ok"),
    );
    expect(made()).toBe(1);
    expect(ends).toContain("ok");
    expect(ends.every((end) => end === "ok" || end === "in_progress")).toBe(true);
  });

  test("whose answer was lost is found when it is asked again", async () => {
    const { desk, draft, made, scope, submit } = maker;
    const { id } = await draft();
    desk.next.push("taken and lost");
    expect(await codeOf(submit(id))).toBe("unavailable");
    expect((await readTemplate(scope, id)).status).toBe("draft");
    expect(await submit(id)).toMatchObject({ status: "pending", providerId: "500000000000001" });
    expect(made()).toBe(1);
  });

  test("that never arrived is made when it is asked again", async () => {
    const { desk, draft, made, submit } = maker;
    const { id } = await draft();
    desk.next.push("lost");
    expect(await codeOf(submit(id))).toBe("unavailable");
    expect(await submit(id)).toMatchObject({ status: "pending" });
    expect([made(), desk.there.size]).toEqual([2, 1]);
  });

  test("whose process died after Meta took it is found once the lease is over", async () => {
    const { desk, draft, made, scope, submit } = maker;
    const { id } = await draft();
    const dying = scopeWith(scope, {
      commit: async () => {
        throw new Error("The process died.");
      },
      // Nothing is tidied up either.
      template: async (...args) => {
        const template = await scope.store.template(...args);
        return template?.submittingUntil === null || made() === 0 ? template : null;
      },
    });
    await expect(submitTemplate(dying, desk, id)).rejects.toThrow();
    expect(made()).toBe(1);
    expect(await codeOf(submit(id))).toBe("in_progress");
    later(31_000);
    expect(await submit(id)).toMatchObject({ status: "pending", providerId: "500000000000001" });
    expect(made()).toBe(1);
  });

  test("nobody repeats is settled by the webhook, or by the next sync", async () => {
    for (const settle of ["webhook", "sync"]) {
      const { channel, desk, draft, event, scope, submit } = await makerOn(rig);
      const { id } = await draft();
      desk.next.push("taken and lost");
      await codeOf(submit(id));
      later(2_000);
      if (settle === "sync") await syncTemplates(scope, desk, null);
      else await applyTemplateEvent(scope, channel, event(statusOf("approved")));
      const after = await readTemplate(scope, id);
      expect(after).toMatchObject({ providerId: "500000000000001", submittingUntil: null });
      expect(after.status).not.toBe("draft");
    }
  });

  test("that Meta refuses leaves the draft as it was, and its name free", async () => {
    const { desk, draft, scope, submit } = maker;
    const { id } = await draft();
    desk.next.push(new DomainError("provider_refused", "No."));
    expect(await codeOf(submit(id))).toBe("provider_refused");
    const after = await readTemplate(scope, id);
    expect(after).toMatchObject({ status: "draft", submittingUntil: null, holdsName: false });
    expect(await scope.store.templateNamed(after.wabaId, after.name, after.language)).toBeNull();
    expect(await submit(id)).toMatchObject({ status: "pending" });
  });

  test("of a name that another one took first is refused, and names it", async () => {
    const { desk, draft, scope, submit } = maker;
    const [one, other] = [await draft(), await draft()];
    const components = [{ type: "body", text: "Something else altogether." }] as const;
    await changeTemplate(scope, desk, other.id, { components: [...components] }, null);
    await submit(one.id);
    const refused = await submit(other.id).catch((cause: DomainError) => cause);
    expect(refused).toMatchObject({ code: "name_taken", more: { conflictingId: one.id } });
    expect(await codeOf(draft())).toBe("name_taken");
    expect((await draft({ language: "en" })).language).toBe("en");
  });

  test("of a name that was made elsewhere is refused, and makes that one known", async () => {
    const { desk, draft, scope, submit } = maker;
    const { id } = await draft();
    const components = [{ type: "body" as const, text: "Made by somebody else." }];
    const category = "marketing" as const;
    desk.there.set("order_ready en_US", {
      ...draftWith({ components, category }),
      providerId: "9",
      status: "approved",
      reason: null,
      quality: null,
      correctCategory: null,
    });
    expect(await codeOf(submit(id))).toBe("name_taken");
    const there = await scope.store.templateNamed("200000000000001", "order_ready", "en_US");
    expect(await readTemplate(scope, there ?? "")).toMatchObject({
      providerId: "9",
      status: "approved",
      components,
    });
    expect(await readTemplate(scope, id)).toMatchObject({ status: "draft", holdsName: false });
  });

  test("of the same words as another template is refused before Meta is asked", async () => {
    const { approved, draft, made, submit } = maker;
    await approved();
    const { id } = await draft({ name: "other_name" });
    expect(await codeOf(submit(id))).toBe("invalid_request");
    expect(made()).toBe(1);
  });
});

describe("the name of a deleted template", () => {
  test("is locked for 30 days, to the second, and then free", async () => {
    const { approved, desk, draft, scope, submit } = maker;
    const { id } = await approved();
    await deleteTemplate(scope, desk, id, false);
    const deleted = await readTemplate(scope, id);
    expect(deleted).toMatchObject({ status: "deleted" });
    expect(deleted.lockedUntil).toBe(moment(2_000 + 30 * DAY));
    const next = await draft();
    expect(await codeOf(submit(next.id))).toBe("name_locked");
    later(30 * DAY - 1_000);
    expect(await codeOf(submit(next.id))).toBe("name_locked");
    later(1_000);
    expect(await submit(next.id)).toMatchObject({ status: "pending" });
  });

  test("that was never approved is free at once", async () => {
    const { desk, draft, scope, submit } = maker;
    const { id } = await draft();
    await submit(id);
    await deleteTemplate(scope, desk, id, false);
    expect((await readTemplate(scope, id)).lockedUntil).toBeNull();
    expect(await submit((await draft()).id)).toMatchObject({ status: "pending" });
  });
});

describe("deleting", () => {
  test("a draft leaves nothing", async () => {
    const { desk, draft, scope } = maker;
    const { id } = await draft();
    await deleteTemplate(scope, desk, id, false);
    expect(await codeOf(readTemplate(scope, id))).toBe("not_found");
    expect(desk.calls).toEqual([]);
  });

  test("one language leaves the others; all of them, none (pitfall 22)", async () => {
    const { desk, draft, scope, submit } = maker;
    const one = await draft();
    await submit(one.id);
    const text = "Votre commande est là.";
    const fr = await draft({ language: "fr", components: [{ type: "body", text }] });
    await submit(fr.id);
    await deleteTemplate(scope, desk, one.id, false);
    expect([...desk.there.keys()]).toEqual(["order_ready fr"]);
    expect((await readTemplate(scope, fr.id)).status).toBe("pending");
    await deleteTemplate(scope, desk, fr.id, true);
    expect(desk.there.size).toBe(0);
    expect((await readTemplate(scope, fr.id)).status).toBe("deleted");
  });

  test("what is uncertain deletes what Meta may have", async () => {
    const { desk, draft, scope, submit } = maker;
    const { id } = await draft();
    desk.next.push("taken and lost");
    await codeOf(submit(id));
    await deleteTemplate(scope, desk, id, false);
    expect(desk.there.size).toBe(0);
  });
});

describe("an edit", () => {
  const components = [{ type: "body" as const, text: "It is ready, come when you like." }];

  test("goes to Meta at once, and is reviewed again", async () => {
    const { approved, desk, scope } = maker;
    const { id } = await approved();
    const after = await changeTemplate(scope, desk, id, { components }, null);
    expect(after).toMatchObject({ status: "pending", components });
    expect(desk.there.get("order_ready en_US")?.components).toEqual(components);
    expect(after.staleAt).not.toBeNull();
  });

  test("of the wrong kind of variables is refused, and Meta is not asked", async () => {
    const { approved, desk, scope } = maker;
    const { id } = await approved();
    const examples = { "1": "Ada" };
    const numbered = [{ type: "body" as const, text: "Hi {{1}}, it is ready.", examples }];
    const work = changeTemplate(scope, desk, id, { components: numbered }, null);
    expect(await codeOf(work)).toBe("invalid_request");
    expect(desk.calls).not.toContain("edit");
  });

  test("that nobody answered is read back, whatever became of it", async () => {
    const { approved, desk, scope } = maker;
    const before = await approved();
    desk.next.push(unavailable("No answer."));
    expect(await codeOf(changeTemplate(scope, desk, before.id, { components }, null))).toBe(
      "unavailable",
    );
    const after = await readTemplate(scope, before.id);
    expect(after).toMatchObject({ status: "approved", submittingUntil: null });
    expect(after.staleAt).not.toBeNull();
    expect(after.components).toEqual(before.components);
  });

  test("on an old revision is stale", async () => {
    const { desk, draft, scope } = maker;
    const { id, rev } = await draft();
    await changeTemplate(scope, desk, id, { name: "other" }, rev);
    expect(await codeOf(changeTemplate(scope, desk, id, { name: "third" }, rev))).toBe("stale");
  });
});
