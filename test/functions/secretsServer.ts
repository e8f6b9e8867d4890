/** Secrets Manager as the functions meet it: one secret that is read over HTTP and rotated here. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SecretSeal } from "../../shared/aws/seal.ts";

export interface SecretsServer {
  /** Stages that were asked for, in order. */
  readonly asked: string[];
  /** The next answers are this error. */
  fail: string | null;
  rotate(secret: string): void;
  /** A function that has asked for nothing yet. */
  seal(clock: { now(): number }): SecretSeal;
  close(): void;
}

export async function secretsServer(secret: string): Promise<SecretsServer> {
  const versions: Record<string, string | undefined> = { AWSCURRENT: secret };
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { VersionStage: stage } = JSON.parse(Buffer.concat(chunks).toString());
    asked.push(stage);
    const value = versions[stage];
    const failure = secrets.fail ?? (value === undefined ? "ResourceNotFoundException" : null);
    response.writeHead(failure === null ? 200 : 400, {
      "content-type": "application/x-amz-json-1.1",
    });
    response.end(JSON.stringify(failure === null ? { SecretString: value } : { __type: failure }));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const client = new SecretsManagerClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "laptop", secretAccessKey: "secret" },
    maxAttempts: 1,
  });
  const secrets: SecretsServer = {
    asked,
    fail: null,
    rotate(next) {
      versions.AWSPREVIOUS = versions.AWSCURRENT;
      versions.AWSCURRENT = next;
    },
    seal: (clock) => new SecretSeal(client, "keys", clock),
    close() {
      client.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
  return secrets;
}
