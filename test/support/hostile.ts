/** Requests that nobody should send, made of the schemas of the OpenAPI document. */
import * as fc from "fast-check";

/** JSON schema, as far as the document uses it. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly propertyNames?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

/** More would only make requests long. */
const ITEMS_MAX = 4;
const LENGTH_MAX = 60;
const HUGE = 50_000;
const DEPTH = 20_000;

/** Half of a surrogate pair, zero, a long one, text that looks like a path or a key. */
const STRINGS = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "\udfff x",
  "\u202e\ufeff",
  "__proto__",
  "constructor",
  "w#wsp_00000000000000000000000000",
  "../../etc/passwd",
  "x".repeat(HUGE),
  "𐍈".repeat(300),
];

const YEARS = { min: new Date("0000-01-01T00:00:00Z"), max: new Date("9999-12-31T00:00:00Z") };
const TIMES = [
  "0000-01-01T00:00:00Z",
  "0000-01-01T00:00:00+23:59",
  "9999-12-31T23:59:59-23:59",
  "2026-02-30T00:00:00Z",
  "2026-01-01T00:00:00.123456789Z",
  "2026-01-01T24:00:00Z",
  "2026-01-01T00:00:00",
];

const NUMBERS = [0, -0, -1, 1e308, -1e308, 5e-324, 1e-200, 2 ** 53, 0.1 + 0.2, 1e21];

/** Values as the schema asks for them, with the odd ones among them. */
export function valueFor(schema: Schema): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(valueFor));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  const types = [schema.type ?? []].flat();
  if (types.length > 1) return fc.oneof(...types.map((type) => valueFor({ ...schema, type })));
  switch (types[0]) {
    case "string":
      return stringOf(schema);
    case "number":
    case "integer":
      return numberOf(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(valueFor(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: ITEMS_MAX,
      });
    case "object":
      return objectOf(schema);
    default:
      return fc.jsonValue();
  }
}

function stringOf({ format, pattern, minLength = 0, maxLength }: Schema): fc.Arbitrary<string> {
  if (format === "date-time") {
    const date = fc.date({ noInvalidDate: true, ...YEARS }).map((value) => value.toISOString());
    return fc.oneof(date, fc.constantFrom(...TIMES));
  }
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const length = { minLength, maxLength: Math.min(maxLength ?? LENGTH_MAX, LENGTH_MAX) };
  return fc.oneof(
    { arbitrary: fc.string({ ...length, unit: "binary" }), weight: 3 },
    { arbitrary: fc.string(length), weight: 3 },
    { arbitrary: fc.constantFrom(...STRINGS), weight: 1 },
  );
}

function numberOf({ type, minimum, maximum }: Schema): fc.Arbitrary<number> {
  const range = {
    ...(minimum === undefined ? {} : { min: minimum }),
    ...(maximum === undefined ? {} : { max: maximum }),
  };
  const number = type === "integer" ? fc.maxSafeInteger() : fc.double({ ...range, noNaN: true });
  return fc.oneof(number, fc.constantFrom(...NUMBERS));
}

function objectOf(schema: Schema): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const known = Object.entries(properties).map(([name, each]) => [name, valueFor(each)] as const);
  const record = fc.record(Object.fromEntries(known), { requiredKeys: [...required] });
  if (typeof additionalProperties !== "object") return record;
  const names = stringOf(schema.propertyNames ?? {});
  const more = fc.dictionary(names, valueFor(additionalProperties), { maxKeys: ITEMS_MAX });
  return fc.tuple(record, more).map(([one, other]) => ({ ...one, ...other }));
}

/** Bodies as text: as asked for, spoilt, of another type, and no JSON at all. */
export function bodyFor(schema: Schema): fc.Arbitrary<string> {
  const good = valueFor(schema).map(text);
  return fc.oneof(
    { arbitrary: good, weight: 4 },
    { arbitrary: spoilt(schema), weight: 4 },
    { arbitrary: fc.jsonValue().map(text), weight: 1 },
    { arbitrary: good.map((json) => json.slice(0, -1)), weight: 1 },
  );
}

const text = (value: unknown): string => JSON.stringify(value);

/** One member has another value, is doubled, or is one that nobody knows. */
function spoilt(schema: Schema): fc.Arbitrary<string> {
  const all = [schema, ...(schema.anyOf ?? schema.oneOf ?? [])];
  const names = all.flatMap(({ properties = {} }) => Object.keys(properties));
  const name = fc.oneof(
    fc.constantFrom(...names),
    fc.constantFrom("__proto__", "constructor", "id", "workspaceId", "rev", ""),
    fc.string(),
  );
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom(...STRINGS, ...NUMBERS));
  return fc.tuple(valueFor(schema), name, value).map(([good, member, other]) => {
    // As text, because an assignment to __proto__ is no member.
    const start = text(good).replace(/\}$/, "");
    return `${start}${start === "{" ? "" : ","}${text(member)}:${text(other)}}`;
  });
}

const nested = (open: string, close: string) => open.repeat(DEPTH) + close.repeat(DEPTH);

/** Bodies that everybody should try once; with the first three nothing is wrong, somewhere. */
export const NOTORIOUS = [
  "{}",
  '{"name":"a","role":"agent"}',
  '{"from":"2026-01-01T00:00:00Z","to":"2026-01-02T00:00:00Z"}',
  "",
  " ",
  "{",
  "[1,]",
  "{'name': 1}",
  "nul",
  "NaN",
  "undefined",
  "\u0000",
  "\ufeff{}",
  '{"a":1}{"b":2}',
  '{"__proto__":{"role":"admin"}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"name":"\\ud800"}',
  '{"name":"a","name":"b"}',
  nested("[", "]"),
  nested('{"name":', "}").replace(/:\}/, ":1}"),
  nested('{"attributes":', "}").replace(/:\}/, ":1}"),
  `{"attributes":{${Array.from({ length: 2_000 }, (_, place) => `"a${place}":1`).join()}}}`,
  ...STRINGS.map((odd) => text({ tagIds: [odd], attributes: { [odd]: odd }, name: odd })),
  ...STRINGS.map((value) => text({ identities: [{ kind: "external", value }] })),
  ...STRINGS.map((odd) => text({ attributes: { odd }, tagIds: [odd] })),
  ...NUMBERS.map((odd) => text({ attributes: { odd } })),
  `{"tagIds":[${Array.from({ length: 20 }, () => `"${"t".repeat(HUGE)}"`).join()}]}`,
  `"${"x".repeat(HUGE)}"`,
  "1e999",
];

/** Query values, whatever the parameter is for. */
export const queryValue: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ..."0 1 100 101 -1 1e9 1.5 abc NaN 007 2147483648 true null me none open closing".split(" "),
    ...["", " 5", "%00", "agt_00000000000000000000000000", "1&limit=2", "a,b", "[]", "{}"],
  ),
  fc.string({ maxLength: 30 }),
  fc.string({ maxLength: 30, unit: "binary" }),
);

/** What a header may carry: bytes, but no line ends. */
export const headerValue: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom("*", '"1"', '"0"', 'W/"1"', "1", '""', '"999999999999999999"', "é", "\u00ff"),
  fc.constantFrom("k", "k".repeat(255), "k".repeat(256), "a b", "\t", "ключ".replace(/./g, "ÿ")),
  fc.stringMatching(/^[\x21-\x7e]{1,40}$/),
);
