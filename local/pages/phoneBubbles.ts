/**
 * How the phone draws a message. Words of others become text nodes, never markup. Types and shapes
 * are Meta's own (WhatsApp reference, sections 3.2 and 7.2); what has none here shows its JSON.
 */
export const PHONE_BUBBLES = String.raw`
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== null));
  return element;
};
const paragraph = (text, className = "") => text ? make("p", { className }, text) : null;
const button = (text, onclick, properties = {}) =>
  make("button", { type: "button", onclick, ...properties }, text);
/** Only an address of the web is followed; anything else stays words. */
const link = (text, address) => /^https?:\/\//.test(address)
  ? make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, text)
  : make("span", {}, text + " (" + address + ")");

const summaryOf = (message) => tried(() => wordsOf(message), () => message.type);
const wordsOf = ({ type, body, rendered }) => {
  switch (type) {
    case "text": return body.body;
    case "template": return rendered?.body ?? "Template " + body.name;
    case "interactive": return titleOf(body) ?? body.body?.text ?? "Interactive";
    case "button": return body.text;
    case "location": return "Location " + (body.name ?? "");
    case "contacts": return "Contact " + body.map(nameOf).join(", ");
    default: return "A message of the type " + type;
  }
};
const titleOf = (answer) => answer[answer.type]?.title;
const nameOf = ({ name }) => name?.formatted_name ?? "without a name";

/** A test may make Meta say anything: a body of another shape is shown as it is. */
const tried = (draw, instead) => {
  try {
    return draw();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return instead();
  }
};
const drawBody = (message) => {
  const draw = Object.hasOwn(drawers, message.type) ? drawers[message.type] : drawUnknown;
  const parts = tried(() => draw(message), () => drawUnknown(message));
  return parts.filter((part) => part !== null);
};
const drawUnknown = ({ type, body }) => [
  paragraph(type, "title"),
  body === null ? null : make("pre", {}, JSON.stringify(body, null, 2)),
];
const drawers = {
  text: ({ body }) => [paragraph(body.body)],
  button: ({ body }) => [paragraph(body.text)],
  location: ({ body }) => [
    paragraph("📍 " + (body.name || "Location"), "title"),
    paragraph(body.address),
    paragraph(body.latitude + ", " + body.longitude, "small"),
  ],
  contacts: ({ body }) => body.map((card) => make("div", {},
    paragraph("👤 " + nameOf(card), "title"),
    ...(card.phones ?? []).map(({ phone }) => paragraph(phone, "small")),
    ...(card.emails ?? []).map(({ email }) => paragraph(email, "small")),
  )),
  image: mediaDrawer("image"),
  video: mediaDrawer("video"),
  audio: mediaDrawer("audio"),
  document: mediaDrawer("document"),
  sticker: mediaDrawer("sticker"),
  unsupported: () => [paragraph("Something that WhatsApp does not pass on", "title")],
  interactive: (message) => message.mine ? drawAnswer(message.body) : drawAsked(message),
  template: (message) => message.rendered === null
    ? drawUnknown(message) : drawTemplate(message, message.rendered),
};

const drawAnswer = (body) => titleOf(body) === undefined
  ? drawUnknown({ type: body.type, body })
  : [paragraph(titleOf(body)), paragraph(body[body.type].description, "small")];

const drawAsked = (message) => {
  const { header, body, footer } = message.body;
  return [
    header === undefined ? null : header.text === undefined
      ? drawMedia(header.type, header[header.type]) : paragraph(header.text, "title"),
    paragraph(body?.text),
    paragraph(footer?.text, "small"),
    make("div", { className: "taps" }, ...tapsOf(message)),
  ];
};
const tapsOf = (message) => {
  const { type, action = {} } = message.body;
  switch (type) {
    case "button":
      return action.buttons.map(({ reply }) =>
        button(reply.title, () => press(message, { buttonId: reply.id })));
    case "list":
      return [button("☰ " + action.button, () => openRows(message))];
    case "cta_url":
      return [link(action.parameters.display_text, action.parameters.url)];
    case "location_request_message":
      return [button("Share location", () => openDialog("location", message))];
    case "request_contact_info":
      return [button("Share contact info", () => openDialog("contact", message))];
    default:
      return [make("span", {}, type)];
  }
};

const TICKS = {
  sent: ["✓", "Sent"], delivered: ["✓✓", "Delivered"], read: ["✓✓", "Read"],
  failed: ["!", "Failed, never arrived"],
};
const drawTicks = (status) => {
  const [glyph, words] = TICKS[status] ?? ["…", "On its way"];
  const className = "ticks " + (status ?? "");
  const ticks = make("span", { className, title: words }, glyph);
  ticks.setAttribute("role", "img");
  ticks.setAttribute("aria-label", words);
  return ticks;
};
const timeOf = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

const drawMessage = (message, quoted, reactions) => {
  const { mine, at, status, context } = message;
  const bubble = make("div", { className: "bubble" },
    make("span", { className: "skip" }, mine ? "You: " : "The business: "),
    context === null ? null
      : make("blockquote", {}, quoted === undefined ? "An earlier message" : summaryOf(quoted)),
    ...drawBody(message),
  );
  const taps = bubble.querySelector(":scope > .taps");
  const meta = make("div", { className: "meta" },
    make("time", { dateTime: new Date(at).toISOString() }, timeOf(at)),
    drawTicks(status));
  if (taps === null) bubble.append(meta);
  else taps.before(meta);
  return make("li", { className: mine ? "mine" : "theirs" },
    make("div", { className: "said" }, bubble, drawActs(message)),
    drawReactions(message, reactions));
};
const drawActs = (message) => {
  const unread = !message.mine && (message.status === "sent" || message.status === "delivered");
  return make("div", { className: "acts" },
    button("Answer", () => quote(message)),
    button("React", () => openDialog("react", message)),
    unread && !receipts.checked ? button("Mark as read", () => markRead(message)) : null);
};
const drawReactions = (message, { mine, theirs }) => {
  if (!mine && !theirs) return null;
  return make("div", { className: "chips" },
    theirs ? make("span", { className: "chip", title: "From the business" }, theirs) : null,
    mine ? button(mine, () => react(message, ""), { className: "chip", title: "Take back" })
      : null);
};
`;
