import { beforeEach, describe, expect, test } from "vitest";
import type { RawCallback, Redrive } from "../../shared/domain/callbacks.ts";
import { type Redriving, startRedrive, stepRedrive } from "../../shared/operations/redrives.ts";
import type { Commit, Scope, Store } from "../../shared/ports.ts";
import { AT, AT_MS, redriveWith, WORKSPACE } from "../domain/things.ts";

/** One re-drive in memory; the store's own rules have tests of their own. */
let stored: Redrive | null;
let refusal: Commit | null;
const clock = {
  at: AT_MS,
  now() {
    return this.at;
  },
};
const store = {
  redrive: async () => stored,
  commit: async ([write]): Promise<Commit> => {
    if (refusal !== null) return refusal;
    if (write?.noun !== "redrive") throw new Error("It writes something else.");
    if ((stored?.rev ?? null) !== (write.before?.rev ?? null)) {
      return { ok: false, conflicts: [{ reason: "moved", noun: "redrive" }] };
    }
    stored = write.after;
    return { ok: true };
  },
} satisfies Partial<Store> as unknown as Store;
const scope: Scope = {
  actor: { kind: "system", workspaceId: WORKSPACE },
  store,
  clock,
  ids: { of: () => redriveWith().id },
};

beforeEach(() => {
  stored = redriveWith();
  refusal = null;
  clock.at = AT_MS;
});

const raw = (body: string): RawCallback => ({
  channelKey: body === "x" ? "another workspace's" : "local",
  receivedAt: AT,
  encoding: "utf8",
  body,
});

/** An archive of objects that hold two callbacks each, and what of them was applied. */
function archived(count: number, applyMs = 0) {
  const keys = Array.from({ length: count }, (_, place) => `raw/${String(place).padStart(3, "0")}`);
  const applied: string[] = [];
  const redriving: Redriving = {
    archive: {
      keep: () => Promise.reject(new Error("It keeps nothing.")),
      list: async (_from, _to, position, limit) =>
        keys.filter((key) => position === null || key > position).slice(0, limit),
      read: async (key) => [raw(key), raw("x")],
    },
    apply: async ({ channelKey, body }, key) => {
      if (channelKey !== "local") return null;
      clock.at += applyMs;
      applied.push(`${key} ${body}`);
      return { stored: 1, seen: 0, left: 0, kept: 1 };
    },
  };
  return { redriving, applied, step: () => stepRedrive(scope, redriving, redriveWith().id) };
}

describe("a re-drive", () => {
  test("of nothing is completed at once", async () => {
    await archived(0).step();
    expect(stored).toMatchObject({ status: "completed", callbacks: 0, completedAt: AT, rev: 2 });
  });

  test.each([
    [1, 1],
    [19, 1],
    [20, 2],
    [21, 2],
    [45, 3],
  ])("of %i objects takes %i steps, and each object once", async (count, steps) => {
    const { step, applied } = archived(count);
    let taken = 0;
    while (stored?.status === "running" && taken < 10) {
      await step();
      taken++;
    }
    expect(taken).toBe(steps);
    expect(applied).toHaveLength(count);
    expect(new Set(applied).size).toBe(count);
    expect(stored).toMatchObject({ status: "completed", callbacks: count, kept: count });
  });

  test("that is slow goes on in the next step, and is never stuck", async () => {
    const { step, applied } = archived(3, 20_000);
    await step();
    expect(applied).toHaveLength(1);
    expect(stored).toMatchObject({ status: "running", position: "raw/000" });
    await step();
    await step();
    expect(applied).toHaveLength(3);
    expect(stored?.status).toBe("completed");
  });

  test("that is over, or is none, does nothing", async () => {
    const { step, applied } = archived(3);
    stored = redriveWith({ status: "completed" });
    await step();
    stored = null;
    await step();
    expect(applied).toEqual([]);
  });

  test("whose step was done by another copy leaves that one's count", async () => {
    refusal = { ok: false, conflicts: [{ reason: "moved", noun: "redrive" }] };
    await archived(1).step();
    expect(stored).toEqual(redriveWith());
  });

  test("whose step cannot be saved is done again", async () => {
    refusal = { ok: false, conflicts: [{ reason: "busy" }] };
    await expect(archived(1).step()).rejects.toMatchObject({ code: "unavailable" });
  });
});

describe("a re-drive is started", () => {
  beforeEach(() => {
    stored = null;
  });

  test("from and to any times with a zone", async () => {
    const range = { from: "2026-11-22T01:00:00+01:00", to: "2026-11-22T00:00:00.001Z" };
    const redrive = await startRedrive(scope, range);
    expect(redrive).toEqual(
      redriveWith({ from: "2026-11-22T00:00:00.000Z", to: "2026-11-22T00:00:00.001Z" }),
    );
    expect(stored).toEqual(redrive);
  });

  test.each([
    ["2026-11-22T00:00:00Z", "2026-11-22T00:00:00Z"],
    ["2026-11-22T00:00:00Z", "2026-11-22T00:30:00+01:00"],
  ])("but not from %s to %s", async (from, to) => {
    const start = async () => startRedrive(scope, { from, to });
    await expect(start()).rejects.toMatchObject({ code: "invalid_request" });
    expect(stored).toBeNull();
  });
});
