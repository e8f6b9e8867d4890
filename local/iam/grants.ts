/**
 * IAM as the template sets it up. It authorises every call of the laptop cloud, remembers which
 * grants were used and what was refused, and lets a test withdraw one grant to prove that it is
 * needed.
 */

import {
  ACCOUNT,
  type Authorize,
  AwsError,
  type Clock,
  type Need,
  type Principal,
} from "../parts.ts";
import type { Template } from "../template/load.ts";
import { type Caller, decide, type Rule, speaksOf } from "./evaluate.ts";
import { type Role, resourceRulesOf, rolesOf } from "./policies.ts";

/** The laptop itself: seeds, tests, pages. It may do everything. */
export const ROOT: Principal = { name: "root", arn: `arn:aws:iam::${ACCOUNT}:root` };

/** One action on one resource that somebody was given. */
export interface Grant {
  /** The same at every start, as long as the template stays the same. */
  readonly id: string;
  readonly kind: "identity" | "resource" | "trust";
  /** The logical id of the role; of resource policies whom they name. */
  readonly holder: string;
  /** For people. */
  readonly text: string;
  readonly action: string;
  readonly resource: string;
  /** How many calls were allowed by it. */
  readonly used: number;
}

export interface Denied {
  /** ISO 8601. */
  readonly at: string;
  /** A role's logical id, or a service such as `events.amazonaws.com`. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
}

/** A rule that counts its use. */
interface Held extends Rule {
  readonly id: string;
  readonly kind: Grant["kind"];
  readonly holder: string;
  used: number;
}

interface Member {
  readonly principal: Principal;
  readonly caller: Caller;
  readonly roleArn: string;
  readonly rules: readonly Held[];
}

/** Refusals that are kept; older ones are forgotten. */
const DENIED_MAX = 1000;

export class Iam {
  readonly #clock: Clock;
  readonly #members: ReadonlyMap<string, Member>;
  /** Resource policies and trust policies: who may touch what they belong to. */
  readonly #resourceRules: readonly Held[];
  readonly #withdrawn = new Set<string>();
  readonly #denied: Denied[] = [];

  constructor(template: Template, clock: Clock = Date) {
    this.#clock = clock;
    const roles = rolesOf(template);
    this.#members = membersOf(template, roles);
    this.#resourceRules = [
      ...held("resource", resourceRulesOf(template)),
      ...held(
        "trust",
        roles.flatMap((role) => role.trust),
      ),
    ];
  }

  principalOf(roleArnOrLogicalId: string): Principal {
    const member =
      this.#members.get(roleArnOrLogicalId) ??
      [...this.#members.values()].find(({ roleArn }) => roleArn === roleArnOrLogicalId);
    if (member === undefined) throw new Error(`${roleArnOrLogicalId}: no such role`);
    return member.principal;
  }

  /**
   * Within one account an identity policy or a resource policy that names the role may allow, and
   * a Deny in either wins. A property, so that it can be handed on as it is.
   */
  readonly authorize: Authorize = (principal, needs) => {
    if (principal.name === ROOT.name) return;
    const member = this.#members.get(principal.name);
    if (member === undefined) throw new Error(`${principal.name}: no such role`);
    const rules = [...member.rules, ...this.#rulesOn(member.caller)];
    for (const need of needs) this.#judge(principal, rules, need);
  };

  /** A service acts for itself: only the policy of what it touches can allow it. */
  authorizeService(service: string, need: Need, sourceArn: string): void {
    const source = { "aws:SourceArn": sourceArn, "aws:SourceAccount": ACCOUNT };
    const caller: Caller = { kind: "Service", name: service };
    const principal = { name: service, arn: service };
    const context = { ...source, ...need.context };
    this.#judge(principal, this.#rulesOn(caller), { ...need, context });
  }

  /** What was refused, oldest first. */
  denied(): readonly Denied[] {
    return [...this.#denied];
  }

  /** Everything that is allowed by the template, with its use so far. */
  grants(): Grant[] {
    const identity = [...this.#members.values()].flatMap((member) => member.rules);
    return [...identity, ...this.#resourceRules].filter(isAllow).map((rule) => ({
      id: rule.id,
      kind: rule.kind,
      holder: rule.holder,
      text: textOf(rule),
      action: rule.action.text,
      resource: rule.resource.text,
      used: rule.used,
    }));
  }

  /** Takes one grant away, as if the template did not have it, until the answer is called. */
  withdraw(grantId: string): () => void {
    if (!this.grants().some((grant) => grant.id === grantId)) {
      throw new Error(`${grantId}: no such grant`);
    }
    this.#withdrawn.add(grantId);
    return () => {
      this.#withdrawn.delete(grantId);
    };
  }

  #rulesOn(caller: Caller): Held[] {
    return this.#resourceRules.filter((rule) => speaksOf(rule, caller));
  }

  #judge(principal: Principal, rules: readonly Held[], need: Need): void {
    // The loopback stands for TLS, else no policy that enforces it could be deployed here.
    const context = { "aws:SecureTransport": "true", ...need.context };
    const standing = rules.filter((rule) => !this.#withdrawn.has(rule.id));
    const decision = decide(standing, { ...need, context });
    if (decision.allowed) {
      decision.by.used += 1;
      return;
    }
    const { action, resource } = need;
    const at = new Date(this.#clock.now()).toISOString();
    this.#denied.push({ at, principal: principal.name, action, resource });
    if (this.#denied.length > DENIED_MAX) this.#denied.shift();
    const refusal = `User: ${principal.arn} is not authorized to perform: ${action}`;
    const explicit = decision.denied ? " with an explicit deny" : "";
    throw new AwsError("AccessDeniedException", `${refusal} on resource: ${resource}${explicit}`);
  }
}

function membersOf(template: Template, roles: readonly Role[]): Map<string, Member> {
  const functions = template.resources("AWS::Lambda::Function");
  const members = new Map<string, Member>();
  for (const { logicalId, name, arn, rules } of roles) {
    if (members.has(logicalId)) throw new Error(`two stacks have a role ${logicalId}`);
    // Lambda names the session after the function; a role of no function is its own session.
    const user = functions.find((fn) => fn.properties.Role === arn);
    const session = user === undefined ? logicalId : template.ref(user);
    const sessionArn = `arn:aws:sts::${ACCOUNT}:assumed-role/${name}/${session}`;
    members.set(logicalId, {
      principal: { name: logicalId, arn: sessionArn },
      caller: { kind: "AWS", roleArn: arn, sessionArn },
      roleArn: arn,
      rules: held("identity", rules, logicalId),
    });
  }
  return members;
}

/** `holder` is the role; of resource policies it is whom they name. */
function held(kind: Grant["kind"], rules: readonly Rule[], holder?: string): Held[] {
  return rules.map((rule) => {
    const named = holder ?? (rule.principals ?? []).map((who) => who.name).join(" or ");
    const id = `${named}: ${rule.statement}: ${rule.action.text} on ${rule.resource.text}`;
    return { ...rule, id, kind, holder: named, used: 0 };
  });
}

function isAllow(rule: Rule): boolean {
  return rule.effect === "Allow";
}

function textOf(rule: Held): string {
  const conditions = rule.conditions.map((condition) => ` if ${condition.text}`).join("");
  return `${rule.holder} may ${rule.action.text} on ${rule.resource.text}${conditions}`;
}
