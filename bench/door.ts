import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as z from "zod";
import { ROOT_KEY } from "../local/access.ts";
import { REGION } from "../local/parts.ts";
import { ENV } from "../shared/topology.ts";
import { type Bundles, deployedNamed } from "./bundles.ts";
import { NUMBER } from "./customers.ts";
import type { Laptop } from "./laptop.ts";

/**
 * The deployed webhook door against the bare one: the very bundles, in one process, taking turns on
 * the same callbacks. The services that they call are a stub that answers at once, so that what is
 * compared is the handlers.
 */

const run = promisify(execFile);

const doorTimesSchema = z.array(
  z.object({ bytes: z.number(), pairs: z.number(), doorMs: z.number(), bareMs: z.number() }),
);

/** Medians per callback of that size. */
export type DoorTimes = z.infer<typeof doorTimesSchema>[number];

export async function timeDoors(laptop: Laptop, bundles: Bundles): Promise<DoorTimes[]> {
  const answers = await answersOf(laptop);
  const server = await serve(answers);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The stub has no port.");
  const url = `http://127.0.0.1:${address.port}`;
  const { PATH = "" } = process.env;
  const environment = {
    ...Object.fromEntries(Object.values(ENV).map((name) => [name, "1"])),
    PATH,
    NODE_OPTIONS: "--enable-source-maps",
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: ROOT_KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ROOT_KEY.secretAccessKey,
    AWS_ENDPOINT_URL: url,
    [ENV.ingest]: `${url}/queue`,
    APP_SECRET: NUMBER.appSecret,
  };
  const entries = [deployedNamed(bundles, "webhook").entry, bundles.bareWebhook.entry];
  try {
    const path = join(import.meta.dirname, "doorTurns.ts");
    const { stdout } = await run(process.execPath, [path, ...entries], { env: environment });
    return doorTimesSchema.parse(JSON.parse(stdout));
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

interface Answers {
  readonly [operation: string]: (body: string) => unknown;
}

/** What the door asks for when it is cold, as the laptop cloud has it. */
async function answersOf({ cloud }: Laptop): Promise<Answers> {
  const settings = { region: REGION, endpoint: cloud.gatewayUrl, credentials: ROOT_KEY };
  const SecretId = `${cloud.template.output("AppsPrefix")}${NUMBER.channelKey}`;
  const secrets = new SecretsManagerClient(settings);
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  secrets.destroy();
  return {
    GetSecretValue: () => ({ SecretString }),
    SendMessage: (body) => ({ MessageId: "1", MD5OfMessageBody: digestOf(body) }),
  };
}

const messageSchema = z.looseObject({ MessageBody: z.string() });

/** The SDK refuses an answer with another digest. */
function digestOf(body: string): string {
  const { MessageBody: text } = messageSchema.parse(JSON.parse(body));
  return createHash("md5").update(text).digest("hex");
}

async function serve(answers: Answers): Promise<Server> {
  const server = createServer((request, response) => {
    reply(answers, request, response).catch((error: unknown) => {
      console.error("bench: the stub failed:", error);
      response.destroy();
    });
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return server;
}

async function reply(answers: Answers, request: IncomingMessage, response: ServerResponse) {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const [, operation = ""] = String(request.headers["x-amz-target"]).split(".");
  const answer = answers[operation]?.(Buffer.concat(chunks).toString("utf8"));
  if (answer === undefined) throw new Error(`${operation} was not to be called.`);
  response.writeHead(200, { "content-type": "application/x-amz-json-1.0" });
  response.end(JSON.stringify(answer));
}
