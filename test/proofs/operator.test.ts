import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT_KEY } from "../../local/access.ts";
import { type OpenCloud, openCloud } from "../../local/open.ts";
import { REGION } from "../../local/parts.ts";
import { ARCHIVE } from "../../shared/grants.ts";

/** The operator's commands as they are typed, on a laptop cloud in the place of AWS. */
const ROOT = join(import.meta.dirname, "../..");
const COMMAND_MS_MAX = 60_000;
const LONG = { timeout: 120_000 };
const PARKED_MS_MAX = 30_000;

/** The grant without which no fact is told, and every record ends up parked. */
const PUBLISHING = /^Publish.* may sqs:SendMessage on .*-facts$/;

interface Ended {
  readonly code: number | string;
  readonly out: string;
  readonly error: string;
}

let open: OpenCloud;

beforeAll(async () => {
  const assembly = join(ROOT, "cdk.out");
  open = await openCloud({ assembly, directory: null, port: 0, empty: true });
});
afterAll(() => open.cloud.stop());

function run(command: "workspace" | "replay", ...flags: string[]): Promise<Ended> {
  const { cloud } = open;
  const env = {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: cloud.gatewayUrl,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: ROOT_KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ROOT_KEY.secretAccessKey,
  };
  const script = join(ROOT, "infra/commands", `${command}.ts`);
  const options = { env, timeout: COMMAND_MS_MAX };
  return new Promise((done) => {
    execFile(process.execPath, [script, ...flags], options, (failure, out, error) =>
      done({ code: failure?.code ?? 0, out, error }),
    );
  });
}

describe("npm run workspace", () => {
  test("prints a key that the API knows as the admin of the new workspace", async () => {
    const { template, url } = open.cloud;
    const tables = ["--truth", template.output("TruthTable")];
    tables.push("--derived", template.output("DerivedTable"));
    const { code, out } = await run("workspace", "--stage", "dev", "--name", "Acme Ltd", ...tables);
    expect(code).toBe(0);
    const [, id] = /workspace +(wsp_\w+)/.exec(out)!;
    const [, key] = /admin key +(\S+)/.exec(out)!;
    const reply = await fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${key}` } });
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({ workspaceId: id, role: "admin" });
  });

  test.each([
    [["--stage", "dev", "--name", "x", "--force"], "--force"],
    [["--stage", "dev"], "--name is required"],
    [["--name", "x"], "--stage is required"],
    [["--stage", "local", "--name", "x"], "--stage is required"],
    [["--stage", "dev", "--name", "x", "--truth", "a b"], "--truth does not look right"],
    [["--stage", "dev", "--name", "x"], "Give it with --truth"],
  ])("%j is refused with what to do", async (flags, message) => {
    const { code, out, error } = await run("workspace", ...flags);
    expect([code, out]).toEqual([1, ""]);
    expect(error).toContain(message);
  });
});

describe("npm run replay", () => {
  const archive = () => open.cloud.template.output("ArchiveBucket");
  const parked = () => open.cloud.s3.list(archive(), ARCHIVE.parked);
  const replay = () => run("replay", "--stage", "dev", "--archive", archive());

  test(
    "finishes what was parked when its cause is mended, and leaves it until then",
    LONG,
    async () => {
      const { cloud, tenants } = open;
      expect((await replay()).out).toBe("0 batches done, 0 stay parked.\n");

      const grant = cloud.iam.grants().find(({ text }) => PUBLISHING.test(text))!;
      const mend = cloud.iam.withdraw(grant.id);
      const { adminKey } = await tenants.create("Parked");
      await addContact(adminKey);
      await expect.poll(() => parked().length, { timeout: PARKED_MS_MAX }).toBeGreaterThan(0);
      await cloud.settle();
      const count = parked().length;

      const early = await replay();
      expect(early.code).toBe(1);
      expect(early.out).toContain(`0 batches done, ${count} stay parked.`);
      expect(early.out).toContain("not authorized to perform: sqs:SendMessage");
      expect(parked()).toHaveLength(count);

      mend();
      const late = await replay();
      expect(late.out).toContain(`${count} batches done, 0 stay parked.`);
      expect([late.code, parked()]).toEqual([0, []]);
      await cloud.settle();
      const told = cloud.bus.recent().map(({ event }) => event["detail-type"]);
      expect(told).toContain("contact.created");
    },
  );

  test("refuses a flag that it does not know, and needs a stage", async () => {
    expect((await run("replay", "--stage", "dev", "--all")).error).toContain("--all");
    expect((await run("replay")).error).toContain("--stage is required");
    expect((await run("replay", "--help")).out).toContain("npm run replay");
  });
});

/** Something that facts follow from. */
async function addContact(key: string): Promise<void> {
  const reply = await fetch(`${open.cloud.url}/v1/contacts`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ name: "Ada", identities: [{ kind: "phone", value: "+447700900001" }] }),
  });
  expect(reply.status).toBe(201);
}
