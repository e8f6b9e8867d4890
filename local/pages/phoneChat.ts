/** Keeps the shown chat like the simulator's: only what changed is drawn again, so focus stays. */
export const PHONE_CHAT = `
const drawn = new Map();
const NONE = make("li", { className: "none" }, "No messages yet. Write the first one below.");

const show = (answer) => {
  const all = messagesOf(answer);
  messages = all.filter(({ type }) => type !== "reaction");
  const reactions = reactionsOf(all);
  const known = new Map(messages.map((message) => [message.id, message]));
  const atEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 80;
  const isOther = !messages.some(({ id }) => drawn.has(id));
  const items = [];
  let day = "";
  for (const message of messages) {
    const today = new Date(message.at).toDateString();
    if (today !== day) items.push(keep("day " + today, today, () => drawDay(today)));
    day = today;
    const quoted = message.context === null ? undefined : known.get(message.context);
    const its = reactions.get(message.id) ?? {};
    const state = JSON.stringify([message, quoted?.id, its, receipts.checked]);
    items.push(keep(message.id, state, () => drawMessage(message, quoted, its)));
  }
  place(items.length === 0 ? [NONE] : items);
  if (atEnd || isOther) chat.scrollTop = chat.scrollHeight;
  const typing = answer.typing ? "typing…" : "";
  if (byId("doing").textContent !== typing) byId("doing").textContent = typing;
};
const drawDay = (text) => make("li", { className: "day" }, text);

/** The drawn element of a key, drawn again only when its state is another. */
const keep = (key, state, draw) => {
  if (drawn.get(key)?.state !== state) drawn.set(key, { state, element: draw() });
  return drawn.get(key).element;
};
const place = (items) => {
  const wanted = new Set(items);
  for (const item of [...chat.children]) if (!wanted.has(item)) item.remove();
  items.forEach((item, index) => {
    if (chat.children[index] !== item) chat.insertBefore(item, chat.children[index] ?? null);
  });
};

/** The last reaction of each side to each message; an empty one took it back. */
const reactionsOf = (all) => {
  const found = new Map();
  for (const { type, body, mine } of all) {
    if (type !== "reaction") continue;
    const { message_id: target, emoji = "" } = body ?? {};
    found.set(target, { ...found.get(target), [mine ? "mine" : "theirs"]: emoji });
  }
  return found;
};
`;
