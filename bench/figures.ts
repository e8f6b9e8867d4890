/** The middle of what was measured: half of the values are larger, half smaller. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[sorted.length - 1 - half], sorted[half]];
  return (low + high) / 2;
}

/** How many times `measured` is `least`, for people. */
export function times(measured: number, least: number): string {
  return `${(measured / least).toFixed(2)}×`;
}

/** Of 1,000 bytes each, as the budgets are. */
export function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(0)} KB`;
}

/** A Markdown table; the first column is text, the others are figures. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}
