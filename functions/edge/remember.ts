interface Kept<T> {
  readonly value: T;
  readonly until: number;
}

/** So that a warm function does not grow without end. */
const KEPT_MAX = 1_000;

/**
 * Loads once per key and remembers for a while. What is not there (null) is not remembered, so that
 * a thing made a moment ago is found at once.
 */
export function remember<T>(
  keptMs: number,
  load: (key: string) => Promise<T | null>,
): (key: string) => Promise<T | null> {
  const kept = new Map<string, Kept<T>>();
  return async (key) => {
    const known = kept.get(key);
    if (known !== undefined && Date.now() < known.until) return known.value;
    const value = await load(key);
    if (value === null) {
      kept.delete(key);
      return null;
    }
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(key, { value, until: Date.now() + keptMs });
    return value;
  };
}
