import { strict as assert } from "node:assert";

/** The API of any cloud as one key sees it; paths are relative to `/v1`. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers are open JSON; tests look deep into them.
  readonly body: any;
}
export type Body = Answer["body"];
type Sent = Readonly<Record<string, string>>;

export interface Api {
  get(path: string, headers?: Sent): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Sent): Promise<Answer>;
  put(path: string, body?: unknown, headers?: Sent): Promise<Answer>;
  patch(path: string, body: unknown, headers?: Sent): Promise<Answer>;
  delete(path: string, headers?: Sent): Promise<Answer>;
  /** A whole list, paged through; every page but the last must be full. */
  all(path: string, limit?: number): Promise<Body[]>;
}

const LIMIT_MAX = 100;
/** How many pages a test reads at most: a cursor that leads nowhere must not hang it. */
const PAGES_MAX = 200;

export function apiAt(url: string, key: string | null): Api {
  const auth: Sent = key === null ? {} : { authorization: `Bearer ${key}` };
  const call = (method: string, path: string, body?: unknown, headers: Sent = {}) =>
    ask(`${url}/v1${path}`, method, body, { ...auth, ...headers });
  const get: Api["get"] = (path, headers) => call("GET", path, undefined, headers);
  return {
    get,
    post: (path, body, headers) => call("POST", path, body, headers),
    put: (path, body, headers) => call("PUT", path, body, headers),
    patch: (path, body, headers) => call("PATCH", path, body, headers),
    delete: (path, headers) => call("DELETE", path, undefined, headers),
    async all(path, limit = LIMIT_MAX) {
      const found: Body[] = [];
      const base = `${path}${path.includes("?") ? "&" : "?"}limit=${limit}`;
      let next = base;
      for (let page = 0; page < PAGES_MAX; page++) {
        const { status, body } = await get(next);
        assert.equal(status, 200, `${next} answered ${status}: ${body.detail}`);
        const { nextCursor, hasMore } = body.page;
        assert.equal(hasMore, nextCursor !== null);
        found.push(...body.data);
        if (nextCursor === null) return found;
        assert.equal(body.data.length, limit, "a page that is not the last is full");
        next = `${base}&cursor=${encodeURIComponent(nextCursor)}`;
      }
      throw new Error(`${path} has more than ${PAGES_MAX} pages.`);
    },
  };
}

/** A string is sent as it is, everything else as JSON. */
export async function ask(
  url: string,
  method: string,
  body?: unknown,
  headers: Sent = {},
): Promise<Answer> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type: Sent = body === undefined ? {} : { "content-type": "application/json" };
  const reply = await fetch(url, {
    method,
    headers: { ...type, ...headers },
    ...(text === undefined ? {} : { body: text }),
  });
  const answered = await reply.text();
  const isJson = /json/.test(reply.headers.get("content-type") ?? "");
  return {
    status: reply.status,
    headers: reply.headers,
    body: isJson && answered !== "" ? JSON.parse(answered) : answered,
  };
}
