import * as z from "zod/mini";

/** The tenant: everything belongs to one, and no query leaves it. */
export const workspaceSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  rev: z.number(),
});
export type Workspace = z.infer<typeof workspaceSchema>;

/**
 * A Meta app as the key in its webhook path names it. One app has one callback, so all of its
 * numbers and accounts arrive under this key (WhatsApp reference, section 1.4).
 */
export const metaAppSchema = z.looseObject({
  channelKey: z.string(),
  workspaceId: z.string(),
  appId: z.string(),
  /** Sealed JSON of `MetaAppSecrets`. */
  secrets: z.string(),
  rev: z.number(),
});
export type MetaApp = z.infer<typeof metaAppSchema>;

export const metaAppSecretsSchema = z.object({
  /** One, or two while the secret is being rotated: either signs a valid callback. */
  appSecrets: z.array(z.string()).check(z.minLength(1), z.maxLength(2)),
  verifyToken: z.string(),
});
export type MetaAppSecrets = z.infer<typeof metaAppSecretsSchema>;

/** The purposes for which a Meta app's secrets and a channel's credentials are sealed. */
export const SEALED = { appSecrets: "app-secrets", credentials: "credentials" } as const;
