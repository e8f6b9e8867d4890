import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { appSecretsIn } from "../../shared/aws/appSecrets.ts";
import { whatsappAccounts } from "../../shared/channels/whatsapp/connect.ts";
import type { Connecting } from "../../shared/operations/connecting.ts";
import { graph, rows, seal } from "./app.ts";
import { CALLS, variable } from "./settings.ts";

let made: Connecting | null = null;

/** What connecting a channel needs, made when somebody first does; reading a channel needs none. */
export function connecting(): Connecting {
  if (made !== null) return made;
  const sealed = seal();
  made = {
    directory: rows().directory,
    accounts: whatsappAccounts(graph(), sealed),
    apps: appSecretsIn(new SecretsManagerClient(CALLS), variable("apps")),
    seal: sealed,
  };
  return made;
}
