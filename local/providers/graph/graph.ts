/**
 * A pretend Meta: the Graph API that the product calls, the callbacks that Meta makes, and doors to
 * be a customer. Sections named in these files are those of the WhatsApp reference.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Busy, Clock, State } from "../../parts.ts";
import type { Bodies } from "../../s3/bodies.ts";
import { Accounts } from "./accounts.ts";
import { GraphApi } from "./api.ts";
import { accountNodes } from "./businessAccounts.ts";
import { Callbacks } from "./callbacks.ts";
import { Chats } from "./chats.ts";
import type { DoorsConfig } from "./door.ts";
import { serveDoor } from "./doors.ts";
import { Media } from "./media.ts";
import { MediaApi } from "./mediaApi.ts";
import { type BusinessNumber, Numbers } from "./numbers.ts";
import { isOverridable } from "./overrides.ts";
import { phoneNumberNodes } from "./phoneNumbers.ts";
import { profileNodes } from "./profiles.ts";
import { Sends } from "./send.ts";
import { TemplateApi } from "./templateApi.ts";
import { type SeedTemplate, seedOf } from "./templateSubmitted.ts";
import { Templates } from "./templates.ts";
import { Uploads } from "./uploads.ts";
import type { Update } from "./webhook.ts";

export interface GraphConfig {
  readonly clock: Clock;
  readonly state: State;
  /** Base of the public server, for example `http://127.0.0.1:4000`. */
  readonly callbackUrl: () => string;
  /** Where the bytes of media lie. */
  readonly bodies: Bodies;
}

export class Graph implements Busy {
  readonly #clock: Clock;
  readonly #numbers: Numbers;
  readonly #templates: Templates;
  readonly #callbacks: Callbacks;
  readonly #mediaApi: MediaApi;
  readonly #api: GraphApi;
  readonly #doors: DoorsConfig;

  constructor({ clock, state, callbackUrl, bodies }: GraphConfig) {
    const numbers = new Numbers(state);
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
    const templates = new Templates({ clock, state, callbacks, numbers });
    const media = new Media({ clock, state, bodies, callbackUrl });
    const uploads = new Uploads({ clock, state, numbers });
    const found = { clock, state, callbackUrl, numbers, accounts, callbacks };
    const parts = { ...found, chats, templates, media, uploads };
    const mediaApi = new MediaApi(parts);
    this.#clock = clock;
    this.#numbers = numbers;
    this.#templates = templates;
    this.#callbacks = callbacks;
    this.#mediaApi = mediaApi;
    this.#api = new GraphApi(parts, [
      ...phoneNumberNodes(parts),
      ...accountNodes(parts, numbers),
      ...profileNodes(accounts),
      ...new Sends(parts).nodes(),
      ...new TemplateApi(parts).nodes(),
      ...mediaApi.nodes(),
      ...uploads.nodes(),
    ]);
    this.#doors = parts;
  }

  /** Connects a business number; the first one added is the default of the sim doors. */
  addNumber(number: BusinessNumber): void {
    this.#numbers.add(number);
  }

  /** Whom a customer can write to, the default first. */
  businesses(): readonly BusinessNumber[] {
    return this.#numbers.all();
  }

  /** Makes a template known, as if it had been submitted and reviewed; answers its id. */
  addTemplate(seed: SeedTemplate): string {
    const { wabaId, name, language } = seed;
    const given = seedOf(seed, this.#clock.now());
    const before = this.#templates.find(wabaId, name, language);
    if (before === undefined) return this.#templates.add(given).id;
    this.#templates.keep({ ...before, ...given }, []);
    return before.id;
  }

  /** The Graph API, mounted under `/graph`: `/graph/v25.0/300000000000001?fields=id`. */
  async handleGraph(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#mediaApi.serve(request, response)) await this.#api.handle(request, response);
  }

  /** The `/sim/graph/*` doors; false when the path is not one of them. */
  handleSim(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    return serveDoor(this.#doors, request, response);
  }

  start(): void {
    this.#callbacks.start();
    this.#templates.start();
  }

  async stop(): Promise<void> {
    this.#api.stop();
    this.#templates.stop();
    await this.#callbacks.stop();
  }

  pending(): string[] {
    return [...this.#callbacks.pending(), ...this.#templates.pending()];
  }
}
