import middy from "@middy/core";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { appSecrets, ingestJobs, largeBodies } from "./edge/doorApp.ts";
import type { HttpResponse } from "./edge/http.ts";
import { appsOf, handshake, isSigned, jobOf } from "./edge/webhooks.ts";

const apps = appsOf(appSecrets());
const jobs = ingestJobs();

const plain = (statusCode: number, body = ""): HttpResponse => ({
  statusCode,
  headers: { "content-type": "text/plain" },
  body,
});

/**
 * The door for Meta: verify the raw bytes, queue them, answer. What is signed is answered 200
 * whatever it holds, because Meta repeats everything else for seven days.
 */
export const handler = middy<APIGatewayProxyEventV2, HttpResponse>().handler(
  async (event): Promise<HttpResponse> => {
    const channelKey = event.pathParameters?.channelKey ?? "";
    const bytes = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
    const app = await apps.get(channelKey);
    if (app === null) return plain(404);
    if (event.requestContext.http.method === "GET") {
      const challenge = handshake(app, event.queryStringParameters ?? {});
      return challenge === null ? plain(403) : plain(200, challenge);
    }
    if (!(await isSigned(apps, channelKey, bytes, event.headers["x-hub-signature-256"])))
      return plain(401);
    await jobs.send(await jobOf(channelKey, bytes, largeBodies));
    return plain(200);
  },
);
