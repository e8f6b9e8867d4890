/** A shape as rows of a table that people can read. */
import { type Field, listOf, type Shape, textOf } from "./shape.ts";

export interface Row {
  /** Where it stands, for example `identities[].kind`. */
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  /** What the value must keep to. */
  readonly constraints: readonly string[];
  readonly description: string;
}

/** The fields of an object, or one row for a value of another kind. */
export function rowsOf(shape: Shape): Row[] {
  const rows = fieldsIn("", shape).flatMap(rowsAt);
  return rows.length > 0 ? rows : [rowOf({ name: "(value)", required: true, shape })];
}

/** One value: a parameter, or a field without what is inside it. */
export function rowOf({ name, required, shape }: Field): Row {
  const description = textOf(shape.words.description);
  return { name, required, description, type: typeOf(shape), constraints: constraintsOf(shape) };
}

function rowsAt(field: Field): Row[] {
  return [rowOf(field), ...fieldsIn(field.name, field.shape).flatMap(rowsAt)];
}

/** What is inside a value, each with its whole path. */
function fieldsIn(path: string, shape: Shape): Field[] {
  const fields = shape.fields.map((field) => {
    return { ...field, name: path === "" ? field.name : `${path}.${field.name}` };
  });
  const items = shape.items === null ? [] : fieldsIn(`${path}[]`, shape.items);
  const values = shape.values === null ? [] : fieldsIn(`${path}.*`, shape.values);
  const variants = shape.variants.filter((variant) => fieldsIn("", variant).length > 0);
  const [only] = variants;
  if (only !== undefined && variants.length === 1) {
    return [...fields, ...items, ...values, ...fieldsIn(path, only)];
  }
  const named = variants.map((variant, at) => {
    const name = `${path} (${labelOf(variant, at)})`.trim();
    return { name, required: false, shape: variant };
  });
  return [...fields, ...items, ...values, ...named];
}

/** A variant is known by its title, or by the fields that can have one value only. */
function labelOf(variant: Shape, at: number): string {
  const fixed = variant.fields
    .filter(({ shape }) => shape.words.const !== undefined)
    .map(({ name, shape }) => `${name} ${JSON.stringify(shape.words.const)}`);
  return textOf(variant.words.title) || fixed.join(", ") || `shape ${at + 1}`;
}

function typeOf({ words, types, items, variants }: Shape): string {
  if (variants.length > 0) return [...new Set(variants.map(typeOf))].join(" or ");
  if (words.const !== undefined) return JSON.stringify(words.const);
  const format = words.format === undefined ? "" : ` (${textOf(words.format)})`;
  const named = types.map((type) => {
    if (type === "array") return items === null ? "array" : `array of ${typeOf(items)}`;
    return type === "string" ? `string${format}` : type;
  });
  return named.join(" or ") || "any";
}

const CONSTRAINTS: Readonly<Record<string, (value: string) => string>> = {
  minLength: (value) => `length at least ${value}`,
  maxLength: (value) => `length at most ${value}`,
  pattern: (value) => `matches ${value}`,
  minimum: (value) => `at least ${value}`,
  maximum: (value) => `at most ${value}`,
  exclusiveMinimum: (value) => `more than ${value}`,
  exclusiveMaximum: (value) => `less than ${value}`,
  multipleOf: (value) => `a multiple of ${value}`,
  minItems: (value) => `count at least ${value}`,
  maxItems: (value) => `count at most ${value}`,
  default: (value) => `${value} when absent`,
};

/** Those of the value itself, and of what it may be instead. */
function constraintsOf({ words, items, variants }: Shape): string[] {
  const values = listOf(words.enum).map((value) => JSON.stringify(value));
  const said = Object.entries(CONSTRAINTS).flatMap(([key, say]) => {
    const value = words[key];
    // A pattern that spells out a format tells people nothing more.
    const idle = key === "pattern" && words.format !== undefined;
    if (value === undefined || idle || isUnlimited(value)) return [];
    return [say(typeof value === "string" ? value : JSON.stringify(value))];
  });
  const inside = [...(items === null ? [] : [items]), ...variants]
    .filter(({ fields }) => fields.length === 0)
    .flatMap(constraintsOf);
  return [
    ...new Set([
      ...(values.length > 0 ? [`one of ${values.join(", ")}`] : []),
      ...said,
      ...(words.additionalProperties === false ? ["no other fields"] : []),
      ...inside,
    ]),
  ];
}

/** zod bounds every integer by what a double can hold exactly, which tells nobody anything. */
function isUnlimited(value: unknown): boolean {
  return typeof value === "number" && Math.abs(value) === Number.MAX_SAFE_INTEGER;
}
