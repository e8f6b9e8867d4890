/** A command that calls an operation of the laptop cloud, to paste into a terminal. */
import { exampleOf } from "./example.ts";
import type { Operation, Reference } from "./openapi.ts";
import { shapeOf } from "./shape.ts";

/** The default; a page served elsewhere puts its own origin in its place. */
export const ORIGIN = "http://127.0.0.1:4000";
const KEY = "pk_local_admin";

/** The command in two halves, around the origin. */
export function curlOf(operation: Operation, resolve: Reference["resolve"]): [string, string] {
  const { method, path, parameters, body, isPublic } = operation;
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => name.toUpperCase());
  const needed = parameters.filter(({ required }) => required);
  const query = needed
    .filter((one) => one.in === "query")
    .map(({ name, schema }) => {
      const value = encodeURIComponent(String(exampleOf(shapeOf(schema, resolve))));
      return `${encodeURIComponent(name)}=${value}`;
    });
  const headers = [
    ...(isPublic ? [] : [`authorization: Bearer ${KEY}`]),
    ...needed.filter((one) => one.in === "header").map(({ name }) => `${name}: example-1`),
    ...(body === null ? [] : ["content-type: application/json"]),
  ];
  const options = [
    ...headers.map((header) => `-H ${quoted(header)}`),
    ...(body === null ? [] : [`-d ${quoted(JSON.stringify(sampleOf(operation, resolve)))}`]),
  ];
  const address = `${filled}${query.length > 0 ? `?${query.join("&")}` : ""}`;
  const after = ["", ...options].join(" \\\n  ");
  return [`curl -X ${method} '`, `${address.replaceAll("'", "%27")}'${after}`];
}

function sampleOf({ body }: Operation, resolve: Reference["resolve"]): unknown {
  const json = body?.content["application/json"];
  return json?.example ?? exampleOf(shapeOf(json?.schema ?? {}, resolve));
}

/** One word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
