/** Why Meta does not take a template (section 8.5), and how its body is looked at. */
export interface TemplateFault {
  readonly code: number;
  /** What callers decide on; null where Meta has no number of its own. */
  readonly subcode: number | null;
  readonly message: string;
}

export const SUBCODES = {
  accountFull: 2388019,
  coolingDown: 2388023,
  languageExists: 2388024,
  notEditable: 2388039,
  tooLong: 2388040,
  header: 2388047,
  body: 2388072,
  footer: 2388073,
  handle: 2388273,
  tooManyVariables: 2388293,
  variableAtEdge: 2388299,
} as const;

export type Json = Readonly<Record<string, unknown>>;

export function fault(message: string, subcode: number | null = null): TemplateFault {
  return { code: 100, subcode, message };
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Types, formats and categories are read in any case (section 8.2). */
export function upper(value: unknown): string {
  return typeof value === "string" ? value.toUpperCase() : "";
}

/** A misspelled key is refused, so that nobody takes silence for consent. */
export function keysFault(given: Json, known: readonly string[], at: string): TemplateFault | null {
  const strays = Object.keys(given).filter((key) => !known.includes(key));
  return strays.length === 0 ? null : fault(`${at}: unexpected key ${strays.join(", ")}`);
}

/** JavaScript counts UTF-16 units, never fewer than code points: the stricter of the two counts. */
export function textFault(
  value: unknown,
  at: string,
  max: number,
  subcode: number | null = null,
): TemplateFault | null {
  if (typeof value !== "string" || value.trim() === "") return fault(`${at} is missing`, subcode);
  if (value.length <= max) return null;
  return fault(`${at} has ${value.length} characters, at most ${max} are taken`, SUBCODES.tooLong);
}

/** The first fault that a look at each finds. */
export function firstFault<T>(
  values: readonly T[],
  look: (value: T, place: number) => TemplateFault | null,
): TemplateFault | null {
  for (const [place, value] of values.entries()) {
    const found = look(value, place);
    if (found !== null) return found;
  }
  return null;
}
