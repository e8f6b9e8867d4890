import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WhatsappTemplates } from "../../shared/channels/whatsapp/templates.ts";
import type { TemplateComponent } from "../../shared/domain/templates.ts";
import {
  type GraphServer,
  graphError,
  graphServer,
  knownChannel,
  openSeal,
} from "./graphServer.ts";
import { ORDER, ORDER_WIRE } from "./orderTemplate.ts";

/** Templates as Meta answers them (WhatsApp reference, sections 8.1 and 8.4). */

let graph: GraphServer;
let desk: WhatsappTemplates;
beforeAll(async () => {
  graph = await graphServer();
  const place = { url: graph.url, version: "v25.0" };
  desk = new WhatsappTemplates(place, openSeal, async () => "600000000000001");
});
afterAll(() => graph.stop());

const channel = knownChannel();

describe("reading", () => {
  const remote = {
    id: "500000000000001",
    name: "order_ready_v1",
    language: "en_US",
    status: "REJECTED",
    category: "UTILITY",
    parameter_format: "NAMED",
    components: ORDER_WIRE,
    quality_score: { score: "YELLOW", date: 1767225600 },
    rejected_reason: "INVALID_FORMAT",
    correct_category: "MARKETING",
  };

  test("asks for every field, and says it in our words", async () => {
    graph.answers([200, remote]);
    const components = structuredClone(ORDER) as TemplateComponent[];
    const [, , , buttons] = components;
    if (buttons?.type === "buttons" && buttons.buttons[0]?.type === "url") {
      buttons.buttons[0].example = "https://x.example/t/A-17";
    }
    expect(await desk.read(channel, "500000000000001")).toEqual({
      providerId: "500000000000001",
      name: "order_ready_v1",
      language: "en_US",
      category: "utility",
      parameterFormat: "named",
      components,
      messageTtlSeconds: null,
      status: "rejected",
      reason: "INVALID_FORMAT",
      quality: "yellow",
      correctCategory: "marketing",
    });
    const [asked] = graph.asked;
    expect(asked?.path).toBe("/v25.0/500000000000001");
    expect(asked?.query.fields).toMatch(/components.*quality_score.*rejected_reason/);
  });

  test.each([
    [{ example: { body_text: [["Ada", "A-17"]] } }, { "1": "Ada", "2": "A-17" }],
    [{ example: { body_text: ["Ada", "A-17"] } }, { "1": "Ada", "2": "A-17" }],
    [{}, undefined],
  ])("takes positional examples as they come: %j", async (more, examples) => {
    const text = "Hi {{1}}, order {{2}} is here.";
    graph.answers([200, { ...remote, components: [{ type: "BODY", text, ...more }] }]);
    const report = await desk.read(channel, "5");
    expect(report?.components).toEqual([{ type: "body", text, ...(examples && { examples }) }]);
  });

  test("keeps what it does not know as it is", async () => {
    const components = [
      { type: "CAROUSEL", cards: [{ components: [] }] },
      { type: "HEADER", format: "GIF" },
      { type: "BUTTONS", buttons: [{ type: "FLOW", text: "Book", flow_id: "8" }] },
    ];
    const odd = { ...remote, components, status: "NEW_WORD", category: "ODD", id: "9" };
    graph.answers([200, odd]);
    expect(await desk.read(channel, "9")).toMatchObject({
      status: null,
      category: null,
      components: [
        { type: "other", raw: components[0] },
        { type: "other", raw: components[1] },
        { type: "buttons", buttons: [{ type: "other", text: "Book", raw: { flow_id: "8" } }] },
      ],
    });
  });

  test("reads the button of a code, which comes back as an address", async () => {
    const buttons = [{ type: "URL", text: "Copy", url: "https://www.whatsapp.com/otp/code/" }];
    const components = [{ type: "BUTTONS", buttons }];
    graph.answers([200, { ...remote, category: "AUTHENTICATION", components }]);
    const report = await desk.read(channel, "5");
    expect(report?.components).toEqual([
      { type: "buttons", buttons: [{ type: "otp", text: "Copy" }] },
    ]);
  });

  test("an unknown id is null; an outage is not", async () => {
    graph.answers([400, graphError(100, 33)]);
    expect(await desk.read(channel, "5")).toBeNull();
    graph.answers(null);
    await expect(desk.read(channel, "5")).rejects.toMatchObject({ code: "unavailable" });
  });

  test("pages follow the cursor while there is a next one", async () => {
    const next = { cursors: { after: "QVFI" }, next: "https://graph.example/" };
    graph.answers([200, { data: [remote], paging: next }]);
    const first = await desk.page(channel, null);
    expect(first).toMatchObject({ items: [{ name: "order_ready_v1" }], position: "QVFI" });
    graph.answers([200, { data: [], paging: { cursors: { after: "QVFJ" } } }]);
    expect(await desk.page(channel, "QVFI")).toEqual({ items: [], position: null });
    expect(graph.asked[0]?.query).toMatchObject({ after: "QVFI", limit: "100" });
  });

  test("a list with an element that cannot be read is no list of what is there", async () => {
    graph.answers([200, { data: [remote, { id: 5 }] }]);
    await expect(desk.page(channel, null)).rejects.toMatchObject({ code: "unavailable" });
  });

  test("finds by name and language exactly, whatever the filter does (pitfall 21)", async () => {
    const others = [
      { ...remote, name: "order_ready_v10" },
      { ...remote, language: "en" },
    ];
    const next = { cursors: { after: "QVFI" }, next: "https://graph.example/" };
    graph.answers([200, { data: others, paging: next }], [200, { data: [remote] }]);
    const found = await desk.find(channel, "order_ready_v1", "en_US");
    expect(found?.providerId).toBe("500000000000001");
    expect(graph.asked.map(({ query }) => query.name)).toEqual([
      "order_ready_v1",
      "order_ready_v1",
    ]);
    graph.answers([200, { data: others }]);
    expect(await desk.find(channel, "order_ready_v1", "en_US")).toBeNull();
  });
});
