/** What is asked of a business number (section 12). */
import { parsePhoneNumberFromString } from "libphonenumber-js";
import * as z from "zod";
import type { Clock } from "../../parts.ts";
import type { Accounts } from "./accounts.ts";
import { type Answer, GraphRefusal } from "./answer.ts";
import { type Call, type GraphNode, jsonOf, onNumber } from "./call.ts";
import type { BusinessNumber } from "./numbers.ts";
import { overrideOf } from "./overrides.ts";

/** What Meta answers when `fields` is not given. */
const FIELDS_DEFAULT =
  "verified_name,code_verification_status,display_phone_number,quality_rating," +
  "platform_type,throughput";

/** Registering and deregistering together, within 72 hours (section 10). */
const REGISTRATIONS_MAX = 10;
const REGISTRATIONS_MS = 72 * 3_600_000;

/** What everybody is sent who asks for a code. */
export const CODE = "123456";

export interface AccountsConfig {
  readonly clock: Clock;
  readonly accounts: Accounts;
  /** Base of the server that is called back. */
  readonly callbackUrl: () => string;
}

const pin = z.string().regex(/^\d{6}$/, "must be six digits");
const registerSchema = z.strictObject({
  messaging_product: z.literal("whatsapp"),
  pin,
  data_localization_region: z.string().length(2).optional(),
});
const changeSchema = z.union([
  z.strictObject({ pin }),
  z.strictObject({
    webhook_configuration: z.strictObject({
      override_callback_uri: z.string().max(200),
      verify_token: z.string().optional(),
    }),
  }),
]);

export function phoneNumberNodes(config: AccountsConfig): GraphNode[] {
  const { accounts } = config;
  return [
    onNumber({
      GET: ({ number, query }) => pick(fieldsOf(config, number), query.get("fields")),
      POST: (call) => change(config, call),
      "POST register": (call) => register(config, call),
      "POST deregister": ({ number }) => {
        if (!accounts.of(number).isRegistered) throw new GraphRefusal(133010, "not registered");
        countRegistration(config, number);
        accounts.change(number, { isRegistered: false });
        return DONE;
      },
      "POST request_code": (call) => requestCode(config, call),
      "POST verify_code": (call) => verifyCode(config, call),
    }),
  ];
}

export const DONE: Answer = { status: 200, body: { success: true } };

/** The requested fields in the order asked, and always the id. */
export function pick(
  fields: Readonly<Record<string, unknown>>,
  asked: string | null,
  byDefault = FIELDS_DEFAULT,
): Answer {
  const wanted = (asked ?? byDefault).split(",").map((name) => name.trim());
  const names = [...new Set([...wanted, "id"])];
  const missing = names.find((name) => !Object.hasOwn(fields, name));
  if (missing !== undefined) {
    throw new GraphRefusal(100, `Field ${missing} of this object is unknown or not simulated yet`);
  }
  return { status: 200, body: Object.fromEntries(names.map((name) => [name, fields[name]])) };
}

/** @throws GraphRefusal 100: the parameter that Meta does not know or misses */
export function checkedBy<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new GraphRefusal(100, z.prettifyError(result.error).replaceAll("\n", " "));
}

export function fieldsOf(
  { accounts, callbackUrl }: AccountsConfig,
  number: BusinessNumber,
): Readonly<Record<string, unknown>> {
  const display = `+${number.displayNumber}`;
  const state = accounts.of(number);
  const application = `${callbackUrl()}/webhooks/whatsapp/${number.channelKey}`;
  const { override: account } = accounts.subscription(number);
  const parsed = parsePhoneNumberFromString(display);
  return {
    id: number.phoneNumberId,
    display_phone_number: parsed?.formatInternational() ?? display,
    verified_name: "Parley Local",
    quality_rating: state.quality,
    code_verification_status: state.isVerified ? "VERIFIED" : "NOT_VERIFIED",
    platform_type: state.isRegistered ? "CLOUD_API" : "NOT_APPLICABLE",
    throughput: { level: state.isRegistered ? state.throughput : "NOT_APPLICABLE" },
    name_status: "APPROVED",
    status: accounts.statusOf(number),
    account_mode: "LIVE",
    is_official_business_account: false,
    is_on_biz_app: false,
    is_pin_enabled: state.pin !== null,
    country_dial_code: parsed?.countryCallingCode ?? "",
    whatsapp_business_manager_messaging_limit: state.tier,
    health_status: healthOf(accounts, number),
    webhook_configuration: {
      ...(state.override === null ? {} : { phone_number: state.override }),
      ...(account === null ? {} : { whatsapp_business_account: account }),
      application,
    },
  };
}

export function healthOf(accounts: Accounts, number: BusinessNumber): unknown {
  const { canSend } = accounts.of(number);
  const entity = (entity_type: string, id: string) => ({
    entity_type,
    id,
    can_send_message: canSend,
    ...(canSend === "AVAILABLE"
      ? {}
      : {
          errors: [
            {
              error_code: 141006,
              error_description: "There is an error with the account.",
              possible_solution: "Look at the account's status.",
            },
          ],
        }),
  });
  const app = { entity_type: "APP", id: number.appId, can_send_message: "AVAILABLE" };
  return {
    can_send_message: canSend,
    entities: [entity("PHONE_NUMBER", number.phoneNumberId), entity("WABA", number.wabaId), app],
  };
}

async function change(config: AccountsConfig, call: Call): Promise<Answer> {
  const { accounts } = config;
  const wanted = checkedBy(changeSchema, await jsonOf(call));
  if ("pin" in wanted) accounts.change(call.number, { pin: wanted.pin });
  else {
    const { override_callback_uri: uri, verify_token: token } = wanted.webhook_configuration;
    accounts.change(call.number, { override: await overrideOf(uri, token) });
  }
  return DONE;
}

async function register(config: AccountsConfig, call: Call): Promise<Answer> {
  const { number } = call;
  const wanted = checkedBy(registerSchema, await jsonOf(call));
  const { accounts } = config;
  const { isVerified, pin: known } = accounts.of(number);
  if (!isVerified) throw new GraphRefusal(133006, "Phone number needs to be verified first.");
  countRegistration(config, number);
  if (known !== null && known !== wanted.pin) {
    throw new GraphRefusal(133005, "Two-step verification PIN does not match.");
  }
  accounts.change(number, { isRegistered: true, pin: wanted.pin });
  return DONE;
}

/** Wrong PINs count too: the limit is there against guessing. */
function countRegistration({ accounts, clock }: AccountsConfig, number: BusinessNumber): void {
  const now = clock.now();
  const recent = accounts.of(number).registrations.filter((at) => at > now - REGISTRATIONS_MS);
  if (recent.length >= REGISTRATIONS_MAX) {
    throw new GraphRefusal(133016, "Registered or deregistered too often in 72 hours.");
  }
  accounts.change(number, { registrations: [...recent, now] });
}

const codeSchema = z.strictObject({
  code_method: z.enum(["SMS", "VOICE"]),
  language: z.string().regex(/^[a-z]{2,3}(_[A-Z]{2})?$/),
});

/** Parameters come in the query (section 12). */
function requestCode({ accounts }: AccountsConfig, { number, query }: Call): Answer {
  checkedBy(codeSchema, Object.fromEntries(query));
  accounts.change(number, { code: CODE });
  return DONE;
}

function verifyCode({ accounts }: AccountsConfig, { number, query }: Call): Answer {
  const { code } = checkedBy(z.strictObject({ code: z.string() }), Object.fromEntries(query));
  const { code: sent } = accounts.of(number);
  if (sent === null || sent !== code) throw new GraphRefusal(100, "This code was not sent.");
  accounts.change(number, { code: null, isVerified: true });
  return DONE;
}
