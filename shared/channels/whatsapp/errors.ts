import * as z from "zod/mini";
import type { ErrorClass, SendError } from "../../domain/messages.ts";

/**
 * Meta's error codes by what they mean for us (WhatsApp reference, section 11.2). Decisions hang on
 * the code alone: titles and messages are localised and will be removed (section 11.1).
 */
const CODES: Readonly<Record<ErrorClass, readonly number[]>> = {
  retry: [
    1, 2, 4, 613, 80007, 80008, 130429, 131000, 131016, 131056, 131057, 133004, 133008, 133009,
    133015, 133016, 134101, 139102, 139103, 2494100,
  ],
  recipient: [130403, 130472, 130497, 131021, 131026, 131030, 131049, 131050, 131062, 137000],
  template: [132001, 132005, 132007, 132015, 132016, 132068, 132069],
  channel: [
    0, 3, 10, 33, 104, 190, 368, 131005, 131031, 131037, 131042, 131045, 131048, 131063, 131064,
    133000, 133005, 133006, 133010, 134011, 134102,
  ],
  window: [131047],
  caller: [
    100, 131008, 131009, 131020, 131041, 131051, 131052, 131053, 131055, 131059, 132000, 132008,
    132012, 132018, 134100, 135000,
  ],
};

const byCode = new Map(
  Object.entries(CODES).flatMap(([name, codes]) =>
    codes.map((code) => [code, name as ErrorClass] as const),
  ),
);

/** Permissions that were never granted or were removed. */
const PERMISSIONS = { from: 200, to: 299 };

/** @param httpStatus decides about codes that we do not know: 429 and 5xx may pass */
export function classOf(code: number, httpStatus: number | null): ErrorClass {
  const known = byCode.get(code);
  if (known !== undefined) return known;
  if (code >= PERMISSIONS.from && code <= PERMISSIONS.to) return "channel";
  if (httpStatus === null) return "caller";
  return httpStatus === 429 || httpStatus >= 500 ? "retry" : "caller";
}

/** What a person reads, and what a program branches on. */
const WORDS: Readonly<Record<ErrorClass, { code: string; detail: string }>> = {
  retry: { code: "provider_unavailable", detail: "WhatsApp asked to try again later." },
  recipient: {
    code: "recipient_refused",
    detail: "WhatsApp does not deliver this to the customer.",
  },
  template: {
    code: "template_refused",
    detail: "The template cannot be used; look at its status.",
  },
  channel: { code: "channel_broken", detail: "The number cannot send; an admin must look at it." },
  caller: { code: "request_refused", detail: "WhatsApp does not take this message as it is." },
  window: { code: "window_closed", detail: "The 24 hours are over; send a template." },
};

/** Details are an object, a text, or absent (section 11.1). */
const errorSchema = z.looseObject({
  code: z.number(),
  error_data: z.optional(z.unknown()),
});
const detailsSchema = z.looseObject({ details: z.string() });

/** An error of the Graph API or of a failed status, in our words; null for what is none. */
export function errorOf(value: unknown, httpStatus: number | null): SendError | null {
  const parsed = errorSchema.safeParse(value);
  if (!parsed.success) return null;
  const { code, error_data: data } = parsed.data;
  const name = classOf(code, httpStatus);
  const details = detailsSchema.safeParse(data);
  const told = details.success ? ` ${details.data.details}` : "";
  const { code: ours, detail } = WORDS[name];
  return { code: ours, class: name, detail: `${detail}${told}`, providerCode: String(code) };
}
