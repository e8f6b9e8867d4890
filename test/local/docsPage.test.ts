import { describe, expect, test } from "vitest";
import { docsPage } from "../../local/pages/docsPage.ts";
import { landingPage } from "../../local/pages/landingPage.ts";

const HOSTILE = `</code><script>alert("x")</script><img src=x onerror='alert(1)'>`;

const tag = {
  type: "object",
  required: ["id", "name"],
  additionalProperties: false,
  properties: {
    id: { type: "string", pattern: "^tag_[0-9A-Z]{26}$" },
    name: { type: "string", minLength: 1, maxLength: 50, description: `Its \`name\` ${HOSTILE}` },
    color: { anyOf: [{ type: "string", enum: ["red", HOSTILE] }, { type: "null" }] },
    parent: { $ref: "#/components/schemas/Tag" },
    parts: { type: "array", maxItems: 5, items: { $ref: "#/components/schemas/Part" } },
  },
};

const OPENAPI = {
  openapi: "3.1.0",
  info: { title: HOSTILE, version: "1", description: HOSTILE },
  servers: [{ url: "/v1" }],
  tags: [{ name: "tags", description: "Words on things." }],
  paths: {
    "/tags/{id}": {
      parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" } }],
      put: {
        tags: ["tags"],
        summary: HOSTILE,
        description: HOSTILE,
        "x-permission": "tags:write",
        parameters: [
          { $ref: "#/components/parameters/Once" },
          { name: "dry", in: "query", required: true, schema: { type: "boolean" } },
        ],
        requestBody: {
          required: true,
          content: { "application/json": { schema: { $ref: "#/components/schemas/Tag" } } },
        },
        responses: {
          "200": {
            description: "The tag",
            content: { "application/json": { schema: { $ref: "#/components/schemas/Tag" } } },
          },
          "404": { $ref: "#/components/responses/NotFound" },
        },
      },
    },
    "/health": {
      get: { summary: "Whether it works", security: [], responses: { "200": {} } },
    },
  },
  components: {
    parameters: {
      Once: {
        name: "Idempotency-Key",
        in: "header",
        required: true,
        schema: { type: "string", maxLength: 255 },
      },
    },
    responses: { NotFound: { description: "No such `tag`" } },
    schemas: {
      Tag: tag,
      Part: {
        oneOf: [
          {
            type: "object",
            required: ["type", "text"],
            properties: { type: { const: "text" }, text: { type: "string" } },
          },
          {
            allOf: [
              { type: "object", properties: { type: { const: "size" } } },
              { properties: { px: { type: "integer", minimum: 3, multipleOf: 3 } } },
            ],
          },
        ],
      },
    },
  },
};

/** What a reader sees: no sheet, no script, no tags, entities read. */
function textOf(page: string): string {
  return page
    .replace(/<(style|script)>[\s\S]*?<\/\1>/g, "")
    .replace(/<[^>]*>/g, "")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** Every opening tag, its attributes without their values. */
function tagsOf(page: string): string[] {
  const markup = page.replace(/<(style|script)>[\s\S]*?<\/\1>/g, "");
  return (markup.match(/<\w[^>]*>/g) ?? []).map((one) => one.replace(/="[^"]*"/g, ""));
}

/** The row of a table that starts with this name. */
function rowOf(page: string, name: string): string {
  const rows = page.split("<tr>").filter((row) => row.startsWith(`<td><code>${name}</code>`));
  return textOf(rows[0]?.split("</tr>")[0] ?? "")
    .replace(/\s+/g, " ")
    .trim();
}

describe("the API reference", () => {
  const page = docsPage(OPENAPI);

  test("lets no text of the document become markup", () => {
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(tagsOf(page).filter((one) => /^<img| on\w+|[<'"].*[<'"]/.test(one))).toEqual([]);
    expect(textOf(page)).toContain(HOSTILE);
  });

  test("fetches nothing", () => {
    expect(tagsOf(page).filter((one) => / (src|action|srcset|style)\b/.test(one))).toEqual([]);
    expect(page).not.toMatch(/@import|url\(/);
    const hrefs = [...page.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    expect(hrefs.filter((href) => !/^(#|\/$|\/v1\/|data:,$)/.test(href ?? ""))).toEqual([]);
  });

  test("names every operation with its path, permission and place in the navigation", () => {
    expect(textOf(page)).toContain("PUT /v1/tags/{id}");
    expect(textOf(page)).toContain("Needs tags:write.");
    expect(textOf(page)).toContain("Needs no key.");
    for (const anchor of ["put-v1-tags-id-", "get-v1-health"]) {
      expect(page).toContain(`href="#${anchor}"`);
      expect(page.split(` id="${anchor}"`)).toHaveLength(2);
    }
    expect(page).toContain('<input type="search"');
  });

  test("shows parameters of the path and of the operation", () => {
    expect(rowOf(page, "id (path)")).toBe("id (path)string yes");
    expect(rowOf(page, "Idempotency-Key (header)")).toContain("length at most 255");
  });

  test("shows nested fields, limits, enums and variants", () => {
    expect(rowOf(page, "name")).toMatch(
      /^namestring yesIts name .*length at least 1; length at most 50/,
    );
    expect(rowOf(page, "color")).toContain('string or null noone of "red"');
    expect(rowOf(page, "parts")).toContain("count at most 5");
    expect(rowOf(page, "parts[] (type &quot;text&quot;).text")).toContain("yes");
    expect(rowOf(page, "parts[] (type &quot;size&quot;).px")).toMatch(
      /at least 3; a multiple of 3$/,
    );
  });

  test("cuts a shape that contains itself", () => {
    expect(rowOf(page, "parent")).toBe("parentTag noThe same shape again.");
  });

  test("follows references of answers", () => {
    expect(textOf(page)).toContain("404 No such tag");
  });

  test("gives a command that a shell takes", () => {
    expect(textOf(page)).toContain(
      [
        "curl -X PUT 'http://127.0.0.1:4000/v1/tags/ID?dry=true' \\",
        "  -H 'authorization: Bearer pk_local_admin' \\",
        "  -H 'Idempotency-Key: example-1' \\",
        "  -H 'content-type: application/json' \\",
        `  -d '{"id":"tag_01JDZZ0000000000000000000A","name":"text"}'`,
      ].join("\n"),
    );
    expect(textOf(page)).toContain("curl -X GET 'http://127.0.0.1:4000/v1/health'\n");
  });

  test("refuses what is no OpenAPI document", () => {
    expect(() => docsPage({ swagger: "2.0" })).toThrow();
  });
});

describe("the landing page", () => {
  test("shows what runs, the keys, and only the pages that exist", () => {
    const here = { url: "http://127.0.0.1:4123", keys: [{ name: "admin", key: "pk_local_admin" }] };
    const page = landingPage({ ...here, docs: "/docs", phone: null });
    expect(textOf(page)).toContain("authorization: Bearer pk_local_admin");
    expect(textOf(page)).toContain("curl http://127.0.0.1:4123/sim/graph/inbound -d '{");
    expect(page).toContain('href="/docs"');
    expect(page).not.toContain("/phone");
    expect(landingPage({ ...here, docs: null, phone: "/phone" })).toContain('href="/phone"');
  });
});
