/**
 * Templates and media on the phone: drawn from the simulator's own store, never from elsewhere, and
 * picked from the disk.
 */
export const PHONE_MEDIA = `
/** By id from the simulator's store; a link is offered and never followed here. */
const drawMedia = (kind, media = {}) => {
  if (media.id === undefined) {
    return media.link === undefined
      ? paragraph(kind, "title") : link("Open the " + kind, media.link);
  }
  const src = "/sim/graph/media?" + new URLSearchParams({ id: media.id });
  switch (kind) {
    case "image": return make("img", { src, alt: "An image" });
    case "sticker": return make("img", { src, alt: "A sticker", className: "sticker" });
    case "video": return make("video", { src, controls: true });
    case "audio": return make("audio", { src, controls: true });
    default: return make("a", { href: src, download: media.filename ?? "" },
      "📄 " + (media.filename ?? "A document"));
  }
};
const mediaDrawer = (kind) => ({ body }) => [drawMedia(kind, body), paragraph(body.caption)];

const drawTemplate = (message, { header, body, footer, buttons, cards }) => [
  header === null ? null : header.media === null
    ? paragraph(header.text, "title") : drawMedia(header.media.kind, header.media),
  paragraph(body),
  paragraph(footer, "small"),
  ...cards.map((card) => make("div", { className: "card" }, ...drawTemplate(message, card))),
  buttons.length === 0 ? null
    : make("div", { className: "taps" }, ...buttons.map((one) => drawButton(message, one))),
];
const drawButton = (message, { type, text: label, value }) => {
  switch (type) {
    case "QUICK_REPLY": return button(label, () => press(message, { buttonId: value ?? label }));
    case "URL": return link(label, value);
    default: return make("span", {}, value === null ? label : label + ": " + value);
  }
};

const KINDS = ["image", "video", "audio"];
const pickFile = () => {
  const input = make("input", { type: "file" });
  input.addEventListener("change", () => {
    const [file] = input.files;
    const reader = new FileReader();
    reader.addEventListener("load", () => send({
      type: "media",
      kind: KINDS.find((kind) => file.type.startsWith(kind + "/")) ?? "document",
      contentBase64: reader.result.slice(reader.result.indexOf(",") + 1),
      mimeType: file.type || "application/octet-stream",
      filename: file.name,
    }, quotedMessage));
    reader.readAsDataURL(file);
  });
  input.click();
};
`;
