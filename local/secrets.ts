import { randomBytes, randomInt, randomUUID } from "node:crypto";
import * as z from "zod";
import { parseJson } from "./json.ts";
import {
  ACCOUNT,
  AwsError,
  type AwsReply,
  type AwsRequest,
  type Door,
  type Need,
  REGION,
  type Shelf,
  type State,
} from "./parts.ts";

/**
 * Secrets Manager: the secrets of the template and those made since, each with its current and its
 * previous version. A value is made once and outlives every restart; it is never part of an error
 * or a log line.
 */

const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";

interface Version {
  readonly id: string;
  readonly value: string;
  readonly createdAt: number;
}

interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly current: Version;
  readonly previous: Version | null;
}

/** AWS::SecretsManager::Secret GenerateSecretString, with CloudFormation's defaults. */
const generation = z.strictObject({
  PasswordLength: z.int().min(1).max(4_096).default(32),
  ExcludeCharacters: z.string().default(""),
  ExcludeLowercase: z.boolean().default(false),
  ExcludeUppercase: z.boolean().default(false),
  ExcludeNumbers: z.boolean().default(false),
  ExcludePunctuation: z.boolean().default(false),
  IncludeSpace: z.boolean().default(false),
  RequireEachIncludedType: z.boolean().default(true),
  SecretStringTemplate: z.string().optional(),
  GenerateStringKey: z.string().optional(),
});

const secretProperties = z.strictObject({
  Name: z.string().optional(),
  Description: z.string().optional(),
  KmsKeyId: z.string().optional(),
  Tags: z.unknown().optional(),
  SecretString: z.string().optional(),
  GenerateSecretString: generation.optional(),
});

const secretId = z.string().min(1).max(2_048);
const token = z.string().min(32).max(64);

const getSecretValue = z.strictObject({
  SecretId: secretId,
  VersionId: token.optional(),
  VersionStage: z.string().optional(),
});

const putSecretValue = z.strictObject({
  SecretId: secretId,
  SecretString: z.string().min(1).max(65_536),
  ClientRequestToken: token.optional(),
});

const createSecret = z.strictObject({
  Name: z.string().regex(/^[\w/+=.@-]{1,512}$/),
  SecretString: z.string().min(1).max(65_536),
  ClientRequestToken: token.optional(),
});

export class Secrets implements Door {
  readonly #shelf: Shelf<Secret>;
  /** ARNs by name: those of the template, and those that were made by a call. */
  readonly #defined: Map<string, string>;

  constructor({ state }: { state: State }) {
    this.#shelf = state.shelf("secrets");
    this.#defined = new Map(this.#shelf.entries().map(([name, { arn }]) => [name, arn]));
  }

  /** A secret of the template: resolved properties of AWS::SecretsManager::Secret. */
  define(properties: Readonly<Record<string, unknown>>, name: string, arn: string): void {
    const { SecretString, GenerateSecretString } = secretProperties.parse(properties);
    this.#defined.set(name, arn);
    const kept = this.#shelf.get(name);
    const current = kept?.current ?? {
      id: randomUUID(),
      value: SecretString ?? generate(generation.parse(GenerateSecretString ?? {})),
      createdAt: Date.now(),
    };
    this.#shelf.put(name, { name, arn, current, previous: kept?.previous ?? null });
  }

  needs(request: AwsRequest): Need[] {
    const operation = operationOf(request);
    const action = `secretsmanager:${operation}`;
    if (operation === "CreateSecret") {
      return [{ action, resource: arnOf(read(createSecret, request).Name) }];
    }
    const { SecretId } = read(z.looseObject({ SecretId: secretId }), request);
    return [{ action, resource: this.#find(SecretId)?.arn ?? arnOf(SecretId) }];
  }

  serve(request: AwsRequest): AwsReply {
    const operation = operationOf(request);
    switch (operation) {
      case "CreateSecret":
        return this.#create(request);
      case "GetSecretValue":
        return this.#get(request);
      case "PutSecretValue":
        return this.#put(request);
      default:
        return operation satisfies never;
    }
  }

  fail(error: AwsError): AwsReply {
    const status = error.code === "AccessDeniedException" ? 400 : error.status;
    return json(status, { __type: error.code, Message: error.message, ...error.more });
  }

  #create(request: AwsRequest): AwsReply {
    const { Name: name, SecretString, ClientRequestToken } = read(createSecret, request);
    if (this.#defined.has(name)) {
      const message = `The operation failed because the secret ${name} already exists.`;
      throw new AwsError("ResourceExistsException", message);
    }
    const arn = `${arnOf(name)}-${randomBytes(3).toString("hex")}`;
    const id = ClientRequestToken ?? randomUUID();
    const current = { id, value: SecretString, createdAt: Date.now() };
    this.#shelf.put(name, { name, arn, current, previous: null });
    this.#defined.set(name, arn);
    return json(200, { ARN: arn, Name: name, VersionId: id });
  }

  #get(request: AwsRequest): AwsReply {
    const { SecretId, VersionId, VersionStage } = read(getSecretValue, request);
    const secret = this.#known(SecretId);
    const { version, stage } = versionOf(secret, VersionId, VersionStage);
    return json(200, {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: version.id,
      VersionStages: [stage],
      SecretString: version.value,
      CreatedDate: version.createdAt / 1_000,
    });
  }

  /** The token makes a repeat harmless: it names the version that the call made. */
  #put(request: AwsRequest): AwsReply {
    const { SecretId, SecretString, ClientRequestToken } = read(putSecretValue, request);
    const { name, arn, current, previous } = this.#known(SecretId);
    const id = ClientRequestToken ?? randomUUID();
    const same = [current, previous].find((version) => version?.id === id);
    if (same && same.value !== SecretString) {
      throw new AwsError("ResourceExistsException", `Version ${id} has another value.`);
    }
    if (!same) {
      const made = { id, value: SecretString, createdAt: Date.now() };
      this.#shelf.put(name, { name, arn, current: made, previous: current });
    }
    const stages = same === previous ? [PREVIOUS] : [CURRENT];
    return json(200, { ARN: arn, Name: name, VersionId: id, VersionStages: stages });
  }

  #known(id: string): Secret {
    const secret = this.#find(id);
    if (secret) return secret;
    const message = "Secrets Manager can't find the specified secret.";
    throw new AwsError("ResourceNotFoundException", message);
  }

  /** By name, ARN, or the ARN without the six random characters AWS puts behind the name. */
  #find(id: string): Secret | undefined {
    for (const [name, arn] of this.#defined) {
      if (id === name || id === arn || id === arn.replace(/-\w{6}$/, "")) {
        return this.#shelf.get(name);
      }
    }
    return undefined;
  }
}

function arnOf(id: string): string {
  return id.startsWith("arn:") ? id : `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${id}`;
}

function versionOf(secret: Secret, id: string | undefined, stage: string | undefined) {
  const versions = [
    { version: secret.current, stage: CURRENT },
    { version: secret.previous, stage: PREVIOUS },
  ];
  for (const { version, stage: its } of versions) {
    const byId = id === undefined || version?.id === id;
    const byStage = its === (stage ?? (id === undefined ? CURRENT : its));
    if (version !== null && byId && byStage) return { version, stage: its };
  }
  const what = id === undefined ? `staging label: ${stage ?? CURRENT}` : `VersionId: ${id}`;
  const message = `Secrets Manager can't find the specified secret value for ${what}`;
  throw new AwsError("ResourceNotFoundException", message);
}

const LOWER = "abcdefghijklmnopqrstuvwxyz";
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

function generate(wanted: z.output<typeof generation>): string {
  const password = randomPassword(wanted);
  const { SecretStringTemplate, GenerateStringKey } = wanted;
  if (SecretStringTemplate === undefined || GenerateStringKey === undefined) return password;
  const template = z.record(z.string(), z.unknown()).parse(JSON.parse(SecretStringTemplate));
  return JSON.stringify({ ...template, [GenerateStringKey]: password });
}

function randomPassword(wanted: z.output<typeof generation>): string {
  const kinds = [
    wanted.ExcludeLowercase ? "" : LOWER,
    wanted.ExcludeUppercase ? "" : LOWER.toUpperCase(),
    wanted.ExcludeNumbers ? "" : "0123456789",
    wanted.ExcludePunctuation ? "" : PUNCTUATION,
    wanted.IncludeSpace ? " " : "",
  ]
    .map((kind) => [...kind].filter((one) => !wanted.ExcludeCharacters.includes(one)))
    .filter((kind) => kind.length > 0);
  const all = kinds.flat();
  const required = wanted.RequireEachIncludedType ? kinds.map(pick) : [];
  if (all.length === 0 || required.length > wanted.PasswordLength) {
    throw new TypeError("No password can be as GenerateSecretString asks.");
  }
  const rest = Array.from({ length: wanted.PasswordLength - required.length }, () => pick(all));
  return shuffled([...required, ...rest]).join("");
}

function pick(characters: readonly string[]): string {
  return characters[randomInt(characters.length)] ?? "";
}

/** Fisher-Yates, so that the required kinds do not all stand in front. */
function shuffled(characters: readonly string[]): string[] {
  const left = [...characters];
  return characters.map(() => left.splice(randomInt(left.length), 1)[0] ?? "");
}

const OPERATIONS = ["CreateSecret", "GetSecretValue", "PutSecretValue"] as const;

function operationOf(request: AwsRequest): (typeof OPERATIONS)[number] {
  const { operation } = request;
  const known = OPERATIONS.find((one) => one === operation);
  if (known !== undefined) return known;
  throw new AwsError("NotImplemented", `Secrets Manager has no ${operation} here.`, 501);
}

/** The error names members only: a body may hold a value. */
function read<T>(schema: z.ZodType<T>, request: AwsRequest): T {
  const parsed = schema.safeParse(parseJson(request.body.toString()));
  if (parsed.success) return parsed.data;
  const unknown = parsed.error.issues.find((issue) => issue.code === "unrecognized_keys");
  if (unknown) throw new AwsError("NotImplemented", unknown.message, 501);
  const where = parsed.error.issues.map((issue) => issue.path.join(".")).join(", ");
  throw new AwsError("InvalidParameterException", `Not valid: ${where || "the body"}.`);
}

function json(status: number, body: unknown): AwsReply {
  const headers = { "content-type": "application/x-amz-json-1.1" };
  return { status, headers, body: JSON.stringify(body) };
}
