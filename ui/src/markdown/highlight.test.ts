// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { highlight, LONGEST_HIGHLIGHTED, LONGEST_LINE, onlySpans } from './highlight';

test.each([
  ['rust', 'fn main() {}', 'hljs-keyword'],
  ['TypeScript', 'const a: number = 1;', 'hljs-keyword'],
  ['py', 'def f(): return "x"', 'hljs-string'],
  ['c++', 'int main() { return 0; }', 'hljs-type'],
  ['html', '<img src=x onerror="alert(1)"><script>alert(1)</script>', 'hljs-tag'],
  ['sh', 'echo "$HOME"', 'hljs-built_in'],
  ['json', '{"a": [1, null]}', 'hljs-attr'],
  ['toml', '[package]\nname = "x"', 'hljs-section'],
])('colours %s and keeps its text', async (language, code, className) => {
  const html = await highlight(code, language);
  expect(html).toContain(`class="${className}`);
  expect(onlySpans(html ?? '<')).toBe(true);
  const box = document.createElement('div');
  box.innerHTML = html ?? '';
  expect(box.textContent).toBe(code);
});

test.each(['', 'klingon', 'constructor', '__proto__', '../lib/core'])(
  'does not know %j',
  async (language) => {
    expect(await highlight('a', language)).toBeNull();
  },
);

test('leaves very long code plain', async () => {
  const code = 'let a = 1;\n'.repeat(LONGEST_HIGHLIGHTED).slice(0, LONGEST_HIGHLIGHTED);
  expect(await highlight(code, 'rust')).not.toBeNull();
  expect(await highlight(`${code}\n`, 'rust')).toBeNull();
});

test('leaves code with a very long line plain', async () => {
  const line = `// ${'x'.repeat(LONGEST_LINE - 3)}`;
  expect(await highlight(`a\n${line}\nb`, 'rust')).not.toBeNull();
  expect(await highlight(`a\n${line}x\nb`, 'rust')).toBeNull();
});

test.each([
  '<img src=x>',
  '<span onclick="x">a</span>',
  '<span style="x">a</span>',
  '<span class="a" id="b">a</span>',
  '<b>a</b>',
  '<',
])('%s is more than spans', (html) => {
  expect(onlySpans(html)).toBe(false);
});
