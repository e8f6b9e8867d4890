import * as z from "zod";

/**
 * What a bucket of the template asks for. Settings that change nothing a program can see here are
 * named one by one; any other setting (versions, notifications, websites, ...) is refused at start,
 * because the laptop would not do what AWS does.
 */
const corsRule = z.strictObject({
  Id: z.string().optional(),
  AllowedHeaders: z.array(z.string()).default([]),
  AllowedMethods: z.array(z.enum(["GET", "PUT", "HEAD", "POST", "DELETE"])),
  AllowedOrigins: z.array(z.string()),
  ExposedHeaders: z.array(z.string()).default([]),
  MaxAge: z.coerce.number().int().optional(),
});

const lifecycleRule = z.strictObject({
  Id: z.string().optional(),
  Status: z.enum(["Enabled", "Disabled"]),
  Prefix: z.string().default(""),
  ExpirationInDays: z.coerce.number().int().positive().optional(),
  // Uploads in parts and older versions do not exist here, so these rules find nothing.
  AbortIncompleteMultipartUpload: z.unknown().optional(),
  NoncurrentVersionExpiration: z.unknown().optional(),
});

const bucketProperties = z.strictObject({
  CorsConfiguration: z.strictObject({ CorsRules: z.array(corsRule) }).optional(),
  LifecycleConfiguration: z.strictObject({ Rules: z.array(lifecycleRule) }).optional(),
  BucketName: z.string().optional(),
  BucketEncryption: z.unknown().optional(),
  LoggingConfiguration: z.unknown().optional(),
  OwnershipControls: z.unknown().optional(),
  PublicAccessBlockConfiguration: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

export type CorsRule = z.infer<typeof corsRule>;

export interface Expiry {
  readonly prefix: string;
  readonly days: number;
}

export interface Bucket {
  readonly cors: readonly CorsRule[];
  readonly expiries: readonly Expiry[];
}

/** From resolved properties of an AWS::S3::Bucket; throws on a setting that is not imitated. */
export function parseBucket(properties: Record<string, unknown>, name: string): Bucket {
  const parsed = bucketProperties.safeParse(properties);
  if (!parsed.success) {
    const message = `The bucket ${name} asks for what the laptop does not imitate`;
    throw new Error(`${message}: ${z.prettifyError(parsed.error)}`);
  }
  const rules = parsed.data.LifecycleConfiguration?.Rules ?? [];
  return {
    cors: parsed.data.CorsConfiguration?.CorsRules ?? [],
    expiries: rules.flatMap((rule) =>
      rule.Status === "Enabled" && rule.ExpirationInDays !== undefined
        ? [{ prefix: rule.Prefix, days: rule.ExpirationInDays }]
        : [],
    ),
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * "Amazon S3 calculates the time by adding the number of days specified in the rule to the object
 * creation time and rounding the resulting time to the next day midnight UTC" (User Guide,
 * Lifecycle configuration elements).
 */
export function isExpired(expiry: Expiry, key: string, modifiedAt: number, now: number): boolean {
  if (!key.startsWith(expiry.prefix)) return false;
  return now >= Math.ceil((modifiedAt + expiry.days * DAY_MS) / DAY_MS) * DAY_MS;
}
