/**
 * Nine tenths of a bundle's source map speak of packages, and they would make two thirds of what is
 * deployed. A slim map keeps every position of our own sources; of a run of package code it keeps
 * the first position, so that a frame in there still names its file and is never taken for ours.
 */

/** Version 3 of the source map format (ECMA-426), as esbuild writes it. */
export interface SourceMapFile {
  readonly version: number;
  readonly sources: readonly string[];
  readonly mappings: string;
  readonly names: readonly string[];
}

/** Absolute: generated column, then source, line and column in it, then perhaps a name. */
type Segment = readonly [number, number, number, number, number?];

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function slim(map: SourceMapFile): SourceMapFile {
  // Data has no line that could fail.
  const ofPackage = map.sources.map(
    (source) => source.includes("node_modules/") || source.endsWith(".json"),
  );
  const lines = decode(map.mappings).map((segments) =>
    segments.filter(([, source], at) => !ofPackage[source] || segments[at - 1]?.[1] !== source),
  );
  const used = new Set(lines.flat().map(([, , , , name]) => name));
  const names = map.names.map((name, at) => (used.has(at) ? name : ""));
  return { ...map, names, mappings: encode(lines) };
}

/** Columns start anew on each generated line; all else is a difference to the one before. */
function decode(mappings: string): Segment[][] {
  let [source, line, column, name] = [0, 0, 0, 0];
  return mappings.split(";").map((text) => {
    let generated = 0;
    return text.split(",").flatMap((digits): Segment[] => {
      const [step = 0, ...steps] = numbersIn(digits);
      generated += step;
      if (steps.length === 0) return [];
      source += steps[0] ?? 0;
      line += steps[1] ?? 0;
      column += steps[2] ?? 0;
      if (steps[3] === undefined) return [[generated, source, line, column]];
      name += steps[3];
      return [[generated, source, line, column, name]];
    });
  });
}

function encode(lines: readonly Segment[][]): string {
  let last: Segment = [0, 0, 0, 0, 0];
  const one = (segment: Segment): string => {
    const name = segment[4] ?? last[4] ?? 0;
    const steps = segment.map((value = 0, at) => value - (last[at] ?? 0));
    last = [segment[0], segment[1], segment[2], segment[3], name];
    return steps.map(digitsOf).join("");
  };
  return lines
    .map((segments) => {
      last = [0, last[1], last[2], last[3], last[4]];
      return segments.map(one).join(",");
    })
    .join(";");
}

/** Base 64 digits of 5 bits, least first: the sixth says that more follow, the first is a sign. */
function numbersIn(digits: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const character of digits) {
    const digit = DIGITS.indexOf(character);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit >= 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}

function digitsOf(number: number): string {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1;
  let digits = "";
  do {
    digits += DIGITS.charAt((rest & 31) | (rest > 31 ? 32 : 0));
    rest >>= 5;
  } while (rest > 0);
  return digits;
}
