import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { formScope, type S3Server, startS3 } from "./s3Server.ts";

let server: S3Server;

beforeAll(async () => {
  server = await startS3(null);
  const CorsRules = [
    {
      AllowedOrigins: ["https://*.example.com"],
      AllowedMethods: ["PUT", "POST"],
      AllowedHeaders: ["Content-*"],
      ExposedHeaders: ["ETag"],
      MaxAge: 300,
    },
    { AllowedOrigins: ["*"], AllowedMethods: ["GET"] },
  ];
  server.s3.create({ CorsConfiguration: { CorsRules } }, "media");
  server.s3.create({}, "closed");
});
afterAll(() => server.close());
beforeEach(() => {
  server.needs.length = 0;
});

const stored = (key: string) => server.s3.get("media", key)?.toString() ?? null;

describe("a presigned URL", () => {
  it("lets whoever holds it put and get, with the signer's permissions", async () => {
    const put = await fetch(server.presign("PUT", "/media/a%20b.txt"), {
      method: "PUT",
      body: "hello",
    });
    expect(put.status).toBe(200);
    const get = await fetch(server.presign("GET", "/media/a%20b.txt"));
    expect(await get.text()).toBe("hello");
    expect(server.needs).toEqual([
      { action: "s3:PutObject", resource: "arn:aws:s3:::media/a b.txt" },
      { action: "s3:GetObject", resource: "arn:aws:s3:::media/a b.txt" },
    ]);
  });

  it("that is no longer, or not quite, what was signed is refused", async () => {
    server.s3.put("media", "secret", Buffer.from("secret"));
    const url = server.presign("GET", "/media/secret", { expiresS: 60 });
    await refused(await fetch(url.replace("secret", "other")), 403, "SignatureDoesNotMatch");
    await refused(await fetch(url, { method: "DELETE" }), 403, "SignatureDoesNotMatch");
    const unsigned = await fetch(`${server.url}/media/secret`);
    await refused(unsigned, 403, "MissingAuthenticationTokenException");
    const both = await fetch(url, { headers: { authorization: "AWS4-HMAC-SHA256 x" } });
    await refused(both, 400, "InvalidArgument");
    server.clock.advance(61_000);
    await refused(await fetch(url), 403, "AccessDenied", "Request has expired");
  });

  it("binds the content type that it signed", async () => {
    const headers = { "content-type": "image/png" };
    const url = server.presign("PUT", "/media/typed", { headers });
    const put = (type: string) =>
      fetch(url, { method: "PUT", body: "x", headers: { "content-type": type } });
    await refused(await put("text/html"), 403, "SignatureDoesNotMatch");
    expect((await put("image/png")).status).toBe(200);
  });

  it("made with the checksum of an empty body takes no other body", async () => {
    const query = { "x-amz-checksum-crc32": "AAAAAA==", "x-amz-sdk-checksum-algorithm": "CRC32" };
    const url = server.presign("PUT", "/media/empty", { query });
    await refused(await fetch(url, { method: "PUT", body: "hello" }), 400, "BadDigest");
    expect(stored("empty")).toBeNull();
  });

  it("says how the browser shall show what it gets", async () => {
    server.s3.put("media", "shown", Buffer.from("<b>"));
    const query = { "response-content-type": "text/plain", "response-expires": "0" };
    const reply = await fetch(server.presign("GET", "/media/shown", { query }));
    expect(reply.headers.get("content-type")).toBe("text/plain");
    expect(reply.headers.get("expires")).toBe("0");
  });
});

describe("a form", () => {
  const conditions = (): unknown[] => [
    { bucket: "media" },
    ["starts-with", "$key", "inbox/"],
    ["starts-with", "$Content-Type", "image/"],
    ["content-length-range", 2, 10],
    ["eq", "$x-amz-meta-by", "agent"],
    { success_action_status: "201" },
    ...Object.entries(formScope(server.clock.now())).map(([name, value]) => ({ [name]: value })),
  ];
  const policy = (expiresMs = 60_000) => ({
    expiration: new Date(server.clock.now() + expiresMs).toISOString(),
    conditions: conditions(),
  });
  const fields = {
    key: `inbox/\${filename}`,
    "Content-Type": "image/png",
    "x-amz-meta-by": "agent",
    success_action_status: "201",
  };
  const post = (form: FormData, path = "/media") =>
    fetch(`${server.url}${path}`, { method: "POST", body: form });

  it("uploads what its policy allows", async () => {
    const file = new Blob(["\r\n--x\r\n"]);
    const reply = await post(server.form(policy(), fields, file, "C:\\me\\cat & dog.png"));
    const key = "inbox/cat & dog.png";
    expect(reply.status).toBe(201);
    const location = `${server.url}/media/inbox/cat%20%26%20dog.png`;
    expect(reply.headers.get("location")).toBe(location);
    expect(await reply.text()).toContain("<Key>inbox/cat &amp; dog.png</Key>");
    expect(stored(key)).toBe("\r\n--x\r\n");
    expect(server.needs).toEqual([
      { action: "s3:PutObject", resource: `arn:aws:s3:::media/${key}` },
    ]);
    const get = await fetch(server.presign("GET", "/media/inbox/cat%20%26%20dog.png"));
    expect(get.headers.get("content-type")).toBe("image/png");
    expect(get.headers.get("x-amz-meta-by")).toBe("agent");
  });

  it("answers 204 when it does not say otherwise", async () => {
    const { success_action_status: _, ...quiet } = fields;
    const open = { ...policy(), conditions: conditions().filter((one) => !isStatus(one)) };
    const reply = await post(server.form(open, quiet, new Blob(["image"])), "/media/");
    expect(reply.status).toBe(204);
    expect(await reply.text()).toBe("");
  });

  const image = new Blob(["image"]);
  it.each([
    ["a file too large", fields, new Blob(["01234567890"]), 400, "EntityTooLarge"],
    ["a file too small", fields, new Blob(["0"]), 400, "EntityTooSmall"],
    ["another key", { ...fields, key: "other" }, image, 403, "AccessDenied"],
    ["another type", { ...fields, "Content-Type": "text/html" }, image, 403, "AccessDenied"],
    ["a wrong value", { ...fields, "x-amz-meta-by": "me" }, image, 403, "AccessDenied"],
    ["a field too many", { ...fields, "x-amz-meta-a": "b" }, image, 403, "AccessDenied"],
    ["what is not imitated", { ...fields, acl: "public-read" }, image, 501, "NotImplemented"],
  ])("with %s is refused", async (_, values, file, status, code) => {
    const before = server.s3.list("media", "");
    await refused(await post(server.form(policy(), values, file)), status, code);
    expect(server.s3.list("media", "")).toEqual(before);
  });

  it("with a field that its policy wants and it lacks is refused", async () => {
    const { "Content-Type": _, ...untyped } = fields;
    const reply = await post(server.form(policy(), untyped, image));
    await refused(reply, 403, "AccessDenied", "Policy Condition failed");
  });

  it("in another bucket, too late, or with a changed policy is refused", async () => {
    const elsewhere = await post(server.form(policy(), fields, image), "/closed");
    await refused(elsewhere, 403, "AccessDenied", "$bucket");
    const late = await post(server.form(policy(-1), fields, image));
    await refused(late, 403, "AccessDenied", "Policy expired");
    const changed = server.form(policy(), fields, image);
    changed.set("policy", Buffer.from(JSON.stringify(policy(120_000))).toString("base64"));
    await refused(await post(changed), 403, "SignatureDoesNotMatch");
    const anonymous = new FormData();
    anonymous.append("key", "inbox/a");
    anonymous.append("file", image);
    await refused(await post(anonymous), 403, "AccessDenied");
  });

  it("that is no form, or no policy, is refused", async () => {
    const headers = { "content-type": "multipart/form-data; boundary=x" };
    const send = (body: string) => fetch(`${server.url}/media`, { method: "POST", body, headers });
    await refused(await send("nothing"), 400, "MalformedPOSTRequest");
    await refused(await send('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb'), 400);
    await refused(await send("--x--\r\n"), 400, "InvalidArgument");
    await refused(await post(server.form({}, fields, image)), 400, "InvalidPolicyDocument");
  });
});

describe("another origin", () => {
  const preflight = (path: string, method: string, origin: string, headers = "") =>
    fetch(`${server.url}${path}`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": method,
        "access-control-request-headers": headers,
      },
    });

  it("is told what the bucket's rule allows", async () => {
    const reply = await preflight(
      "/media/a?X-Amz-Signature=x",
      "PUT",
      "https://app.example.com",
      "content-type",
    );
    expect(reply.status).toBe(200);
    expect(Object.fromEntries(reply.headers)).toMatchObject({
      "access-control-allow-origin": "https://app.example.com",
      "access-control-allow-methods": "PUT, POST",
      "access-control-allow-headers": "content-type",
      "access-control-expose-headers": "ETag",
      "access-control-max-age": "300",
      vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
    });
  });

  it.each([
    ["by no origin of the rule", "/media/a", "PUT", "https://example.com", ""],
    ["by no method of the rule", "/media/a", "DELETE", "https://app.example.com", ""],
    ["by no header of the rule", "/media/a", "PUT", "https://app.example.com", "x-other"],
    ["by a bucket without rules", "/closed/a", "GET", "https://app.example.com", ""],
  ])("is refused when asked %s", async (_, path, method, origin, headers) => {
    const reply = await preflight(path, method, origin, headers);
    await refused(reply, 403, "AccessForbidden");
    expect(reply.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("may read replies, and errors too", async () => {
    server.s3.put("media", "open", Buffer.from("open"));
    const headers = { origin: "https://anywhere.test" };
    const reply = await fetch(server.presign("GET", "/media/open"), { headers });
    expect(reply.headers.get("access-control-allow-origin")).toBe("*");
    const missing = await fetch(server.presign("GET", "/media/none"), { headers });
    expect(missing.headers.get("access-control-allow-origin")).toBe("*");
    await refused(missing, 404, "NoSuchKey");
  });
});

/** An error as S3 writes it; the message, when given, is part of it. */
async function refused(reply: Response, status: number, code = "", message = ""): Promise<void> {
  const xml = await reply.text();
  expect(xml).toContain(`<Code>${code}`);
  expect(xml).toContain(message);
  expect(reply.status).toBe(status);
  expect(xml).toContain(`<RequestId>${reply.headers.get("x-amz-request-id")}</RequestId>`);
  expect(xml).toContain("<Resource>/");
}

function isStatus(condition: unknown): boolean {
  return JSON.stringify(condition).includes("success_action_status");
}
