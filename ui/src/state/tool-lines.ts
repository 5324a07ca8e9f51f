// What a tool was given, as one line and in full.

/** Longer summaries are cut. */
const MOST = 60;

/** The values among the arguments that fit on a line; empty while they are not all there. */
export function summaryOf(input: string): string {
  const values = Object.values(objectOf(input) ?? {}).filter(
    (value) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean',
  );
  const line = values.join(', ').replace(/\s+/g, ' ').trim();
  const characters = [...line];
  return characters.length > MOST ? `${characters.slice(0, MOST).join('')}…` : line;
}

/** The arguments as they were written, a line for each where they are an object; empty when there are none. */
export function argumentsOf(input: string): string {
  const object = objectOf(input);
  if (object === null) return input;
  return Object.keys(object).length === 0 ? '' : JSON.stringify(object, null, 2);
}

function objectOf(input: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(input);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
