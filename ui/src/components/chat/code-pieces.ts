// Long code in pieces, so that one that grows does not have all of its lines laid out again for every word.

/** Below this a web view lays out the whole as fast as its pieces. */
export const FEW_LINES = 2_000;

/** The height of a piece that is out of sight is reckoned with this number (style/prose.css). */
export const LINES_OF_A_PIECE = 250;

/** The code as it is where it is short, else cut behind every so many lines. */
export function inPieces(code: string): string[] {
  const pieces: string[] = [];
  let lines = 0;
  let from = 0;
  for (let end = code.indexOf('\n'); end >= 0; end = code.indexOf('\n', end + 1)) {
    lines += 1;
    if (lines % LINES_OF_A_PIECE !== 0) continue;
    pieces.push(code.slice(from, end + 1));
    from = end + 1;
  }
  return lines < FEW_LINES ? [code] : [...pieces, code.slice(from)];
}
