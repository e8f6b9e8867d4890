/** Who makes the journey, and how time passes for them. */
import type { OpenCloud } from "../../local/open.ts";
import type { Tenant } from "../../local/tenants.ts";
import type { Api } from "./api.ts";
import type { Meta } from "./meta.ts";

export interface Traveller {
  readonly cloud: OpenCloud["cloud"];
  readonly tenant: Tenant;
  readonly admin: Api;
  readonly meta: Meta;
  /** Waits until `look` finds something; throws, with `what`, when time is up. */
  eventually<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>>;
}

/** Not awaited: where something is stuck, the cloud would wait for it much longer than we do. */
export function advance({ cloud }: Traveller, ms: number): () => boolean {
  let isOver = false;
  void cloud.advance(ms).then(() => {
    isOver = true;
  });
  return () => isOver;
}
