import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AwsError, type AwsRequest, type Door, type Need } from "../../local/parts.ts";

/** One door behind a real HTTP server, so that a real SDK client can talk to it. */
export async function serveDoor(door: Door) {
  const asked: Need[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const url = new URL(incoming.url ?? "/", "http://127.0.0.1");
    const request: AwsRequest = {
      principal: { name: "root", arn: "arn:aws:iam::000000000000:root" },
      method: incoming.method ?? "GET",
      path: url.pathname,
      query: url.searchParams,
      headers: Object.fromEntries(Object.entries(incoming.headers).map(([k, v]) => [k, String(v)])),
      body: Buffer.concat(chunks),
      operation: String(incoming.headers["x-amz-target"] ?? "").split(".")[1] ?? null,
    };
    const reply = await answer(door, request, asked);
    outgoing.writeHead(reply.status, reply.headers).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    /** What the door said it needs, in order of the calls. */
    asked,
    client: {
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(door: Door, request: AwsRequest, asked: Need[]) {
  try {
    asked.push(...door.needs(request));
    return await door.serve(request);
  } catch (error) {
    const known =
      error instanceof AwsError ? error : new AwsError("InternalError", String(error), 500);
    return door.fail(known, request);
  }
}
