import type { FunctionName } from "../shared/topology.ts";

/** What may not be exceeded; the tests hold the house to it, and the report shows it. */

const KB = 1_000;

export const ASSET_BYTES_MAX = 1_500 * KB;

const COLD_BYTES_MAX = 600 * KB;
/** It reads every element of every callback, and finds whose each is. */
const INGEST_COLD_BYTES_MAX = 650 * KB;
/** One function serves every `/v1` route, so it carries every schema and verb. */
const API_COLD_BYTES_MAX = 750 * KB;

/** How much heavier and slower the door for Meta may be than the bare one. */
export const TIMES_BARE_MAX = 1.3;

export function coldBytesMax(name: FunctionName): number {
  if (name === "api") return API_COLD_BYTES_MAX;
  return name === "ingest" ? INGEST_COLD_BYTES_MAX : COLD_BYTES_MAX;
}

/** Request units of one operation, everything included that its stream records cause. */
export interface UnitBudget {
  readonly write: number;
  readonly read: number | null;
}

export const TEXT_UNITS: UnitBudget = { write: 12, read: 6 };
/** An agent's reply, from the request to Meta's acceptance. */
export const REPLY_UNITS: UnitBudget = { write: 14, read: 8 };
export const FIRST_TEXT_UNITS: UnitBudget = { write: 22, read: null };
