import { createHash } from "node:crypto";
import { LIMIT_DEFAULT } from "../../shared/contract/shapes.ts";
import { DomainError } from "../../shared/domain/errors.ts";
import type { Position, Seal } from "../../shared/ports.ts";
import type { Pages } from "./route.ts";

const PURPOSE = "cursor";

/**
 * Cursors are sealed: bound to the workspace, the route and the filter (everything in the query but
 * `limit` and `cursor`, and the path), so one that is forged or from elsewhere does not open.
 */
export function pagesOf(seal: Seal, workspaceId: string, list: string, filter: object): Pages {
  const digest = createHash("sha256").update(JSON.stringify(filter, sorted)).digest("base64url");
  const owner = `${workspaceId}|${list}|${digest}`;
  return {
    async request({ limit = LIMIT_DEFAULT, cursor }) {
      return { limit, position: cursor === undefined ? null : await opened(seal, owner, cursor) };
    },
    async reply(page, view) {
      const { items, position } = page;
      const nextCursor = position === null ? null : await sealed(seal, owner, position);
      const data = items.map(view);
      return { status: 200, body: { data, page: { nextCursor, hasMore: nextCursor !== null } } };
    },
  };
}

/** The same filter in another order is the same filter. */
function sorted(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}

async function sealed(seal: Seal, owner: string, position: Position): Promise<string> {
  const bytes = await seal.seal(PURPOSE, owner, Buffer.from(JSON.stringify(position)));
  return Buffer.from(bytes).toString("base64url");
}

async function opened(seal: Seal, owner: string, cursor: string): Promise<Position> {
  const plain = await seal.open(PURPOSE, owner, Buffer.from(cursor, "base64url"));
  if (plain === null) {
    const detail = "Send page.nextCursor of the same list with the same filter, or none.";
    throw new DomainError("invalid_cursor", detail, {
      violations: [{ pointer: "/query/cursor", code: "invalid_cursor", detail }],
    });
  }
  return JSON.parse(Buffer.from(plain).toString("utf8"));
}
