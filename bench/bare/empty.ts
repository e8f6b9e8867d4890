/** A function that does nothing: what starting and calling one costs at least. */
export function handler(): Promise<{ statusCode: number }> {
  return Promise.resolve({ statusCode: 200 });
}
