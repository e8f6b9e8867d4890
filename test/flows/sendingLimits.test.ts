import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Body,
  expectNothingDenied,
  settle,
  type Workspace,
  workspace,
} from "../support/client.ts";
import {
  asking,
  buttons,
  cards,
  interactive,
  link,
  list,
  rows,
  text,
  words,
} from "../support/contents.ts";
import * as meta from "../support/sends.ts";

/** What Meta would refuse never leaves: every limit is checked before anything is accepted. */

afterAll(expectNothingDenied);

const ADA = { formatted_name: "Ada", first_name: "Ada" };
const AT = "/content/interactive";

const wrong: readonly (readonly [pointer: string, content: object])[] = [
  ["/content/text", text("")],
  ["/content/text", text(words(4_097))],
  ["/content/text", text("💚".repeat(2_049))],
  [`${AT}/type`, interactive("carousel", {})],
  [`${AT}/body/text`, buttons(["Yes"], { body: { text: words(1_025) } })],
  [`${AT}/header/text`, buttons(["Yes"], { header: { type: "text", text: words(61) } })],
  [`${AT}/header/type`, buttons(["Yes"], { header: { type: "smell" } })],
  [`${AT}/footer/text`, buttons(["Yes"], { footer: { text: words(61) } })],
  [`${AT}/action/buttons`, buttons([])],
  [`${AT}/action/buttons`, buttons(["1", "2", "3", "4"])],
  [`${AT}/action/buttons`, buttons(["Same", "Same"])],
  [`${AT}/action/buttons/1/reply/title`, buttons(["Yes", words(21)])],
  [`${AT}/action/sections`, list([])],
  [`${AT}/action/sections`, list(rows(11))],
  [`${AT}/action/sections`, list([...rows(1), ...rows(1)])],
  [`${AT}/action/button`, list(rows(1), { button: words(21) })],
  [`${AT}/action/sections/0/title`, list([], { sections: [{ title: words(25), rows: rows(1) }] })],
  [`${AT}/action/sections/0/rows/0/id`, list([{ id: words(201), title: "x" }])],
  [`${AT}/action/sections/0/rows/0/title`, list([{ id: "1", title: words(25) }])],
  [
    `${AT}/action/sections/0/rows/0/description`,
    list([{ id: "1", title: "x", description: words(73) }]),
  ],
  [`${AT}/action/parameters/url`, link("javascript:alert(1)")],
  [`${AT}/action/parameters/display_text`, link("https://shop.example", words(21))],
  [`${AT}/footer`, { type: "interactive", interactive: { ...asking.interactive, footer: {} } }],
  ["/content/latitude", { type: "location", latitude: 90.1, longitude: 0 }],
  ["/content/longitude", { type: "location", latitude: 0, longitude: -180.1 }],
  ["/content/contacts", cards(0, ADA)],
  ["/content/contacts", cards(6, ADA)],
  ["/content/contacts/0/name", cards(1, { formatted_name: "Ada" })],
  ["/content/contacts/0/name/formatted_name", cards(1, { first_name: "Ada" })],
  ["/content/emoji", { type: "reaction", messageId: "HEARD", emoji: "ok" }],
  ["/content/emoji", { type: "reaction", messageId: "HEARD", emoji: "👍👍" }],
  ["/content/messageId", { type: "reaction", messageId: ulidLike("msg"), emoji: "👍" }],
  ["/content/templateId", { type: "template", templateId: ulidLike("tpl"), variables: {} }],
  ["/content/variables/first_name", { type: "template", templateId: "SEEDED", variables: {} }],
  ["/content/variables/first_name", seeded({ first_name: "two\nlines" })],
  ["/content/variables/first_name", seeded({ first_name: "five     spaces" })],
  ["/content/variables/last_name", seeded({ first_name: "Ada", last_name: "L" })],
  ["/content/smell", { ...text("Hi"), smell: "roses" }],
  ["/content/type", { type: "unsupported", raw: {} }],
];

function seeded(variables: object) {
  return { type: "template", templateId: "SEEDED", variables };
}

function ulidLike(prefix: string): string {
  return `${prefix}_01J00000000000000000000000`;
}

describe("what Meta would refuse", () => {
  let one: Workspace;
  let talk: meta.Talk;
  let templateId: string;

  beforeAll(async () => {
    one = await workspace();
    talk = await meta.talkWith(one);
    ({ templateId } = await meta.welcome(one));
  });

  const refused = async (content: object) => {
    const given = JSON.stringify(content)
      .replace('"HEARD"', JSON.stringify(talk.heard.id))
      .replace('"SEEDED"', JSON.stringify(templateId));
    const path = `/conversations/${talk.conversation.id}/messages`;
    const { status, body } = await meta.send(one.agent, path, { content: JSON.parse(given) });
    return [status, ...body.errors.map(({ pointer }: Body) => pointer)];
  };

  test("is refused at once, each time with the place that is wrong", async () => {
    const told = await Promise.all(wrong.map(([, content]) => refused(content)));
    expect(told).toEqual(wrong.map(([pointer]) => [422, pointer]));
    await settle();
    expect(await meta.ledgerOf(one)).toEqual([]);
  });

  test("is told whole: every place at once", async () => {
    const content = buttons(["Yes", words(21)], { footer: { text: "" }, body: {} });
    expect(await refused(content)).toEqual([
      422,
      `${AT}/body/text`,
      `${AT}/footer/text`,
      `${AT}/action/buttons/1/reply/title`,
    ]);
  });
});
