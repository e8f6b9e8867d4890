import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Shelf, State } from "./parts.ts";
import { StartProblem } from "./problem.ts";

/**
 * Durable memory in one SQLite file, or in memory.
 *
 * A put is a write into the file's log before it returns, so a process killed with -9 loses
 * nothing: what it wrote is the operating system's, which outlives it. `synchronous = NORMAL` adds
 * that a power cut cannot tear the file, and spares every put the flush to the disk: 20 us instead
 * of milliseconds (https://www.sqlite.org/pragma.html#pragma_synchronous).
 *
 * Nothing is mirrored in memory: a get costs 3 us, what it answers is the caller's own copy, and
 * there is no second truth to roll back.
 */
export class SqliteState implements State {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  /** Opens `file`, made when missing; null is a memory that ends with the process. */
  static open(file: string | null): SqliteState {
    if (file !== null) mkdirSync(dirname(file), { recursive: true });
    const database = new DatabaseSync(file ?? ":memory:");
    try {
      database.exec(SCHEMA);
    } catch (error) {
      database.close();
      const message = `Cannot use ${file}: is another laptop cloud running on it?`;
      throw new StartProblem(`${message} Stop it first, or take another folder with --data.`, {
        cause: error,
      });
    }
    return new SqliteState(database);
  }

  private constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = {
      get: database.prepare("SELECT json FROM things WHERE shelf = ? AND key = ?"),
      put: database.prepare(
        "INSERT INTO things VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET json = excluded.json",
      ),
      remove: database.prepare("DELETE FROM things WHERE shelf = ? AND key = ?"),
      entries: database.prepare("SELECT key, json FROM things WHERE shelf = ? ORDER BY key"),
    };
  }

  shelf<T>(name: string): Shelf<T> {
    return new SqliteShelf<T>(name, this.#statements);
  }

  /** A step inside a step belongs to the outer one. `work` must end before it returns. */
  atOnce<T>(work: () => T): T {
    if (this.#database.isTransaction) return work();
    this.#database.exec("BEGIN");
    try {
      const result = work();
      if (result instanceof Promise) throw new TypeError("A durable step cannot wait.");
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}

/** Exclusive: a second cloud on the same file would deliver everything twice. */
const SCHEMA = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS things (
    shelf TEXT NOT NULL,
    key TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (shelf, key)
  ) STRICT, WITHOUT ROWID;
`;

interface Statements {
  readonly get: StatementSync;
  readonly put: StatementSync;
  readonly remove: StatementSync;
  readonly entries: StatementSync;
}

class SqliteShelf<T> implements Shelf<T> {
  readonly #name: string;
  readonly #statements: Statements;

  constructor(name: string, statements: Statements) {
    this.#name = name;
    this.#statements = statements;
  }

  get(key: string): T | undefined {
    const row = this.#statements.get.get(this.#name, key);
    return row === undefined ? undefined : this.#value(row.json);
  }

  put(key: string, value: T): void {
    this.#statements.put.run(this.#name, key, JSON.stringify(value));
  }

  remove(key: string): void {
    this.#statements.remove.run(this.#name, key);
  }

  entries(): [string, T][] {
    const rows = this.#statements.entries.all(this.#name);
    return rows.map((row) => [String(row.key), this.#value(row.json)]);
  }

  /** Only this cloud writes the file, and `put` took a T under this name. */
  #value(json: unknown): T {
    return JSON.parse(String(json)) as T;
  }
}
