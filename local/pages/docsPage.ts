/**
 * The API reference, made from the OpenAPI document that the product serves, so that it cannot say
 * anything else. One file, nothing fetched, usable without a mouse and without a script.
 */
import { curlOf, ORIGIN } from "./curl.ts";
import { type Html, html, prose } from "./html.ts";
import { type Operation, type Reference, type Reply, readReference } from "./openapi.ts";
import { page } from "./page.ts";
import { type Row, rowOf, rowsOf } from "./rows.ts";
import { shapeOf } from "./shape.ts";

/** The reference page of an OpenAPI 3.1 document; throws when it is none. */
export function docsPage(openapi: object): string {
  const reference = readReference(openapi);
  const { title, version, description, tags } = reference;
  const body = html`<div class="reference">
<nav aria-label="Operations">
<p><a href="/">← This laptop</a></p>
<label for="search">Search <kbd>/</kbd></label>
<input type="search" id="search" autocomplete="off">
<p class="faint" role="status" id="found"></p>
${tags.map(({ name }) => contentsOf(name, reference))}
</nav>
<main id="main">
<h1>${title}</h1>
<p class="faint">Version ${version}. <a href="/v1/openapi.json">OpenAPI document</a></p>
<p>${prose(description)}</p>
${conventions()}
${tags.map((tag) => sectionOf(tag.name, tag.description, reference))}
</main>
</div>`;
  return page(`${title} reference`, body, { script: SCRIPT });
}

function contentsOf(tag: string, { operations }: Reference): Html {
  const items = operations
    .filter((one) => one.tag === tag)
    .map(({ anchor, method, path, summary }) => {
      return html`<li data-of="${anchor}"><a href="#${anchor}" title="${method} ${path}">
${summary || path}</a></li>`;
    });
  return html`<div data-group><strong>${tag}</strong><ul>${items}</ul></div>`;
}

function sectionOf(tag: string, description: string, reference: Reference): Html {
  const operations = reference.operations.filter((one) => one.tag === tag);
  return html`<section data-group aria-label="${tag}">
<h2>${tag}</h2>
<p>${prose(description)}</p>
${operations.map((operation) => articleOf(operation, reference))}
</section>`;
}

function articleOf(operation: Operation, { resolve }: Reference): Html {
  const { anchor, method, path, tag, summary, description, parameters, body } = operation;
  const [before, after] = curlOf(operation, resolve);
  const words = `${method} ${path} ${tag} ${summary} ${description}`.toLowerCase();
  const asked = parameters.map(({ schema, ...parameter }) => {
    const row = rowOf({ ...parameter, shape: shapeOf(schema, resolve) });
    const said = parameter.description ?? row.description;
    return { ...row, name: `${parameter.name} (${parameter.in})`, description: said };
  });
  const bodies = Object.entries(body?.content ?? {}).map(([type, { schema = {} }]) => {
    const need = body?.required === true ? "required" : "may be absent";
    return html`<h4>Body, ${need} (${type})</h4>${tableOf(rowsOf(shapeOf(schema, resolve)))}`;
  });
  return html`<article class="operation" id="${anchor}" data-words="${words}">
<h3><a href="#${anchor}"><span class="method">${method}</span> <code>${path}</code></a></h3>
<p><strong>${summary}</strong> <span class="faint">${permissionOf(operation)}</span></p>
<p>${prose(description)}</p>
${asked.length > 0 ? html`<h4>Parameters</h4>${tableOf(asked)}` : null}
${bodies}
<h4>Answers</h4>
${operation.replies.map((reply) => replyOf(reply, resolve))}
<h4>Example</h4>
<pre><code>${before}<span data-origin>${ORIGIN}</span>${after}</code></pre>
</article>`;
}

function permissionOf({ permission, isPublic }: Operation): Html {
  if (isPublic) return html`Needs no key.`;
  if (permission === null || permission === "anyone") return html`Any key.`;
  return html`Needs <code>${permission}</code>.`;
}

function replyOf({ status, description, content }: Reply, resolve: Reference["resolve"]): Html {
  const shapes = Object.entries(content).map(([type, { schema = {} }]) => {
    return html`<p class="faint">${type}</p>${tableOf(rowsOf(shapeOf(schema, resolve)))}`;
  });
  const line = html`<strong>${status}</strong> ${prose(description)}`;
  if (shapes.length === 0) return html`<p>${line}</p>`;
  return html`<details><summary>${line}</summary>${shapes}</details>`;
}

function tableOf(rows: readonly Row[]): Html {
  const lines = rows.map(({ name, type, required, constraints, description }) => {
    const said = [...(description === "" ? [] : [description]), ...constraints].join("; ");
    return html`<tr><td><code>${name}</code></td><td>${type}</td>
<td>${required ? "yes" : "no"}</td><td>${prose(said)}</td></tr>`;
  });
  return html`<div class="scroll"><table>
<thead><tr><th scope="col">Name</th><th scope="col">Type</th><th scope="col">Required</th>
<th scope="col">Notes</th></tr></thead>
<tbody>${lines}</tbody>
</table></div>`;
}

/** What holds for every operation; the contract fixes it. */
function conventions(): Html {
  const problem = {
    type: "about:blank",
    title: "Unprocessable Content",
    status: 422,
    code: "invalid_request",
    detail: "The body is not valid.",
    errors: [{ pointer: "/name", code: "too_small", detail: "Give at least one character." }],
    requestId: "example",
    retryable: false,
  };
  return html`<section aria-label="Conventions">
<h2>Conventions</h2>
<p>Send a key as <code>Authorization: Bearer pk_...</code>; on the laptop
<code>pk_local_admin</code> and <code>pk_local_agent</code> exist. Lists answer
<code>{data, page: {nextCursor, hasMore}}</code> and take <code>limit</code> (1 to 100) and
<code>cursor</code>. Every POST takes an <code>Idempotency-Key</code>.</p>
<h4>Errors</h4>
<p>Every error is <code>application/problem+json</code>. Decide by <code>code</code>; each entry of
<code>errors</code> points into the body or names a parameter; <code>retryable</code> says whether
the same request may succeed later.</p>
<pre><code>${JSON.stringify(problem, null, 2)}</code></pre>
</section>`;
}

/** Search, and the origin the page really came from. */
const SCRIPT = `
const search = document.getElementById("search");
const found = document.getElementById("found");
const operations = [...document.querySelectorAll("[data-words]")];
const show = () => {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let count = 0;
  for (const operation of operations) {
    const fits = words.every((word) => operation.dataset.words.includes(word));
    operation.hidden = !fits;
    document.querySelector('[data-of="' + CSS.escape(operation.id) + '"]').hidden = !fits;
    if (fits) count += 1;
  }
  for (const group of document.querySelectorAll("[data-group]")) {
    group.hidden = !group.querySelector("li:not([hidden]), article:not([hidden])");
  }
  found.textContent = words.length > 0 ? count + " found" : "";
};
search.addEventListener("input", show);
document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input");
  if (event.key === "/" && !typing) { event.preventDefault(); search.focus(); }
  if (event.key === "Escape" && typing) { search.value = ""; show(); }
});
for (const place of document.querySelectorAll("[data-origin]")) {
  place.textContent = location.origin;
}
`;
