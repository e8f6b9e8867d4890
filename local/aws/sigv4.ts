/**
 * AWS Signature Version 4, from the receiving side: signed headers, presigned URLs and the policies
 * of browser forms. The laptop verifies what AWS verifies, so that a URL that anybody could have
 * made, or that has run out, fails here first.
 *
 * The age of a signed header is not checked: the clock of the laptop cloud jumps while requests are
 * under way. A presigned URL is checked, because its age is what the application promised.
 *
 * Sources: Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)", and IAM
 * User Guide, "Create a signed AWS API request".
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { AwsError, type AwsRequest, REGION } from "../parts.ts";
import { uriDecode, uriEncode } from "./uri.ts";

/** A request whose caller is not known yet. */
export type Incoming = Omit<AwsRequest, "principal" | "operation">;

/** By lower-case name. */
type Headers = Readonly<Record<string, string | undefined>>;

/** The secret of an access key, or null when nobody has that key. */
export type SecretOf = (accessKeyId: string) => string | null;

export interface Scope {
  /** As in `X-Amz-Date`: 20130524T000000Z. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export interface Signable extends Omit<Incoming, "body"> {
  /** Lower-case, sorted. */
  readonly signedHeaders: readonly string[];
  /** SHA-256 of the body in hex, or one of the words that stand for it. */
  readonly payloadHash: string;
}

export interface Signer {
  readonly accessKeyId: string;
  readonly service: string;
}

interface Signature extends Signer {
  readonly scope: Scope;
  readonly signedHeaders: readonly string[];
  readonly hex: string;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
const UNSIGNED = "UNSIGNED-PAYLOAD";
const UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
/** "The maximum value is 604800 seconds (seven days)", Using Query Parameters. */
const EXPIRES_MAX_S = 604_800;
/** How far ahead of AWS a signer's clock may be. */
const SKEW_MS = 15 * 60 * 1000;

export function signatureOf(request: Signable, secret: string, scope: Scope): string {
  const lines = request.signedHeaders.map(
    (name) => `${name}:${plain(request.headers[name] ?? "")}`,
  );
  const canonical = [
    request.method,
    canonicalPath(request.path, scope.service),
    canonicalQuery(request.query),
    ...lines,
    "",
    request.signedHeaders.join(";"),
    request.payloadHash,
  ].join("\n");
  const credentialScope = `${dayOf(scope)}/${scope.region}/${scope.service}/aws4_request`;
  const text = [ALGORITHM, scope.date, credentialScope, sha256(canonical)].join("\n");
  return signText(text, secret, scope);
}

/** Signs a string as it is; the string to sign of a POST policy is its base64. */
export function signText(text: string, secret: string, scope: Scope): string {
  const steps = [dayOf(scope), scope.region, scope.service, "aws4_request"];
  const key = steps.reduce<Buffer>(
    (derived, step) => hmac(derived, step),
    Buffer.from(`AWS4${secret}`),
  );
  return hmac(key, text).toString("hex");
}

/** Verifies the Authorization header, and the body against the hash that was signed. */
export function verifyHeader(request: Incoming, secretOf: SecretOf): Signer {
  const signature = headerSignature(request.headers);
  const stated = statedHash(request.headers);
  if (stated === undefined && signature.service === "s3") {
    const message = "Missing required header for this request: x-amz-content-sha256";
    throw new AwsError("InvalidRequest", message);
  }
  verify(request, signature, stated ?? sha256(request.body), secretOf);
  return signature;
}

/** Verifies a presigned S3 URL and answers its signer. */
export function verifyPresigned(request: Incoming, secretOf: SecretOf, nowMs: number): Signer {
  const signature = querySignature(request.query);
  checkAge(signature.scope, Number(request.query.get("X-Amz-Expires")), nowMs);
  const hash = statedHash(request.headers) ?? request.query.get("X-Amz-Content-Sha256") ?? UNSIGNED;
  verify(request, signature, hash, secretOf);
  return signature;
}

/** Verifies who signed the policy among a form's fields (lower-case names); not what it allows. */
export function verifyPolicy(fields: ReadonlyMap<string, string>, secretOf: SecretOf): Signer {
  const policy = fields.get("policy");
  if (policy === undefined) throw new AwsError("AccessDenied", "Access Denied", 403);
  const credential = fields.get("x-amz-credential");
  const date = fields.get("x-amz-date");
  const hex = fields.get("x-amz-signature");
  if (fields.get("x-amz-algorithm") !== ALGORITHM || !credential || !date || !hex) {
    throw new AwsError("InvalidArgument", "The form needs all four x-amz- fields of Signature 4.");
  }
  const signature = { ...parseCredential(credential, date), signedHeaders: [], hex };
  const { accessKeyId, scope } = signature;
  checkHex(signature, signText(policy, knownSecret(signature, secretOf), scope));
  return { accessKeyId, service: scope.service };
}

function verify(
  request: Incoming,
  signature: Signature,
  payloadHash: string,
  secretOf: SecretOf,
): void {
  checkSignedHeaders(request.headers, signature);
  const expected = signatureOf(
    { ...request, signedHeaders: signature.signedHeaders, payloadHash },
    knownSecret(signature, secretOf),
    signature.scope,
  );
  checkHex(signature, expected);
  checkPayload(request.body, payloadHash, signature.service);
}

function headerSignature(headers: Headers): Signature {
  const header = headers.authorization;
  if (header === undefined) {
    const message = "Request is missing Authentication Token";
    throw new AwsError("MissingAuthenticationTokenException", message, 403);
  }
  const pattern = /^AWS4-HMAC-SHA256 Credential=(\S+), ?SignedHeaders=(\S+), ?Signature=(\S+)$/;
  const [, credential, signed, hex] = pattern.exec(header) ?? [];
  const date = headers["x-amz-date"];
  if (!credential || !signed || !hex || !date) {
    throw new AwsError("IncompleteSignatureException", "Authorization header is malformed.", 403);
  }
  return { ...parseCredential(credential, date), signedHeaders: signed.split(";"), hex };
}

function querySignature(query: URLSearchParams): Signature {
  const credential = query.get("X-Amz-Credential");
  const date = query.get("X-Amz-Date");
  const signed = query.get("X-Amz-SignedHeaders");
  const hex = query.get("X-Amz-Signature");
  const isWhole = credential && date && signed && hex && query.has("X-Amz-Expires");
  if (query.get("X-Amz-Algorithm") !== ALGORITHM || !isWhole) {
    throw badQuery(
      "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, " +
        "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    );
  }
  const signature = { ...parseCredential(credential, date), signedHeaders: signed.split(";"), hex };
  if (signature.service !== "s3") throw badQuery("Only Amazon S3 takes presigned URLs here.");
  return signature;
}

function parseCredential(credential: string, date: string): Signer & { scope: Scope } {
  const [accessKeyId = "", day, region = "", service = "", end, more] = credential.split("/");
  const isWhole = end === "aws4_request" && more === undefined && /^\d{8}T\d{6}Z$/.test(date);
  if (!isWhole || region !== REGION || !date.startsWith(`${day}T`)) {
    throw new AwsError(
      "AuthorizationHeaderMalformed",
      `Credential should be scoped to the day of the request and ${REGION}.`,
    );
  }
  return { accessKeyId, service, scope: { date, region, service } };
}

function checkAge(scope: Scope, expiresS: number, nowMs: number): void {
  if (!Number.isInteger(expiresS) || expiresS < 1 || expiresS > EXPIRES_MAX_S) {
    throw badQuery("X-Amz-Expires must be between 1 and 604800 seconds.");
  }
  const signedAt = Date.parse(
    scope.date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (Number.isNaN(signedAt)) throw badQuery("X-Amz-Date is not a date.");
  if (signedAt > nowMs + SKEW_MS) {
    throw new AwsError("AccessDenied", "Request is not valid yet", 403);
  }
  const expiresAt = signedAt + expiresS * 1000;
  if (nowMs <= expiresAt) return;
  throw new AwsError("AccessDenied", "Request has expired", 403, {
    "X-Amz-Expires": expiresS,
    Expires: new Date(expiresAt).toISOString(),
    ServerTime: new Date(nowMs).toISOString(),
  });
}

/** Host and every x-amz- header must be signed, or anybody could add one on the way. */
function checkSignedHeaders(headers: Headers, signature: Signature): void {
  const signed = new Set(signature.signedHeaders);
  const loose = Object.keys(headers).filter(
    (name) => (name === "host" || name.startsWith("x-amz-")) && !signed.has(name),
  );
  if (loose.length === 0) return;
  const message = "There were headers present in the request which were not signed";
  throw new AwsError("AccessDenied", message, 403, { HeadersNotSigned: loose.join(", ") });
}

function checkPayload(body: Buffer, payloadHash: string, service: string): void {
  const isUnhashed = payloadHash === UNSIGNED || payloadHash === UNSIGNED_TRAILER;
  if (isUnhashed && service === "s3") return;
  if (payloadHash.startsWith("STREAMING-")) {
    throw new AwsError("NotImplemented", `${payloadHash} is not imitated.`, 501);
  }
  if (payloadHash === sha256(body)) return;
  const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
  throw new AwsError("XAmzContentSHA256Mismatch", message);
}

function knownSecret(signer: Signer, secretOf: SecretOf): string {
  const secret = secretOf(signer.accessKeyId);
  if (secret !== null) return secret;
  if (signer.service === "s3") {
    const message = "The AWS Access Key Id you provided does not exist in our records.";
    throw new AwsError("InvalidAccessKeyId", message, 403);
  }
  const message = "The security token included in the request is invalid.";
  throw new AwsError("UnrecognizedClientException", message, 403);
}

function checkHex(signature: Signature, expected: string): void {
  const given = Buffer.from(signature.hex);
  const wanted = Buffer.from(expected);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
  const code = signature.service === "s3" ? "SignatureDoesNotMatch" : "InvalidSignatureException";
  const message =
    "The request signature we calculated does not match the signature you provided. Check your " +
    "key and signing method.";
  throw new AwsError(code, message, 403);
}

/**
 * S3 encodes the path once; every other service encodes again what was sent. The "." and empty
 * segments that others drop from a path are in none of the paths that SDKs send.
 */
function canonicalPath(path: string, service: string): string {
  const once = service === "s3" ? uriDecode(path) : path;
  return once.split("/").map(uriEncode).join("/");
}

/** Sorted by encoded name, then value: a blank sorts before every character of an encoded name. */
function canonicalQuery(query: URLSearchParams): string {
  const pairs = [...query].filter(([name]) => name !== "X-Amz-Signature");
  const sorted = pairs.map((pair) => pair.map(uriEncode).join(" ")).sort(byCode);
  return sorted.join("&").replaceAll(" ", "=");
}

function badQuery(message: string): AwsError {
  return new AwsError("AuthorizationQueryParametersError", message);
}

function statedHash(headers: Headers): string | undefined {
  return headers["x-amz-content-sha256"];
}

function byCode(a: string, b: string): number {
  return a < b ? -1 : 1;
}

function plain(value: string): string {
  return value.trim().replace(/\s+/g, " ");
}

function dayOf(scope: Scope): string {
  return scope.date.slice(0, 8);
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
