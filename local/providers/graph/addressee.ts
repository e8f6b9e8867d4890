/** Whom a send is for (sections 4.2 and 7). */
import { getCountryCallingCode, parsePhoneNumberFromString } from "libphonenumber-js";
import { GraphRefusal } from "./answer.ts";
import type { Chats, Person } from "./chats.ts";
import type { Frame } from "./frame.ts";
import { type Magic, magicOf } from "./magic.ts";
import { BSUID, type BusinessNumber, bsuidOf } from "./numbers.ts";

export type Addressee =
  /** A user id in `to`: said to be accepted, and never seen again. */
  | { readonly kind: "lost"; readonly input: string }
  | {
      readonly kind: "user";
      readonly input: string;
      readonly waId: string | null;
      readonly userId: string;
      readonly person: Person | undefined;
      readonly magic: Magic | null;
      /** Whether somebody could have that number. */
      readonly isReachable: boolean;
    };

const PHONE = /^\+?[\d\s()-]+$/;
const DIGITS = { min: 5, max: 20 };

/** `to` wins over `recipient`. */
export function addresseeOf(frame: Frame, number: BusinessNumber, chats: Chats): Addressee {
  const { to, recipient, isToGroup } = frame;
  if (isToGroup) return ofGroup(to ?? "", number, chats);
  if (to === null) return byUserId(recipient ?? "", number, chats);
  if (BSUID.test(to)) return { kind: "lost", input: to };
  const digits = dialled(to, number.displayNumber);
  const magic = magicOf(digits);
  const waId = magic?.kind === "otherWaId" ? magic.waId : digits;
  const { phoneNumberId, wabaId } = number;
  const person = chats.person(phoneNumberId, waId) ?? chats.person(phoneNumberId, digits);
  const isPossible = parsePhoneNumberFromString(`+${waId}`)?.isPossible() === true;
  return {
    kind: "user",
    input: to,
    waId,
    userId: person?.userId ?? bsuidOf(wabaId, waId),
    person,
    magic,
    isReachable: isPossible || person !== undefined,
  };
}

/** Without a plus Meta puts the sender's own country code in front (section 7). */
function dialled(to: string, displayNumber: string): string {
  const digits = to.replaceAll(/\D/g, "");
  if (!PHONE.test(to) || digits.length < DIGITS.min || digits.length > DIGITS.max) {
    throw new GraphRefusal(131009, "to: must be a phone number");
  }
  if (to.startsWith("+")) return digits;
  const country = parsePhoneNumberFromString(`+${displayNumber}`)?.country ?? "US";
  return `${getCountryCallingCode(country)}${digits}`;
}

/** A group is known here once somebody of it wrote. */
function ofGroup(groupId: string, number: BusinessNumber, chats: Chats): Addressee {
  const person = chats.person(number.phoneNumberId, groupId);
  if (person === undefined) {
    throw new GraphRefusal(131009, `to: no group of this business has the id ${groupId}`);
  }
  const names = { input: groupId, waId: null, userId: groupId, person };
  return { kind: "user", ...names, magic: null, isReachable: true };
}

/** A user id means nothing to a business that the user never wrote to. */
function byUserId(userId: string, number: BusinessNumber, chats: Chats): Addressee {
  const person = BSUID.test(userId) ? chats.person(number.phoneNumberId, userId) : undefined;
  if (person === undefined) {
    throw new GraphRefusal(131009, `recipient: no user of this business has the id ${userId}`);
  }
  const { waId } = person;
  const given = { input: userId, waId, userId, person, magic: null, isReachable: true };
  return { kind: "user", ...given };
}
