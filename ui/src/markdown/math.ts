/**
 * Formulas, shown letter by letter as they were written: `$…$`, `$$…$$`, `\(…\)` and `\[…\]`.
 *
 * Nothing here sets a formula. But as Markdown its backslashes and stars would be taken for marks and left out,
 * and what cannot be read as TeX any more cannot be copied either.
 */
import type { MarkdownIt, StateInline } from 'markdown-it';

/** What tells a formula from `$HOME and $USER` or an escaped bracket. */
const TEX = /[\\^_{=]/;

/**
 * `$x_1$`: on one line, near each other, nothing blank inside of the dollars and no digit or letter behind them
 * (https://pandoc.org/MANUAL.html#extension-tex_math_dollars). Prices and variables are written otherwise.
 */
const DOLLARS = /\$(?!\s)((?:[^$\\\n]|\\[^\n]){1,300})\$(?![\w$])/y;

/** Makes a markdown-it instance leave formulas as they are. */
export function math(md: MarkdownIt): void {
  md.inline.ruler.before('escape', 'math', (state, silent) => {
    const end = formulaEnd(state);
    if (end === null) return false;
    if (!silent) {
      const opening = state.src.slice(state.pos, state.pos + 2);
      const token = state.push('math', 'code', 0);
      token.content = state.src.slice(state.pos, end);
      token.meta = { apart: opening === '$$' || opening === '\\[' };
    }
    state.pos = end;
    return true;
  });
  md.renderer.rules.math = (tokens, index) => {
    const formula = tokens[index];
    const apart = formula?.meta?.apart === true ? ' md-apart' : '';
    return `<code class="md-math${apart}">${md.utils.escapeHtml(formula?.content ?? '')}</code>`;
  };
}

function formulaEnd(state: StateInline): number | null {
  const { src, pos } = state;
  if (src[pos] === '$') return src[pos + 1] === '$' ? closing(state, '$$') : dollars(src, pos);
  if (src[pos] !== '\\') return null;
  if (src[pos + 1] === '(') return closing(state, '\\)');
  // `\[1\]` is a bracket that is meant as one.
  const end = src[pos + 1] === '[' ? closing(state, '\\]') : null;
  return end !== null && TEX.test(src.slice(pos + 2, end - 2)) ? end : null;
}

function dollars(src: string, pos: number): number | null {
  DOLLARS.lastIndex = pos;
  const inside = DOLLARS.exec(src)?.[1];
  return inside !== undefined && TEX.test(inside) && !/\s$/.test(inside) ? DOLLARS.lastIndex : null;
}

/** Knows which closing marks do not come any more: a text full of opening ones is searched once. */
interface Searched extends StateInline {
  absent?: Set<string>;
}

function closing(state: Searched, mark: string): number | null {
  if (state.absent?.has(mark)) return null;
  const at = state.src.indexOf(mark, state.pos + 2);
  if (at < 0) {
    state.absent ??= new Set();
    state.absent.add(mark);
  }
  // Between the marks stands something.
  return at > state.pos + 2 ? at + mark.length : null;
}
