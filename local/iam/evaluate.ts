/**
 * The IAM policy language: a pure evaluation of statements, after the IAM User Guide ("Policy
 * evaluation logic" and "IAM JSON policy elements"). What is not imitated (NotPrincipal, policy
 * variables, condition operators outside the table) throws when the policy is read, so that no
 * permission is ever judged by a rule that we do not understand.
 */

import * as z from "zod";
import { ACCOUNT, type Need } from "../parts.ts";

/** One action on one resource of one statement: a statement with lists gives several rules. */
export interface Rule {
  /** The statement it comes from, for people: `parley-core/ApiRolePolicy statement 3`. */
  readonly statement: string;
  readonly effect: "Allow" | "Deny";
  readonly action: Pattern;
  readonly resource: Pattern;
  /** Null in identity policies, which speak for whoever they are attached to. */
  readonly principals: readonly Who[] | null;
  readonly conditions: readonly Condition[];
}

interface Pattern {
  /** As written. */
  readonly text: string;
  /** Characters that are not wildcards. */
  readonly literal: number;
  matches(value: string): boolean;
}

interface Condition {
  readonly text: string;
  holds(context: Context): boolean;
}

/** Condition keys in lower case, because IAM ignores their case. */
type Context = ReadonlyMap<string, string>;

/** A principal as a policy names it: kind `AWS` or `Service`, or `*` for anybody. */
interface Who {
  readonly kind: string;
  readonly name: string;
}

/** Who calls, as resource policies see it. */
export type Caller =
  | { readonly kind: "Service"; readonly name: string }
  | { readonly kind: "AWS"; readonly roleArn: string; readonly sessionArn: string };

/** `by` is the Allow that fits most closely, or the Deny; null when no statement applies. */
export type Decision<R extends Rule> =
  | { readonly allowed: true; readonly denied: false; readonly by: R }
  | { readonly allowed: false; readonly denied: boolean; readonly by: R | null };

const oneOrMany = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const scalars = z.union([scalar.transform((one) => [one]), z.array(scalar)]);
const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Action: oneOrMany.optional(),
  NotAction: oneOrMany.optional(),
  Resource: oneOrMany.optional(),
  NotResource: oneOrMany.optional(),
  Principal: z.union([z.literal("*"), z.record(z.string(), oneOrMany)]).optional(),
  Condition: z.record(z.string(), z.record(z.string(), scalars)).default({}),
});
const policySchema = z.object({
  Statement: z.union([statementSchema.transform((one) => [one]), z.array(statementSchema)]),
});
type Statement = z.infer<typeof statementSchema>;

/**
 * Reads a policy document. `attached` are the ARNs that a resource policy belongs to: what it means
 * by `*`, or by naming no resource at all (a trust policy).
 */
export function parsePolicy(
  document: unknown,
  place: string,
  attached?: readonly string[],
): Rule[] {
  const result = policySchema.safeParse(document);
  if (!result.success) throw new Error(`${place}: ${z.prettifyError(result.error)}`);
  return result.data.Statement.flatMap((statement, index) => {
    const name = `${place} statement ${index + 1}`;
    return rulesOf(statement, name, attached);
  });
}

function rulesOf(statement: Statement, name: string, attached?: readonly string[]): Rule[] {
  if (JSON.stringify(statement).includes("${")) {
    throw new Error(`${name}: policy variables are not imitated`);
  }
  const actions = patterns(statement.Action, statement.NotAction, actionMatcher);
  const resources = patterns(statement.Resource ?? attached, statement.NotResource, wildcard);
  const narrowed = resources.flatMap((resource) =>
    resource.text === "*" && attached !== undefined
      ? patterns(attached, undefined, wildcard)
      : [resource],
  );
  if (actions.length === 0 || narrowed.length === 0) {
    throw new Error(`${name}: names no action or no resource`);
  }
  const shared = {
    statement: name,
    effect: statement.Effect,
    principals: statement.Principal === undefined ? null : principalsOf(statement.Principal),
    conditions: conditionsOf(statement.Condition, name),
  };
  return actions.flatMap((action) =>
    narrowed.map((resource): Rule => ({ ...shared, action, resource })),
  );
}

/** A list means any of it, so each is a rule of its own; a Not-list only means something whole. */
function patterns(
  wanted: readonly string[] | undefined,
  unwanted: readonly string[] | undefined,
  matcher: (text: string) => (value: string) => boolean,
): Pattern[] {
  if (unwanted !== undefined) {
    const refused = unwanted.map(matcher);
    const matches = (value: string) => !refused.some((matching) => matching(value));
    return [{ text: `not ${unwanted.join(" or ")}`, literal: 0, matches }];
  }
  return (wanted ?? []).map((text) => ({
    text,
    literal: text.replace(/[*?]/g, "").length,
    matches: matcher(text),
  }));
}

/** Actions are compared without regard to case. */
function actionMatcher(pattern: string): (action: string) => boolean {
  const matches = wildcard(pattern.toLowerCase());
  return (action) => matches(action.toLowerCase());
}

/**
 * "Each of the six colon-delimited components of the ARN is checked separately" (condition
 * operators of ARNs). In the Resource element a `*` may go beyond a colon: that is `wildcard`.
 */
function arnMatcher(pattern: string): (arn: string) => boolean {
  const wanted = arnParts(pattern).map(wildcard);
  return (arn) => {
    const parts = arnParts(arn);
    return parts.length === wanted.length && parts.every((part, at) => wanted[at]?.(part));
  };
}

function arnParts(arn: string): string[] {
  const parts = arn.split(":");
  return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(":")] : [])];
}

/** `*` is any characters, `?` exactly one. */
function wildcard(pattern: string): (value: string) => boolean {
  if (!/[*?]/.test(pattern)) return (value) => value === pattern;
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const regex = new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
  return (value) => regex.test(value);
}

/** How a wanted text becomes a test; negated operators hold when no wanted value fits. */
const OPERATORS: Readonly<
  Record<string, { test: (wanted: string) => (given: string) => boolean; negated?: true }>
> = {
  StringEquals: { test: (wanted) => (given) => given === wanted },
  StringNotEquals: { test: (wanted) => (given) => given === wanted, negated: true },
  StringLike: { test: wildcard },
  StringNotLike: { test: wildcard, negated: true },
  ArnEquals: { test: arnMatcher },
  ArnLike: { test: arnMatcher },
  ArnNotEquals: { test: arnMatcher, negated: true },
  ArnNotLike: { test: arnMatcher, negated: true },
  Bool: { test: (wanted) => (given) => given.toLowerCase() === wanted.toLowerCase() },
  NumericEquals: { test: (wanted) => (given) => Number(given) === Number(wanted) },
};

const OPERATOR_NAME = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/;

function conditionsOf(raw: Statement["Condition"], name: string): Condition[] {
  return Object.entries(raw).flatMap(([operatorName, keys]) =>
    Object.entries(keys).map(([key, values]) => ({
      text: `${operatorName} ${key} ${values.join(" or ")}`,
      holds: conditionTest(operatorName, key.toLowerCase(), values, name),
    })),
  );
}

/**
 * Our requests carry one value per key, so ForAllValues and ForAnyValue differ from the plain
 * operator only where the key is missing: ForAllValues then holds, ForAnyValue does not. Else a
 * missing key holds for `...IfExists` and for negated operators.
 */
function conditionTest(operatorName: string, key: string, values: string[], name: string) {
  const [, quantifier, base, ifExists] = OPERATOR_NAME.exec(operatorName) ?? [];
  const operator = OPERATORS[base ?? ""];
  if (operator === undefined) throw new Error(`${name}: ${operatorName} is not imitated`);
  const tests = values.map(operator.test);
  const negated = operator.negated === true;
  const holdsWithout =
    quantifier === "ForAllValues" ||
    ifExists !== undefined ||
    (negated && quantifier !== "ForAnyValue");
  return (context: Context): boolean => {
    const given = context.get(key);
    if (given === undefined) return holdsWithout;
    return tests.some((test) => test(given)) !== negated;
  };
}

function principalsOf(principal: NonNullable<Statement["Principal"]>): Who[] {
  if (principal === "*") return [{ kind: "*", name: "*" }];
  return Object.entries(principal).flatMap(([kind, names]) =>
    names.map((name) => (name === "*" ? { kind: "*", name } : { kind, name })),
  );
}

/**
 * Whether a resource policy's rule speaks of this caller. Naming the account only lets it decide
 * by its own identity policies, so it allows nobody here, but a Deny means everyone in it.
 */
export function speaksOf(rule: Rule, caller: Caller): boolean {
  return (rule.principals ?? []).some((who) => {
    if (who.kind === "*") return true;
    if (who.kind !== caller.kind) return false;
    if (caller.kind === "Service") return who.name === caller.name;
    if (who.name === caller.roleArn || who.name === caller.sessionArn) return true;
    return rule.effect === "Deny" && [ACCOUNT, `arn:aws:iam::${ACCOUNT}:root`].includes(who.name);
  });
}

/** Deny wins over every Allow, and without an Allow nothing is allowed. */
export function decide<R extends Rule>(rules: readonly R[], need: Need): Decision<R> {
  const context: Context = new Map(
    Object.entries(need.context ?? {}).map(([key, value]) => [key.toLowerCase(), value]),
  );
  const applying = rules.filter(
    (rule) =>
      rule.action.matches(need.action) &&
      rule.resource.matches(need.resource) &&
      rule.conditions.every((condition) => condition.holds(context)),
  );
  const deny = applying.find((rule) => rule.effect === "Deny");
  if (deny !== undefined) return { allowed: false, denied: true, by: deny };
  const [first, ...others] = applying;
  if (first === undefined) return { allowed: false, denied: false, by: null };
  const closest = others.reduce(
    (best, rule) => (literal(rule) > literal(best) ? rule : best),
    first,
  );
  return { allowed: true, denied: false, by: closest };
}

/** The more characters a rule spells out, the more specific it is. */
function literal(rule: Rule): number {
  return rule.action.literal + rule.resource.literal;
}
