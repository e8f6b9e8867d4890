/** The profile that customers see (section 12). */
import * as z from "zod";
import type { Accounts } from "./accounts.ts";
import { GraphRefusal } from "./answer.ts";
import { type GraphNode, jsonOf, onNumber } from "./call.ts";
import { checkedBy, DONE } from "./phoneNumbers.ts";

const FIELDS = [
  "about",
  "address",
  "description",
  "email",
  "profile_picture_url",
  "websites",
  "vertical",
];

const profileSchema = z.strictObject({
  messaging_product: z.literal("whatsapp"),
  about: z.string().min(1).max(139).optional(),
  address: z.string().max(256).optional(),
  description: z.string().max(512).optional(),
  email: z.string().max(128).optional(),
  websites: z.array(z.url().max(256)).max(2).optional(),
  vertical: z
    .string()
    .regex(/^[A-Z_]+$/)
    .optional(),
  profile_picture_handle: z.string().min(1).optional(),
});

export function profileNodes(accounts: Accounts): GraphNode[] {
  return [
    onNumber({
      "GET whatsapp_business_profile": ({ number, query }) => {
        const names = (query.get("fields") ?? "about").split(",");
        const unknown = names.find((name) => !FIELDS.includes(name));
        if (unknown !== undefined) throw new GraphRefusal(100, `No field ${unknown}`);
        const { profile } = accounts.of(number);
        const told = names.filter((name) => Object.hasOwn(profile, name));
        const own = Object.fromEntries(told.map((name) => [name, profile[name]]));
        return { status: 200, body: { data: [{ ...own, messaging_product: "whatsapp" }] } };
      },
      "POST whatsapp_business_profile": async (call) => {
        const { messaging_product: _, ...given } = checkedBy(profileSchema, await jsonOf(call));
        const { profile_picture_handle: handle, ...profile } = given;
        const picture =
          handle === undefined ? {} : { profile_picture_url: `https://pps.whatsapp.net/${handle}` };
        const before = accounts.of(call.number).profile;
        accounts.change(call.number, { profile: { ...before, ...profile, ...picture } });
        return DONE;
      },
    }),
  ];
}
