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
