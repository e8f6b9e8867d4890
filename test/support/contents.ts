/** What an agent can send besides media, in the shape of the API (Meta's own inside). */

export const words = (count: number) => "x".repeat(count);
export const text = (said: string) => ({ type: "text", text: said });

export const interactive = (type: string, action: object, more: object = {}) => ({
  type: "interactive",
  interactive: { type, body: { text: "Choose" }, action, ...more },
});

/** Reply buttons; the ids are `id 0`, `id 1` and so on. */
export function buttons(titles: readonly string[], more: object = {}) {
  const all = titles.map((title, place) => ({
    type: "reply",
    reply: { id: `id ${place}`, title },
  }));
  return interactive("button", { buttons: all }, more);
}

/** `more` is merged into the action. */
export const list = (rows: readonly object[], more: object = {}) =>
  interactive("list", { button: "Open", sections: [{ title: "All", rows }], ...more });

export const link = (address: string, label = "Look") =>
  interactive("cta_url", { name: "cta_url", parameters: { display_text: label, url: address } });

export const asking = interactive("location_request_message", { name: "send_location" });

export const rows = (count: number) =>
  Array.from({ length: count }, (_, place) => ({ id: `row ${place}`, title: `Row ${place}` }));

export const cards = (count: number, name: object) => ({
  type: "contacts",
  contacts: Array.from({ length: count }, () => ({ name })),
});
