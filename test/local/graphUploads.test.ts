import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { errorOf, GraphRig, NUMBER } from "./graphRig.ts";
import { subcodeOf, TemplateRig } from "./graphTemplateRig.ts";

let rig: GraphRig;

beforeEach(async () => {
  rig = new GraphRig();
  await rig.start();
});
afterEach(() => rig.stop());

const JPEG = Buffer.concat([Buffer.from("ffd8ffe0", "hex"), Buffer.alloc(996)]);

const begin = async (type = "image/jpeg", length: unknown = JPEG.length) => {
  const query = new URLSearchParams({
    file_name: "a",
    file_length: String(length),
    file_type: type,
  });
  return rig.call("POST", `${NUMBER.appId}/uploads?${query}`);
};
const ask = async (
  id: unknown,
  { offset, body, scheme = "OAuth" }: { offset?: number; body?: Buffer; scheme?: string },
) => {
  const response = await fetch(`${rig.base}/graph/v25.0/${String(id)}`, {
    method: body === undefined ? "GET" : "POST",
    headers: {
      authorization: `${scheme} ${NUMBER.accessToken}`,
      ...(offset !== undefined && { file_offset: String(offset) }),
    },
    ...(body !== undefined && { body: new Uint8Array(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const uploaded = async (type = "image/jpeg", body = JPEG) => {
  const { id } = (await begin(type, body.length)).body;
  return String((await ask(id, { offset: 0, body })).body.h);
};
const withHeader = (format: string, handle: string) =>
  new TemplateRig(rig).create("order", {
    components: [
      { type: "header", format, example: { header_handle: [handle] } },
      { type: "body", text: "It is ready." },
    ],
  });

describe("a resumable upload", () => {
  test("answers a handle that a header takes", async () => {
    const { id } = (await begin()).body;
    expect(id).toMatch(/^upload:MTph[\w-]+\?sig=[\w-]+$/);
    const { body } = await ask(id, { offset: 0, body: JPEG });
    expect(body).toEqual({ h: expect.stringMatching(/^4::/) });
    expect((await withHeader("IMAGE", String(body.h))).status).toBe(200);
  });

  test("goes on where it stopped, in the next process too", async () => {
    const { id } = (await begin()).body;
    const half = JPEG.subarray(0, 400);
    expect((await ask(id, { offset: 0, body: half })).body).toMatchObject({ file_offset: 400 });
    await rig.restart();
    expect((await ask(id, {})).body).toMatchObject({ file_offset: 400 });
    expect(errorOf(await ask(id, { offset: 0, body: JPEG })).code).toBe(100);
    const rest = await ask(id, { offset: 400, body: JPEG.subarray(400) });
    expect((await withHeader("IMAGE", String(rest.body.h))).status).toBe(200);
  });

  test("keeps what came before the connection broke", async () => {
    const { id } = (await begin()).body;
    const socket = connect(Number(new URL(rig.base).port), "127.0.0.1");
    const lines = [
      `POST /graph/v25.0/${String(id)} HTTP/1.1`,
      "Host: 127.0.0.1",
      `Authorization: OAuth ${NUMBER.accessToken}`,
      "file_offset: 0",
      `Content-Length: ${JPEG.length}`,
    ];
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    socket.write(JPEG.subarray(0, 300), () => socket.end());
    await expect.poll(async () => (await ask(id, {})).body.file_offset).toBe(300);
  });

  test.each([
    ["image/gif", 10],
    ["image/jpeg", 0],
    ["image/jpeg", 101 * 1024 * 1024],
    ["image/jpeg", "many"],
  ])("does not begin with %s of %s bytes", async (type, length) => {
    expect(errorOf(await begin(type, length)).code).toBe(100);
  });

  test("takes OAuth, its signature, the bytes that were announced and its type alone", async () => {
    const { id } = (await begin()).body;
    const body = JPEG;
    expect(errorOf(await ask(id, { offset: 0, body, scheme: "Bearer" })).code).toBe(190);
    expect(errorOf(await ask(String(id).split("?")[0], { offset: 0, body })).code).toBe(100);
    expect(errorOf(await ask("upload:MTphno?sig=a", { offset: 0, body })).error_subcode).toBe(33);
    expect(errorOf(await ask(id, { body })).code).toBe(100);
    const more = Buffer.concat([JPEG, JPEG]);
    expect(errorOf(await ask(id, { offset: 0, body: more })).code).toBe(100);
    const liar = (await begin("video/mp4")).body.id;
    expect(errorOf(await ask(liar, { offset: 0, body })).code).toBe(100);
  });

  test("is the only thing that a header takes, and of its own format", async () => {
    const handle = await uploaded();
    expect(subcodeOf(await withHeader("VIDEO", handle))).toBe(2388273);
    expect(subcodeOf(await withHeader("IMAGE", `${handle}x`))).toBe(2388273);
    expect(subcodeOf(await withHeader("IMAGE", "https://x.example/a.jpg"))).toBe(2388273);
    rig.graph.addNumber({ ...NUMBER, appId: "600000000000009" });
    expect(subcodeOf(await withHeader("IMAGE", handle))).toBe(2388273);
  });
});
