/** The business numbers this pretend Meta knows, and what they are asked for (section 12). */
import { createHash } from "node:crypto";
import { parsePhoneNumberFromString } from "libphonenumber-js";
import * as z from "zod";
import type { Shelf, State } from "../../parts.ts";

/** A business number and the Meta app that receives its callbacks. */
export interface BusinessNumber {
  /** Names the Meta app in the callback path. */
  readonly channelKey: string;
  readonly appId: string;
  readonly appSecret: string;
  readonly accessToken: string;
  readonly wabaId: string;
  readonly phoneNumberId: string;
  /** Digits. */
  readonly displayNumber: string;
  readonly verifyToken: string;
}

const metadataSchema = z.looseObject({
  metadata: z.looseObject({ phone_number_id: z.string().optional() }).optional(),
});

interface Kept {
  readonly number: BusinessNumber;
  /** Place in the order of adding; the first is the default of the sim doors. */
  readonly place: number;
}

/** Numbers survive a restart, so that what is owed to their apps can still be signed. */
export class Numbers {
  readonly #shelf: Shelf<Kept>;

  constructor(state: State) {
    this.#shelf = state.shelf("graph.numbers");
  }

  /** Adding a number again replaces it and keeps its place. */
  add(number: BusinessNumber): void {
    const place = this.#shelf.get(number.phoneNumberId)?.place ?? this.#shelf.entries().length;
    this.#shelf.put(number.phoneNumberId, { number, place });
  }

  /** In the order they were added. */
  all(): BusinessNumber[] {
    const kept = this.#shelf.entries().map(([, value]) => value);
    return kept.sort((one, other) => one.place - other.place).map(({ number }) => number);
  }

  byId(phoneNumberId: string): BusinessNumber | undefined {
    return this.#shelf.get(phoneNumberId)?.number;
  }

  /** The number that an update is about: the one it names, or any of the account. */
  meant(
    channelKey: string,
    wabaId: string,
    value: Readonly<Record<string, unknown>>,
  ): BusinessNumber | undefined {
    const { metadata } = metadataSchema.parse(value);
    const named = metadata?.phone_number_id;
    const found = named === undefined ? undefined : this.byId(named);
    if (found !== undefined) return found;
    return this.all().find((one) => one.channelKey === channelKey && one.wabaId === wabaId);
  }

  /** The first number of that app. */
  byChannelKey(channelKey: string): BusinessNumber | undefined {
    return this.all().find((number) => number.channelKey === channelKey);
  }
}

/** A user's id at a business; a group's has another shape (section 4.1). */
export const BSUID = /^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/;

/**
 * The business-scoped id of a user: always the same for one person at one business portfolio, other
 * at another (section 4.1). A WABA stands for its portfolio here.
 */
export function bsuidOf(wabaId: string, waId: string): string {
  const parsed = parsePhoneNumberFromString(`+${waId}`);
  const country = parsed?.country ?? parsed?.getPossibleCountries()[0] ?? "ZZ";
  const digest = createHash("sha256").update(`${wabaId} ${waId}`).digest("hex");
  const digits = (BigInt(`0x${digest}`) % 10n ** 20n).toString().padStart(20, "0");
  return `${country}.${digits}`;
}
