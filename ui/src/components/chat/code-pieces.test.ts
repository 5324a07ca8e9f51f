import { describe, expect, it } from 'vitest';
import { FEW_LINES, inPieces, LINES_OF_A_PIECE } from './code-pieces';

describe('inPieces', () => {
  it('leaves short code as it is', () => {
    for (const code of ['', 'one', 'one\n', '\n'.repeat(FEW_LINES - 1)])
      expect(inPieces(code)).toEqual([code]);
  });

  it('cuts long code between lines and loses nothing of it', () => {
    const code = Array.from({ length: FEW_LINES + 7 }, (_, line) => `line ${line}`).join('\n');
    const pieces = inPieces(code);
    expect(pieces.join('')).toBe(code);
    expect(pieces).toHaveLength(FEW_LINES / LINES_OF_A_PIECE + 1);
    expect(pieces[1]?.startsWith(`line ${LINES_OF_A_PIECE}\n`)).toBe(true);
  });

  it('keeps the pieces that are whole when code grows', () => {
    const code = 'x\n'.repeat(FEW_LINES);
    expect(inPieces(`${code}more`).slice(0, -1)).toEqual(inPieces(code).slice(0, -1));
  });
});
