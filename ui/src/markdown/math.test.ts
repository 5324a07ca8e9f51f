// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { isHarmless } from './safe';
import { MarkdownStream, renderMarkdown } from './stream';

/** The formulas of a text, those that stand apart in brackets, and the text of its first block. */
function read(text: string): { formulas: string[]; shown: string } {
  const [block] = renderMarkdown(text);
  const page = new DOMParser().parseFromString(block?.html ?? '', 'text/html').body;
  const formulas = [...page.querySelectorAll('.md-math')].map((formula) =>
    formula.classList.contains('md-apart') ? `[${formula.textContent}]` : String(formula.textContent),
  );
  return { formulas, shown: page.textContent ?? '' };
}

test.each([
  [
    'in dollars',
    String.raw`is $x = \frac{-b \pm \sqrt{b^2}}{2a}$, so`,
    [String.raw`$x = \frac{-b \pm \sqrt{b^2}}{2a}$`],
  ],
  ['in two dollars', '$$\n\\int e^{-x^2}\\,dx\n$$', ['[$$\n\\int e^{-x^2}\\,dx\n$$]']],
  [
    'in round brackets',
    String.raw`with \( \alpha \) and \(n\)`,
    [String.raw`\( \alpha \)`, String.raw`\(n\)`],
  ],
  ['in square brackets', String.raw`\[ E = mc^2 \]`, [String.raw`[\[ E = mc^2 \]]`]],
  ['with stars and lines', '$a_1 * b_2 * c_3$', ['$a_1 * b_2 * c_3$']],
  ['with HTML', '$a_1 <b> "x"$', ['$a_1 <b> "x"$']],
])('a formula %s is shown letter by letter', (_name, text, formulas) => {
  const { shown, formulas: found } = read(text);
  expect(found).toEqual(formulas);
  expect(shown).toBe(text);
  expect(isHarmless(renderMarkdown(text)[0]?.html ?? '')).toBe(true);
});

test.each([
  ['prices', 'It costs $5_000 and then $10_000.', 'It costs $5_000 and then $10_000.'],
  ['variables', 'Put $HOME_DIR/bin in $PATH_TO.', 'Put $HOME_DIR/bin in $PATH_TO.'],
  ['an escaped bracket', String.raw`see \[1\] and \$5_0\$`, 'see [1] and $5_0$'],
  ['nothing between the marks', String.raw`$$$$ \(\) $ $`, '$$$$ () $ $'],
  ['code', '`$x^2$`', '$x^2$'],
  ['a mark that nothing ends', String.raw`\( $$ x^2 $y_1`, '( $$ x^2 $y_1'],
])('no formula: %s', (_name, text, shown) => {
  expect(read(text)).toEqual({ formulas: [], shown });
});

test('a text full of opening marks is read once', () => {
  for (const mark of ['$x_1 ', '$$x ', '\\(x ', '\\[x ']) {
    const stream = new MarkdownStream();
    stream.append(mark.repeat(50_000));
    stream.finish();
    expect(stream.blocks).toHaveLength(1);
  }
});
