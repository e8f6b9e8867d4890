import { type Incoming, type SecretOf, verifyPolicy, verifyPresigned } from "../aws/sigv4.ts";
import { AwsError } from "../parts.ts";
import { formOf, isForm } from "./form.ts";

export interface Presenter {
  /** Whose signature the browser presents; null for a preflight, which never carries one. */
  readonly accessKeyId: string | null;
}

/**
 * Who stands behind a browser's request to S3: the signer of its URL or of its form, verified here.
 * Null when the request is none of a browser's, and so must carry an Authorization header.
 */
export function presenter(request: Incoming, secretOf: SecretOf, nowMs: number): Presenter | null {
  if (request.method === "OPTIONS") return { accessKeyId: null };
  const isPresigned = request.query.has("X-Amz-Algorithm");
  if (!isPresigned && !isForm(request)) return null;
  if ("authorization" in request.headers) {
    throw new AwsError("InvalidArgument", "Only one auth mechanism allowed.");
  }
  if (isPresigned) return verifyPresigned(request, secretOf, nowMs);
  return verifyPolicy(formOf(request).fields, secretOf);
}
