/** What is asked of a WhatsApp Business Account, of an app and of a token (sections 1.4 and 12). */
import * as z from "zod";
import type { Accounts, Subscription } from "./accounts.ts";
import { type Answer, GraphRefusal, refusal } from "./answer.ts";
import { type Call, type GraphNode, onAccount, onApp } from "./call.ts";
import { bodyOf } from "./door.ts";
import type { BusinessNumber, Numbers } from "./numbers.ts";
import { overrideOf } from "./overrides.ts";
import { type AccountsConfig, checkedBy, DONE, fieldsOf, healthOf, pick } from "./phoneNumbers.ts";

const NUMBERS_MAX = 100;

export function accountNodes(config: AccountsConfig, numbers: Numbers): GraphNode[] {
  const { accounts } = config;
  return [
    onAccount({
      GET: ({ number, query }) =>
        pick(accountFields(accounts, number), query.get("fields"), "name"),
      "GET phone_numbers": (call) => listNumbers(config, numbers, call),
      "GET subscribed_apps": ({ number }) => listSubscribed(accounts, number),
      "POST subscribed_apps": (call) => subscribe(accounts, call),
      "DELETE subscribed_apps": ({ number }) => {
        accounts.subscribe(number, { isSubscribed: false, override: null });
        return DONE;
      },
    }),
    onApp({}),
    {
      token: "app",
      owner: (id, known) => (id === "debug_token" ? known[0] : undefined),
      calls: { GET: (call) => debugToken(config, numbers, call) },
    },
  ];
}

function accountFields(accounts: Accounts, number: BusinessNumber) {
  return {
    id: number.wabaId,
    name: "Parley Local",
    currency: "GBP",
    timezone_id: "58",
    country: "GB",
    account_review_status: "APPROVED",
    business_verification_status: "verified",
    message_template_namespace: "00000000_0000_0000_0000_000000000000",
    ownership_type: "SELF",
    health_status: healthOf(accounts, number),
    marketing_messages_onboarding_status: "NOT_ONBOARDED",
    owner_business_info: { id: `1${number.wabaId.slice(1)}`, name: "Parley Local" },
  };
}

const listSchema = z.strictObject({
  fields: z.string().optional(),
  sort: z.enum(["last_onboarded_time_descending", "last_onboarded_time_ascending"]).optional(),
  limit: z.coerce.number().int().min(1).optional(),
});

function listNumbers(config: AccountsConfig, numbers: Numbers, call: Call): Answer {
  const asked = checkedBy(listSchema, Object.fromEntries(call.query));
  const { wabaId } = call.number;
  const found = numbers.all().filter((one) => one.wabaId === wabaId);
  const data = found.slice(0, Math.min(asked.limit ?? NUMBERS_MAX, NUMBERS_MAX)).map((number) => {
    return pick(fieldsOf(config, number), asked.fields ?? null).body;
  });
  return { status: 200, body: { data, paging: { cursors: { before: "QVF", after: "QVG" } } } };
}

function listSubscribed(accounts: Accounts, number: BusinessNumber): Answer {
  const { isSubscribed, override } = accounts.subscription(number);
  const link = `https://www.facebook.com/games/?app_id=${number.appId}`;
  const app = {
    whatsapp_business_api_data: { id: number.appId, link, name: "Parley Local" },
    ...(override === null ? {} : { override_callback_uri: override }),
  };
  return { status: 200, body: { data: isSubscribed ? [app] : [] } };
}

const subscribeSchema = z.strictObject({
  override_callback_uri: z.string().max(200).optional(),
  verify_token: z.string().optional(),
});

/** An empty body subscribes, and takes an override away. */
async function subscribe(accounts: Accounts, { number, request }: Call): Promise<Answer> {
  const text = await bodyOf(request);
  const wanted = checkedBy(subscribeSchema, text.trim() === "" ? {} : parsedJson(text));
  const { override_callback_uri: uri, verify_token: token } = wanted;
  const before = accounts.subscription(number);
  if (uri !== undefined && !before.isSubscribed) {
    const details = "Before override the current callback uri, your app must be subscribed";
    throw new GraphRefusal(100, details);
  }
  const override = uri === undefined ? null : await overrideOf(uri, token);
  const after: Subscription = { isSubscribed: true, override };
  accounts.subscribe(number, after);
  return DONE;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new GraphRefusal(100, `The body must be a JSON object: ${String(cause)}`);
  }
}

/** Only the app itself may ask, with `APP_ID|APP_SECRET`. */
function debugToken({ accounts, clock }: AccountsConfig, numbers: Numbers, call: Call): Answer {
  const { number: own, query } = call;
  const token = query.get("input_token");
  if (token === null || token === "") throw new GraphRefusal(100, "input_token is required");
  const mine = numbers.all().filter(({ appId }) => appId === own.appId);
  const number = mine.find((one) => accounts.token(one, token) !== undefined);
  if (number === undefined) {
    const others = numbers.all().some((one) => accounts.token(one, token) !== undefined);
    if (others) {
      const message = "(#100) The App_id in the input_token did not match the Viewing App";
      return refusal(400, { message, code: 100 });
    }
    const error = { code: 190, message: "Invalid OAuth access token.", subcode: 467 };
    return { status: 200, body: { data: { error, is_valid: false, scopes: [] } } };
  }
  const state = accounts.token(number, token);
  const scopes = [...(state?.scopes ?? [])];
  const target_ids = [...new Set(mine.map(({ wabaId }) => wabaId))];
  const data = {
    app_id: own.appId,
    type: "SYSTEM_USER",
    application: "Parley Local",
    is_valid: accounts.isGood(number, token, clock.now()),
    expires_at: Math.floor((state?.expiresAt ?? 0) / 1_000),
    scopes,
    granular_scopes: scopes.map((scope) => ({ scope, target_ids })),
  };
  return { status: 200, body: { data } };
}
