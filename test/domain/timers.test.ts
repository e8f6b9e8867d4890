import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fireTime, type Timer, timerMinute, timerName } from "../../shared/domain/timers.ts";
import { AT_MS, CONVERSATION, messageWith, moment, WORKSPACE } from "./things.ts";

const MINUTE_MS = 60_000;
const timerAt = (at: string, given: Partial<Timer> = {}): Timer => ({
  workspaceId: WORKSPACE,
  kind: "window",
  id: CONVERSATION,
  at,
  ...given,
});

describe("a timer's name", () => {
  test("says what and in which minute, and Scheduler takes it", () => {
    const minute = AT_MS / MINUTE_MS;
    const waiting = timerAt(moment(0), { kind: "waiting", id: messageWith().id });
    expect(timerName(timerAt(moment(0)))).toBe(`win-${CONVERSATION}-${minute}`);
    expect(timerName(waiting)).toBe(`wait-${messageWith().id}-${minute}`);
    for (const timer of [timerAt(moment(0)), waiting]) {
      expect(timerName(timer)).toMatch(/^[0-9a-zA-Z\-_.]{1,64}$/);
    }
  });

  test.each([
    ["the same minute", 0, 59_999, true],
    ["the next minute", 59_999, 60_000, false],
  ])("%s", (_, one, other, isSame) => {
    const [first, second] = [timerAt(moment(one)), timerAt(moment(other))];
    expect(timerName(first) === timerName(second)).toBe(isSame);
    expect(timerMinute(first) === timerMinute(second)).toBe(isSame);
  });
});

describe("when a timer fires", () => {
  const HOUR_MS = 60 * MINUTE_MS;
  test.each([
    ["at its time", HOUR_MS, 0, null, HOUR_MS],
    ["in whole seconds, never before it", HOUR_MS + 1, 0, null, HOUR_MS + 1_000],
    ["soon, when its time has passed", -HOUR_MS, 0, null, MINUTE_MS],
    ["after one in an earlier minute", HOUR_MS, 0, 0, HOUR_MS],
    ["in the next minute, when its own name fires now", 30_000, -45_000, 30_000, MINUTE_MS],
  ])("%s", (_, dueAfter, nowAfter, firedAfter, expected) => {
    const firedAt = firedAfter === null ? null : moment(firedAfter);
    expect(fireTime(AT_MS + dueAfter, AT_MS + nowAfter, firedAt)).toBe(moment(expected));
  });

  test("is never early, never in the past, and never under the name that fires", () => {
    const around = fc.integer({ min: -3 * HOUR_MS, max: 3 * HOUR_MS });
    const property = fc.property(around, around, around, (dueAfter, nowAfter, firedAfter) => {
      const [due, now] = [AT_MS + dueAfter, AT_MS + nowAfter];
      const firedAt = moment(firedAfter);
      const at = fireTime(due, now, firedAt);
      expect(Date.parse(at)).toBeGreaterThanOrEqual(due);
      expect(Date.parse(at)).toBeGreaterThan(now);
      expect(Date.parse(at) % 1_000).toBe(0);
      if (Date.parse(firedAt) <= due) {
        expect(timerName(timerAt(at))).not.toBe(timerName(timerAt(firedAt)));
      }
    });
    fc.assert(property);
  });
});
