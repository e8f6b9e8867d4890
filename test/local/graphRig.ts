import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { vi } from "vitest";
import * as z from "zod";
import { Graph } from "../../local/providers/graph/graph.ts";
import type { BusinessNumber } from "../../local/providers/graph/numbers.ts";
import { bodiesInMemory } from "../../local/s3/bodies.ts";
import { SqliteState } from "../../local/state.ts";

export const NUMBER: BusinessNumber = {
  channelKey: "local",
  appId: "600000000000001",
  appSecret: "local-app-secret",
  accessToken: "local-meta-token",
  wabaId: "200000000000001",
  phoneNumberId: "300000000000001",
  displayNumber: "15550100001",
  verifyToken: "local-verify-token",
};

export const ADA = "+447700900001";

const record = z.record(z.string(), z.unknown());
const takenSchema = z.looseObject({ messages: z.tuple([z.looseObject({ id: z.string() })]) });
const refusedSchema = z.looseObject({
  error: z.looseObject({
    code: z.number(),
    error_subcode: z.number().optional(),
    error_data: z.looseObject({ details: z.string() }).optional(),
  }),
});
const valueSchema = z.looseObject({
  contacts: z.array(record).optional(),
  statuses: z.array(z.looseObject({ id: z.string(), status: z.string() })).optional(),
  messages: z.array(record).optional(),
});
const changeSchema = z.object({ field: z.string(), value: valueSchema });
const postSchema = z.looseObject({
  entry: z.array(z.looseObject({ changes: z.array(changeSchema) })),
});

/** A pretend Meta with one number, and a webhook that takes everything it posts. */
export class GraphRig {
  offsetMs = 0;
  /** What came to the webhook, and when an answer to a send came between. */
  readonly told: (z.infer<typeof changeSchema> | { answered: number })[] = [];
  /** The same as bytes. */
  readonly posts: { path: string; signature: unknown; body: string }[] = [];
  readonly #state = SqliteState.open(null);
  readonly #bodies = bodiesInMemory();
  readonly #clock = { now: () => Date.now() + this.offsetMs };
  #graph: Graph | null = null;
  #server: Server | null = null;
  base = "";

  get graph(): Graph {
    return this.#graph!;
  }

  async start(): Promise<void> {
    const server = createServer(async (request, response) => {
      const path = request.url ?? "";
      if (path.startsWith("/graph/")) return this.graph.handleGraph(request, response);
      if (await this.graph.handleSim(request, response)) return undefined;
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      this.posts.push({ path, signature: request.headers["x-hub-signature-256"], body });
      const post = postSchema.parse(JSON.parse(body));
      for (const { changes } of post.entry) this.told.push(...changes);
      return response.writeHead(200).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#server = server;
    this.#open();
    this.graph.addNumber(NUMBER);
  }

  /** As after a restart of the process: only what is durable is left. */
  async restart(): Promise<void> {
    await this.graph.stop();
    this.#open();
  }

  #open(): void {
    const callbackUrl = () => this.base;
    const parts = { clock: this.#clock, state: this.#state, callbackUrl, bodies: this.#bodies };
    this.#graph = new Graph(parts);
    this.#graph.start();
  }

  async stop(): Promise<void> {
    await this.graph.stop();
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
    this.#state.close();
  }

  async sim(door: string, body?: unknown) {
    const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`${this.base}/sim/graph/${door}`, options);
    return { status: response.status, body: record.parse(await response.json()) };
  }

  /** The customer writes, so that the window is open; what that told is forgotten. */
  async write(from: string | null = ADA, more: object = {}): Promise<string> {
    const content = { type: "text", text: "Hi" };
    const { body } = await this.sim("inbound", { from, content, ...more });
    await this.idle();
    this.told.length = 0;
    return String(body.id);
  }

  /** A call of the Graph API; a body is sent as JSON. */
  async call(method: string, path: string, body?: unknown) {
    const response = await fetch(`${this.base}/graph/v25.0/${path}`, {
      method,
      headers: { authorization: `Bearer ${NUMBER.accessToken}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: record.parse(await response.json()) };
  }

  /** What was told of a field, in order of arrival. */
  async updates(field: string) {
    await this.idle();
    const told = this.told.flatMap((one) => ("field" in one && one.field === field ? [one] : []));
    return told.map(({ value }) => value);
  }

  async post(frame: object) {
    const response = await fetch(`${this.base}/graph/v25.0/${NUMBER.phoneNumberId}/messages`, {
      method: "POST",
      headers: { authorization: `Bearer ${NUMBER.accessToken}` },
      body: JSON.stringify(frame),
    });
    const body = record.parse(await response.json());
    this.told.push({ answered: response.status });
    return { status: response.status, body };
  }

  /** Sends in the common frame; `more` replaces what differs. */
  send(more: object) {
    return this.post({ messaging_product: "whatsapp", to: ADA, type: "text", ...more });
  }

  /** A text, unless `more` brings another type with its body. */
  text(more: Readonly<Record<string, unknown>> = {}) {
    const isOther = more.type !== undefined && more.type !== "text";
    return this.send(isOther ? more : { text: { body: "Hello" }, ...more });
  }

  async idle(): Promise<void> {
    await vi.waitFor(
      () => {
        if (this.graph.pending().length > 0) throw new Error("still pending");
      },
      { interval: 10, timeout: 5_000 },
    );
  }

  /** Every status that was told, in order of arrival. */
  async statuses() {
    // Most of the 300 ms before `sent` pass at once; what follows keeps its distance.
    this.offsetMs += 250;
    await this.idle();
    return this.told.flatMap((one) => ("value" in one ? (one.value.statuses ?? []) : []));
  }

  /** As the number knows who wrote to it. */
  async userIdOf(waId: string): Promise<string> {
    const { body } = await this.sim("inbound", {
      from: waId,
      content: { type: "text", text: "." },
    });
    await this.idle();
    return String(body.userId);
  }

  async ledger() {
    const { body } = await this.sim("ledger");
    return z.array(record).parse(body.data);
  }
}

export function idOf({ body }: { body: unknown }): string {
  return takenSchema.parse(body).messages[0].id;
}

export function errorOf({ body }: { body: unknown }) {
  return refusedSchema.parse(body).error;
}
