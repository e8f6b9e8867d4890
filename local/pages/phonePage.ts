/**
 * A pretend phone: write to a business as one of its customers, and see what comes back. The page
 * knows the simulator's doors only, so it can do no more than a real phone could.
 */
import { type Html, html } from "./html.ts";
import { page } from "./page.ts";
import { PHONE_SCRIPT } from "./phoneScript.ts";
import { PHONE_STYLE } from "./phoneStyle.ts";

export interface PhonePage {
  /** Whom one can write to; the first is chosen. */
  readonly businesses: readonly {
    readonly phoneNumberId: string;
    /** Digits. */
    readonly displayNumber: string;
  }[];
  /** Whom one can be, besides every other number. */
  readonly customers: readonly { readonly number: string; readonly name: string }[];
}

const EMOJI = [
  { emoji: "👍", name: "thumbs up" },
  { emoji: "❤️", name: "heart" },
  { emoji: "😂", name: "laughing" },
  { emoji: "😮", name: "surprised" },
  { emoji: "😢", name: "sad" },
  { emoji: "🙏", name: "thank you" },
];

export function phonePage({ businesses, customers }: PhonePage): string {
  const body = html`<main class="phone" id="main">
${setup(businesses, customers)}
<section class="device" aria-label="Chat">
<header><strong id="with"></strong><span class="faint" role="status" id="doing"></span></header>
<ol id="chat" role="log" aria-label="Messages" tabindex="0"></ol>
<p id="problem" role="alert" hidden></p>
${composer()}
</section>
${dialogs()}
</main>`;
  return page("Pretend phone", body, { script: PHONE_SCRIPT, style: PHONE_STYLE });
}

function setup(businesses: PhonePage["businesses"], customers: PhonePage["customers"]): Html {
  const [first] = customers;
  const people = customers.map(({ number, name }) => {
    return html`<option value="${number}" data-name="${name}">${name}</option>`;
  });
  const numbers = businesses.map(({ phoneNumberId, displayNumber }) => {
    return html`<option value="${phoneNumberId}" data-number="${displayNumber}">
+${displayNumber}</option>`;
  });
  return html`<form class="setup" id="setup" aria-labelledby="title">
<h1 id="title">Pretend phone</h1>
<p class="faint">You are a customer on WhatsApp. Everything stays on this machine.</p>
<label for="number">Your number</label>
<input id="number" type="tel" list="numbers" autocomplete="off" required
pattern="[+]?[0-9]{5,20}" title="Digits, with or without a plus" value="${first?.number ?? ""}">
<datalist id="numbers">${people}</datalist>
<label for="name">Your name</label>
<input id="name" autocomplete="off" maxlength="200" value="${first?.name ?? ""}">
<label for="business">You write to</label>
<select id="business">${numbers}</select>
<label class="switch"><input type="checkbox" role="switch" id="receipts" checked>
Send read receipts</label>
<p class="faint">On: what arrives is read when it is seen. Off: each message has a button.</p>
<nav aria-label="Pages"><a href="/">This laptop</a> <a href="/docs">API reference</a></nav>
</form>`;
}

function composer(): Html {
  return html`<form id="composer">
<div id="quote" hidden><span id="quoted"></span>
<button type="button" id="unquote" aria-label="Do not answer this message">✕</button></div>
<div class="line">
<details id="attach"><summary aria-label="Send something else">+</summary><div>
<button type="button" data-send="location">Location…</button>
<button type="button" data-send="contact">Contact card…</button>
<button type="button" data-send="file">Photo, sound or file…</button>
<button type="button" data-send="sticker">Sticker</button>
<button type="button" data-send="unsupported">Something of an unknown type</button>
</div></details>
<textarea id="text" rows="1" maxlength="4096" placeholder="Message" aria-label="Message"></textarea>
<button type="submit" class="primary">Send</button>
</div>
</form>`;
}

function dialogs(): Html {
  const close = html`<button type="button" data-close>Cancel</button>`;
  return html`<dialog id="location" aria-labelledby="location-title"><form>
<h2 id="location-title">Share a location</h2>
<label>Latitude <input name="latitude" type="number" step="any" min="-90" max="90" required
value="51.5074"></label>
<label>Longitude <input name="longitude" type="number" step="any" min="-180" max="180" required
value="-0.1278"></label>
<label>Name of the place <input name="name" value="Charing Cross" autocomplete="off"></label>
<label>Address <input name="address" value="London WC2N 5DU" autocomplete="off"></label>
<p class="buttons"><button class="primary">Share location</button>${close}</p>
</form></dialog>
<dialog id="contact" aria-labelledby="contact-title"><form>
<h2 id="contact-title">Share a contact card</h2>
<label>First name <input name="first" required value="Kemi" autocomplete="off"></label>
<label>Last name <input name="last" value="Stone" autocomplete="off"></label>
<label>Phone <input name="phone" type="tel" value="+447700900049" autocomplete="off"></label>
<p class="buttons"><button class="primary">Share contact</button>${close}</p>
</form></dialog>
<dialog id="react" aria-labelledby="react-title"><form>
<h2 id="react-title">React</h2>
<p class="buttons">${EMOJI.map(({ emoji, name }) => {
    return html`<button type="button" data-emoji="${emoji}" aria-label="${name}">${emoji}</button>`;
  })}</p>
<label>Another emoji <input name="emoji" required maxlength="16" autocomplete="off"></label>
<p class="buttons"><button class="primary">React</button>
<button type="button" data-emoji="">Take back</button>${close}</p>
</form></dialog>
<dialog id="rows" aria-labelledby="rows-title"><h2 id="rows-title"></h2>
<div id="rows-list"></div><p class="buttons">${close}</p></dialog>`;
}
