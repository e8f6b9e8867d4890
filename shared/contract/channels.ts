import * as z from "zod";
import { accountStates, initiators, noticeLevels } from "../domain/accounts.ts";
import { accountOf, type Channel, capabilitiesOf, channelKinds } from "../domain/channels.ts";
import { id, time } from "./shapes.ts";

const step = z.object({ code: z.string(), detail: z.string() });

export const channel = z.object({
  id: id("channel"),
  kind: z.enum(channelKinds),
  name: z.string(),
  address: z.string(),
  status: z.enum(["connected", "pending", "broken", "paused"]),
  capabilities: z.object({
    windowHours: z.number().nullable(),
    templates: z.boolean(),
    subject: z.boolean(),
    readReceipts: z.boolean(),
  }),
  limits: z.object({ perSecond: z.number(), uniqueUsersPerDay: z.number().nullable() }),
  health: z.object({
    state: z.enum(["unknown", "ok", "limited", "blocked"]),
    quality: z.string().nullable(),
    detail: z.string().nullable(),
    checkedAt: time.nullable(),
  }),
  nextSteps: z.array(step).describe("What a person still has to do before the channel works"),
  whatsapp: z
    .object({
      channelKey: z.string(),
      appId: z.string().nullable(),
      wabaId: z.string(),
      phoneNumberId: z.string(),
      callbackPath: z.string().describe("The path of the callback URL to set in the app at Meta"),
      callbackUrl: z.string().nullable().describe("Where Meta calls now; null: not known"),
      registered: z.boolean().nullable(),
      subscribed: z.boolean().nullable().describe("Whether Meta calls the app of this account"),
      tokenExpiresAt: time.nullable().describe("null: never, or not known"),
    })
    .nullable(),
  account: z
    .object({ state: z.enum(accountStates), detail: z.string(), at: time })
    .nullable()
    .describe("What the provider last said of the whole account"),
  restrictions: z
    .array(z.object({ initiatedBy: z.enum(initiators), until: time }))
    .describe("Conversations that one side began are held back until then"),
  pricingTiers: z.array(
    z.object({
      category: z.string(),
      region: z.string(),
      month: z.string(),
      tier: z.string(),
      at: time,
    }),
  ),
  notices: z
    .array(
      z.object({ what: z.string(), level: z.enum(noticeLevels), detail: z.string(), at: time }),
    )
    .describe("What the provider told of the number and its account, newest first, 50 at most"),
  createdAt: time,
  updatedAt: time,
});

const HOUR_MS = 3_600_000;

const name = z.string().trim().min(1).max(100);
/** Meta's ids are digits. */
const metaId = z.string().regex(/^\d{5,20}$/, "Give the digits of the id.");
const secret = (min: number, max: number) =>
  z
    .string()
    .min(min)
    .max(max)
    .regex(/^[\x21-\x7e]*$/, "No spaces; printable ASCII only.");
const accessToken = secret(10, 4_096).describe("Of a system user of the business; kept sealed");
const appSecret = secret(8, 256).describe("What the Meta app signs with; never answered");
const verifyToken = secret(8, 256).describe("What Meta says in its handshake; your choice");
const pin = z
  .string()
  .regex(/^\d{6}$/, "Six digits.")
  .describe("The two-step PIN of the number; it registers the number, or becomes its PIN");

export const channelConnect = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("whatsapp"),
    name,
    whatsapp: z.strictObject({
      channelKey: z
        .string()
        .regex(/^[\w-]{1,64}$/, "Letters, digits, _ and -, at most 64.")
        .describe("Names the Meta app in its callback path; your choice, one per app"),
      appId: metaId,
      appSecret: appSecret.optional(),
      verifyToken: verifyToken.optional(),
      accessToken,
      wabaId: metaId.describe("The WhatsApp Business Account of the number"),
      phoneNumberId: metaId,
      pin: pin.optional(),
    }),
  }),
]);

export const channelChange = z.strictObject({
  name: name.optional(),
  paused: z.boolean().optional().describe("While paused nothing is sent; what waits goes later"),
  whatsapp: z
    .strictObject({
      accessToken: accessToken.optional(),
      pin: pin.optional(),
      appSecret: appSecret
        .optional()
        .describe("The app's new secret; the one before stays good until it is retired"),
      verifyToken: verifyToken.optional(),
      retirePreviousSecret: z.boolean().optional(),
    })
    .optional(),
});

/** Never the credentials, and never how they are sealed. */
export function viewChannel(row: Channel): z.infer<typeof channel> {
  const { id, kind, name, address, status, limits, createdAt, updatedAt } = row;
  const { windowMs, templates, subject, readReceipts } = capabilitiesOf(kind);
  const windowHours = windowMs === null ? null : windowMs / HOUR_MS;
  const capabilities = { windowHours, templates, subject, readReceipts };
  const { setup, standing, restrictions, pricingTiers, notices } = accountOf(row);
  return {
    id,
    kind,
    name,
    address,
    status,
    capabilities,
    limits,
    health: healthOf(row),
    nextSteps: setup?.steps ?? [],
    whatsapp: whatsappOf(row),
    account: standing,
    restrictions: restrictions.map(({ initiatedBy, until }) => ({ initiatedBy, until })),
    pricingTiers,
    notices,
    createdAt,
    updatedAt,
  };
}

/** An account that is gone explains a channel better than the number's last good answer. */
function healthOf({ health, account }: Channel): z.infer<typeof channel>["health"] {
  const standing = account?.standing ?? null;
  if (standing === null || standing.state === "ok") return health;
  return { ...health, state: "blocked", detail: standing.detail };
}

function whatsappOf({ whatsapp, account }: Channel): z.infer<typeof channel>["whatsapp"] {
  if (whatsapp === null) return null;
  const { channelKey, appId = null, wabaId, phoneNumberId } = whatsapp;
  return {
    channelKey,
    appId,
    wabaId,
    phoneNumberId,
    callbackPath: `/webhooks/whatsapp/${channelKey}`,
    callbackUrl: account?.setup?.callbackUrl ?? null,
    registered: account?.setup?.registered ?? null,
    subscribed: account?.setup?.subscribed ?? null,
    tokenExpiresAt: account?.tokenExpiresAt ?? null,
  };
}
