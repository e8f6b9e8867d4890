/** What Meta's words for limits mean (WhatsApp reference, section 10). */

/** 80 messages a second, or 1,000 after Meta's automatic upgrade. */
export function perSecondOf(level: string): number {
  return level === "HIGH" ? 1_000 : 80;
}

/**
 * TIER_250, TIER_2K, TIER_10K, TIER_100K, TIER_UNLIMITED; webhooks also write a number, -1 for no
 * limit (section 2.5).
 *
 * @returns null: unlimited; undefined: it says nothing
 */
export function usersOf(tier: string | number | null | undefined): number | null | undefined {
  if (tier === "TIER_UNLIMITED" || tier === -1 || tier === "-1") return null;
  const [, digits, thousands] = /^(?:TIER_)?(\d{1,12})(K?)$/.exec(String(tier ?? "")) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * (thousands === "K" ? 1_000 : 1);
}
