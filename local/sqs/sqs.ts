/**
 * Amazon SQS on the laptop: the queues of the template behind the API that the SDK speaks, AWS
 * JSON 1.0. Queues come from the template only; creating, changing or deleting one by API
 * answers 501.
 */

import { randomUUID } from "node:crypto";
import type { AwsError, AwsReply, AwsRequest, Busy, Clock, Door, Need, State } from "../parts.ts";
import { operations } from "./operations.ts";
import { needsOf } from "./permissions.ts";
import { Queue } from "./queue.ts";
import { noSuchQueue, notImplemented, queryCode } from "./refusals.ts";
import { settingsOf } from "./settings.ts";
import { isOperation, type OperationName } from "./wire.ts";

const CONTENT_TYPE = "application/x-amz-json-1.0";

export interface SqsParts {
  readonly clock: Clock;
  readonly state: State;
  /** Origin of the gateway, without a slash at its end. */
  readonly baseUrl: () => string;
}

export class Sqs implements Door, Busy {
  readonly #parts: SqsParts;
  readonly #queues = new Map<string, Queue>();

  constructor(parts: SqsParts) {
    this.#parts = parts;
  }

  /** A queue of the template with what an earlier run left in it; `properties` are resolved. */
  create(properties: Record<string, unknown>, name: string): Queue {
    const queue = new Queue({
      ...this.#parts,
      name,
      settings: settingsOf(properties, name),
      queue: (arn) => this.queue(arn),
    });
    this.#queues.set(queue.arn, queue);
    return queue;
  }

  queue(arn: string): Queue {
    const queue = this.#queues.get(arn);
    if (!queue) {
      throw noSuchQueue();
    }
    return queue;
  }

  queues(): Queue[] {
    return [...this.#queues.values()];
  }

  /** After a restart: jobs that were in flight are visible again at once. */
  recover(): void {
    for (const queue of this.#queues.values()) {
      queue.recover();
    }
  }

  /** Queues somebody works on; dead letters wait for a person and keep nobody busy. */
  pending(): string[] {
    return this.queues()
      .filter((queue) => queue.hasConsumer)
      .flatMap((queue) => pendingLine(queue));
  }

  needs(request: AwsRequest): Need[] {
    return needsOf(known(request), request.body, this);
  }

  async serve(request: AwsRequest): Promise<AwsReply> {
    const answer = await operations[known(request)](request.body, this, request.principal);
    return { status: 200, headers: headers(), body: JSON.stringify(answer) };
  }

  fail(error: AwsError): AwsReply {
    const side = error.status >= 500 ? "Receiver" : "Sender";
    const shape = `com.amazonaws.sqs#${error.code}`;
    return {
      status: error.status,
      headers: { ...headers(), "x-amzn-query-error": `${queryCode(error)};${side}` },
      body: JSON.stringify({ ...error.more, __type: shape, message: error.message }),
    };
  }
}

function known({ operation }: AwsRequest): OperationName {
  if (!isOperation(operation)) {
    throw notImplemented(operation ?? "requests without an operation");
  }
  return operation;
}

function headers(): Record<string, string> {
  return { "content-type": CONTENT_TYPE, "x-amzn-requestid": randomUUID() };
}

/** What its receiver hid for longer waits for the clock, and not for a worker. */
const SOON_MS = 30_000;

/** Delayed messages that are not due yet are nobody's work; those in flight are. */
function pendingLine(queue: Queue): string[] {
  const { visible, inFlight } = queue.busyWithin(SOON_MS);
  const parts = [
    ...(visible > 0 ? [`${visible} visible`] : []),
    ...(inFlight > 0 ? [`${inFlight} in flight`] : []),
  ];
  return parts.length > 0 ? [`${queue.name}: ${parts.join(", ")}`] : [];
}
