/**
 * Request units as AWS counts them. Developer guide: "DynamoDB item sizes and formats", "DynamoDB
 * read and write operations", "Using global secondary indexes: write throughput".
 */
import type { Item, Write } from "./request.ts";
import type { Table, TableIndex } from "./tables.ts";

const WRITE_UNIT_BYTES = 1024;
const COLLECTION_BYTES = 3;

/** An image of a row; null when there is no such row. */
export type Image = Item | null;

export interface WriteCharge {
  readonly table: number;
  readonly indexes: number;
}

/** Bytes of a row: the UTF-8 bytes of its attribute names, and of its values. */
export function itemBytes(item: Item): number {
  return sum(
    Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + valueBytes(value)),
  );
}

/** What a write that happened costs; a transaction doubles the table's part only. */
export function chargeOf(
  table: Table,
  before: Image,
  after: Image,
  transactional: boolean,
): WriteCharge {
  const units = Math.max(unitsOf(before), unitsOf(after));
  return {
    table: transactional ? 2 * units : units,
    indexes: sum(table.indexes.map((index) => indexUnits(table, index, before, after))),
  };
}

/**
 * What a write that its condition refused costs, or one of a cancelled transaction: the units of
 * the row that is there, at least one. A transaction prepares its puts before it is cancelled, so
 * those count by the larger of the two.
 */
export function refusedCharge(write: Write, before: Image, transactional: boolean): WriteCharge {
  if (!transactional) {
    return { table: unitsOf(before), indexes: 0 };
  }
  const prepared = write.kind === "put" ? unitsOf(write.row) : 1;
  return { table: 2 * Math.max(unitsOf(before), prepared), indexes: 0 };
}

function unitsOf(image: Image): number {
  return image === null ? 1 : Math.max(1, Math.ceil(itemBytes(image) / WRITE_UNIT_BYTES));
}

/**
 * An entry that comes or goes is one write, one whose key changes is two (delete and put), one
 * whose projected content changes is one, one that stays the same is none. A row without all of the
 * index's key attributes has no entry.
 */
function indexUnits(table: Table, index: TableIndex, before: Image, after: Image): number {
  const old = entryOf(table, index, before);
  const now = entryOf(table, index, after);
  if (old === null && now === null) {
    return 0;
  }
  if (old === null || now === null) {
    return unitsOf(old ?? now);
  }
  const keys = [...index.keys, ...table.keys];
  if (!sameOn(keys, old, now)) {
    return unitsOf(old) + unitsOf(now);
  }
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return sameOn(names, old, now) ? 0 : Math.max(unitsOf(old), unitsOf(now));
}

function entryOf(table: Table, index: TableIndex, image: Image): Image {
  if (image === null || index.keys.some((name) => image[name] === undefined)) {
    return null;
  }
  if (index.projected === "ALL") {
    return image;
  }
  const held = new Set([...table.keys, ...index.keys, ...index.projected]);
  return Object.fromEntries(Object.entries(image).filter(([name]) => held.has(name)));
}

function sameOn(names: readonly string[], one: Item, other: Item): boolean {
  return names.every((name) => canonical(one[name]) === canonical(other[name]));
}

/** Equal values are equal text: sets and maps have no order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (Array.isArray(inner)) {
      return key.endsWith("S") ? inner.toSorted() : inner;
    }
    return typeof inner === "object" && inner !== null
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner;
  });
}

function valueBytes(value: unknown): number {
  const [type, content] = Object.entries(value ?? {})[0] ?? [];
  switch (type) {
    case "S":
      return Buffer.byteLength(String(content));
    case "N":
      return numberBytes(String(content));
    case "B":
      return Buffer.from(String(content), "base64").length;
    case "SS":
    case "NS":
    case "BS":
      return sum(elements(content).map((element) => valueBytes({ [type.charAt(0)]: element })));
    case "L":
      return COLLECTION_BYTES + sum(elements(content).map((element) => 1 + valueBytes(element)));
    case "M":
      return (
        COLLECTION_BYTES +
        sum(
          Object.entries(content ?? {}).map(
            ([name, element]) => 1 + Buffer.byteLength(name) + valueBytes(element),
          ),
        )
      );
    default:
      // NULL and BOOL.
      return 1;
  }
}

/** One byte for two significant digits, and one. */
function numberBytes(text: string): number {
  const [mantissa = ""] = text.toLowerCase().split("e");
  const digits = mantissa.replace(/[-+.]/g, "").replace(/^0+|0+$/g, "");
  return Math.ceil(digits.length / 2) + 1;
}

function elements(content: unknown): unknown[] {
  return Array.isArray(content) ? content : [];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
