import { Cloud, type CloudOptions } from "./cloud.ts";
import { localDoors } from "./doors.ts";
import { seedCustomers } from "./seed.ts";
import { type Tenant, Tenants } from "./tenants.ts";
import type { Handler } from "./web.ts";

export interface OpenOptions extends CloudOptions {
  /** Leave out the customers that make the inbox look alive. */
  readonly empty: boolean;
}

/** A running cloud with its doors open and its workspace made. */
export interface OpenCloud {
  readonly cloud: Cloud;
  readonly tenants: Tenants;
}

/** Starts the cloud, makes what every laptop has, and opens the front door. */
export async function openCloud(options: OpenOptions): Promise<OpenCloud> {
  const cloud = await Cloud.start(options);
  const tenants = new Tenants(cloud);
  const isNew = !(await tenants.isSeeded());
  const local: Tenant | null = isNew ? await tenants.createLocal() : null;
  const graph: Handler = async (request, response) => {
    if (request.url?.startsWith("/graph/") !== true) return false;
    request.url = request.url.slice("/graph".length);
    await cloud.graph.handleGraph(request, response);
    return true;
  };
  cloud.web.open([
    localDoors(cloud, tenants),
    (request, response) => cloud.graph.handleSim(request, response),
    graph,
    (request, response) => cloud.api.handle(request, response),
  ]);
  if (local !== null && !options.empty) await seedCustomers(cloud.url);
  return { cloud, tenants };
}
