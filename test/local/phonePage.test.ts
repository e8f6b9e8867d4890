import { createContext, runInContext, Script } from "node:vm";
import { describe, expect, test } from "vitest";
import { PHONE_BUBBLES } from "../../local/pages/phoneBubbles.ts";
import { PHONE_MEDIA } from "../../local/pages/phoneMedia.ts";
import { phonePage } from "../../local/pages/phonePage.ts";

const HOSTILE = `</script><script>alert("x")</script><img src=x onerror='alert(1)'>`;

const page = phonePage({
  businesses: [
    { phoneNumberId: "300000000000001", displayNumber: "15550100001" },
    { phoneNumberId: HOSTILE, displayNumber: HOSTILE },
  ],
  customers: [
    { number: "+447700900001", name: HOSTILE },
    { number: HOSTILE, name: "Bola" },
  ],
});
const script = /<script>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "";
const markup = page.replace(/<(style|script)>[\s\S]*?<\/\1>/g, "");
const tags = markup.match(/<\w[^>]*>/g) ?? [];
const bare = tags.map((tag) => tag.replace(/="[^"]*"/g, ""));

/** The elements of that name: the opening tag and what stands inside. */
function elements(name: string): { tag: string; inside: string }[] {
  const found = markup.matchAll(new RegExp(`(<${name}\\b[^>]*>)(?:([\\s\\S]*?)</${name}>)?`, "g"));
  return [...found].map(([, tag = "", inside = ""]) => ({ tag, inside }));
}

function attributeOf(tag: string, attribute: string): string | undefined {
  return new RegExp(`\\s${attribute}="([^"]*)"`).exec(tag)?.[1];
}

describe("the pretend phone", () => {
  test("lets no number and no name become markup", () => {
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(bare.filter((tag) => /^<img| on\w+|[<'"].*[<'"]/.test(tag))).toEqual([]);
    expect(markup).toContain("&lt;img src=x onerror=&#39;alert(1)&#39;&gt;");
  });

  test("shows words of others as text alone: its script makes no markup", () => {
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
  });

  test("fetches nothing from elsewhere", () => {
    expect(bare.filter((tag) => /\s(src|action|srcset|style)\b/.test(tag))).toEqual([]);
    expect(page).not.toMatch(/@import|url\(/);
    expect(script.match(/fetch\([^,)]*/g)).toEqual(['fetch("/sim/graph/" + path']);
  });

  test("has a script that a browser can read", () => {
    expect(() => new Script(script)).not.toThrow();
    // What String.raw is for: an escape that got lost would make another expression.
    expect(script).toContain(String.raw`replace(/\D/g, "")`);
  });

  test("finds in the page every element that the script asks for", () => {
    const asked = [...script.matchAll(/byId\("([\w-]+)"\)/g)].map(([, id]) => id);
    const opened = [...script.matchAll(/openDialog\("(\w+)"/g)].map(([, id]) => id);
    const ids = tags.map((tag) => attributeOf(tag, "id")).filter((id) => id !== undefined);
    expect(asked.length).toBeGreaterThan(10);
    expect([...asked, ...opened].filter((id) => !ids.includes(id ?? ""))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test.each(["input", "select", "textarea"])("labels every %s", (name) => {
    const wrapped = elements("label")
      .map(({ inside }) => inside)
      .join();
    const unlabelled = elements(name).filter(({ tag }) => {
      const id = attributeOf(tag, "id");
      const isNamed = id !== undefined && markup.includes(`<label for="${id}">`);
      return !isNamed && attributeOf(tag, "aria-label") === undefined && !wrapped.includes(tag);
    });
    expect(elements(name)).not.toEqual([]);
    expect(unlabelled).toEqual([]);
  });

  test("names every button, dialog and landmark", () => {
    const named = ({ tag, inside }: { tag: string; inside: string }) =>
      attributeOf(tag, "aria-label") ?? inside.replace(/<[^>]*>/g, "").trim();
    expect([...elements("button"), ...elements("summary")].filter((one) => !named(one))).toEqual(
      [],
    );
    for (const { tag } of elements("dialog")) {
      expect(markup).toContain(`id="${attributeOf(tag, "aria-labelledby")}"`);
    }
    expect(elements("main")).toHaveLength(1);
    expect(elements("h1")).toHaveLength(1);
  });

  test("chooses the first customer and offers the others", () => {
    const number = tags.find((tag) => attributeOf(tag, "id") === "number") ?? "";
    expect(attributeOf(number, "value")).toBe("+447700900001");
    expect(new RegExp(`^(?:${attributeOf(number, "pattern")})$`, "v").test("+447700900049")).toBe(
      true,
    );
    expect(elements("datalist")[0]?.inside.match(/<option/g)).toHaveLength(2);
    expect(elements("select")[0]?.inside.match(/<option/g)).toHaveLength(2);
  });

  test("stands without customers and without a business", () => {
    expect(phonePage({ businesses: [], customers: [] })).toContain('<select id="business">');
  });
});

describe("a message is drawn", () => {
  /** Elements that remember what they were given. */
  class Drawn {
    readonly tag: string;
    readonly inside: unknown[] = [];
    constructor(tag: string) {
      this.tag = tag;
    }
    append(...inside: unknown[]) {
      this.inside.push(...inside);
    }
  }
  const draw = (message: object): unknown => {
    const document = { createElement: (tag: string) => new Drawn(tag) };
    const context = createContext({ document, URLSearchParams, message });
    const call = "drawBody({ rendered: null, ...message })";
    const drawn: unknown = runInContext(`${PHONE_MEDIA}${PHONE_BUBBLES}${call}`, context);
    return JSON.parse(JSON.stringify(drawn));
  };
  const src = "/sim/graph/media?id=400";

  test.each([
    [
      "image",
      { id: "400", caption: "Look" },
      [
        { tag: "img", src },
        { tag: "p", inside: ["Look"] },
      ],
    ],
    ["audio", { id: "400" }, [{ tag: "audio", src, controls: true }]],
    ["video", { id: "400" }, [{ tag: "video", src, controls: true }]],
    ["document", { id: "400", filename: "a.pdf" }, [{ tag: "a", href: src, download: "a.pdf" }]],
    ["image", { link: "https://x.example" }, [{ tag: "a", href: "https://x.example" }]],
    ["image", { link: "javascript:alert(1)" }, [{ tag: "span" }]],
    ["image", null, [{ tag: "p", inside: ["image"] }]],
  ])("%s %j", (type, body, expected) => {
    expect(draw({ type, body })).toMatchObject(expected);
  });

  test("a template with its header, footer, buttons and cards", () => {
    const card = { header: null, body: "One", footer: null, buttons: [], cards: [] };
    const rendered = {
      ...card,
      header: { format: "IMAGE", text: null, media: { kind: "image", id: "400" } },
      body: "Hi",
      footer: "Example Ltd",
      buttons: [
        { type: "QUICK_REPLY", text: "Stop", value: null },
        { type: "URL", text: "Track", value: "https://x.example" },
        { type: "COPY_CODE", text: "Copy offer code", value: "SAVE20" },
      ],
      cards: [card],
    };
    expect(draw({ type: "template", body: {}, rendered })).toMatchObject([
      { tag: "img", src },
      { tag: "p", inside: ["Hi"] },
      { tag: "p", inside: ["Example Ltd"] },
      { tag: "div", className: "card", inside: [{ inside: ["One"] }] },
      {
        className: "taps",
        inside: [
          { tag: "button", inside: ["Stop"] },
          { tag: "a", href: "https://x.example" },
          { tag: "span", inside: ["Copy offer code: SAVE20"] },
        ],
      },
    ]);
  });
});
