import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { errorOf, GraphRig, NUMBER } from "./graphRig.ts";

let rig: GraphRig;

beforeEach(async () => {
  rig = new GraphRig();
  await rig.start();
});
afterEach(() => rig.stop());

const DAY_MS = 86_400_000;
const OTHER = { ...NUMBER, phoneNumberId: "300000000000002", displayNumber: "15550100002" };
const MB = 1024 * 1024;

/** The first bytes of each kind, and then as many as wanted. */
const bytes = (hex: string, size = 64) =>
  Buffer.concat([Buffer.from(hex, "hex"), Buffer.alloc(size)]).subarray(0, size);
const JPEG = bytes("ffd8ffe0");
const png = (depth: string, colour: string) =>
  bytes(`89504e470d0a1a0a0000000d494844520000000100000001${depth}${colour}`);
const PNG = png("08", "06");
const MP4 = bytes("00000018667479706d703432");
const PDF = bytes("255044462d312e37");
const ogg = (channels: string) => {
  const head = Buffer.from("OpusHead").toString("hex");
  return bytes(`4f67675300020000000000000000000000000000000000000000011e${head}01${channels}`);
};
const webp = (flags: string, side: string, size = 64) =>
  bytes(`524946460000000057454250565038580a000000${flags}000000${side}${side}`, size);

const formOf = (content: Buffer, type: string, more: Readonly<Record<string, string>> = {}) => {
  const form = new FormData();
  for (const [key, value] of Object.entries({ messaging_product: "whatsapp", type, ...more })) {
    form.set(key, value);
  }
  form.set("file", new Blob([new Uint8Array(content)], { type }), "file");
  return form;
};
const post = async (
  path: string,
  body: FormData | string,
  phoneNumberId = NUMBER.phoneNumberId,
) => {
  const response = await fetch(`${rig.base}/graph/v25.0/${phoneNumberId}/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${NUMBER.accessToken}` },
    body,
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};
const upload = async (content: Buffer, type: string) => {
  const { status, body } = await post("media", formOf(content, type));
  expect(status, JSON.stringify(body)).toBe(200);
  return String(body.id);
};
const look = (id: string, phoneNumberId = NUMBER.phoneNumberId) =>
  rig.call("GET", `${id}?phone_number_id=${phoneNumberId}`);
const fetched = (url: unknown, token: string | null = NUMBER.accessToken) =>
  fetch(String(url), token === null ? {} : { headers: { authorization: `Bearer ${token}` } });

describe("an upload", () => {
  test("has an id, an address for five minutes, and its bytes for who has the token", async () => {
    const id = await upload(JPEG, "image/jpeg");
    expect(id).toMatch(/^\d{15}$/);
    const { body } = await look(id);
    expect(body).toEqual({
      messaging_product: "whatsapp",
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1/),
      mime_type: "image/jpeg",
      sha256: createHash("sha256").update(JPEG).digest("hex"),
      file_size: String(JPEG.length),
      id,
    });
    const reply = await fetched(body.url);
    expect(reply.headers.get("content-type")).toBe("image/jpeg");
    expect(Buffer.from(await reply.arrayBuffer()).equals(JPEG)).toBe(true);
    expect((await fetched(body.url, null)).status).toBe(401);
    expect((await fetched(body.url, "wrong")).status).toBe(401);
    const forged = new URL(String(body.url));
    forged.searchParams.set("ext", "9999999999");
    expect((await fetched(forged)).status).toBe(404);
    rig.offsetMs += 5 * 60_000;
    expect((await fetched(body.url)).status).toBe(404);
    expect((await fetched((await look(id)).body.url)).status).toBe(200);
  });

  test("lives 30 days, outlives the process, and can be deleted", async () => {
    const [id, other] = [await upload(JPEG, "image/jpeg"), await upload(PNG, "image/png")];
    await rig.restart();
    expect((await fetched((await look(id)).body.url)).status).toBe(200);
    const { url } = (await look(other)).body;
    expect(
      (await rig.call("DELETE", `${other}?phone_number_id=${NUMBER.phoneNumberId}`)).body,
    ).toEqual({ success: true });
    expect((await fetched(url)).status).toBe(404);
    expect(errorOf(await look(other)).code).toBe(100);
    rig.offsetMs += 30 * DAY_MS - 60_000;
    expect((await look(id)).status).toBe(200);
    rig.offsetMs += 60_000;
    expect(errorOf(await look(id)).code).toBe(100);
  });

  test("belongs to one number", async () => {
    rig.graph.addNumber(OTHER);
    const id = await upload(JPEG, "image/jpeg");
    expect(errorOf(await look(id, OTHER.phoneNumberId)).code).toBe(100);
    const image = {
      messaging_product: "whatsapp",
      to: "+447700900001",
      type: "image",
      image: { id },
    };
    expect((await post("messages", JSON.stringify(image))).status).toBe(200);
    const refused = await post("messages", JSON.stringify(image), OTHER.phoneNumberId);
    expect(errorOf(refused).code).toBe(100);
  });

  test.each<[string, Buffer, string]>([
    ["a PNG", PNG, "image/png"],
    ["an image of 5 MB", bytes("ffd8ffe0", 5 * MB), "image/jpeg"],
    ["a video", MP4, "video/mp4"],
    ["an old video", bytes("00000018667479703367703400"), "video/3gpp"],
    ["a voice note", ogg("01"), "audio/ogg; codecs=opus"],
    ["AAC", bytes("fff1"), "audio/aac"],
    ["AMR", bytes("2321414d520a"), "audio/amr"],
    ["MP3", bytes("fffb"), "audio/mpeg"],
    ["MP4 without a picture", MP4, "audio/mp4"],
    ["a PDF", PDF, "application/pdf"],
    ["a text", Buffer.from("Grüß Gott"), "text/plain"],
    ["an old document", bytes("d0cf11e0a1b11ae1"), "application/msword"],
    [
      "a table",
      bytes("504b0304"),
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ],
    ["a sticker", webp("10", "ff0100", 100 * 1024), "image/webp"],
    ["a moving sticker", webp("02", "ff0100", 500 * 1024), "image/webp"],
  ])("takes %s", async (_, content, type) => {
    expect((await look(await upload(content, type))).body).toMatchObject({ mime_type: type });
  });

  test.each<[number, string, Buffer, string]>([
    [100, "a type that Meta does not send", bytes("474946383961"), "image/gif"],
    [100, "audio of a browser", ogg("01"), "audio/opus"],
    [131053, "a PDF that says it is a JPEG", PDF, "image/jpeg"],
    [131053, "a palette", png("08", "03"), "image/png"],
    [131053, "16 bits a channel", png("10", "02"), "image/png"],
    [131053, "stereo", ogg("02"), "audio/ogg"],
    [131053, "binary text", Buffer.from([65, 0, 66]), "text/plain"],
    [131053, "nothing", Buffer.alloc(0), "text/plain"],
    [131053, "an image over 5 MB", bytes("ffd8ffe0", 5 * MB + 1), "image/jpeg"],
    [131053, "a video over 16 MB", bytes("00000018667479706d703432", 16 * MB + 1), "video/mp4"],
    [131053, "a small sticker", webp("10", "ff0000"), "image/webp"],
    [131053, "a sticker over 100 KB", webp("10", "ff0100", 100 * 1024 + 1), "image/webp"],
  ])("is refused with %i: %s", async (code, _, content, type) => {
    const refused = await post("media", formOf(content, type));
    expect(refused.status).toBe(400);
    expect(errorOf(refused).code).toBe(code);
  });

  test("is refused without its form", async () => {
    const noProduct = formOf(JPEG, "image/jpeg");
    noProduct.delete("messaging_product");
    const noFile = formOf(JPEG, "image/jpeg");
    noFile.delete("file");
    const stray = formOf(JPEG, "image/jpeg", { colour: "red" });
    for (const form of [noProduct, noFile, stray, "{}"]) {
      expect(errorOf(await post("media", form)).code).toBe(100);
    }
  });
});

describe("what a customer sends", () => {
  const send = (more: object) =>
    rig.sim("inbound", { from: "+447700900001", content: { type: "media", ...more } });
  const heard = async () => {
    await rig.idle();
    return rig.told.flatMap((one) => ("value" in one ? (one.value.messages ?? []) : []));
  };
  const contentBase64 = JPEG.toString("base64");
  const file = { mime_type: "image/jpeg", id: expect.any(String), url: expect.any(String) };

  test("comes as Meta says it, with its bytes for seven days", async () => {
    const photo = { kind: "image", contentBase64, mimeType: "image/jpeg", caption: "Look" };
    expect((await send(photo)).status).toBe(200);
    const [message] = await heard();
    const sha256 = createHash("sha256").update(JPEG).digest("base64");
    expect(message).toMatchObject({ type: "image", image: { ...file, caption: "Look", sha256 } });
    const { id, url } = message!.image as { id: string; url: string };
    expect(Buffer.from(await (await fetched(url)).arrayBuffer()).equals(JPEG)).toBe(true);
    rig.offsetMs += 7 * DAY_MS - 60_000;
    expect((await look(id)).status).toBe(200);
    rig.offsetMs += 60_000;
    expect(errorOf(await look(id)).code).toBe(100);
  });

  test("may be of any type, recorded, named or moving", async () => {
    const mimeType = "application/x-anything";
    await send({ kind: "audio", contentBase64, mimeType: "audio/ogg; codecs=opus", voice: true });
    await send({ kind: "document", contentBase64, mimeType, filename: "a.bin" });
    const moving = webp("02", "ff0100").toString("base64");
    await send({ kind: "sticker", contentBase64: moving, mimeType: "image/webp" });
    expect(await heard()).toMatchObject([
      { type: "audio", audio: { voice: true, mime_type: "audio/ogg; codecs=opus" } },
      { type: "document", document: { filename: "a.bin", mime_type: mimeType } },
      { type: "sticker", sticker: { animated: true } },
    ]);
  });

  test("may be larger than a callback", async () => {
    const large = bytes("ffd8ff", 4 * MB).toString("base64");
    await send({ kind: "image", contentBase64: large, mimeType: "image/jpeg" });
    expect(await heard()).toHaveLength(1);
  });

  test.each([
    { kind: "song", contentBase64, mimeType: "image/jpeg" },
    { kind: "image", mimeType: "image/jpeg" },
    { kind: "image", contentBase64: "#", mimeType: "image/jpeg" },
    { kind: "image", contentBase64, mimeType: "jpeg" },
  ])("is refused at the door when it is odd: %#", async (more) => {
    expect((await send(more)).status).toBe(422);
  });

  test("is shown by the phone, where it is harmless", async () => {
    await send({ kind: "image", contentBase64, mimeType: "text/html" });
    const [message] = await heard();
    const { id } = message!.image as { id: string };
    const reply = await fetch(`${rig.base}/sim/graph/media?id=${id}`);
    expect(reply.headers.get("content-type")).toBe("text/html");
    expect(reply.headers.get("content-disposition")).toBe("attachment");
    expect(reply.headers.get("content-security-policy")).toContain("sandbox");
    expect(Buffer.from(await reply.arrayBuffer()).equals(JPEG)).toBe(true);
    expect((await rig.sim("media?id=1")).status).toBe(404);
  });
});

describe("media that a business sends", () => {
  const failed = async (type: string, body: object) => {
    await rig.write();
    expect((await rig.send({ type, [type]: body })).status).toBe(200);
    return rig.statuses();
  };

  test.each<[string, Buffer, string, object]>([
    ["image", JPEG, "image/jpeg", { caption: "Look" }],
    ["audio", ogg("01"), "audio/ogg", { voice: true }],
    ["document", PDF, "application/pdf", { filename: "a.pdf" }],
  ])("goes out by its id: %s", async (type, content, mimeType, more) => {
    const id = await upload(content, mimeType);
    expect(await failed(type, { id, ...more })).toMatchObject([
      { status: "sent" },
      { status: "delivered" },
    ]);
    expect(await rig.ledger()).toMatchObject([{ content: { type, [type]: { id, ...more } } }]);
  });

  test.each<[string, Buffer, string, object]>([
    ["video", JPEG, "image/jpeg", {}],
    ["audio", MP4, "audio/mp4", { voice: true }],
  ])("fails later when it is of another type: %s", async (type, content, mimeType, more) => {
    const id = await upload(content, mimeType);
    expect(await failed(type, { id, ...more })).toMatchObject([
      { status: "failed", errors: [{ code: 131053 }] },
    ]);
  });

  test.each(["http://x.example/a.jpg", "https://scontent.whatsapp.net/v/t61.29466-34/sample"])(
    "fails later when its link is not public: %s",
    async (link) => {
      expect(await failed("image", { link })).toMatchObject([
        { status: "failed", errors: [{ code: 131053 }] },
      ]);
    },
  );

  test("is refused at once when nobody uploaded it", async () => {
    await rig.write();
    const header = { type: "image", image: { id: "400" } };
    const action = { buttons: [{ type: "reply", reply: { id: "a", title: "A" } }] };
    const interactive = { type: "button", header, body: { text: "Pick" }, action };
    const gone = await upload(JPEG, "image/jpeg");
    rig.offsetMs += 31 * DAY_MS;
    await rig.write();
    for (const more of [
      { type: "image", image: { id: "400" } },
      { type: "image", image: { id: gone } },
      { type: "interactive", interactive },
    ]) {
      expect(errorOf(await rig.send(more)).code).toBe(100);
    }
    expect(await rig.ledger()).toEqual([]);
  });
});
