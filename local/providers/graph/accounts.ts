/**
 * What Meta keeps of each number, account and token beside its name (sections 1.4 and 12). A number
 * that the laptop seeds is ready to use; one that a door adds begins as its owner says.
 */
import type { Shelf, State } from "../../parts.ts";
import type { BusinessNumber } from "./numbers.ts";

export interface NumberState {
  readonly isRegistered: boolean;
  readonly isVerified: boolean;
  /** Six digits; null before somebody set one. */
  readonly pin: string | null;
  /** What the owner was sent to prove the number; null when nobody asked. */
  readonly code: string | null;
  /** When it was registered or deregistered, ms since the epoch. */
  readonly registrations: readonly number[];
  /** What Meta says of it while it is registered. */
  readonly status: string;
  readonly quality: string;
  readonly tier: string;
  readonly throughput: string;
  readonly canSend: "AVAILABLE" | "LIMITED" | "BLOCKED";
  readonly profile: Readonly<Record<string, unknown>>;
  readonly override: string | null;
}

export const READY: NumberState = {
  isRegistered: true,
  isVerified: true,
  pin: null,
  code: null,
  registrations: [],
  status: "CONNECTED",
  quality: "GREEN",
  tier: "TIER_10K",
  throughput: "STANDARD",
  canSend: "AVAILABLE",
  profile: {},
  override: null,
};

/** Whether an app is called about an account, and where if not at its own callback. */
export interface Subscription {
  readonly isSubscribed: boolean;
  readonly override: string | null;
}

const SUBSCRIBED: Subscription = { isSubscribed: true, override: null };

export const SCOPES = ["whatsapp_business_management", "whatsapp_business_messaging"] as const;

export interface TokenState {
  readonly scopes: readonly string[];
  /** ms since the epoch; null: never. */
  readonly expiresAt: number | null;
  readonly isRevoked: boolean;
}

export class Accounts {
  readonly #numbers: Shelf<NumberState>;
  readonly #subscriptions: Shelf<Subscription>;
  readonly #tokens: Shelf<TokenState>;

  constructor(state: State) {
    this.#numbers = state.shelf("graph.numberStates");
    this.#subscriptions = state.shelf("graph.subscriptions");
    this.#tokens = state.shelf("graph.tokens");
  }

  of({ phoneNumberId }: BusinessNumber): NumberState {
    return this.#numbers.get(phoneNumberId) ?? READY;
  }

  change(number: BusinessNumber, to: Partial<NumberState>): void {
    this.#numbers.put(number.phoneNumberId, { ...this.of(number), ...to });
  }

  subscription({ wabaId, appId }: BusinessNumber): Subscription {
    return this.#subscriptions.get(`${wabaId} ${appId}`) ?? SUBSCRIBED;
  }

  subscribe({ wabaId, appId }: BusinessNumber, subscription: Subscription): void {
    this.#subscriptions.put(`${wabaId} ${appId}`, subscription);
  }

  putToken(appId: string, token: string, state: TokenState): void {
    this.#tokens.put(`${appId} ${token}`, state);
  }

  /** What a token of this number's app is; undefined: none of that app. */
  token({ appId, accessToken }: BusinessNumber, token: string): TokenState | undefined {
    const known = this.#tokens.get(`${appId} ${token}`);
    if (known !== undefined || token !== accessToken) return known;
    return { scopes: SCOPES, expiresAt: null, isRevoked: false };
  }

  isGood(number: BusinessNumber, token: string, now: number): boolean {
    const state = this.token(number, token);
    if (state === undefined || state.isRevoked) return false;
    return state.expiresAt === null || state.expiresAt > now;
  }

  /** What Meta calls the number's condition: only CONNECTED sends (section 12). */
  statusOf(number: BusinessNumber): string {
    const { isRegistered, isVerified, status } = this.of(number);
    if (isRegistered) return status;
    return isVerified ? "PENDING" : "UNVERIFIED";
  }

  /** Why the number cannot send at all, as a code of the error table; null when it can. */
  refusalOf(number: BusinessNumber): number | null {
    const { isRegistered, canSend } = this.of(number);
    if (!isRegistered) return 133010;
    return canSend === "BLOCKED" || this.statusOf(number) !== "CONNECTED" ? 131031 : null;
  }
}
