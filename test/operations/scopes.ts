/** What verbs work in, on the real store. */
import { ulid } from "ulid";
import { idPrefixes } from "../../shared/domain/id.ts";
import type { Actor } from "../../shared/domain/permissions.ts";
import type { Scope, Store } from "../../shared/ports.ts";
import type { Rig } from "../store/rig.ts";
import { newWorkspaceId } from "../store/rig.ts";

/** A scope in a workspace of its own. */
export function scopeOn(rig: Rig, given: { workspaceId?: string; actor?: Actor } = {}): Scope {
  const workspaceId = given.workspaceId ?? newWorkspaceId();
  return {
    actor: given.actor ?? { kind: "system", workspaceId },
    store: rig.store({ workspaceId }),
    clock: rig.clock,
    ids: { of: (kind) => `${idPrefixes[kind]}_${ulid()}` },
  };
}

/** The same scope, whose store does some things in another way. */
export function scopeWith(scope: Scope, changed: Partial<Store>): Scope {
  const store = new Proxy(scope.store, {
    get(target, name) {
      const own: unknown = Reflect.get(changed, name) ?? Reflect.get(target, name);
      return typeof own === "function" ? own.bind(target) : own;
    },
  });
  return { ...scope, store };
}
