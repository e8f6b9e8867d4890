import { randomUUID } from "node:crypto";
import { type DeadLetter, type Delivery, Outbox } from "../outbox.ts";
import {
  AwsError,
  type AwsReply,
  type AwsRequest,
  type Busy,
  type Clock,
  type Door,
  type Need,
  type State,
} from "../parts.ts";
import { type BusEvent, type EntryError, readEntries, toEvent } from "./entry.ts";
import { busArn, busName, DEFAULT_BUS, type Rule, type RuleTarget, readRule } from "./rule.ts";

/** Events kept for people to look at. */
const RECENT_MAX = 1_000;

/** One event for one target of one rule. */
interface Due {
  readonly ruleArn: string;
  readonly target: RuleTarget;
  readonly event: BusEvent;
}

/**
 * EventBridge buses and their rules, both of the template. An event that matches is owed to its
 * targets on disk before PutEvents answers; one that matches nothing is gone, as in AWS. Deliveries
 * to one target of a rule keep their order here, which AWS does not promise.
 */
export class EventBus implements Door, Busy {
  readonly #clock: Clock;
  readonly #state: State;
  readonly #outbox: Outbox<Due>;
  readonly #buses = new Set([DEFAULT_BUS]);
  readonly #rules: Rule[] = [];
  readonly #recent: { bus: string; event: BusEvent }[] = [];

  /** `deliver` and `bury` as in Scheduler; where the role is null, the target's policy decides. */
  constructor(parts: {
    clock: Clock;
    state: State;
    deliver: (target: Delivery, ruleArn: string) => Promise<void>;
    bury: (letter: DeadLetter) => Promise<void>;
  }) {
    this.#clock = parts.clock;
    this.#state = parts.state;
    this.#outbox = new Outbox<Due>("bus-deliveries", parts, {
      deliver: (due) => parts.deliver(deliveryOf(due), due.ruleArn),
      grave: graveOf,
      bury: parts.bury,
      ended: () => undefined,
      describe: (due) => `event ${due.event["detail-type"]} for ${due.target.Arn}`,
    });
  }

  defineBus(name: string): void {
    this.#buses.add(name);
  }

  /** A rule of the template: resolved properties of AWS::Events::Rule. */
  defineRule(properties: Readonly<Record<string, unknown>>, name: string): void {
    this.#rules.push(readRule(properties, name));
  }

  start(): void {
    this.#outbox.start();
  }

  /** Ends when deliveries under way have ended. */
  async stop(): Promise<void> {
    await this.#outbox.stop();
  }

  pending(): string[] {
    return this.#outbox.pending();
  }

  /** The last events of all buses since the start of the process, newest last. */
  recent(): readonly { readonly bus: string; readonly event: BusEvent }[] {
    return this.#recent;
  }

  needs(request: AwsRequest): Need[] {
    const buses = new Set(readEntries(request).map((entry) => busName(entry.EventBusName)));
    return [...buses].map((bus) => ({ action: "events:PutEvents", resource: busArn(bus) }));
  }

  serve(request: AwsRequest): AwsReply {
    const now = this.#clock.now();
    const entries = readEntries(request).map((entry) => {
      const bus = busName(entry.EventBusName);
      if (this.#buses.has(bus)) return { bus, result: toEvent(entry, randomUUID(), now) };
      throw new AwsError("ResourceNotFoundException", `Event bus ${bus} does not exist.`);
    });
    this.#state.atOnce(() => {
      for (const { bus, result } of entries) if (isEvent(result)) this.#publish(bus, result);
    });
    this.#outbox.deliverDue();
    return json(200, {
      FailedEntryCount: entries.filter(({ result }) => !isEvent(result)).length,
      Entries: entries.map(({ result }) => (isEvent(result) ? { EventId: result.id } : result)),
    });
  }

  fail(error: AwsError): AwsReply {
    const status = error.code === "AccessDeniedException" ? 400 : error.status;
    return json(status, { __type: error.code, message: error.message, ...error.more });
  }

  #publish(bus: string, event: BusEvent): void {
    this.#recent.push({ bus, event });
    if (this.#recent.length > RECENT_MAX) this.#recent.shift();
    for (const rule of this.#rules) {
      if (!(rule.enabled && rule.bus === bus && rule.matches(event))) continue;
      for (const target of rule.targets) this.#owe({ ruleArn: rule.arn, target, event });
    }
  }

  #owe(due: Due): void {
    const { MaximumRetryAttempts, MaximumEventAgeInSeconds } = due.target.RetryPolicy;
    this.#outbox.add(`${due.ruleArn} ${due.target.Id}`, due, {
      retriesMax: MaximumRetryAttempts,
      ageMaxMs: MaximumEventAgeInSeconds * 1_000,
    });
  }
}

function deliveryOf({ target, event }: Due): Delivery {
  return {
    arn: target.Arn,
    roleArn: target.RoleArn ?? null,
    input: JSON.stringify(event),
    ...(target.SqsParameters && { sqsParameters: target.SqsParameters }),
  };
}

function graveOf({ ruleArn, target, event }: Due): DeadLetter | null {
  const queueArn = target.DeadLetterConfig?.Arn;
  if (queueArn === undefined) return null;
  const attributes = { RULE_ARN: ruleArn, TARGET_ARN: target.Arn };
  const body = JSON.stringify(event);
  return { queueArn, sourceArn: ruleArn, roleArn: null, body, attributes };
}

function isEvent(result: BusEvent | EntryError): result is BusEvent {
  return "id" in result;
}

function json(status: number, body: unknown): AwsReply {
  const headers = { "content-type": "application/x-amz-json-1.1" };
  return { status, headers, body: JSON.stringify(body) };
}
