import type { Route } from "../edge/route.ts";
import { apiKeysRoutes } from "./apiKeys.ts";
import { callbacksRoutes } from "./callbacks.ts";
import { channelsRoutes } from "./channels.ts";
import { contactsRoutes } from "./contacts.ts";
import { conversationsRoutes } from "./conversations.ts";
import { healthRoutes } from "./health.ts";
import { meRoutes } from "./me.ts";
import { messagesRoutes } from "./messages.ts";
import { openapiRoutes } from "./openapi.ts";
import { ratesRoutes } from "./rates.ts";
import { templatesRoutes } from "./templates.ts";

/** Every route of the api function; the template declares each of them explicitly. */
export const routes: readonly Route[] = [
  ...healthRoutes,
  ...openapiRoutes,
  ...meRoutes,
  ...apiKeysRoutes,
  ...channelsRoutes,
  ...contactsRoutes,
  ...conversationsRoutes,
  ...messagesRoutes,
  ...ratesRoutes,
  ...templatesRoutes,
  ...callbacksRoutes,
];
