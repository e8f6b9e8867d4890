/** An OpenAPI 3.1 document as the reference page reads it: flat operations, references resolved. */
import * as z from "zod";

/** A JSON Schema. `true` and `false` are schemas too, and are read as one without rules. */
export type Schema = Readonly<Record<string, unknown>>;

const record = z.record(z.string(), z.unknown());
const schema = record.optional().catch({});
const content = z.record(z.string(), z.looseObject({ schema, example: z.unknown().optional() }));

const parameter = z.looseObject({
  name: z.string(),
  in: z.enum(["path", "query", "header", "cookie"]),
  required: z.boolean().default(false),
  description: z.string().optional(),
  example: z.unknown().optional(),
  schema: record.catch({}),
});
const body = z.looseObject({ required: z.boolean().default(false), content });
const reply = z.looseObject({ description: z.string().default(""), content: content.default({}) });

const operation = z.looseObject({
  operationId: z.string().optional(),
  summary: z.string().optional(),
  description: z.string().optional(),
  tags: z.array(z.string()).default([]),
  parameters: z.array(record).default([]),
  requestBody: record.optional(),
  responses: z.record(z.string(), record).default({}),
  security: z.array(record).optional(),
  "x-permission": z.string().nullable().optional(),
});

const document = z.looseObject({
  info: z.looseObject({
    title: z.string(),
    version: z.string(),
    description: z.string().optional(),
  }),
  servers: z.array(z.looseObject({ url: z.string() })).default([]),
  tags: z
    .array(z.looseObject({ name: z.string(), description: z.string().optional() }))
    .default([]),
  paths: z.record(z.string(), record).default({}),
});

export type Parameter = z.infer<typeof parameter>;
export type Body = z.infer<typeof body>;

export interface Reply extends z.infer<typeof reply> {
  readonly status: string;
}

export interface Operation {
  /** Made of method and path. */
  readonly anchor: string;
  readonly method: string;
  /** With the base of the server, for example `/v1/tags/{id}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  /** Null where no key is needed. */
  readonly permission: string | null;
  readonly isPublic: boolean;
  readonly parameters: readonly Parameter[];
  readonly body: Body | null;
  readonly replies: readonly Reply[];
}

export interface Reference {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** In the order of the document. */
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly operations: readonly Operation[];
  readonly resolve: (schema: Schema) => Schema;
}

const METHODS = ["get", "post", "put", "patch", "delete"] as const;
/** A reference that leads to a reference, and so on, no further than this. */
const HOPS_MAX = 20;

/** Throws a ZodError when the document is not an OpenAPI document. */
export function readReference(openapi: object): Reference {
  const { info, servers, tags, paths } = document.parse(openapi);
  const resolve = (node: Schema) => resolved(openapi, node);
  const base = new URL(servers[0]?.url ?? "/", "http://127.0.0.1").pathname.replace(/\/$/, "");
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] !== undefined).map((method) =>
      readOperation(method, `${base}${path}`, item, resolve),
    ),
  );
  const described = new Map(tags.map(({ name, description = "" }) => [name, description]));
  const names = new Set([...described.keys(), ...operations.map(({ tag }) => tag)]);
  return {
    title: info.title,
    version: info.version,
    description: info.description ?? "",
    tags: [...names].map((name) => ({ name, description: described.get(name) ?? "" })),
    operations,
    resolve,
  };
}

function readOperation(
  method: (typeof METHODS)[number],
  path: string,
  item: Schema,
  resolve: Reference["resolve"],
): Operation {
  const read = operation.parse(item[method]);
  const shared = z.array(record).default([]).parse(item.parameters);
  const permission = read["x-permission"] ?? null;
  return {
    anchor: `${method}${path}`.replace(/[^\w]+/g, "-"),
    method: method.toUpperCase(),
    path,
    tag: read.tags[0] ?? "other",
    summary: read.summary ?? read.operationId ?? "",
    description: read.description ?? "",
    permission,
    isPublic: read.security?.length === 0,
    parameters: [...shared, ...read.parameters].map((one) => parameter.parse(resolve(one))),
    body: read.requestBody === undefined ? null : body.parse(resolve(read.requestBody)),
    replies: Object.entries(read.responses).map(([status, one]) => {
      return { status, ...reply.parse(resolve(one)) };
    }),
  };
}

/** What stands beside a `$ref` adds to what it points at (JSON Schema 2020-12, section 8.2.3). */
function resolved(root: object, node: Schema): Schema {
  let current = node;
  for (let hop = 0; typeof current.$ref === "string" && hop < HOPS_MAX; hop += 1) {
    const { $ref, ...beside } = current;
    current = { ...pointedAt(root, String($ref)), ...beside };
  }
  return current;
}

function pointedAt(root: object, reference: string): Schema {
  const names = reference.split("/").slice(1);
  let current: unknown = root;
  for (const name of names) {
    const key = decodeURIComponent(name).replaceAll("~1", "/").replaceAll("~0", "~");
    const within = record.safeParse(current);
    current = within.success ? within.data[key] : undefined;
  }
  const found = record.safeParse(current);
  return found.success ? found.data : { description: `Not found: ${reference}` };
}
