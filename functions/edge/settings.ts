import { ENV } from "../../shared/topology.ts";

/** Every call out ends: three tries of at most five seconds. */
export const CALLS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000 },
} as const;

/** A variable that the template gives to the function; without it nothing can work. */
export function variable(name: keyof typeof ENV): string {
  const value = process.env[ENV[name]];
  if (value === undefined || value === "") throw new Error(`The variable ${ENV[name]} is not set.`);
  return value;
}
