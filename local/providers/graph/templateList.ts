/** `GET /{WABA}/message_templates`: filters, and pages by cursors (section 8.1). */
import { type Answer, GraphRefusal } from "./answer.ts";
import type { Call } from "./call.ts";
import type { MessageTemplate } from "./messageTemplate.ts";
import { fieldsAsked, shown } from "./templateShown.ts";

const LIMIT = { default: 25, max: 1_000 };
const PARAMETERS = ["fields", "limit", "after", "before", "status", "name", "language", "category"];

/** @param all those of the account, the newest first */
export function templateList(
  { path, query }: Call,
  all: readonly MessageTemplate[],
  base: string,
): Answer {
  const stray = [...query.keys()].find((key) => !PARAMETERS.includes(key));
  if (stray !== undefined) throw refused(`The parameter ${stray} is unknown or not simulated`);
  const asked = fieldsAsked(query.get("fields"));
  if ("unknown" in asked) throw refused(`A template has no field ${asked.unknown}`);
  const limit = limitOf(query.get("limit"));
  const fitting = all.filter((template) => fits(template, query));
  const page = pageOf(fitting, query, limit);
  const [first, last] = [page.at(0), page.at(-1)];
  const data = page.map((template) => shown(template, asked.fields));
  if (first === undefined || last === undefined) return { status: 200, body: { data } };
  const to = (direction: "after" | "before", { place }: MessageTemplate): string => {
    const more = new URLSearchParams(query);
    more.delete("after");
    more.delete("before");
    more.set(direction, cursorOf(place));
    return `${base}/graph/v25.0/${path}?${more}`;
  };
  const paging = {
    cursors: { before: cursorOf(first.place), after: cursorOf(last.place) },
    ...(last !== fitting.at(-1) && { next: to("after", last) }),
    ...(first !== fitting.at(0) && { previous: to("before", first) }),
  };
  return { status: 200, body: { data, paging } };
}

function refused(details: string): GraphRefusal {
  return new GraphRefusal(100, details, null);
}

function limitOf(asked: string | null): number {
  const limit = Number(asked ?? LIMIT.default);
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT.max) return limit;
  throw refused(`limit: 1 to ${LIMIT.max}`);
}

function fits(
  { status, name, language, category }: MessageTemplate,
  query: URLSearchParams,
): boolean {
  const wanted = (key: string, value: string) => (query.get(key) ?? value) === value;
  const inAnyCase = (key: string, value: string) => {
    return (query.get(key)?.toUpperCase() ?? value) === value;
  };
  return (
    wanted("name", name) &&
    wanted("language", language) &&
    inAnyCase("status", status) &&
    inAnyCase("category", category)
  );
}

function pageOf(
  fitting: readonly MessageTemplate[],
  query: URLSearchParams,
  limit: number,
): readonly MessageTemplate[] {
  const [after, before] = [query.get("after"), query.get("before")];
  if (before !== null) {
    const place = placeIn(before);
    return fitting.filter((one) => one.place > place).slice(-limit);
  }
  const place = after === null ? null : placeIn(after);
  return fitting.filter((one) => place === null || one.place < place).slice(0, limit);
}

function cursorOf(place: string): string {
  return Buffer.from(place).toString("base64url");
}

function placeIn(cursor: string): string {
  const place = Buffer.from(cursor, "base64url").toString();
  if (/^[0-9A-Z]{26}$/.test(place)) return place;
  throw refused("Invalid cursor");
}
