/**
 * Which room may import which (docs/ARCHITECTURE.md draws it). Imports only go down; what is not
 * listed is forbidden. Change it with a decision in docs/decisions only.
 */
import type { Import } from "./sources.ts";

interface Room {
  /** A file, or a folder with its slash. The longest that fits a path is its room. */
  readonly at: string;
  /** Besides itself: files and folders, or everything. */
  readonly imports: readonly string[] | "everything";
  /** Packages, or scopes with their slash. */
  readonly packages: readonly string[] | "everything";
  /** Whether Node's built-ins may be used. */
  readonly node: boolean;
}

const SHARED = [
  "shared/domain/",
  "shared/ports.ts",
  "shared/providers.ts",
  "shared/contract/",
  "shared/operations/",
  "shared/topology.ts",
  "shared/grants.ts",
];
const ADAPTERS = ["shared/store/", "shared/channels/", "shared/aws/"];
const DOORS = ["@middy/", "@aws-lambda-powertools/", "aws-lambda", "zod"];
const OUTSIDE = { imports: "everything", packages: "everything", node: true } as const;

function adapter(at: string): Room {
  const imports = [
    ...["shared/domain/", "shared/ports.ts", "shared/providers.ts"],
    ...["shared/topology.ts", "shared/grants.ts"],
  ];
  return { at, imports, packages: ["@aws-sdk/", "zod"], node: true };
}

export const rooms: readonly Room[] = [
  {
    at: "shared/domain/",
    imports: [],
    packages: ["zod", "libphonenumber-js", "ulid", "liquidjs"],
    node: false,
  },
  { at: "shared/ports.ts", imports: ["shared/domain/"], packages: [], node: false },
  { at: "shared/providers.ts", imports: ["shared/domain/"], packages: [], node: false },
  { at: "shared/topology.ts", imports: [], packages: [], node: false },
  { at: "shared/grants.ts", imports: ["shared/topology.ts"], packages: [], node: false },
  { at: "shared/contract/", imports: ["shared/domain/"], packages: ["zod"], node: true },
  {
    at: "shared/operations/",
    imports: ["shared/domain/", "shared/ports.ts", "shared/providers.ts"],
    packages: [],
    node: true,
  },
  ...ADAPTERS.map(adapter),
  {
    at: "functions/",
    imports: [...SHARED, "docs/openapi.json"],
    packages: DOORS,
    node: true,
  },
  {
    at: "infra/",
    imports: ["shared/topology.ts", "shared/grants.ts", "cdk.json"],
    packages: ["aws-cdk-lib", "constructs", "cdk-nag", "esbuild"],
    node: true,
  },
  { at: "infra/commands/", imports: ["infra/", "shared/"], packages: "everything", node: true },
  { at: "console/", imports: ["shared/contract/", "shared/domain/"], packages: [], node: false },
  { at: "local/", ...OUTSIDE },
  { at: "bench/", ...OUTSIDE },
  { at: "test/", ...OUTSIDE },
];

/** The only places that introduce operations and adapters to each other; they open the clients. */
const INTRODUCES = /^functions\/edge\/(\w+App|app)\.ts$/;
const INTRODUCED = [...ADAPTERS, "@aws-sdk/", "ulid"];

/** Why the file at `path` may not import this, or null when it may. */
export function refusal(path: string, { target, kind }: Import): string | null {
  const room = roomAt(path);
  if (room === undefined) return path.includes("/") ? "the file is in no room" : null;
  if (INTRODUCES.test(path) && INTRODUCED.some((one) => named(one, target))) return null;
  switch (kind) {
    case "node":
      return room.node ? null : `${room.at} is pure and takes nothing from Node`;
    case "package": {
      const free =
        room.packages === "everything" || room.packages.some((one) => named(one, target));
      return free ? null : `${room.at} does not take this package`;
    }
    case "file": {
      if (room.imports === "everything" || roomAt(target) === room) return null;
      const free = room.imports.some((one) => within(one, target));
      return free ? null : `${room.at} does not look there`;
    }
    default:
      return kind satisfies never;
  }
}

function roomAt(path: string): Room | undefined {
  const fitting = rooms.filter(({ at }) => within(at, path));
  return fitting.toSorted((one, other) => other.at.length - one.at.length)[0];
}

function within(place: string, path: string): boolean {
  return place.endsWith("/") ? path.startsWith(place) : path === place;
}

function named(packageOrScope: string, target: string): boolean {
  if (packageOrScope.endsWith("/")) return target.startsWith(packageOrScope);
  return target === packageOrScope || target.startsWith(`${packageOrScope}/`);
}
