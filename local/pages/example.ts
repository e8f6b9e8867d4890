/** A value that a shape takes, as far as its own words tell, with only what is required. */
import { listOf, type Shape, textOf } from "./shape.ts";

export function exampleOf(shape: Shape): unknown {
  const { words, types, fields, items, variants } = shape;
  const stated = [words.example, listOf(words.examples)[0], words.const, words.default];
  const known = [...stated, listOf(words.enum)[0]].find((value) => value !== undefined);
  if (known !== undefined) return known;
  const variant = variants.find((one) => !one.types.includes("null"));
  if (variant !== undefined && fields.length === 0) return exampleOf(variant);
  switch (types[0]) {
    case "array": {
      const least = typeof words.minItems === "number" ? words.minItems : 0;
      return items !== null && least > 0 ? [exampleOf(items)] : [];
    }
    case "integer":
    case "number":
      return typeof words.minimum === "number" ? Math.max(1, words.minimum) : 1;
    case "boolean":
      return true;
    case "string":
      return wordOf(shape);
    case "null":
      return null;
    default: {
      const needed = fields.filter(({ required }) => required);
      return Object.fromEntries(needed.map((field) => [field.name, exampleOf(field.shape)]));
    }
  }
}

function wordOf({ words }: Shape): string {
  if (words.format === "date-time") return "2026-12-01T09:00:00.000Z";
  if (words.format === "email") return "ada@example.com";
  if (words.format === "uri") return "https://example.com";
  const prefix = /^\^([a-z]{3}_)/.exec(textOf(words.pattern))?.[1];
  return prefix === undefined ? "text" : `${prefix}01JDZZ0000000000000000000A`;
}
