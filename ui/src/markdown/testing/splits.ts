/** Cutting texts into pieces, the same way every time. */

/** A source of numbers in [0, 1) that is fixed by its seed (the generator known as mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of the choices. */
export function pick<T>(choices: readonly [T, ...T[]], random: () => number): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}

/** Pieces of this many UTF-16 units, which may fall inside a character. */
export function pieces(text: string, size: number): string[] {
  const parts: string[] = [];
  for (let from = 0; from < text.length; from += size) parts.push(text.slice(from, from + size));
  return parts;
}

/** Pieces of 1 to 40 units, short ones more often. */
export function randomSplit(text: string, random: () => number): string[] {
  const parts: string[] = [];
  for (let from = 0; from < text.length; ) {
    const size = 1 + Math.floor(random() * random() * 40);
    parts.push(text.slice(from, from + size));
    from += size;
  }
  return parts;
}
