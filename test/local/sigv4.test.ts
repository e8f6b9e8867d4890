import { createServer } from "node:http";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import {
  type Incoming,
  signatureOf,
  signText,
  verifyHeader,
  verifyPolicy,
  verifyPresigned,
} from "../../local/aws/sigv4.ts";

/** Published with the examples of the S3 API Reference; nobody's key. */
const EXAMPLE = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};
const EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const scope = { date: "20130524T000000Z", region: "us-east-1", service: "s3" };
const host = "examplebucket.s3.amazonaws.com";

function secretOf(accessKeyId: string): string | null {
  return accessKeyId === EXAMPLE.accessKeyId ? EXAMPLE.secret : null;
}

describe("the published examples of the S3 API Reference", () => {
  const date = { "x-amz-date": scope.date };
  const examples = [
    {
      name: "GET object with a range",
      method: "GET",
      path: "/test.txt",
      query: "",
      headers: { host, range: "bytes=0-9", "x-amz-content-sha256": EMPTY_HASH, ...date },
      payloadHash: EMPTY_HASH,
      signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    },
    {
      name: "PUT object with a dollar in its key",
      method: "PUT",
      path: "/test$file.text",
      query: "",
      headers: {
        date: "Fri, 24 May 2013 00:00:00 GMT",
        host,
        "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
        ...date,
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
      },
      payloadHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
      signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    },
    {
      name: "GET with a parameter that has no value",
      method: "GET",
      path: "/",
      query: "lifecycle",
      headers: { host, "x-amz-content-sha256": EMPTY_HASH, ...date },
      payloadHash: EMPTY_HASH,
      signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    },
    {
      name: "GET with two parameters",
      method: "GET",
      path: "/",
      query: "prefix=J&max-keys=2",
      headers: { host, "x-amz-content-sha256": EMPTY_HASH, ...date },
      payloadHash: EMPTY_HASH,
      signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    },
  ];

  it.each(examples)("$name", ({ query, headers, signature, ...rest }) => {
    const signable = {
      ...rest,
      query: new URLSearchParams(query),
      headers,
      signedHeaders: Object.keys(headers),
    };
    expect(signatureOf(signable, EXAMPLE.secret, scope)).toBe(signature);
  });

  it("POST policy", () => {
    const policy =
      '{ "expiration": "2015-12-30T12:00:00.000Z",\r\n  "conditions": [\r\n' +
      '    {"bucket": "sigv4examplebucket"},\r\n    ["starts-with", "$key", "user/user1/"],\r\n' +
      '    {"acl": "public-read"},\r\n    {"success_action_redirect": ' +
      '"http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},\r\n' +
      '    ["starts-with", "$Content-Type", "image/"],\r\n' +
      '    {"x-amz-meta-uuid": "14365123651274"},\r\n' +
      '    {"x-amz-server-side-encryption": "AES256"},\r\n' +
      '    ["starts-with", "$x-amz-meta-tag", ""],\r\n\r\n    {"x-amz-credential": ' +
      '"AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},\r\n' +
      '    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},\r\n' +
      '    {"x-amz-date": "20151229T000000Z" }\r\n  ]\r\n}';
    const base64 = Buffer.from(policy).toString("base64");
    const signed = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e";
    expect(signText(base64, EXAMPLE.secret, { ...scope, date: "20151229T000000Z" })).toBe(signed);
    const fields = new Map([
      ["policy", base64],
      ["x-amz-algorithm", "AWS4-HMAC-SHA256"],
      ["x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"],
      ["x-amz-date", "20151229T000000Z"],
      ["x-amz-signature", signed],
    ]);
    expect(verifyPolicy(fields, secretOf).accessKeyId).toBe(EXAMPLE.accessKeyId);
    const other = new Map([...fields, ["policy", Buffer.from("{}").toString("base64")]]);
    expect(() => verifyPolicy(other, secretOf)).toThrow(named("SignatureDoesNotMatch"));
  });
});

describe("a presigned URL", () => {
  const signedAt = Date.parse("2013-05-24T00:00:00Z");
  const parameters = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request",
    "X-Amz-Date": scope.date,
    "X-Amz-Expires": "86400",
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
  };
  const get = (query: Record<string, string>, more: Partial<Incoming> = {}): Incoming => ({
    method: "GET",
    path: "/test.txt",
    query: new URLSearchParams({ ...parameters, ...query }),
    headers: { host },
    body: Buffer.alloc(0),
    ...more,
  });

  it("is good to its last second, as the published example", () => {
    const lastSecond = signedAt + 86_400_000;
    expect(verifyPresigned(get({}), secretOf, lastSecond).accessKeyId).toBe(EXAMPLE.accessKeyId);
    const expired = () => verifyPresigned(get({}), secretOf, lastSecond + 1000);
    expect(expired).toThrow(named("AccessDenied", "Request has expired"));
  });

  it("is not good long before it was signed", () => {
    const early = () => verifyPresigned(get({}), secretOf, signedAt - 16 * 60_000);
    expect(early).toThrow(named("AccessDenied", "Request is not valid yet"));
  });

  it.each([
    ["another path", get({}, { path: "/test2.txt" }), "SignatureDoesNotMatch"],
    ["another method", get({}, { method: "PUT" }), "SignatureDoesNotMatch"],
    ["another host", get({}, { headers: { host: "other" } }), "SignatureDoesNotMatch"],
    ["one more parameter", get({ "response-expires": "0" }), "SignatureDoesNotMatch"],
    ["a longer life", get({ "X-Amz-Expires": "86401" }), "SignatureDoesNotMatch"],
    ["a short signature", get({ "X-Amz-Signature": "aeee" }), "SignatureDoesNotMatch"],
    ["more than a week", get({ "X-Amz-Expires": "604801" }), "AuthorizationQueryParametersError"],
    ["no life", get({ "X-Amz-Expires": "0" }), "AuthorizationQueryParametersError"],
    [
      "an unsigned x-amz- header",
      get({}, { headers: { host, "x-amz-meta-a": "b" } }),
      "AccessDenied",
    ],
    [
      "another region",
      get({ "X-Amz-Credential": "AKIAIOSFODNN7EXAMPLE/20130524/eu-west-1/s3/aws4_request" }),
      "AuthorizationHeaderMalformed",
    ],
    [
      "somebody's key",
      get({ "X-Amz-Credential": "AKIAOTHER/20130524/us-east-1/s3/aws4_request" }),
      "InvalidAccessKeyId",
    ],
  ])("is refused with %s", (_, request, code) => {
    expect(() => verifyPresigned(request, secretOf, signedAt)).toThrow(named(code));
  });
});

describe("a signed header", () => {
  const credentials = { accessKeyId: EXAMPLE.accessKeyId, secretAccessKey: EXAMPLE.secret };
  const s3 = (endpoint: string) =>
    new S3Client({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });

  it("is what the SDK signs for S3, whatever the key is called", async () => {
    const Key = "a b+c(1)*'é~!/$&=@:,;?#/%2F.txt";
    const request = await heard((endpoint) =>
      s3(endpoint).send(new GetObjectCommand({ Bucket: "b", Key })),
    );
    expect(verifyHeader(request, secretOf)).toMatchObject({ ...pick(EXAMPLE), service: "s3" });
  });

  it("is what the SDK signs for a service with JSON", async () => {
    const request = await heard((endpoint) =>
      new DynamoDBClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 }).send(
        new ListTablesCommand({}),
      ),
    );
    expect(verifyHeader(request, secretOf).service).toBe("dynamodb");
    const other = { ...request, body: Buffer.from('{"Limit":1}') };
    expect(() => verifyHeader(other, secretOf)).toThrow();
    expect(() => verifyHeader(request, () => "other")).toThrow(named("InvalidSignatureException"));
    expect(() => verifyHeader(request, () => null)).toThrow(named("UnrecognizedClientException"));
  });

  it("covers the body by its hash", async () => {
    const request = await heard((endpoint) =>
      s3(endpoint).send(new PutObjectCommand({ Bucket: "b", Key: "k", Body: "hello" })),
    );
    const other = { ...request, body: Buffer.from("jello") };
    expect(verifyHeader(request, secretOf).accessKeyId).toBe(EXAMPLE.accessKeyId);
    expect(() => verifyHeader(other, secretOf)).toThrow(named("XAmzContentSHA256Mismatch"));
    const { "x-amz-content-sha256": _, ...headers } = request.headers;
    expect(() => verifyHeader({ ...request, headers }, secretOf)).toThrow(named("InvalidRequest"));
  });

  it("is missed when it is not there, and told when it is broken", () => {
    const bare: Incoming = {
      method: "GET",
      path: "/",
      query: new URLSearchParams(),
      headers: { host },
      body: Buffer.alloc(0),
    };
    expect(() => verifyHeader(bare, secretOf)).toThrow(
      named("MissingAuthenticationTokenException"),
    );
    const broken = { ...bare, headers: { host, authorization: "Bearer x" } };
    expect(() => verifyHeader(broken, secretOf)).toThrow(named("IncompleteSignatureException"));
  });

  it("sorts parameters by name, even where one name begins another", async () => {
    const request = await heard((endpoint) => {
      const client = s3(endpoint);
      client.middlewareStack.add(
        (next) => (args) => {
          Object.assign(args.request as object, { query: { "a-b": "1", a: ["2", "1"], aa: "!" } });
          return next(args);
        },
        { step: "build" },
      );
      return client.send(new GetObjectCommand({ Bucket: "b", Key: "k" }));
    });
    expect([...request.query.keys()]).toContain("a-b");
    expect(verifyHeader(request, secretOf)).toMatchObject(pick(EXAMPLE));
  });
});

/** What a client sends, as the gateway would hear it. */
async function heard(send: (endpoint: string) => Promise<unknown>): Promise<Incoming> {
  const { promise, resolve } = Promise.withResolvers<Incoming>();
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const [path = "", query] = incoming.url?.split("?", 2) ?? [];
    resolve({
      method: incoming.method ?? "",
      path,
      query: new URLSearchParams(query),
      headers: Object.fromEntries(
        Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
      ),
      body: Buffer.concat(chunks),
    });
    outgoing.writeHead(404, { connection: "close" }).end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  await expect(send(`http://127.0.0.1:${address.port}`)).rejects.toThrow();
  await new Promise((closed) => server.close(closed));
  return promise;
}

function pick({ accessKeyId }: { accessKeyId: string }): { accessKeyId: string } {
  return { accessKeyId };
}

function named(code: string, message?: string): unknown {
  return expect.objectContaining(message === undefined ? { code } : { code, message });
}
