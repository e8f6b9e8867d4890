/**
 * A JSON Schema with nothing to look up: references followed, `allOf` made one, and a shape that
 * contains itself cut where it starts again. What is read here always ends.
 */
import type { Reference, Schema } from "./openapi.ts";

export interface Shape {
  /** The schema's own words: type, format, limits, description. */
  readonly words: Schema;
  readonly types: readonly string[];
  readonly fields: readonly Field[];
  readonly items: Shape | null;
  /** What the values of an object with free names are. */
  readonly values: Shape | null;
  /** `oneOf` and `anyOf`: the value has one of these shapes. */
  readonly variants: readonly Shape[];
}

export interface Field {
  readonly name: string;
  readonly required: boolean;
  readonly shape: Shape;
}

type Resolve = Reference["resolve"];

export function shapeOf(given: Schema, resolve: Resolve, trail: readonly string[] = []): Shape {
  const reference = textOf(given.$ref);
  if (reference !== "" && trail.includes(reference)) return again(reference);
  const further = reference === "" ? trail : [...trail, reference];
  const words = resolve(given);
  const inside = (schema: unknown) => shapeOf(schemaOf(schema), resolve, further);
  const needed = listOf(words.required);
  const own: Shape = {
    words,
    types: listOf(Array.isArray(words.type) ? words.type : [words.type]).map(String),
    fields: Object.entries(schemaOf(words.properties)).map(([name, schema]) => {
      return { name, required: needed.includes(name), shape: inside(schema) };
    }),
    items: isSchema(words.items) ? inside(words.items) : null,
    values: isSchema(words.additionalProperties) ? inside(words.additionalProperties) : null,
    variants: [...listOf(words.oneOf), ...listOf(words.anyOf)].map(inside),
  };
  return listOf(words.allOf).map(inside).reduce(joined, own);
}

function again(reference: string): Shape {
  const type = reference.split("/").at(-1) ?? reference;
  const words = { description: "The same shape again." };
  return { words, types: [type], fields: [], items: null, values: null, variants: [] };
}

function joined(one: Shape, other: Shape): Shape {
  return {
    words: { ...other.words, ...one.words },
    types: [...new Set([...one.types, ...other.types])],
    fields: [...one.fields, ...other.fields],
    items: one.items ?? other.items,
    values: one.values ?? other.values,
    variants: [...one.variants, ...other.variants],
  };
}

function isSchema(value: unknown): boolean {
  return Object.keys(schemaOf(value)).length > 0;
}

function schemaOf(value: unknown): Schema {
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value.filter((one) => one !== undefined) : [];
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
