import * as z from "zod/mini";

/**
 * What a customer allows a kind of channel to send, and what says so. Of the same time, no is
 * stronger than yes.
 */
export const consentStates = ["opted_in", "opted_out"] as const;

export const consentSchema = z.object({
  state: z.enum(consentStates),
  at: z.string(),
  source: z.string(),
  /** The words of the source, and what else it named. */
  evidence: z.record(z.string(), z.string()),
});
export type Consent = z.infer<typeof consentSchema>;

/** By kind of channel, then by purpose (`marketing`). */
export const consentsSchema = z.record(z.string(), z.record(z.string(), consentSchema));
export type Consents = z.infer<typeof consentsSchema>;

/** One consent as a provider tells it. */
export interface ToldConsent extends Consent {
  readonly purpose: string;
}

/** What is allowed after a consent was told; the same object when it tells nothing new. */
export function consented(
  known: Consents,
  channelKind: string,
  { purpose, ...told }: ToldConsent,
): Consents {
  const before = known[channelKind]?.[purpose];
  if (before !== undefined && order(before) >= order(told)) return known;
  return { ...known, [channelKind]: { ...known[channelKind], [purpose]: told } };
}

function order({ at, state }: Consent): string {
  return `${at}#${state}`;
}
