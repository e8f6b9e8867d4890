import { parsePhoneNumberFromString } from "libphonenumber-js/min";

/**
 * Numbers that people type must at least be possible (country code and length). Numbering plans
 * change and fictional ranges serve tests, so a number outside the known plan is accepted. Text
 * around a number is refused: whoever wrote it meant something that would be lost.
 *
 * @param text what was typed; international, with or without the leading plus
 * @returns E.164 with plus, or null when it cannot be a phone number
 */
export function phoneOf(text: string): string | null {
  const trimmed = text.trim();
  const international = trimmed.startsWith("+") ? trimmed : `+${trimmed}`;
  const parsed = parsePhoneNumberFromString(international, { extract: false });
  return parsed?.isPossible() ? parsed.number : null;
}

/**
 * The one form of digits that name the same phone. WhatsApp writes some countries' mobile numbers
 * in another way than people dial them (WhatsApp reference, section 15, pitfalls 3 to 5):
 *
 *   Brazil     mobiles got a ninth digit, a leading 9; many wa_ids lack it. Eight digits that begin
 *              with 2 to 5 are a landline, another phone than the nine digits with a 9 in front.
 *   Mexico     wa_ids keep the 1 behind 52 that nobody dials since 2019.
 *   Argentina  wa_ids have a 9 behind 54 that callers from abroad often leave out.
 *
 * @param digits a number with country code, without plus
 */
export function canonicalDigits(digits: string): string {
  const [, area, subscriber = ""] = /^55([1-9][1-9])9?(\d{8})$/.exec(digits) ?? [];
  if (area !== undefined) return /^[2-5]/.test(subscriber) ? digits : `55${area}9${subscriber}`;
  return digits.replace(/^521(?=\d{10}$)/, "52").replace(/^54(?=\d{10}$)/, "549");
}
