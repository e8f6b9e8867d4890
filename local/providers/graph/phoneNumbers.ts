/** What is asked of a business number and of its account (section 12). */
import { type Answer, refusal } from "./answer.ts";
import { type GraphNode, onAccount, onApp, onNumber } from "./call.ts";
import { type BusinessNumber, fieldsOf } from "./numbers.ts";

/** What Meta answers when `fields` is not given. */
const FIELDS_DEFAULT =
  "verified_name,code_verification_status,display_phone_number,quality_rating," +
  "platform_type,throughput";

export function phoneNumberNodes(): GraphNode[] {
  return [
    onNumber({ GET: ({ number, query }) => phoneNumber(number, query.get("fields")) }),
    onAccount({}),
    onApp({}),
  ];
}

/** The requested fields in the order asked, and always the id. */
function phoneNumber(number: BusinessNumber, asked: string | null): Answer {
  const fields = fieldsOf(number);
  const wanted = (asked ?? FIELDS_DEFAULT).split(",").map((name) => name.trim());
  const names = [...new Set([...wanted, "id"])];
  const missing = names.find((name) => !Object.hasOwn(fields, name));
  if (missing !== undefined) {
    const message = `(#100) Field ${missing} of a phone number is unknown or not simulated yet`;
    return refusal(400, { message, code: 100 });
  }
  return { status: 200, body: Object.fromEntries(names.map((name) => [name, fields[name]])) };
}
