import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";

export interface BusEvent {
  readonly type: string;
  readonly at: string;
  readonly detail: string;
}

/** The customer's event bus. */
export class Bus {
  readonly #client: EventBridgeClient;
  readonly #name: string;

  constructor(client: EventBridgeClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** @throws when the bus did not take it */
  async put({ type, at, detail }: BusEvent): Promise<void> {
    const entry = { Source: "parley", DetailType: type, Time: new Date(at), Detail: detail };
    const { Entries: results } = await this.#client.send(
      new PutEventsCommand({ Entries: [{ ...entry, EventBusName: this.#name }] }),
    );
    const code = results?.[0]?.ErrorCode;
    if (code !== undefined) throw new Error(`The bus refused an event (${code}).`);
  }
}
