/**
 * DynamoDB on the gateway. The SDK's bodies go to the engine and back as they are; what the laptop
 * does not imitate is refused.
 */
import { AwsError, type AwsReply, type AwsRequest, type Door, type Need } from "../parts.ts";
import type { Expiry } from "./expiry.ts";
import type { Meter } from "./meter.ts";
import { type Touch, touchesOf } from "./request.ts";
import { fromEngine, tableArn } from "./tables.ts";

export class DynamoDoor implements Door {
  readonly #meter: Meter;
  readonly #expiry: Expiry;
  readonly #onWrite: (tableName: string) => void;

  /** `onWrite` is told after every write, so that the stream is read at once. */
  constructor(parts: { meter: Meter; expiry: Expiry; onWrite: (tableName: string) => void }) {
    this.#meter = parts.meter;
    this.#expiry = parts.expiry;
    this.#onWrite = parts.onWrite;
  }

  needs(request: AwsRequest): Need[] {
    const needs = touchesOfRequest(request).map(({ action, table, index }) => {
      const resource = index === null ? tableArn(table) : `${tableArn(table)}/index/${index}`;
      return { action, resource };
    });
    return [...new Map(needs.map((need) => [`${need.action} ${need.resource}`, need])).values()];
  }

  async serve(request: AwsRequest): Promise<AwsReply> {
    const touches = touchesOfRequest(request);
    const operation = request.operation ?? "";
    const caller = request.principal.name;
    try {
      const reply = await this.#meter.forward({ caller, operation, touches, body: request.body });
      return operation === "DescribeTable" ? inOurRegion(reply) : reply;
    } finally {
      // Also when the answer was lost: the write may have been done.
      const written = touches.filter(({ write }) => write !== null && write.kind !== "check");
      for (const table of new Set(written.map((touch) => touch.table))) {
        this.#onWrite(table);
      }
    }
  }

  fail(error: AwsError): AwsReply {
    return {
      status: error.status,
      headers: { "content-type": "application/x-amz-json-1.0" },
      body: JSON.stringify({
        ...error.more,
        __type: `com.amazonaws.dynamodb.v20120810#${error.code}`,
        message: error.message,
      }),
    };
  }

  /** Deletes the rows whose time to live is over by the moved clock. */
  async sweep(nowMs: number): Promise<void> {
    for (const table of await this.#expiry.sweep(nowMs)) {
      this.#onWrite(table);
    }
  }
}

/** A request never scans (conventions, "Store"); the laptop's own pages and tests may. */
function touchesOfRequest(request: AwsRequest): Touch[] {
  if (request.operation === "Scan" && request.principal.name !== "root") {
    throw new AwsError("NotImplemented", "The laptop's DynamoDB scans for root only.", 501);
  }
  return touchesOf(request.operation ?? "a request without a target", request.body);
}

function inOurRegion(reply: AwsReply): AwsReply {
  const { "x-amz-crc32": _, ...headers } = reply.headers ?? {};
  return { ...reply, headers, body: fromEngine(String(reply.body)) };
}
