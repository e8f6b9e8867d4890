import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { ApiKey } from "../domain/apiKeys.ts";
import type { Directory, PageRequest } from "../ports.ts";
import * as keys from "./keys.ts";
import { pageOf } from "./pages.ts";
import { decode } from "./rows.ts";
import { type Item, meaningOf, type Table } from "./table.ts";

/** What is looked up before a workspace is known. */
export class TableDirectory implements Directory {
  readonly #truth: Table;

  constructor(truth: Table) {
    this.#truth = truth;
  }

  async apiKey(hash: string) {
    const row = await this.#truth.get(keys.apiKeyKey(hash));
    return row === null ? null : decode("apiKey", row);
  }

  /**
   * The condition makes a repeat harmless and never brings a revoked key back; losing the race
   * means that somebody else noted a use of the same five minutes.
   */
  async noteUse(key: ApiKey, at: string): Promise<void> {
    try {
      await this.#truth.client.send(
        new UpdateCommand({
          TableName: this.#truth.name,
          Key: keys.apiKeyKey(key.hash),
          UpdateExpression: "SET lastUsedAt = :at",
          ConditionExpression:
            key.lastUsedAt === null
              ? "attribute_exists(pk) AND attribute_not_exists(lastUsedAt)"
              : "lastUsedAt = :last",
          ExpressionAttributeValues:
            key.lastUsedAt === null ? { ":at": at } : { ":at": at, ":last": key.lastUsedAt },
        }),
      );
    } catch (error) {
      if (error instanceof Error && error.name === "ConditionalCheckFailedException") return;
      throw meaningOf(error);
    }
  }

  async metaApp(channelKey: string) {
    const row = await this.#truth.get(keys.metaAppKey(channelKey));
    return row === null ? null : decode("metaApp", row);
  }

  async route(channelKey: string, route: string) {
    const row = await this.#truth.get(keys.routeKey(channelKey, route));
    if (row === null) return null;
    return { workspaceId: String(row.workspaceId), channelId: String(row.channelId) };
  }

  async holderOf(kind: string, number: string) {
    const row = await this.#truth.get(keys.numberKey(kind, number));
    if (row === null) return null;
    return { workspaceId: String(row.workspaceId), channelId: String(row.channelId) };
  }

  channelsToCheck(page: PageRequest) {
    const decodeEntry = (entry: Item) => ({
      workspaceId: keys.workspaceOf(String(entry.pk)) ?? "",
      channelId: String(entry.sk),
    });
    const listed = { partitions: [keys.CHECKS], decode: decodeEntry, entryOnly: true };
    return pageOf(this.#truth, listed, page);
  }
}
