/**
 * The intrinsic functions of CloudFormation, resolved when somebody asks and then remembered. What
 * is not imitated (an unknown function, a reference to nothing, a circle) is an error that names
 * its place, because a value guessed here would be a surprise on AWS.
 */

import { ACCOUNT, REGION } from "../parts.ts";
import { type Addresses, attributeOf, type Named, nameOf, refOf } from "./kinds.ts";

export type Raw = Readonly<Record<string, unknown>>;

export interface Declared {
  readonly type: string;
  readonly properties: Raw;
}

/** One template as written; resources whose condition is false are already left out. */
export interface Stack {
  readonly name: string;
  readonly resources: Readonly<Record<string, Declared>>;
  readonly outputs: Readonly<Record<string, { value: unknown; exportName: unknown }>>;
  readonly conditions: Raw;
  readonly parameters: Readonly<Record<string, { type: string; default?: string | undefined }>>;
}

/** Where we are in a template, for errors. */
export interface Place {
  readonly stack: Stack;
  readonly path: string;
}

type Intrinsic = (resolver: Resolver, place: Place, argument: unknown) => unknown;

/** SSM parameters (the bootstrap version) are harmless: their default is a path nobody reads. */
const PARAMETER_TYPES = ["String", "Number", "AWS::SSM::Parameter::Value<String>"];

export class Resolver {
  readonly #stacks: readonly Stack[];
  readonly #addresses: Addresses;
  readonly #names = new Memory<string>();
  readonly #properties = new Memory<Raw>();
  readonly #outputs = new Memory<string>();
  readonly #conditions = new Memory<boolean>();

  constructor(stacks: readonly Stack[], addresses: Addresses) {
    this.#stacks = stacks;
    this.#addresses = addresses;
  }

  properties(stack: Stack, logicalId: string): Raw {
    return this.#properties.of(`${stack.name}/${logicalId}`, () => {
      const place = { stack, path: logicalId };
      return this.#members(below(place, "Properties"), declared(place, logicalId).properties);
    });
  }

  output(stack: Stack, name: string): string {
    return this.#outputs.of(`${stack.name}/Outputs.${name}`, () => {
      const place = { stack, path: `Outputs.${name}` };
      return text(place, this.resolve(place, stack.outputs[name]?.value));
    });
  }

  /** `Ref`; undefined for `AWS::NoValue`, which leaves out what it stands for. */
  reference(place: Place, name: string): string | undefined {
    if (name.startsWith("AWS::")) return pseudo(place, name);
    const parameter = place.stack.parameters[name];
    if (parameter === undefined) {
      return refOf(declared(place, name).type, this.#named(place, name));
    }
    if (!PARAMETER_TYPES.includes(parameter.type)) {
      fail(place, `parameter ${name} is a ${parameter.type}, which is not imitated`);
    }
    return parameter.default ?? fail(place, `parameter ${name} has no default`);
  }

  attribute(place: Place, logicalId: string, attribute: string): string {
    const { type } = declared(place, logicalId);
    const value = attributeOf(type, attribute, this.#named(place, logicalId));
    return value ?? fail(place, `${logicalId} (${type}) has no known attribute ${attribute}`);
  }

  imported(place: Place, exportName: string): string {
    for (const stack of this.#stacks) {
      for (const [name, output] of Object.entries(stack.outputs)) {
        if (output.exportName === undefined) continue;
        const at = { stack, path: `Outputs.${name}.Export.Name` };
        if (this.resolve(at, output.exportName) === exportName) return this.output(stack, name);
      }
    }
    return fail(place, `imports ${exportName}, which no stack exports`);
  }

  condition(place: Place, name: string): boolean {
    return this.#conditions.of(`${place.stack.name}/Conditions.${name}`, () => {
      const raw = place.stack.conditions[name];
      if (raw === undefined) fail(place, `refers to condition ${name}, which is not there`);
      return this.truth({ stack: place.stack, path: `Conditions.${name}` }, raw);
    });
  }

  /** A condition expression; `{"Condition": name}` is meant as a reference here and only here. */
  truth(place: Place, raw: unknown): boolean {
    const value =
      isRecord(raw) && typeof raw.Condition === "string"
        ? this.condition(place, raw.Condition)
        : this.resolve(place, raw);
    return typeof value === "boolean" ? value : fail(place, "is not a condition");
  }

  resolve(place: Place, raw: unknown): unknown {
    if (typeof raw === "string" && raw.includes("{{resolve:")) {
      return fail(place, "dynamic references are not imitated");
    }
    if (Array.isArray(raw)) {
      const items = raw.map((item, index) => this.resolve(below(place, index), item));
      return items.filter((item) => item !== undefined);
    }
    if (!isRecord(raw)) return raw;
    const name = Object.keys(raw).find((key) => key === "Ref" || key.startsWith("Fn::"));
    if (name === undefined) return this.#members(place, raw);
    const intrinsic = INTRINSICS[name] ?? fail(place, `${name} is not imitated`);
    if (Object.keys(raw).length > 1) fail(place, `${name} stands beside other keys`);
    return intrinsic(this, below(place, name), raw[name]);
  }

  #members(place: Place, raw: Raw): Raw {
    const members = Object.entries(raw).map(([key, value]) => [
      key,
      this.resolve(below(place, key), value),
    ]);
    return Object.fromEntries(members.filter(([, value]) => value !== undefined));
  }

  #named(place: Place, logicalId: string): Named {
    const { stack } = place;
    const { type, properties } = declared(place, logicalId);
    const property = (name: string) =>
      this.resolve({ stack, path: `${logicalId}.Properties.${name}` }, properties[name]);
    const nameless = { logicalId, property, addresses: this.#addresses };
    const key = `${stack.name}/${logicalId}`;
    return { ...nameless, name: this.#names.of(key, () => nameOf(type, stack.name, nameless)) };
  }
}

/** Computes once per key; a key that needs itself is a circle. */
class Memory<T> {
  readonly #known = new Map<string, T>();
  readonly #underWay = new Set<string>();

  of(key: string, compute: () => T): T {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#underWay.has(key)) {
      throw new Error(`${key}: needs itself (${[...this.#underWay, key].join(" -> ")})`);
    }
    this.#underWay.add(key);
    try {
      const value = compute();
      this.#known.set(key, value);
      return value;
    } finally {
      this.#underWay.delete(key);
    }
  }
}

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (resolver, place, name) => resolver.reference(place, text(place, name)),
  "Fn::GetAtt": (resolver, place, argument) => {
    const [logicalId, attribute] = attributeTarget(place, argument);
    return resolver.attribute(place, logicalId, attribute);
  },
  "Fn::Join": (resolver, place, argument) => {
    const [separator, parts] = list(place, argument, 2);
    const resolved = list(place, resolver.resolve(place, parts));
    return resolved.map((part) => text(place, part)).join(text(place, separator));
  },
  "Fn::Sub": (resolver, place, argument) => {
    const [pattern, given] = Array.isArray(argument) ? list(place, argument, 2) : [argument, {}];
    const variables = isRecord(given) ? given : fail(place, "variables must be an object");
    return text(place, pattern).replace(PLACEHOLDER, (_, escaped: string, name: string) => {
      if (escaped !== "") return `\${${name}}`;
      const raw = Object.hasOwn(variables, name) ? variables[name] : meantBy(name);
      return text(place, resolver.resolve(place, raw));
    });
  },
  "Fn::Select": (resolver, place, argument) => {
    const [index, items] = list(place, argument, 2);
    const at = Number(text(place, resolver.resolve(place, index)));
    return list(place, resolver.resolve(place, items))[at] ?? fail(place, `no item ${at}`);
  },
  "Fn::Split": (resolver, place, argument) => {
    const [separator, whole] = list(place, argument, 2);
    return text(place, resolver.resolve(place, whole)).split(text(place, separator));
  },
  "Fn::ImportValue": (resolver, place, argument) =>
    resolver.imported(place, text(place, resolver.resolve(place, argument))),
  "Fn::If": (resolver, place, argument) => {
    const [condition, whenTrue, whenFalse] = list(place, argument, 3);
    const chosen = resolver.condition(place, text(place, condition)) ? whenTrue : whenFalse;
    return resolver.resolve(place, chosen);
  },
  "Fn::Equals": (resolver, place, argument) => {
    const [left, right] = list(place, argument, 2).map((side) => resolver.resolve(place, side));
    return text(place, left) === text(place, right);
  },
  "Fn::Not": (resolver, place, argument) => !resolver.truth(place, list(place, argument, 1)[0]),
  "Fn::And": (resolver, place, argument) =>
    list(place, argument).every((part) => resolver.truth(place, part)),
  "Fn::Or": (resolver, place, argument) =>
    list(place, argument).some((part) => resolver.truth(place, part)),
};

/** `${name}`, or `${!name}` which means the text `${name}` itself. */
const PLACEHOLDER = /\$\{(!?)([^}]*)\}/g;

/** In Fn::Sub a name with a dot is an attribute, without one a reference. */
function meantBy(name: string): Raw {
  return name.includes(".") ? { "Fn::GetAtt": name } : { Ref: name };
}

/** `["Id", "Attribute"]` or `"Id.Attribute"`; the attribute may itself have dots. */
function attributeTarget(place: Place, argument: unknown): [string, string] {
  const parts = Array.isArray(argument) ? argument : text(place, argument).split(".");
  const [logicalId, ...attribute] = parts;
  return [text(place, logicalId), attribute.map((part) => text(place, part)).join(".")];
}

/** Names that a value as written refers to: logical ids, parameters and pseudo parameters. */
export function referencesIn(raw: unknown): string[] {
  if (Array.isArray(raw)) return raw.flatMap(referencesIn);
  if (!isRecord(raw)) return [];
  return Object.entries(raw).flatMap(([key, value]) => {
    if (key === "Ref" && typeof value === "string") return [value];
    if (key === "Fn::GetAtt") return [String(value).split(/[.,]/, 1)[0] ?? ""];
    const pattern = key === "Fn::Sub" ? [value].flat()[0] : undefined;
    const placeholders = typeof pattern === "string" ? [...pattern.matchAll(PLACEHOLDER)] : [];
    const named = placeholders.map(([, , name]) => name?.split(".", 1)[0] ?? "");
    return [...named, ...referencesIn(value)];
  });
}

function pseudo(place: Place, name: string): string | undefined {
  const stack = place.stack.name;
  switch (name) {
    case "AWS::AccountId":
      return ACCOUNT;
    case "AWS::NoValue":
      return undefined;
    case "AWS::Partition":
      return "aws";
    case "AWS::Region":
      return REGION;
    case "AWS::StackId":
      return `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stack}/${ZERO_UUID}`;
    case "AWS::StackName":
      return stack;
    case "AWS::URLSuffix":
      return "amazonaws.com";
    default:
      return fail(place, `${name} is not imitated`);
  }
}

const ZERO_UUID = "00000000-0000-0000-0000-000000000000";

function declared(place: Place, logicalId: string): Declared {
  const found = place.stack.resources[logicalId];
  return found ?? fail(place, `refers to ${logicalId}, which is not there`);
}

function below(place: Place, step: string | number): Place {
  return { stack: place.stack, path: `${place.path}.${step}` };
}

function fail(place: Place, problem: string): never {
  throw new Error(`${place.stack.name}/${place.path}: ${problem}`);
}

function text(place: Place, value: unknown): string {
  const isScalar = ["string", "number", "boolean"].includes(typeof value);
  return isScalar ? String(value) : fail(place, `expected text, found ${JSON.stringify(value)}`);
}

function list(place: Place, value: unknown, length?: number): unknown[] {
  const fits = Array.isArray(value) && (length === undefined || value.length === length);
  return fits ? value : fail(place, `expected a list of ${length ?? "any length"}`);
}

function isRecord(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
