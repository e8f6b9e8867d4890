import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
} from "@aws-sdk/client-secrets-manager";
import type { MetaAppSecrets } from "../domain/workspaces.ts";
import type { AppSecrets, ReadAppSecrets } from "../ports.ts";

/**
 * What a Meta app signs with, one secret per app and named by its channel key: the door reads it
 * with one call and needs no database. All names of a stage start the same, so the permission
 * covers just these.
 *
 * @param prefix of the stage's app secrets, such as `parley-prod/apps/`
 */
export function readAppSecrets(client: SecretsManagerClient, prefix: string): ReadAppSecrets {
  return async (channelKey) => {
    try {
      const command = new GetSecretValueCommand({ SecretId: `${prefix}${channelKey}` });
      const { SecretString: text } = await client.send(command);
      return text === undefined ? null : secretsIn(text);
    } catch (error) {
      if (isNamed(error, "ResourceNotFoundException")) return null;
      throw error;
    }
  };
}

/** An empty secret would let anybody sign, so it counts as none. */
function secretsIn(text: string): MetaAppSecrets {
  const { appSecrets = [], verifyToken = "" }: Partial<MetaAppSecrets> = JSON.parse(text);
  const usable = appSecrets.filter((secret) => typeof secret === "string" && secret !== "");
  if (usable.length > 0 && verifyToken !== "") return { appSecrets: usable, verifyToken };
  throw new Error("The secret of a Meta app lacks its app secret or its verify token.");
}

export function appSecretsIn(client: SecretsManagerClient, prefix: string): AppSecrets {
  return {
    read: readAppSecrets(client, prefix),
    write: (channelKey, secrets) => writeAppSecrets(client, prefix, channelKey, secrets),
  };
}

/** Makes the secret, or a new version of it; the door sees it within moments. */
export async function writeAppSecrets(
  client: SecretsManagerClient,
  prefix: string,
  channelKey: string,
  secrets: MetaAppSecrets,
): Promise<void> {
  const name = `${prefix}${channelKey}`;
  const text = JSON.stringify(secrets);
  try {
    await client.send(new CreateSecretCommand({ Name: name, SecretString: text }));
  } catch (error) {
    if (!isNamed(error, "ResourceExistsException")) throw error;
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
  }
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
