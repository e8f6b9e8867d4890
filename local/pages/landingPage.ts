/** The first page somebody sees after `npm start`: what runs here, and what to type next. */
import { type Html, html } from "./html.ts";
import { page } from "./page.ts";

export interface LandingPage {
  /** Where this laptop cloud listens, for example `http://127.0.0.1:4000`. */
  readonly url: string;
  readonly keys: readonly { readonly name: string; readonly key: string }[];
  /** Path of the API reference; null until there is one. */
  readonly docs: string | null;
  /** Path of the pretend phone; null until there is one. */
  readonly phone: string | null;
}

interface Door {
  readonly call: string;
  readonly does: string;
}

const DOORS: readonly Door[] = [
  { call: "POST /sim/graph/inbound", does: "Writes to the business as a WhatsApp customer." },
  { call: "GET /sim/graph/chats?number=", does: "What a customer's phone shows." },
  { call: "POST /sim/graph/press", does: "Taps a button or a row: {messageId, buttonId | rowId}." },
  { call: "POST /sim/graph/read", does: "Reads a message: {messageId}." },
  { call: "POST /sim/graph/script", does: "Makes Meta's callbacks late, doubled or out of order." },
  { call: "POST /sim/graph/deliver", does: "Posts any callback once, with any signature." },
  { call: "GET /sim/graph/ledger", does: "Every send that the pretend Meta accepted." },
  { call: "POST /local/workspaces", does: "A fresh workspace with keys and channels, for a test." },
  { call: "POST /local/clock", does: 'Moves the clock: {"advance": "24h"}.' },
  { call: "POST /local/settle", does: "Waits until nothing is under way." },
  { call: "GET /local/denied", does: "Calls that IAM would have refused." },
  { call: "GET /local/alarms", does: "Alarms that went off." },
];

export function landingPage({ url, keys, docs, phone }: LandingPage): string {
  const adminKey = keys[0]?.key ?? "";
  const links = [
    ...(phone === null
      ? []
      : [cardOf(phone, "Pretend phone", "Write as a customer, see what comes back.")]),
    ...(docs === null
      ? []
      : [cardOf(docs, "API reference", "Every operation, with a command to paste.")]),
    cardOf("/v1/openapi.json", "OpenAPI document", "The same for machines."),
    cardOf("/v1/health", "Health", "Whether everything takes work."),
  ];
  const body = html`<main class="page" id="main">
<h1>Parley runs on this laptop</h1>
<p>Everything AWS would run, from the same template, on <code>${url}</code>. Nothing leaves the
machine: WhatsApp is a pretend Meta that calls the webhook as the real one does.</p>
<ul class="cards">${links}</ul>
<h2>Keys</h2>
<p>Each belongs to an agent of its own, in the workspace <code>local</code>.</p>
<div class="scroll"><table>
<thead><tr><th scope="col">Role</th><th scope="col">Key</th></tr></thead>
<tbody>${keys.map(({ name, key }) => {
    return html`<tr><td>${name}</td><td><code>${key}</code></td></tr>`;
  })}</tbody>
</table></div>
<h2>First steps</h2>
${steps(url, adminKey)}
<h2>Doors of the laptop</h2>
<p>They take no key and exist only here.</p>
<div class="scroll"><table>
<thead><tr><th scope="col">Call</th><th scope="col">What it does</th></tr></thead>
<tbody>${DOORS.map(({ call, does }) => {
    return html`<tr><td><code>${call}</code></td><td>${does}</td></tr>`;
  })}</tbody>
</table></div>
</main>`;
  return page("Parley on this laptop", body, {});
}

function cardOf(address: string, title: string, does: string): Html {
  return html`<li><a href="${address}"><strong>${title}</strong> <span>${does}</span></a></li>`;
}

function steps(url: string, key: string): Html {
  const inbound =
    '{"from": "+447700900001", "name": "Ada", "content": {"type": "text", "text": "Hi"}}';
  const authorized = `-H 'authorization: Bearer ${key}'`;
  const commands = [
    ["Be a customer and write.", `curl ${url}/sim/graph/inbound -d '${inbound}'`],
    ["Read the conversation it made.", `curl ${url}/v1/conversations ${authorized}`],
    ["See who wrote.", `curl ${url}/v1/contacts ${authorized}`],
    ["Let a day pass.", `curl ${url}/local/clock -d '{"advance": "24h"}'`],
  ];
  return html`<ol class="steps">${commands.map(([does = "", command = ""]) => {
    return html`<li>${does}<pre><code>${command}</code></pre></li>`;
  })}</ol>`;
}
