import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where the bytes of objects lie, under names of our own: a key never becomes part of a path. */
export interface Bodies {
  /** Answers the name. The bytes are the operating system's by then, and outlive this process. */
  write(body: Buffer): string;
  read(name: string): Buffer;
  remove(name: string): void;
  names(): string[];
}

/** Marks the files that are ours to remove, should the directory hold others. */
const SUFFIX = ".object";

export function bodiesIn(directory: string): Bodies {
  mkdirSync(directory, { recursive: true });
  return {
    write(body) {
      const name = `${randomUUID()}${SUFFIX}`;
      writeFileSync(join(directory, name), body);
      return name;
    },
    read: (name) => readFileSync(join(directory, name)),
    remove: (name) => rmSync(join(directory, name), { force: true }),
    names: () => readdirSync(directory).filter((name) => name.endsWith(SUFFIX)),
  };
}

export function bodiesInMemory(): Bodies {
  const bodies = new Map<string, Buffer>();
  return {
    write(body) {
      const name = randomUUID();
      bodies.set(name, body);
      return name;
    },
    read(name) {
      const body = bodies.get(name);
      if (body === undefined) throw new Error(`No body is called ${name}.`);
      return body;
    },
    remove: (name) => void bodies.delete(name),
    names: () => [...bodies.keys()],
  };
}
