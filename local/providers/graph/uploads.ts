/**
 * Resumable uploads (section 9.3): a session, its bytes in one or more requests, and a handle that
 * the header of a template shows. What came before a connection broke is kept.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Clock, Shelf, State } from "../../parts.ts";
import { type Answer, GraphRefusal } from "./answer.ts";
import { type Call, type GraphNode, onApp } from "./call.ts";
import { MEDIA_BYTES_MAX, uploadProblem } from "./mediaTypes.ts";
import type { Numbers } from "./numbers.ts";
import { isJson, type Json, upper } from "./templateFault.ts";

interface Session {
  readonly id: string;
  readonly appId: string;
  readonly type: string;
  readonly length: number;
  readonly startedAt: number;
  /** Of its address; whoever knows the id alone gets nothing. */
  readonly signature: string;
  readonly received: number;
  readonly handle: string | null;
}

export interface UploadsConfig {
  readonly clock: Clock;
  readonly state: State;
  readonly numbers: Numbers;
}

/** `image/jpg` is what some callers write for `image/jpeg`. */
const TYPES: Readonly<Record<string, string>> = {
  "application/pdf": "application/pdf",
  "image/jpeg": "image/jpeg",
  "image/jpg": "image/jpeg",
  "image/png": "image/png",
  "video/mp4": "video/mp4",
};
const TYPES_OF: Readonly<Record<string, readonly string[]>> = {
  IMAGE: ["image/jpeg", "image/png"],
  VIDEO: ["video/mp4"],
  DOCUMENT: ["application/pdf"],
};
const LIFE_MS = 30 * 86_400_000;
const SESSIONS_MAX = 1_000;

export class Uploads {
  readonly #config: UploadsConfig;
  readonly #sessions: Shelf<Session>;
  /** What came, in base64, by session and offset; forgotten once it is whole. */
  readonly #pieces: Shelf<string>;

  constructor(config: UploadsConfig) {
    this.#config = config;
    this.#sessions = config.state.shelf("graph.uploads");
    this.#pieces = config.state.shelf("graph.uploadPieces");
  }

  nodes(): GraphNode[] {
    return [
      onApp({ "POST uploads": (call) => this.#begin(call) }),
      {
        owner: (id, known) => {
          const appId = this.#sessions.get(id)?.appId;
          return known.find((number) => number.appId === appId);
        },
        calls: { POST: (call) => this.#take(call), GET: (call) => this.#tell(call) },
      },
    ];
  }

  /** Why the samples of media headers cannot be used; null: they can. */
  handleProblem(wabaId: string, components: readonly Json[]): string | null {
    const numbers = this.#config.numbers.all().filter((number) => number.wabaId === wabaId);
    const apps = new Set(numbers.map(({ appId }) => appId));
    const whole = this.#sessions.entries().filter(([, { appId }]) => apps.has(appId));
    for (const { format, handle } of samplesIn(components)) {
      const upload = whole.find(([, one]) => one.handle === handle)?.[1];
      if (upload === undefined) return "header_handle: no upload of this app has this handle";
      if (TYPES_OF[format]?.includes(upload.type) === true) continue;
      return `header_handle: ${upload.type} is no sample of the format ${format}`;
    }
    return null;
  }

  #begin({ number, query }: Call): Answer {
    const [asked, length] = [query.get("file_type") ?? "", Number(query.get("file_length") ?? "")];
    const type = Object.hasOwn(TYPES, asked) ? TYPES[asked] : undefined;
    if (type === undefined) {
      throw new GraphRefusal(100, `file_type: one of ${Object.keys(TYPES).join(", ")}`, null);
    }
    if (!Number.isInteger(length) || length < 1 || length > MEDIA_BYTES_MAX) {
      throw new GraphRefusal(100, `file_length: 1 to ${MEDIA_BYTES_MAX}`, null);
    }
    this.#forgetOld();
    const session: Session = {
      id: `upload:MTph${randomBytes(24).toString("base64url")}`,
      signature: `AR${randomBytes(9).toString("base64url")}`,
      appId: number.appId,
      type,
      length,
      startedAt: this.#config.clock.now(),
      received: 0,
      handle: null,
    };
    this.#sessions.put(session.id, session);
    return { status: 200, body: { id: `${session.id}?sig=${session.signature}` } };
  }

  #tell(call: Call): Answer {
    const { id, received } = this.#sessionOf(call);
    return { status: 200, body: { id, file_offset: received } };
  }

  async #take(call: Call): Promise<Answer> {
    const { received, length } = this.#sessionOf(call);
    const { file_offset: offset } = call.request.headers;
    if (String(received) !== offset) {
      throw new GraphRefusal(100, `file_offset: the upload goes on at ${received}`, null);
    }
    const more = await untilItEnds(call.request, length - received);
    if (more === null) throw new GraphRefusal(100, `There are more than ${length} bytes`, null);
    const session = this.#sessionOf(call);
    // Another request may have brought the same bytes meanwhile.
    if (session.received !== received) {
      throw new GraphRefusal(100, `file_offset: the upload goes on at ${session.received}`, null);
    }
    return this.#keep({ ...session, received: received + more.length }, more, received);
  }

  #keep(session: Session, more: Buffer, offset: number): Answer {
    const { id, received, length } = session;
    const pieces = this.#piecesOf(id);
    const isWhole = received === length;
    const bytes = isWhole ? Buffer.concat([...pieces.map(([, piece]) => piece), more]) : more;
    const problem = isWhole ? uploadProblem(session.type, bytes) : null;
    const handle = isWhole && problem === null ? this.#newHandle(session) : null;
    this.#config.state.atOnce(() => {
      if (!isWhole) {
        const key = `${id} ${String(offset).padStart(9, "0")}`;
        if (more.length > 0) this.#pieces.put(key, more.toString("base64"));
        this.#sessions.put(id, session);
        return;
      }
      for (const [key] of pieces) this.#pieces.remove(key);
      if (handle === null) this.#sessions.remove(id);
      else this.#sessions.put(id, { ...session, handle });
    });
    if (problem !== null) throw new GraphRefusal(100, problem.details, null);
    return { status: 200, body: handle === null ? { id, file_offset: received } : { h: handle } };
  }

  #newHandle({ type, appId }: Session): string {
    const random = () => `AR${randomBytes(24).toString("base64url")}`;
    const kind = Buffer.from(type).toString("base64");
    const until = Math.floor((this.#config.clock.now() + LIFE_MS) / 1_000);
    return `4::${kind}:${random()}:e:${until}:${appId}:${random()}`;
  }

  #sessionOf({ id, query, request }: Call): Session {
    if (!/^OAuth /i.test(request.headers.authorization ?? "")) {
      throw new GraphRefusal(190, "Uploads take Authorization: OAuth, not Bearer", null);
    }
    const session = this.#sessions.get(id);
    const given = query.get("sig");
    const isSigned = given === null ? request.method === "GET" : given === session?.signature;
    if (session !== undefined && isSigned) return session;
    throw new GraphRefusal(100, "The signature of the upload is wrong", null);
  }

  #piecesOf(id: string): [string, Buffer][] {
    const own = this.#pieces.entries().filter(([key]) => key.startsWith(`${id} `));
    return own.map(([key, piece]) => [key, Buffer.from(piece, "base64")]);
  }

  /** The oldest go first when there are too many. */
  #forgetOld(): void {
    const since = this.#config.clock.now() - LIFE_MS;
    const all = this.#sessions.entries().sort(([, one], [, other]) => {
      return one.startedAt - other.startedAt;
    });
    const surplus = Math.max(all.length - SESSIONS_MAX + 1, 0);
    const old = all.filter(([, { startedAt }], place) => startedAt < since || place < surplus);
    this.#config.state.atOnce(() => {
      for (const [id] of old) {
        for (const [key] of this.#piecesOf(id)) this.#pieces.remove(key);
        this.#sessions.remove(id);
      }
    });
  }
}

/** What came until the request ended or its connection broke; null: too much. */
async function untilItEnds(request: IncomingMessage, bytesMax: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) return null;
      chunks.push(chunk);
    }
  } catch (error) {
    // Only a connection that broke is what resuming is for.
    if (!request.destroyed) throw error;
  }
  return Buffer.concat(chunks);
}

/** The samples of every media header, those of cards as well. */
function samplesIn(components: readonly Json[]): { format: string; handle: unknown }[] {
  return components.flatMap(({ format, example, cards }) => {
    const inCards = (Array.isArray(cards) ? cards : []).flatMap((card: unknown) => {
      const inside = isJson(card) && Array.isArray(card.components) ? card.components : [];
      return samplesIn(inside.filter(isJson));
    });
    const handles = isJson(example) ? example.header_handle : undefined;
    const own = Array.isArray(handles) ? handles : [];
    return [...own.map((handle) => ({ format: upper(format), handle })), ...inCards];
  });
}
