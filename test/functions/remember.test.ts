import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Remembered } from "../../functions/edge/remember.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: 0 }));
afterEach(() => void vi.useRealTimers());

const KEPT_MS = 1_000;

function loading(values: Record<string, string | null>) {
  const loaded: string[] = [];
  const remembered = new Remembered(KEPT_MS, async (key) => {
    loaded.push(key);
    return values[key] ?? null;
  });
  return { remembered, loaded, values };
}

test("a value is loaded once, and again when it is old", async () => {
  const { remembered, loaded, values } = loading({ a: "1" });
  expect(await remembered.get("a")).toBe("1");
  values.a = "2";
  vi.setSystemTime(KEPT_MS - 1);
  expect(await remembered.get("a")).toBe("1");
  vi.setSystemTime(KEPT_MS);
  expect(await remembered.get("a")).toBe("2");
  expect(loaded).toEqual(["a", "a"]);
});

test("what is not there is looked for again", async () => {
  const { remembered, values } = loading({});
  expect(await remembered.get("a")).toBeNull();
  values.a = "1";
  expect(await remembered.get("a")).toBe("1");
});

test("what has gone is forgotten", async () => {
  const { remembered, values } = loading({ a: "1" });
  await remembered.get("a");
  values.a = null;
  vi.setSystemTime(KEPT_MS);
  expect(await remembered.get("a")).toBeNull();
  expect(await remembered.get("a")).toBeNull();
});

test("a newer value is looked for when the known one is old enough", async () => {
  const { remembered, loaded, values } = loading({ a: "1" });
  expect(await remembered.newerThan("a", 100)).toBe("1");
  values.a = "2";
  vi.setSystemTime(99);
  expect(await remembered.newerThan("a", 100)).toBeNull();
  vi.setSystemTime(100);
  expect(await remembered.newerThan("a", 100)).toBe("2");
  expect(await remembered.get("a")).toBe("2");
  expect(loaded).toEqual(["a", "a"]);
});

test("a load that fails is not remembered, and leaves what was", async () => {
  const values: (string | Error)[] = ["1", new Error("no"), "2"];
  const remembered = new Remembered(KEPT_MS, async () => {
    const value = values.shift();
    if (value instanceof Error) throw value;
    return value ?? null;
  });
  expect(await remembered.get("a")).toBe("1");
  vi.setSystemTime(100);
  await expect(remembered.newerThan("a", 100)).rejects.toThrow("no");
  expect(await remembered.get("a")).toBe("1");
  vi.setSystemTime(KEPT_MS);
  expect(await remembered.get("a")).toBe("2");
});

test("it does not grow without end", async () => {
  const loaded: string[] = [];
  const remembered = new Remembered(KEPT_MS, async (key) => {
    loaded.push(key);
    return key;
  });
  for (let key = 0; key < 1_001; key++) await remembered.get(String(key));
  await remembered.get("1000");
  expect(loaded).toHaveLength(1_001);
  await remembered.get("0");
  expect(loaded).toHaveLength(1_002);
});
