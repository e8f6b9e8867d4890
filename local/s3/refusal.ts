import { AwsError } from "../parts.ts";

/** For what S3 can do and the laptop cannot: said aloud, with nothing changed. */
export function notImitated(what: string): AwsError {
  return new AwsError("NotImplemented", `${what} is not imitated on the laptop.`, 501);
}
