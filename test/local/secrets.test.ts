import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AwsError } from "../../local/parts.ts";
import { Secrets } from "../../local/secrets.ts";
import { SqliteState } from "../../local/state.ts";
import { serveDoor } from "./doorServer.ts";

const state = SqliteState.open(null);
const secrets = new Secrets({ state });
let server: Awaited<ReturnType<typeof serveDoor>>;
let client: SecretsManagerClient;

beforeAll(async () => {
  server = await serveDoor(secrets);
  client = new SecretsManagerClient(server.client);
});
afterAll(() => server.close());

const arnOf = (name: string) => `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}`;

function define(properties: Record<string, unknown>, name: string): string {
  const arn = `${arnOf(name)}-AbC123`;
  secrets.define(properties, name, arn);
  return arn;
}

const get = (SecretId: string, more: { VersionStage?: string; VersionId?: string } = {}) =>
  client.send(new GetSecretValueCommand({ SecretId, ...more }));

const put = (SecretId: string, SecretString: string, ClientRequestToken?: string) =>
  client.send(new PutSecretValueCommand({ SecretId, SecretString, ClientRequestToken }));

test("a secret is read by its name, its ARN and its ARN without the suffix", async () => {
  const arn = define({ SecretString: "from the template" }, "keys");
  for (const id of ["keys", arn, arnOf("keys")]) {
    expect(await get(id)).toMatchObject({
      ARN: arn,
      Name: "keys",
      SecretString: "from the template",
      VersionStages: ["AWSCURRENT"],
      CreatedDate: expect.any(Date),
    });
  }
});

test("each call needs its own permission on the secret's full ARN", async () => {
  const arn = define({}, "guarded");
  server.asked.length = 0;
  await get("guarded");
  await put(arnOf("guarded"), "x");
  await get("nobody").catch(() => null);
  expect(server.asked).toEqual([
    { action: "secretsmanager:GetSecretValue", resource: arn },
    { action: "secretsmanager:PutSecretValue", resource: arn },
    { action: "secretsmanager:GetSecretValue", resource: arnOf("nobody") },
  ]);
});

test("a generated value fills the template's key and holds every kind of character", async () => {
  const GenerateSecretString = {
    PasswordLength: 40,
    ExcludePunctuation: true,
    ExcludeCharacters: "abc",
    SecretStringTemplate: '{"user":"parley"}',
    GenerateStringKey: "password",
  };
  define({ Description: "d", GenerateSecretString }, "generated");
  const value = JSON.parse((await get("generated")).SecretString!);
  expect(value).toEqual({ user: "parley", password: expect.stringMatching(/^[a-zA-Z0-9]{40}$/) });
  expect(value.password).toMatch(/[d-z]/);
  expect(value.password).toMatch(/[A-Z]/);
  expect(value.password).toMatch(/[0-9]/);
  expect(value.password).not.toMatch(/[abc]/);
});

test("a value is made once: it outlives a restart and another template", async () => {
  define({}, "once");
  const before = await get("once");
  const restarted = new Secrets({ state });
  restarted.define({ SecretString: "other" }, "once", `${arnOf("once")}-AbC123`);
  expect((await get("once")).SecretString).toBe(before.SecretString);
  expect(before.SecretString).toHaveLength(32);
});

test("a new value moves the stages, and the one before can still be read", async () => {
  define({ SecretString: "first" }, "rotated");
  const first = await get("rotated");
  const second = await put("rotated", "second");
  expect(second.VersionStages).toEqual(["AWSCURRENT"]);
  expect((await get("rotated")).SecretString).toBe("second");
  expect(await get("rotated", { VersionStage: "AWSPREVIOUS" })).toMatchObject({
    SecretString: "first",
    VersionStages: ["AWSPREVIOUS"],
  });
  expect((await get("rotated", { VersionId: first.VersionId! })).SecretString).toBe("first");
});

test("the same request token again changes nothing; with another value it is refused", async () => {
  define({ SecretString: "first" }, "repeated");
  const token = "0f8fad5b-d9cb-469f-a165-70867728950e";
  await put("repeated", "second", token);
  await put("repeated", "second", token);
  expect((await get("repeated", { VersionStage: "AWSPREVIOUS" })).SecretString).toBe("first");
  await expect(put("repeated", "third", token)).rejects.toMatchObject({
    name: "ResourceExistsException",
  });
});

test("an unknown secret, stage or version is ResourceNotFoundException", async () => {
  define({ SecretString: "only" }, "single");
  const notFound = { name: "ResourceNotFoundException" };
  await expect(get("nobody")).rejects.toMatchObject(notFound);
  await expect(get("single", { VersionStage: "AWSPREVIOUS" })).rejects.toMatchObject(notFound);
  const VersionId = "0f8fad5b-d9cb-469f-a165-70867728950e";
  await expect(get("single", { VersionId })).rejects.toMatchObject(notFound);
});

test("a secret made by a call is there from then on, also after a restart", async () => {
  const create = (SecretString: string) =>
    client.send(new CreateSecretCommand({ Name: "stage/apps/one", SecretString }));
  const { ARN } = await create("first");
  expect(ARN?.replace(/-[0-9a-f]{6}$/, "")).toBe(arnOf("stage/apps/one"));
  expect(await get("stage/apps/one")).toMatchObject({ SecretString: "first", ARN });
  await expect(create("other")).rejects.toMatchObject({ name: "ResourceExistsException" });
  await put("stage/apps/one", "second");
  const restarted = new Secrets({ state });
  const again = await serveDoor(restarted);
  const reader = new SecretsManagerClient(again.client);
  const SecretId = "stage/apps/one";
  const found = await reader.send(new GetSecretValueCommand({ SecretId }));
  expect(found).toMatchObject({ SecretString: "second", ARN });
  await again.close();
});

test("what is not imitated is refused, and no refusal holds a value", async () => {
  const list = client.send(new ListSecretsCommand({}));
  await expect(list).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
  const staged = new PutSecretValueCommand({
    SecretId: "single",
    SecretString: "hush",
    VersionStages: ["AWSPENDING"],
  });
  const refused = await client.send(staged).catch((error: unknown) => error);
  expect(refused).toMatchObject({ $metadata: { httpStatusCode: 501 } });
  expect(String(refused)).not.toContain("hush");
  await expect(put("single", "")).rejects.toMatchObject({ name: "InvalidParameterException" });
  expect(() => secrets.define({ ReplicaRegions: [] }, "far", arnOf("far"))).toThrow();
});

test("AccessDenied is a 400, as in every JSON 1.1 service", () => {
  const reply = secrets.fail(new AwsError("AccessDeniedException", "no", 403));
  expect(reply.status).toBe(400);
});
