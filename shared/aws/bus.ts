import type { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { PutEventsCommand } from "@aws-sdk/client-eventbridge";

export interface BusEvent {
  readonly type: string;
  readonly at: string;
  readonly detail: string;
}

/** EventBridge takes at most 10 events in one call. */
export const BUS_BATCH_MAX = 10;

/** The customer's event bus. */
export class Bus {
  readonly #client: EventBridgeClient;
  readonly #name: string;

  constructor(client: EventBridgeClient, name: string) {
    this.#client = client;
    this.#name = name;
  }

  /** @returns for each event whether the bus took it, in order */
  async put(events: readonly BusEvent[]): Promise<boolean[]> {
    const { Entries: results } = await this.#client.send(
      new PutEventsCommand({
        Entries: events.map(({ type, at, detail }) => ({
          EventBusName: this.#name,
          Source: "parley",
          DetailType: type,
          Time: new Date(at),
          Detail: detail,
        })),
      }),
    );
    return events.map((_, place) => results?.[place]?.ErrorCode === undefined);
  }
}
