/** What a text says as JSON, its numbers as the database can keep them. */
export function json(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(text, exact) };
  } catch {
    // Signed and still not JSON: kept for people to look at, not our caller's mistake.
    return { ok: false };
  }
}

/** DynamoDB keeps no smaller number (developer guide, "Data types"). */
const TINY = 1e-130;

/**
 * Ids are strings in one place and integers in another (section 2.1). A number too large or too
 * small to be kept as one is kept as it is written.
 */
function exact(_key: string, value: unknown, written?: { readonly source?: string }): unknown {
  if (typeof value !== "number") return value;
  const size = Math.abs(value);
  const fits = size <= Number.MAX_SAFE_INTEGER && (size === 0 || size >= TINY);
  return fits ? value : (written?.source ?? String(value));
}
