import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WhatsappTemplates } from "../../shared/channels/whatsapp/templates.ts";
import type { DomainError } from "../../shared/domain/errors.ts";
import type { TemplateComponent } from "../../shared/domain/templates.ts";
import {
  type GraphServer,
  graphError,
  graphServer,
  knownChannel,
  openSeal,
} from "./graphServer.ts";
import { ORDER_WIRE, order } from "./orderTemplate.ts";

/** Meta's template API on the wire (WhatsApp reference, sections 8.1, 8.2, 8.5 and 9.3). */

let graph: GraphServer;
let desk: WhatsappTemplates;
beforeAll(async () => {
  graph = await graphServer();
  const place = { url: graph.url, version: "v25.0" };
  desk = new WhatsappTemplates(place, openSeal, async () => "600000000000001");
});
afterAll(() => graph.stop());

const ACCOUNT = "/v25.0/200000000000001/message_templates";
const channel = knownChannel();
const sent = () => JSON.parse(graph.asked[0]?.body ?? "null");

describe("creating", () => {
  const MADE = { id: "500000000000001", status: "PENDING", category: "UTILITY" };

  test("sends the reference's own example, byte for byte of meaning", async () => {
    graph.answers([200, MADE]);
    expect(await desk.create(channel, order(), null)).toEqual({
      kind: "made",
      providerId: "500000000000001",
      status: "pending",
      category: "utility",
    });
    expect(graph.asked[0]).toMatchObject({
      method: "POST",
      path: ACCOUNT,
      headers: { authorization: "Bearer local-meta-token" },
    });
    expect(sent()).toEqual({
      name: "order_ready_v1",
      language: "en_US",
      category: "UTILITY",
      parameter_format: "NAMED",
      components: ORDER_WIRE,
    });
  });

  test("numbers its examples where the variables are numbers", async () => {
    graph.answers([200, MADE]);
    const components: TemplateComponent[] = [
      { type: "header", format: "text", text: "Order {{1}}", examples: { "1": "A-17" } },
      {
        type: "body",
        text: "Hi {{2}}, your {{1}} is ready.",
        examples: { "1": "order", "2": "Ada" },
      },
      {
        type: "buttons",
        buttons: [
          { type: "copy_code", example: "SAVE20" },
          { type: "phone_number", text: "Call", phoneNumber: "+15550100001" },
        ],
      },
    ];
    const given = { components, parameterFormat: "positional", messageTtlSeconds: 60 } as const;
    await desk.create(channel, order({ ...given, components }), null);
    expect(sent()).toMatchObject({ parameter_format: "POSITIONAL", message_send_ttl_seconds: 60 });
    expect(sent().components).toEqual([
      {
        type: "HEADER",
        format: "TEXT",
        text: "Order {{1}}",
        example: { header_text: ["A-17"] },
      },
      {
        type: "BODY",
        text: "Hi {{2}}, your {{1}} is ready.",
        example: { body_text: [["order", "Ada"]] },
      },
      {
        type: "BUTTONS",
        buttons: [
          { type: "COPY_CODE", example: "SAVE20" },
          { type: "PHONE_NUMBER", text: "Call", phone_number: "+15550100001" },
        ],
      },
    ]);
  });

  test("sends no words of an authentication template, which are Meta's", async () => {
    graph.answers([200, MADE]);
    const components: TemplateComponent[] = [
      { type: "body", text: "*{{1}}* is your verification code.", addSecurityRecommendation: true },
      { type: "footer", text: "This code expires in 10 minutes.", codeExpirationMinutes: 10 },
      {
        type: "buttons",
        buttons: [
          {
            type: "otp",
            otpType: "one_tap",
            supportedApps: [{ packageName: "com.example", signatureHash: "K8a" }],
          },
        ],
      },
    ];
    await desk.create(channel, order({ category: "authentication", components }), null);
    expect(sent().components).toEqual([
      { type: "BODY", add_security_recommendation: true },
      { type: "FOOTER", code_expiration_minutes: 10 },
      {
        type: "BUTTONS",
        buttons: [
          {
            type: "OTP",
            otp_type: "ONE_TAP",
            supported_apps: [{ package_name: "com.example", signature_hash: "K8a" }],
          },
        ],
      },
    ]);
  });

  test("shows a header by the handle of its sample, never by an address (pitfall 20)", async () => {
    graph.answers([200, MADE]);
    const image: TemplateComponent = { type: "header", format: "image", mediaId: "med_1" };
    const template = order({ components: [image, { type: "body", text: "Ready." }] });
    await desk.create(channel, template, "4::aW1hZ2U=");
    expect(sent().components[0]).toEqual({
      type: "HEADER",
      format: "IMAGE",
      example: { header_handle: ["4::aW1hZ2U="] },
    });
  });

  test("may be approved, rejected or put elsewhere at once", async () => {
    graph.answers([200, { id: "5", status: "APPROVED", category: "MARKETING" }]);
    expect(await desk.create(channel, order(), null)).toMatchObject({
      status: "approved",
      category: "marketing",
    });
    graph.answers([200, { id: "5" }]);
    expect(await desk.create(channel, order(), null)).toMatchObject({
      status: "pending",
      category: null,
    });
  });

  test("is uncertain when the answer is lost, late or cannot be read", async () => {
    for (const told of [null, [200, "<html>"], [502, "<html>"], [200, {}]] as const) {
      graph.answers(told);
      expect(await desk.create(channel, order(), null)).toEqual({ kind: "lost" });
    }
  });

  test("tells that the name is there already (2388024)", async () => {
    graph.answers([400, graphError(100, 2388024)]);
    expect(await desk.create(channel, order(), null)).toEqual({ kind: "exists" });
  });

  test.each<[number, number | undefined, string, string | undefined]>([
    [100, 2388019, "provider_refused", "/components"],
    [100, 2388023, "name_locked", "/name"],
    [100, 2388039, "not_editable", undefined],
    [100, 2388040, "provider_refused", "/components"],
    [100, 2388047, "provider_refused", "/components/0/text"],
    [100, 2388072, "provider_refused", "/components/1/text"],
    [100, 2388073, "provider_refused", "/components/2/text"],
    [100, 2388050, "provider_refused", "/components/3/buttons"],
    [100, 2388273, "provider_refused", "/components/0/mediaId"],
    [100, 2388293, "provider_refused", "/components/1/text"],
    [192, 2388299, "provider_refused", "/components/1/text"],
    [100, undefined, "provider_refused", undefined],
    [190, 463, "channel_broken", undefined],
    [10, undefined, "channel_broken", undefined],
    [80008, undefined, "unavailable", undefined],
    [2, undefined, "unavailable", undefined],
  ])("refused with %i/%s is %s at %s (pitfall 23)", async (code, subcode, expected, pointer) => {
    // Its words are in some language of the owner's: only numbers decide (pitfall 23).
    graph.answers([
      400,
      graphError(code, subcode, { error_user_msg: "Ungültig", error_data: "x" }),
    ]);
    const error = await desk.create(channel, order(), null).catch((cause: DomainError) => cause);
    expect(error).toMatchObject({ code: expected });
    expect("violations" in error ? error.violations[0]?.pointer : null).toBe(pointer);
  });

  test("never without a token that opens", async () => {
    graph.answers([200, MADE]);
    const closed = knownChannel({ credentials: null });
    await expect(desk.create(closed, order(), null)).rejects.toMatchObject({
      code: "channel_broken",
    });
    expect(graph.asked).toEqual([]);
  });
});

test("an edit names the template by its id, and the category only when it changes", async () => {
  const how = { providerId: "500000000000001", handle: null };
  graph.answers([200, { success: true }]);
  await desk.edit(channel, order(), { ...how, withCategory: false });
  expect(graph.asked[0]).toMatchObject({ method: "POST", path: "/v25.0/500000000000001" });
  expect(sent()).toEqual({ components: ORDER_WIRE });
  graph.answers([200, { success: true }]);
  await desk.edit(channel, order(), { ...how, withCategory: true });
  expect(sent()).toEqual({ category: "UTILITY", components: ORDER_WIRE });
});

describe("deleting", () => {
  test("takes the id and the name for one language, the name alone for all", async () => {
    graph.answers([200, { success: true }]);
    await desk.remove(channel, order(), "500000000000001");
    expect(graph.asked[0]).toMatchObject({
      method: "DELETE",
      path: ACCOUNT,
      query: { hsm_id: "500000000000001", name: "order_ready_v1" },
    });
    graph.answers([200, { success: true }]);
    await desk.remove(channel, order(), null);
    expect(graph.asked[0]?.query).toEqual({ name: "order_ready_v1" });
  });

  test("what is not there any more is as good as deleted", async () => {
    graph.answers([400, graphError(100, 33)]);
    await desk.remove(channel, order(), "500000000000001");
    expect(graph.asked).toHaveLength(1);
  });
});

describe("a sample", () => {
  const bytes = new Uint8Array(Buffer.from("0123456789"));
  const sample = { filename: "a.jpg", contentType: "image/jpeg", bytes };

  test("goes to the app, in a session of its own", async () => {
    graph.answers([200, { id: "upload:MTph?sig=ARZ" }], [200, { h: "4:aW1" }]);
    expect(await desk.uploadSample(channel, sample)).toBe("4:aW1");
    const [opened, uploaded] = graph.asked;
    expect(opened).toMatchObject({
      method: "POST",
      path: "/v25.0/600000000000001/uploads",
      query: { file_name: "a.jpg", file_length: "10", file_type: "image/jpeg" },
    });
    expect(uploaded).toMatchObject({
      path: "/v25.0/upload:MTph",
      query: { sig: "ARZ" },
      body: "0123456789",
    });
    expect(uploaded?.headers).toMatchObject({
      authorization: "OAuth local-meta-token",
      file_offset: "0",
    });
  });

  test("goes on where it stopped", async () => {
    const id = { id: "upload:MTph" };
    graph.answers([200, id], null, [200, { ...id, file_offset: 4 }], [200, { h: "4:aW1" }]);
    expect(await desk.uploadSample(channel, sample)).toBe("4:aW1");
    expect(graph.asked.at(-1)).toMatchObject({ body: "456789", headers: { file_offset: "4" } });
  });

  test("of another type is refused before anybody is asked", async () => {
    graph.answers([200, {}]);
    const gif = { ...sample, contentType: "image/gif" };
    await expect(desk.uploadSample(channel, gif)).rejects.toMatchObject({
      code: "invalid_request",
    });
    expect(graph.asked).toEqual([]);
  });
});
