/**
 * Moves a function's clock. The laptop cloud's time is real time plus an offset that grows while
 * functions run, so the offset is shared memory and is read whenever somebody asks the time.
 * Only `Date` moves: timers and `performance` measure spans, and a span is the same on both clocks.
 */

/** `offsetMs` holds one number, the milliseconds to add to real time. */
export function shiftDate(offsetMs: Float64Array): void {
  const RealDate = globalThis.Date;
  const realNow = RealDate.now;
  const now = () => realNow() + (offsetMs[0] ?? 0);

  // A proxy is `Date` in every respect (statics, prototype, subclasses, instanceof) but the two.
  const ShiftedDate = new Proxy(RealDate, {
    construct: (target, given, newTarget) =>
      Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
    apply: () => new RealDate(now()).toString(),
  });
  RealDate.now = now;
  RealDate.prototype.constructor = ShiftedDate;
  globalThis.Date = ShiftedDate;
}
