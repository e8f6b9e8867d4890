/**
 * What the signer of a browser form allowed: every condition must hold, every field must be
 * covered.
 *
 * Source: Amazon S3 API Reference, "Creating a POST policy".
 */
import * as z from "zod";
import { AwsError } from "../parts.ts";
import type { Form } from "./form.ts";

const sizeRange = z.tuple([
  z.literal("content-length-range"),
  z.coerce.number().int(),
  z.coerce.number().int(),
]);
const match = z.tuple([z.enum(["eq", "starts-with"]), z.string().startsWith("$"), z.string()]);
const exact = z.record(z.string(), z.string());
const policyDocument = z.strictObject({
  expiration: z.iso.datetime(),
  conditions: z.array(z.union([sizeRange, match, exact])),
});

type Match = z.infer<typeof match>;
type Policy = z.infer<typeof policyDocument>;

/** Fields that no condition needs to name. */
const FREE_FIELDS = ["policy", "x-amz-signature"];

/** Throws unless the form's policy (base64, already verified) allows this upload now. */
export function checkPolicy(form: Form, bucket: string, now: number): void {
  const policy = parsePolicy(form.fields.get("policy") ?? "");
  if (now > Date.parse(policy.expiration)) throw invalid("Policy expired.");
  const matches = policy.conditions.flatMap(matchesOf);
  const values = new Map([...form.fields, ["bucket", bucket]]);
  for (const condition of matches) checkMatch(condition, values);
  checkCovered(form, matches);
  for (const condition of policy.conditions) {
    if (Array.isArray(condition) && condition[0] === "content-length-range") {
      checkSize(form.file.length, condition[1], condition[2]);
    }
  }
}

function parsePolicy(base64: string): Policy {
  try {
    return policyDocument.parse(JSON.parse(Buffer.from(base64, "base64").toString()));
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof z.ZodError)) throw cause;
    throw new AwsError("InvalidPolicyDocument", `Invalid Policy: ${cause.message}`);
  }
}

function matchesOf(condition: Policy["conditions"][number]): Match[] {
  if (!Array.isArray(condition)) {
    return Object.entries(condition).map(([name, value]): Match => ["eq", `$${name}`, value]);
  }
  return condition[0] === "content-length-range" ? [] : [condition];
}

function checkMatch(condition: Match, values: ReadonlyMap<string, string>): void {
  const [kind, name, wanted] = condition;
  const value = values.get(fieldOf(name));
  const holds = kind === "eq" ? value === wanted : value?.startsWith(wanted);
  if (!holds) throw invalid(`Policy Condition failed: ${JSON.stringify(condition)}`);
}

function checkCovered(form: Form, matches: readonly Match[]): void {
  const covered = new Set(matches.map(([, name]) => fieldOf(name)));
  const extra = [...form.fields.keys()].filter(
    (name) => !covered.has(name) && !FREE_FIELDS.includes(name) && !name.startsWith("x-ignore-"),
  );
  if (extra.length > 0) throw invalid(`Extra input fields: ${extra.join(", ")}`);
}

function checkSize(sizeBytes: number, min: number, max: number): void {
  if (sizeBytes > max) {
    throw new AwsError(
      "EntityTooLarge",
      "Your proposed upload exceeds the maximum allowed size",
      400,
      { ProposedSize: sizeBytes, MaxSizeAllowed: max },
    );
  }
  if (sizeBytes < min) {
    throw new AwsError(
      "EntityTooSmall",
      "Your proposed upload is smaller than the minimum allowed size",
      400,
      { ProposedSize: sizeBytes, MinSizeAllowed: min },
    );
  }
}

/** Conditions name fields as `$Content-Type`; names of fields are the same in any case. */
function fieldOf(name: string): string {
  return name.slice(1).toLowerCase();
}

function invalid(reason: string): AwsError {
  return new AwsError("AccessDenied", `Invalid according to Policy: ${reason}`, 403);
}
