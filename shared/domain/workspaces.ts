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
  rev: z.number(),
});
export type MetaApp = z.infer<typeof metaAppSchema>;

/** What a Meta app is known by at the door; kept apart from its row. */
export interface MetaAppSecrets {
  /** One, or two while the secret is being rotated: either signs a valid callback. */
  readonly appSecrets: readonly string[];
  readonly verifyToken: string;
}

/** The purpose for which a channel's credentials are sealed. */
export const SEALED = { credentials: "credentials" } as const;
