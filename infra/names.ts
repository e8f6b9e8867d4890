import type { Stage } from "./stage.ts";

/**
 * Names that people type, in one form. Only what holds no data is named: a named resource cannot be
 * replaced while it exists, so tables, buckets and the secret get their names from CloudFormation.
 */
export function named(stage: Stage, what: string): string {
  return `parley-${stage.name}-${what}`;
}

/**
 * The secrets of Meta apps are made when an app is connected, not by the template, so they have a
 * name that functions can be allowed: everything below this path.
 */
export function appsPrefix(stage: Stage): string {
  return `parley-${stage.name}/apps/`;
}

/** Construct ids are capitalised; names in the topology are not. */
export function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
