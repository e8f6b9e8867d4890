/** What the phone says to the simulator's doors and asks of them, once a second. */
export const PHONE_TALK = String.raw`
const POLL_MS = 1000;
const byId = (id) => document.getElementById(id);
const chat = byId("chat");
const receipts = byId("receipts");
let messages = [];
let quotedMessage = null;

const digits = () => byId("number").value.replace(/\D/g, "");
const chosen = () => byId("business").selectedOptions[0];
const problem = (text) => {
  byId("problem").textContent = text;
  byId("problem").hidden = text === "";
};
const ask = async (path, body) => {
  const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const reply = await fetch("/sim/graph/" + path, options);
  const answer = await reply.json();
  if (!reply.ok) throw new Error(answer.detail ?? "The simulator answers " + reply.status + ".");
  return answer;
};
/** Does one thing of the customer and shows at once what came of it; false when it was refused. */
const act = async (path, body) => {
  try {
    await ask(path, body);
    await look();
    problem("");
    return true;
  } catch (error) {
    problem(error.message);
    return false;
  }
};
const write = (content, answered = quotedMessage) => act("inbound", {
  from: "+" + digits(),
  ...(byId("name").value.trim() === "" ? {} : { name: byId("name").value.trim() }),
  phoneNumberId: chosen()?.value,
  content,
  ...(answered === null || content.type === "reaction" ? {} : {
    context: { from: answered.mine ? digits() : chosen().dataset.number, id: answered.id },
  }),
});
const press = (message, what) => act("press", { messageId: message.id, ...what });
const react = (message, emoji) => write({ type: "reaction", messageId: message.id, emoji });
const markRead = (message) => act("read", { messageId: message.id });

/** The messages as the drawers take them. */
const messagesOf = ({ data }) =>
  data.map(({ id, direction, content, context, status, at, rendered }) => ({
    id, mine: direction === "inbound", type: content.type, body: content[content.type],
    context: context?.id ?? null, status, at, rendered,
  }));

const chatPath = () => "chats?" + new URLSearchParams({
  number: digits(), phoneNumberId: chosen()?.value ?? "",
});
const look = async () => {
  const path = chatPath();
  const answer = await ask(path);
  // Whoever was chosen meanwhile has another chat.
  if (path === chatPath()) show(answer);
};
const poll = async () => {
  try {
    if (document.visibilityState === "visible" && byId("number").validity.valid) {
      await look();
      await readSeen();
    }
    if (byId("problem").textContent === AWAY) problem("");
  } catch {
    problem(AWAY);
  }
  setTimeout(poll, POLL_MS);
};
const AWAY = "The laptop cloud does not answer; trying again.";

/** An open chat reads what arrives in it, as on a real phone. */
const readSeen = async () => {
  if (!receipts.checked) return;
  for (const { id, mine, status } of messages) {
    if (!mine && (status === "sent" || status === "delivered")) {
      await ask("read", { messageId: id });
    }
  }
};
`;
