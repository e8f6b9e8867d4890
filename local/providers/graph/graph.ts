/**
 * A pretend Meta: the Graph API that the product calls, the callbacks that Meta makes, and doors to
 * be a customer. Sections named in these files are those of the WhatsApp reference.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Busy, Clock, State } from "../../parts.ts";
import { answerGraph } from "./api.ts";
import { Callbacks } from "./callbacks.ts";
import { type DoorsConfig, serveDoor } from "./doors.ts";
import { type BusinessNumber, Numbers } from "./numbers.ts";

export interface GraphConfig {
  readonly clock: Clock;
  readonly state: State;
  /** Base of the public server, for example `http://127.0.0.1:4000`. */
  readonly callbackUrl: () => string;
}

export class Graph implements Busy {
  readonly #numbers: Numbers;
  readonly #callbacks: Callbacks;
  readonly #doors: DoorsConfig;

  constructor({ clock, state, callbackUrl }: GraphConfig) {
    const numbers = new Numbers(state);
    const appSecretOf = (channelKey: string) => numbers.byChannelKey(channelKey)?.appSecret;
    const callbacks = new Callbacks({ clock, state, callbackUrl, appSecretOf });
    this.#numbers = numbers;
    this.#callbacks = callbacks;
    this.#doors = { clock, callbackUrl, numbers, callbacks };
  }

  /** Connects a business number; the first one added is the default of the sim doors. */
  addNumber(number: BusinessNumber): void {
    this.#numbers.add(number);
  }

  /** The Graph API, mounted under `/graph`: `/graph/v25.0/300000000000001?fields=id`. */
  handleGraph(request: IncomingMessage, response: ServerResponse): Promise<void> {
    answerGraph(request, response, this.#numbers);
    return Promise.resolve();
  }

  /** The `/sim/graph/*` doors; false when the path is not one of them. */
  handleSim(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    return serveDoor(this.#doors, request, response);
  }

  start(): void {
    this.#callbacks.start();
  }

  async stop(): Promise<void> {
    await this.#callbacks.stop();
  }

  pending(): string[] {
    return this.#callbacks.pending();
  }
}
