/** The laptop's SQS behind a real HTTP server, and the calls of the SDK that its tests make. */

import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SendMessageCommandInput,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach } from "vitest";
import type { AwsRequest, Shelf, State } from "../../local/parts.ts";
import { Sqs } from "../../local/sqs/sqs.ts";
import { serveDoor } from "./doorServer.ts";

export const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

/** A fresh SQS for each test of the file, over one server. */
export function sqsLaptop() {
  const laptop = new Laptop();
  let close = async (): Promise<unknown> => undefined;
  beforeAll(async () => {
    // Each test has its own SQS, so the door of the server asks for the present one.
    const served = await serveDoor({
      needs: (request: AwsRequest) => laptop.sqs.needs(request),
      serve: (request: AwsRequest) => laptop.sqs.serve(request),
      fail: (error) => laptop.sqs.fail(error),
    });
    laptop.origin = served.client.endpoint;
    laptop.client = new SQSClient(served.client);
    close = served.close;
  });
  afterAll(async () => {
    laptop.client.destroy();
    await close();
  });
  beforeEach(() => {
    laptop.forget();
  });
  return laptop;
}

class Laptop {
  client = new SQSClient();
  origin = "";
  #aheadMs = 0;
  #state = memory();
  sqs = this.#started();

  advance(ms: number): void {
    this.#aheadMs += ms;
  }

  forget(): void {
    this.#state = memory();
    this.restart();
  }

  /** A new process over the same state, without its queues yet. */
  restart(): void {
    this.sqs = this.#started();
  }

  queueUrl(name = "jobs", properties: Record<string, unknown> = {}): string {
    return this.sqs.create(properties, name).url;
  }

  fifoUrl(properties: Record<string, unknown> = {}): string {
    return this.queueUrl("jobs.fifo", { FifoQueue: true, ...properties });
  }

  counts(name = "jobs") {
    return this.sqs.queue(arn(name)).counts();
  }

  send(QueueUrl: string, MessageBody: string, more: Partial<SendMessageCommandInput> = {}) {
    return this.client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
  }

  async receive(QueueUrl: string, more: Partial<ReceiveMessageCommandInput> = {}) {
    const all = { MaxNumberOfMessages: 10, MessageSystemAttributeNames: ["All" as const] };
    const command = new ReceiveMessageCommand({ QueueUrl, ...all, ...more });
    return (await this.client.send(command)).Messages ?? [];
  }

  async bodies(QueueUrl: string, more: Partial<ReceiveMessageCommandInput> = {}) {
    return (await this.receive(QueueUrl, more)).map((message) => message.Body);
  }

  drop(QueueUrl: string, ReceiptHandle: string | undefined) {
    return this.client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  }

  hide(QueueUrl: string, ReceiptHandle: string | undefined, VisibilityTimeout: number) {
    const input = { QueueUrl, ReceiptHandle, VisibilityTimeout };
    return this.client.send(new ChangeMessageVisibilityCommand(input));
  }

  #started(): Sqs {
    const clock = { now: () => Date.now() + this.#aheadMs };
    return new Sqs({ clock, state: this.#state, baseUrl: () => this.origin });
  }
}

/** Values pass through JSON, as they do on disk. */
export function memory(): State {
  const shelves = new Map<string, Map<string, string>>();
  return {
    shelf: <T>(name: string): Shelf<T> => {
      const kept = shelves.get(name) ?? new Map<string, string>();
      shelves.set(name, kept);
      return {
        get: (key) => JSON.parse(kept.get(key) ?? "null") ?? undefined,
        put: (key, value) => void kept.set(key, JSON.stringify(value)),
        remove: (key) => void kept.delete(key),
        entries: () => [...kept].sort().map(([key, value]) => [key, JSON.parse(value)]),
      };
    },
    atOnce: (work) => work(),
  };
}

/** What the SDK makes of a refusal. */
export async function failure(work: Promise<unknown>) {
  const error = await work.then(
    () => null,
    (reason: Error & { Code?: string; $metadata?: { httpStatusCode: number } }) => reason,
  );
  return { name: error?.name, code: error?.Code, status: error?.$metadata?.httpStatusCode };
}
