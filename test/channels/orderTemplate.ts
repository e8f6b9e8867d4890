import type { Template, TemplateComponent } from "../../shared/domain/templates.ts";
import { templateWith } from "../domain/things.ts";

/** The template of the reference's own example. */
export const ORDER: readonly TemplateComponent[] = [
  { type: "header", format: "text", text: "Order {{order_no}}", examples: { order_no: "A-17" } },
  {
    type: "body",
    text: "Hi {{first_name}}, your order is ready to collect.",
    examples: { first_name: "Ada" },
  },
  { type: "footer", text: "Example Ltd" },
  {
    type: "buttons",
    buttons: [
      { type: "url", text: "Track", url: "https://x.example/t/{{1}}", example: "A-17" },
      { type: "quick_reply", text: "Stop" },
    ],
  },
];
export const order = (given: Partial<Template> = {}) =>
  templateWith({ name: "order_ready_v1", components: [...ORDER], ...given });

/** The same in Meta's words. */
export const ORDER_WIRE = [
  {
    type: "HEADER",
    format: "TEXT",
    text: "Order {{order_no}}",
    example: { header_text_named_params: [{ param_name: "order_no", example: "A-17" }] },
  },
  {
    type: "BODY",
    text: "Hi {{first_name}}, your order is ready to collect.",
    example: { body_text_named_params: [{ param_name: "first_name", example: "Ada" }] },
  },
  { type: "FOOTER", text: "Example Ltd" },
  {
    type: "BUTTONS",
    buttons: [
      {
        type: "URL",
        text: "Track",
        url: "https://x.example/t/{{1}}",
        example: ["https://x.example/t/A-17"],
      },
      { type: "QUICK_REPLY", text: "Stop" },
    ],
  },
];
