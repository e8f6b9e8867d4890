/** Uploading, finding, fetching and deleting media (section 9.1). */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../parts.ts";
import type { Accounts } from "./accounts.ts";
import { type Answer, GraphRefusal } from "./answer.ts";
import { bytesOf } from "./bytes.ts";
import { type Call, type GraphNode, onNumber } from "./call.ts";
import type { Media } from "./media.ts";
import { MEDIA_BYTES_MAX, uploadProblem } from "./mediaTypes.ts";
import type { BusinessNumber, Numbers } from "./numbers.ts";

/** For what a form has besides its file. */
const FORM_BYTES = 64 * 1024;
const FIELDS = ["messaging_product", "type", "file"];

export interface MediaApiConfig {
  readonly clock: Clock;
  readonly media: Media;
  readonly numbers: Numbers;
  readonly accounts: Accounts;
}

export class MediaApi {
  readonly #config: MediaApiConfig;

  constructor(config: MediaApiConfig) {
    this.#config = config;
  }

  get #media(): Media {
    return this.#config.media;
  }

  nodes(): GraphNode[] {
    return [
      onNumber({ "POST media": (call) => this.#upload(call) }),
      {
        owner: (id, known) => {
          const phoneNumberId = this.#media.byId(id)?.phoneNumberId;
          return known.find((number) => number.phoneNumberId === phoneNumberId);
        },
        calls: {
          GET: (call) => this.#get(call),
          DELETE: (call) => {
            this.#media.remove(this.#itemOf(call));
            return { status: 200, body: { success: true } };
          },
        },
      },
    ];
  }

  async #upload({ request, number }: Call): Promise<Answer> {
    const form = await formOf(request);
    const stray = [...form.keys()].find((key) => !FIELDS.includes(key));
    if (stray !== undefined) throw new GraphRefusal(100, `Unexpected key ${stray}`);
    if (form.get("messaging_product") !== "whatsapp") {
      throw new GraphRefusal(100, "(#100) The parameter messaging_product is required.");
    }
    const file = form.get("file");
    if (!(file instanceof File)) {
      throw new GraphRefusal(100, "(#100) The parameter file is required.");
    }
    const declared = form.get("type");
    const mimeType = typeof declared === "string" && declared !== "" ? declared : file.type;
    const bytes = Buffer.from(await file.arrayBuffer());
    const problem = uploadProblem(mimeType, bytes);
    if (problem !== null) throw new GraphRefusal(problem.code, problem.details);
    const item = this.#media.keep(number.phoneNumberId, mimeType, bytes, "uploaded");
    if (item === null) throw new GraphRefusal(131000, "The simulator has no room for more media");
    return { status: 200, body: { id: item.id } };
  }

  #itemOf({ id, query, number }: Call) {
    const item = this.#media.byId(id);
    const asked = query.get("phone_number_id") ?? number.phoneNumberId;
    if (item !== undefined && asked === item.phoneNumberId) return item;
    throw new GraphRefusal(100, `${id} is no media of the number ${asked}`);
  }

  #get(call: Call): Answer {
    const item = this.#itemOf(call);
    const { id, mimeType, sha256, bytes } = item;
    return {
      status: 200,
      body: {
        messaging_product: "whatsapp",
        url: this.#media.addressOf(item, call.number),
        mime_type: mimeType,
        sha256,
        file_size: String(bytes),
        id,
      },
    };
  }

  /** The door behind the address: false when the path is not its own. */
  serve(request: IncomingMessage, response: ServerResponse): boolean {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
    if (!pathname.endsWith("/whatsapp_business/attachments/")) return false;
    const item = this.#media.byId(searchParams.get("mid") ?? "");
    const number = item === undefined ? undefined : this.#config.numbers.byId(item.phoneNumberId);
    request.resume();
    if (!this.#mayFetch(request, number)) {
      response.writeHead(401).end();
    } else if (item === undefined || number === undefined) {
      response.writeHead(404).end();
    } else if (!this.#media.isGood(searchParams, number)) {
      response.writeHead(404).end();
    } else {
      const bytes = this.#media.bytesOf(item);
      const headers = { "content-type": item.mimeType, "content-length": bytes.length };
      response.writeHead(200, headers).end(bytes);
    }
    return true;
  }

  /** With the token of the number; for what is gone, with any that is known. */
  #mayFetch({ headers }: IncomingMessage, number: BusinessNumber | undefined): boolean {
    const { clock, numbers, accounts } = this.#config;
    const token = /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
    const owners = number === undefined ? numbers.all() : [number];
    return owners.some((owner) => accounts.isGood(owner, token, clock.now()));
  }
}

async function formOf(request: IncomingMessage): Promise<FormData> {
  const type = request.headers["content-type"] ?? "";
  if (!/^multipart\/form-data/i.test(type)) {
    throw new GraphRefusal(100, "Media are uploaded as multipart/form-data");
  }
  const bytes = await bytesOf(request, MEDIA_BYTES_MAX + FORM_BYTES);
  if (bytes === null) throw new GraphRefusal(131053, `At most ${MEDIA_BYTES_MAX} bytes`);
  try {
    return await new Response(new Uint8Array(bytes), {
      headers: { "content-type": type },
    }).formData();
  } catch (cause) {
    throw new GraphRefusal(100, `The form cannot be read: ${String(cause)}`);
  }
}
