/**
 * A pretend Meta: the Graph API that the product calls, the callbacks that Meta makes, and doors to
 * be a customer. Sections named in these files are those of the WhatsApp reference.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Busy, Clock, State } from "../../parts.ts";
import { Accounts } from "./accounts.ts";
import { GraphApi } from "./api.ts";
import { accountNodes } from "./businessAccounts.ts";
import { Callbacks } from "./callbacks.ts";
import { Chats } from "./chats.ts";
import type { DoorsConfig } from "./door.ts";
import { serveDoor } from "./doors.ts";
import { type BusinessNumber, Numbers } from "./numbers.ts";
import { isOverridable } from "./overrides.ts";
import { phoneNumberNodes } from "./phoneNumbers.ts";
import { profileNodes } from "./profiles.ts";
import { Sends } from "./send.ts";
import { type GraphTemplate, Templates } from "./templates.ts";
import type { Update } from "./webhook.ts";

export interface GraphConfig {
  readonly clock: Clock;
  readonly state: State;
  /** Base of the public server, for example `http://127.0.0.1:4000`. */
  readonly callbackUrl: () => string;
}

export class Graph implements Busy {
  readonly #numbers: Numbers;
  readonly #templates: Templates;
  readonly #callbacks: Callbacks;
  readonly #api: GraphApi;
  readonly #doors: DoorsConfig;

  constructor({ clock, state, callbackUrl }: GraphConfig) {
    const numbers = new Numbers(state);
    const templates = new Templates(state);
    const chats = new Chats(state);
    const accounts = new Accounts(state);
    const subscriptionOf = (channelKey: string, { wabaId, field, value }: Update) => {
      const number = numbers.meant(channelKey, wabaId, value);
      if (number === undefined) return null;
      const { isSubscribed, override } = accounts.subscription(number);
      if (!isSubscribed) return undefined;
      return isOverridable(field) ? (accounts.of(number).override ?? override) : null;
    };
    const appSecretOf = (channelKey: string) => numbers.byChannelKey(channelKey)?.appSecret;
    const callbacks = new Callbacks({ clock, state, callbackUrl, appSecretOf, subscriptionOf });
    const sends = new Sends({ clock, state, chats, callbacks, templates, accounts });
    const config = { clock, accounts, callbackUrl };
    this.#numbers = numbers;
    this.#templates = templates;
    this.#callbacks = callbacks;
    this.#api = new GraphApi({ clock, numbers, accounts }, [
      ...phoneNumberNodes(config),
      ...accountNodes(config, numbers),
      ...profileNodes(accounts),
      ...sends.nodes(),
    ]);
    this.#doors = { clock, state, callbackUrl, numbers, accounts, callbacks, chats };
  }

  /** Connects a business number; the first one added is the default of the sim doors. */
  addNumber(number: BusinessNumber): void {
    this.#numbers.add(number);
  }

  /** Whom a customer can write to, the default first. */
  businesses(): readonly BusinessNumber[] {
    return this.#numbers.all();
  }

  /** Makes a template known, as if it had been submitted and reviewed. */
  addTemplate(template: GraphTemplate): void {
    this.#templates.add(template);
  }

  /** The Graph API, mounted under `/graph`: `/graph/v25.0/300000000000001?fields=id`. */
  handleGraph(request: IncomingMessage, response: ServerResponse): Promise<void> {
    return this.#api.handle(request, response);
  }

  /** The `/sim/graph/*` doors; false when the path is not one of them. */
  handleSim(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    return serveDoor(this.#doors, request, response);
  }

  start(): void {
    this.#callbacks.start();
  }

  async stop(): Promise<void> {
    this.#api.stop();
    await this.#callbacks.stop();
  }

  pending(): string[] {
    return this.#callbacks.pending();
  }
}
