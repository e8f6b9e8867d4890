import { createHmac, timingSafeEqual } from "node:crypto";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { APIGatewayProxyEventV2 } from "aws-lambda";

/**
 * The least that a webhook door can be: one tenant, its secret in the environment, no rotation, no
 * large bodies. It is what the deployed door is measured against, and it is bundled the same way.
 */

const { APP_SECRET: secret = "", INGEST_QUEUE_URL: queueUrl = "" } = process.env;
const client = new SQSClient({});

export async function handler(event: APIGatewayProxyEventV2): Promise<{ statusCode: number }> {
  const body = event.body ?? "";
  const expected = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  const given = event.headers["x-hub-signature-256"] ?? "";
  if (given.length !== expected.length) return { statusCode: 401 };
  if (!timingSafeEqual(Buffer.from(given), Buffer.from(expected))) return { statusCode: 401 };
  await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
  return { statusCode: 200 };
}
