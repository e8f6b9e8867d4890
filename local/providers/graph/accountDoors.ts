/** Doors to be Meta itself: a number that is not connected yet, a token that ends, a ban. */
import type { IncomingMessage } from "node:http";
import * as z from "zod";
import { READY, SCOPES } from "./accounts.ts";
import { type DoorAnswer, type DoorsConfig, numberFor, parsed, Refused } from "./door.ts";
import type { BusinessNumber } from "./numbers.ts";

const digits = z.string().regex(/^\d{5,20}$/);

const numberSchema = z.strictObject({
  channelKey: z.string().regex(/^[\w-]{1,64}$/),
  appId: digits,
  appSecret: z.string().min(1),
  accessToken: z.string().min(1),
  verifyToken: z.string().default("local-verify-token"),
  wabaId: digits,
  phoneNumberId: digits,
  displayNumber: digits,
  isRegistered: z.boolean().default(false),
  isVerified: z.boolean().default(true),
  isSubscribed: z.boolean().default(false),
  pin: z
    .string()
    .regex(/^\d{6}$/)
    .nullable()
    .default(null),
});

/** Somebody made a number at Meta; given again, it is as said now. */
export async function number(config: DoorsConfig, request: IncomingMessage): Promise<DoorAnswer> {
  const wanted = await parsed(request, numberSchema);
  const { isRegistered, isVerified, isSubscribed, pin, ...made } = wanted;
  config.numbers.add(made);
  config.accounts.change(made, { ...READY, isRegistered, isVerified, pin });
  config.accounts.subscribe(made, { isSubscribed, override: null });
  return { status: 200, body: wanted };
}

const tokenSchema = z.strictObject({
  appId: digits,
  accessToken: z.string().min(1),
  scopes: z.array(z.string()).default([...SCOPES]),
  expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
  isRevoked: z.boolean().default(false),
});

/** A token of an app is made, narrowed or revoked; those it has besides stay as they are. */
export async function token(config: DoorsConfig, request: IncomingMessage): Promise<DoorAnswer> {
  const wanted = await parsed(request, tokenSchema);
  const { appId, accessToken, expiresAt, ...state } = wanted;
  if (!config.numbers.all().some((one) => one.appId === appId)) {
    throw new Refused(422, "invalid_request", `No number belongs to the app ${appId}.`);
  }
  const at = expiresAt === null ? null : Date.parse(expiresAt);
  config.accounts.putToken(appId, accessToken, { ...state, expiresAt: at });
  return { status: 200, body: wanted };
}

const newsSchema = z.strictObject({
  channelKey: z.string().optional(),
  phoneNumberId: z.string().optional(),
  /** Without one nothing is told: only what Meta answers changes. */
  field: z.string().min(1).optional(),
  value: z.record(z.string(), z.unknown()).default({}),
  /** Seconds; when Meta says that it happened. */
  time: z.int().nonnegative().optional(),
  now: z
    .strictObject({
      status: z.string(),
      quality: z.string(),
      tier: z.string(),
      throughput: z.string(),
      canSend: z.enum(["AVAILABLE", "LIMITED", "BLOCKED"]),
      isRegistered: z.boolean(),
    })
    .partial()
    .optional(),
});

/** These name the number they are about by what it shows (section 2.5). */
const NAMES_NUMBER = new Set([
  "phone_number_quality_update",
  "phone_number_name_update",
  "security",
]);

/** Something happens to an account: Meta answers so from now on, and tells its app. */
export async function account(config: DoorsConfig, request: IncomingMessage): Promise<DoorAnswer> {
  const wanted = await parsed(request, newsSchema);
  const { field, value, time, now = {} } = wanted;
  const about = numberFor(config.numbers, wanted.channelKey, wanted.phoneNumberId);
  config.accounts.change(about, Object.fromEntries(Object.entries(now)));
  if (field === undefined) return { status: 200, body: { delivered: false } };
  const update = {
    wabaId: about.wabaId,
    field,
    value: { ...naming(field, about), ...value },
    time: time ?? Math.floor(config.clock.now() / 1_000),
  };
  return { status: 200, body: { delivered: await config.callbacks.owe(about.channelKey, update) } };
}

function naming(field: string, { displayNumber }: BusinessNumber) {
  return NAMES_NUMBER.has(field) ? { display_phone_number: displayNumber } : {};
}
