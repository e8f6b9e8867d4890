import { randomBytes } from "node:crypto";
import { type Key, trustAccessKey, type Unsigned } from "./aws/gateway.ts";
import { verifyHeader } from "./aws/sigv4.ts";
import { ROOT } from "./iam/grants.ts";
import { AwsError, type Clock, type Principal } from "./parts.ts";
import { presenter } from "./s3/presenter.ts";

/** The laptop's own key: seeds, tests, and whoever points the AWS command line at the gateway. */
export const ROOT_KEY = { accessKeyId: "local-root", secretAccessKey: "local-root-secret" };

const SECRET_BYTES = 24;

/** Every function signs with a key of its own, so the gateway knows whose role a call needs. */
export class AccessKeys {
  readonly #clock: Clock;
  readonly #keys = new Map<string, Key>([
    [ROOT_KEY.accessKeyId, { principal: ROOT, secret: ROOT_KEY.secretAccessKey }],
  ]);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(name: string, principal: Principal): { accessKeyId: string; secretAccessKey: string } {
    const secretAccessKey = randomBytes(SECRET_BYTES).toString("base64url");
    const accessKeyId = `FN${name}`;
    this.#keys.set(accessKeyId, { principal, secret: secretAccessKey });
    return { accessKeyId, secretAccessKey };
  }

  /** Verifies the signature, in the header or (S3) in the URL or form, and says whose it is. */
  readonly authenticate = (request: Unsigned): { principal: Principal } => {
    const trusted = trustAccessKey((accessKeyId) => this.#keys.get(accessKeyId) ?? null);
    if ("authorization" in request.headers) {
      const known = trusted(request);
      verifyHeader(request, this.#secretOf);
      return known;
    }
    const browser = presenter(request, this.#secretOf, this.#clock.now());
    const key = browser?.accessKeyId == null ? undefined : this.#keys.get(browser.accessKeyId);
    if (key !== undefined) return key;
    // A preflight carries no signature, and S3 answers it by the bucket's rules alone.
    if (browser !== null) return { principal: { name: ROOT.name, arn: "anonymous" } };
    throw new AwsError("AccessDenied", "Access Denied", 403);
  };

  readonly #secretOf = (accessKeyId: string): string | null =>
    this.#keys.get(accessKeyId)?.secret ?? null;
}
