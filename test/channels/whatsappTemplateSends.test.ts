import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { whatsappSender } from "../../shared/channels/whatsapp/send.ts";
import type { Content } from "../../shared/domain/messages.ts";
import type { Template, TemplateComponent } from "../../shared/domain/templates.ts";
import { messageWith } from "../domain/things.ts";
import { type GraphServer, graphServer, knownChannel, openSeal } from "./graphServer.ts";
import { ORDER, order } from "./orderTemplate.ts";

/** A template on its way to a customer (WhatsApp reference, section 7.3). */

let graph: GraphServer;
beforeAll(async () => {
  graph = await graphServer();
});
afterAll(() => graph.stop());

const channel = knownChannel();
const sent = () => JSON.parse(graph.asked[0]?.body ?? "null");

describe("a send", () => {
  async function frameFor(template: Template, content: Partial<Content>) {
    graph.answers([200, { messages: [{ id: "wamid.1" }] }]);
    const sender = whatsappSender({ url: graph.url, version: "v25.0" }, openSeal);
    const message = messageWith({
      content: { type: "template", templateId: template.id, variables: {}, ...content } as Content,
      to: { kind: "phone", value: "+447700900123" },
    });
    await sender.send({ channel, message, template, targetProviderId: null });
    return sent().template;
  }

  test("names header, body and buttons by what they take", async () => {
    const variables = {
      order_no: "A-17",
      first_name: "Ada",
      "button.0": "A 17",
      "button.1": "stop",
    };
    expect(await frameFor(order(), { variables })).toEqual({
      name: "order_ready_v1",
      language: { code: "en_US" },
      components: [
        {
          type: "header",
          parameters: [{ type: "text", parameter_name: "order_no", text: "A-17" }],
        },
        {
          type: "body",
          parameters: [{ type: "text", parameter_name: "first_name", text: "Ada" }],
        },
        {
          type: "button",
          sub_type: "url",
          index: "0",
          parameters: [{ type: "text", text: "A%2017" }],
        },
        {
          type: "button",
          sub_type: "quick_reply",
          index: "1",
          parameters: [{ type: "payload", payload: "stop" }],
        },
      ],
    });
  });

  test("puts numbers in their order, wherever they stand in the text", async () => {
    const body: TemplateComponent = { type: "body", text: "Your {{2}} and {{1}} are here." };
    const template = order({ parameterFormat: "positional", components: [body] });
    expect(await frameFor(template, { variables: { "1": "one", "2": "two" } })).toMatchObject({
      components: [
        {
          type: "body",
          parameters: [
            { type: "text", text: "one" },
            { type: "text", text: "two" },
          ],
        },
      ],
    });
  });

  test("shows a place, a code to copy, and a password twice", async () => {
    const [, body] = ORDER;
    const headerLocation = { latitude: 51.5, longitude: -0.12, name: "Office", address: "1 Road" };
    const placed = order({ components: [{ type: "header", format: "location" }, body!] });
    const variables = { first_name: "Ada" };
    expect((await frameFor(placed, { variables, headerLocation })).components[0]).toEqual({
      type: "header",
      parameters: [{ type: "location", location: headerLocation }],
    });
    const coupon: TemplateComponent = {
      type: "buttons",
      buttons: [{ type: "copy_code", example: "SAVE20" }],
    };
    const offered = order({ components: [body!, coupon] });
    const given = { ...variables, "button.0": "SAVE30" };
    expect((await frameFor(offered, { variables: given })).components[1]).toEqual({
      type: "button",
      sub_type: "copy_code",
      index: "0",
      parameters: [{ type: "coupon_code", coupon_code: "SAVE30" }],
    });
    const code = order({
      category: "authentication",
      components: [
        { type: "body", text: "*{{1}}* is your verification code." },
        { type: "buttons", buttons: [{ type: "otp" }] },
      ],
    });
    const text = { type: "text", text: "123456" };
    expect((await frameFor(code, { variables: { "1": "123456" } })).components).toEqual([
      { type: "body", parameters: [text] },
      { type: "button", sub_type: "url", index: "0", parameters: [text] },
    ]);
  });

  test("without anything to fill has no components", async () => {
    const plain = order({ components: [{ type: "body", text: "We are open." }] });
    expect(await frameFor(plain, {})).toEqual({
      name: "order_ready_v1",
      language: { code: "en_US" },
    });
  });
});
