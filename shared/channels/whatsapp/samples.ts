import * as z from "zod/mini";
import { invalid, unavailable } from "../../domain/errors.ts";
import type { GraphPlace } from "./graph.ts";
import { graphErrorOf, refusalOf } from "./templateErrors.ts";

/** A file that shows Meta's reviewers what a header may hold. */
export interface Sample {
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What the resumable upload takes (WhatsApp reference, section 9.3). */
const TYPES = ["application/pdf", "image/jpeg", "image/jpg", "image/png", "video/mp4"];
const TIMEOUT_MS = 30_000;
/** How often a broken upload goes on where it stopped. */
const ATTEMPTS_MAX = 3;

const startedSchema = z.looseObject({ id: z.string() });
const offsetSchema = z.looseObject({ file_offset: z.number() });
const handleSchema = z.looseObject({ h: z.string() });

/**
 * Uploads a sample to the app (not the account) and answers its handle. The session names itself in
 * the path, and wants `OAuth` where all other calls want `Bearer`.
 */
export async function uploadSample(
  place: GraphPlace,
  token: string,
  appId: string,
  { filename, contentType, bytes }: Sample,
): Promise<string> {
  if (!TYPES.includes(contentType)) {
    throw invalid("/mediaId", "media_type", `A sample is one of ${TYPES.join(", ")}.`);
  }
  const query = new URLSearchParams({
    file_name: filename,
    file_length: String(bytes.length),
    file_type: contentType,
  });
  const base = `${place.url}/${place.version}`;
  const bearer = `Bearer ${token}`;
  const opened = await answer(`${base}/${appId}/uploads?${query}`, bearer, { method: "POST" });
  const { id } = parsed(startedSchema, opened);
  const session = `${base}/${id}`;
  const oauth = `OAuth ${token}`;
  let offset = 0;
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const sent = await answer(session, oauth, {
      method: "POST",
      headers: { file_offset: String(offset) },
      body: bytes.subarray(offset),
    });
    if (sent !== null && sent.status < 500) return parsed(handleSchema, sent).h;
    const reached = await answer(session, oauth, { method: "GET" });
    offset = parsed(offsetSchema, reached).file_offset;
  }
  throw unavailable("Meta did not take the sample file; try again in a moment.");
}

type Answer = { readonly status: number; readonly body: unknown } | null;

/** null when nothing came back. */
async function answer(url: string, authorization: string, init: RequestInit): Promise<Answer> {
  try {
    const headers = { ...init.headers, authorization };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { ...init, headers, signal });
    const text = await response.text();
    return { status: response.status, body: JSON.parse(text) };
  } catch {
    // Broken, too late or not JSON: in each case, ask how far it got.
    return null;
  }
}

function parsed<T extends z.ZodMiniType>(schema: T, reply: Answer): z.infer<T> {
  if (reply === null) throw unavailable("Meta did not answer; try again in a moment.");
  const result = schema.safeParse(reply.body);
  if (result.success && graphErrorOf(reply.body) === null) return result.data;
  throw refusalOf(reply.body, reply.status, []);
}
