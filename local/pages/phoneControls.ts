/** The phone's controls: who one is, the composer, the dialogs. */
export const PHONE_CONTROLS = String.raw`
const text = byId("text");
const attach = byId("attach");

const quote = (message) => {
  quotedMessage = message;
  byId("quote").hidden = message === null;
  byId("quoted").textContent = message === null ? "" : summaryOf(message);
  text.focus();
};
byId("unquote").addEventListener("click", () => quote(null));
const send = async (content, answered) => {
  if (await write(content, answered)) quote(null);
};

byId("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const words = text.value.trim();
  if (words === "") return;
  text.value = "";
  if (await write({ type: "text", text: words })) quote(null);
  else if (text.value === "") text.value = words;
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Escape") quote(null);
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  byId("composer").requestSubmit();
});

/** A sticker of one dot, and what WhatsApp does not pass on (section 3.7). */
const STICKER = {
  type: "media", kind: "sticker", mimeType: "image/webp",
  contentBase64: "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA",
};
const UNSUPPORTED = { type: "raw", message: {
  type: "unsupported",
  errors: [{ code: 131051, title: "Message type unknown", message: "Message type unknown",
    error_data: { details: "Message type is currently not supported." } }],
} };
const sends = {
  location: () => openDialog("location", quotedMessage),
  contact: () => openDialog("contact", quotedMessage),
  file: pickFile,
  sticker: () => send(STICKER),
  unsupported: () => send(UNSUPPORTED),
};
attach.addEventListener("click", (event) => {
  const what = event.target.dataset.send;
  if (what === undefined) return;
  attach.open = false;
  sends[what]();
});
attach.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  attach.open = false;
  attach.querySelector("summary").focus();
});
document.addEventListener("click", (event) => {
  if (!attach.contains(event.target)) attach.open = false;
});

/** The message that the open dialog is about. */
let subject = null;
const openDialog = (id, message) => {
  subject = message;
  byId(id).showModal();
};
const openRows = (message) => {
  const { button: title, sections } = message.body.action;
  byId("rows-title").textContent = title;
  byId("rows-list").replaceChildren(...sections.flatMap((section) => [
    ...(section.title === undefined ? [] : [make("h3", {}, section.title)]),
    ...section.rows.map(({ id, title: name, description }) => {
      const choose = () => { byId("rows").close(); return press(message, { rowId: id }); };
      const small = description === undefined ? [] : [make("small", {}, description)];
      return make("button", { type: "button", onclick: choose }, name, ...small);
    }),
  ]));
  byId("rows").showModal();
};
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]") !== null) dialog.close();
  });
}
const onSubmit = (id, contentOf) => {
  byId(id).querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    byId(id).close();
    const content = contentOf(Object.fromEntries(new FormData(event.target)));
    await send(content, subject);
  });
};
onSubmit("location", ({ latitude, longitude, name, address }) => ({
  type: "location", latitude: Number(latitude), longitude: Number(longitude),
  ...(name === "" ? {} : { name }), ...(address === "" ? {} : { address }),
}));
onSubmit("contact", ({ first, last, phone }) => ({
  type: "contacts",
  contacts: [{
    name: {
      formatted_name: (first + " " + last).trim(), first_name: first,
      ...(last === "" ? {} : { last_name: last }),
    },
    ...(phone === "" ? {} : { phones: [{
      phone, wa_id: phone.replace(/\D/g, ""), type: "CELL",
    }] }),
  }],
}));
onSubmit("react", ({ emoji }) => ({ type: "reaction", messageId: subject.id, emoji }));
byId("react").addEventListener("click", async (event) => {
  const { emoji } = event.target.dataset;
  if (emoji === undefined) return;
  byId("react").close();
  await react(subject, emoji);
});

/** The address keeps who one is, so that two tabs are two customers. */
const identify = () => {
  const place = new URL(location.href);
  place.searchParams.set("number", digits());
  place.searchParams.set("name", byId("name").value);
  place.searchParams.set("business", chosen()?.value ?? "");
  history.replaceState(null, "", place);
  byId("with").textContent = chosen() === undefined
    ? "No business number is connected" : "+" + chosen().dataset.number;
};
const change = async () => {
  identify();
  quotedMessage = null;
  byId("quote").hidden = true;
  if (!byId("setup").reportValidity()) return;
  try {
    await look();
    problem("");
  } catch (error) {
    problem(error.message);
  }
};
byId("number").addEventListener("change", () => {
  const seeded = [...byId("numbers").options].find(({ value }) =>
    value.replace(/\D/g, "") === digits());
  if (seeded !== undefined) byId("name").value = seeded.dataset.name;
  return change();
});
byId("business").addEventListener("change", change);
byId("name").addEventListener("change", identify);
receipts.addEventListener("change", change);
byId("setup").addEventListener("submit", (event) => event.preventDefault());

const here = new URLSearchParams(location.search);
if (/^\d{5,20}$/.test(here.get("number") ?? "")) {
  byId("number").value = "+" + here.get("number");
  byId("name").value = here.get("name") ?? "";
}
const asked = [...byId("business").options].find(({ value }) => value === here.get("business"));
if (asked !== undefined) asked.selected = true;
identify();
poll();
`;
