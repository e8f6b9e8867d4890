import type { Page, PageRequest } from "../ports.ts";
import type { Key, Partition } from "./keys.ts";
import { type Item, sortKeyOf, type Table } from "./table.ts";

/** How a list is read: from which partitions, and what becomes of their entries. */
export interface Listed<T> {
  /** Read side by side and merged, newest (largest sort key) first. */
  readonly partitions: readonly Partition[];
  readonly decode: (row: Item) => T;
  /** Which things belong to the list; everything, when absent. */
  readonly accepts?: (thing: T) => boolean;
  /** Where the thing's own row is; an index entry and a row carry their own key. */
  readonly keyOf?: (entry: Item) => Key;
  /** The entry itself tells enough, so no row is read. */
  readonly entryOnly?: boolean;
}

/** How many rounds one request may search for things that match, before it answers what it has. */
const ROUNDS_MAX = 8;

/** An index lags behind its table, so the same row may show up under an old and a new key. */
interface Entry {
  readonly sortKey: string;
  readonly item: Item;
}

/**
 * One page, newest first. The position is the last sort key that was looked at, whatever partition
 * it came from, so that what does not change while somebody pages appears exactly once.
 */
export async function pageOf<T>(
  table: Table,
  listed: Listed<T>,
  { limit, position }: PageRequest,
): Promise<Page<T>> {
  const found = new Map<string, T>();
  let from = position?.from ?? null;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const { entries, ended } = await entriesOf(table, listed.partitions, from, limit);
    const rows = await rowsFor(table, listed, entries);
    for (const [place, entry] of entries.entries()) {
      from = entry.sortKey;
      const row = rows[place];
      if (row === undefined) continue;
      const thing = listed.decode(row);
      if (listed.accepts === undefined || listed.accepts(thing)) {
        found.set(`${row.pk}|${row.sk}`, thing);
      }
      const last = ended && place === entries.length - 1;
      if (found.size === limit) return page(found, last ? null : from);
    }
    if (ended) return page(found, null);
  }
  return page(found, from);
}

function page<T>(found: Map<string, T>, from: string | null): Page<T> {
  return { items: [...found.values()], position: from === null ? null : { from } };
}

async function entriesOf(
  table: Table,
  partitions: readonly Partition[],
  from: string | null,
  limit: number,
): Promise<{ entries: Entry[]; ended: boolean }> {
  const options = { from, limit: limit + 1, descending: true };
  const parts = await Promise.all(
    partitions.map(async (partition) => {
      const items = await table.query(partition, options);
      const skName = sortKeyOf(partition);
      return items.map((item) => ({ sortKey: String(item[skName]), item }));
    }),
  );
  const merged = parts.flat().sort((one, other) => (one.sortKey < other.sortKey ? 1 : -1));
  return { entries: merged.slice(0, limit), ended: merged.length <= limit };
}

/** The rows behind the entries, in their order; an entry without a row has gone. */
async function rowsFor<T>(
  table: Table,
  { partitions, keyOf, entryOnly }: Listed<T>,
  entries: readonly Entry[],
): Promise<(Item | undefined)[]> {
  const whole = partitions[0]?.index === null && keyOf === undefined;
  if (whole || entryOnly === true) return entries.map(({ item }) => item);
  const keys = entries.map(({ item }) =>
    keyOf === undefined ? { pk: String(item.pk), sk: String(item.sk) } : keyOf(item),
  );
  const unique = [...new Map(keys.map((key) => [`${key.pk}|${key.sk}`, key])).values()];
  const rows = await table.getAll(unique);
  const byKey = new Map(rows.map((row) => [`${row.pk}|${row.sk}`, row]));
  return keys.map((key) => byKey.get(`${key.pk}|${key.sk}`));
}
