// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { renderMarkdown } from './stream';

/** The HTML of all blocks of a text without code blocks. */
function html(text: string): string {
  return renderMarkdown(text)
    .map((block) => block.html ?? `<code block: ${block.code}>`)
    .join('\n');
}

test.each([
  [
    'emphasis',
    '*a* **b** ~~c~~ `d <e>`',
    '<p dir="auto"><em>a</em> <strong>b</strong> <s>c</s> <code>d &lt;e&gt;</code></p>',
  ],
  ['a heading', '### Title', '<h3 dir="auto">Title</h3>'],
  ['a heading by underline', 'Title\n---', '<h2 dir="auto">Title</h2>'],
  ['a rule', '***', '<hr>'],
  ['a line that ends', 'Roses are red,\nviolets', '<p dir="auto">Roses are red,<br>\nviolets</p>'],
  ['a hard break', 'a\\\nb', '<p dir="auto">a<br>\nb</p>'],
  ['a tight list', '- a\n- b', '<ul dir="auto">\n<li>a</li>\n<li>b</li>\n</ul>'],
  ['a loose list', '- a\n\n- b', '<ul dir="auto">\n<li>\n<p>a</p>\n</li>\n<li>\n<p>b</p>\n</li>\n</ul>'],
  ['a list that begins at three', '3. c', '<ol start="3" dir="auto">\n<li>c</li>\n</ol>'],
  ['a quotation', '> a', '<blockquote dir="auto">\n<p>a</p>\n</blockquote>'],
  [
    'code in a list',
    '- a\n\n      x < y',
    '<ul dir="auto">\n<li>\n<p>a</p>\n<figure class="md-code"><figcaption></figcaption><pre><code>x &lt; y</code></pre></figure>\n</li>\n</ul>',
  ],
  ['a link', '[a](https://x.example/b "title")', '<p dir="auto"><a href="https://x.example/b">a</a></p>'],
  [
    'an address in the text',
    'see http://x.example/b.',
    '<p dir="auto">see <a href="http://x.example/b">http://x.example/b</a>.</p>',
  ],
  [
    'no guessed addresses',
    'www.x.example a@x.example ftp://x.example //x.example',
    '<p dir="auto">www.x.example a@x.example ftp://x.example //x.example</p>',
  ],
  [
    'mail without the headers that attach files',
    '<mailto:a@x.example?subject=Hi&attach=/etc/passwd>',
    '<p dir="auto"><a href="mailto:a@x.example?subject=Hi">mailto:a@x.example?subject=Hi&amp;attach=/etc/passwd</a></p>',
  ],
  ['raw HTML', '<b onclick="x()">a</b>', '<p dir="auto">&lt;b onclick=&quot;x()&quot;&gt;a&lt;/b&gt;</p>'],
  [
    'a block of raw HTML',
    '<div>\n*a*\n</div>',
    '<p dir="auto">&lt;div&gt;<br>\n<em>a</em><br>\n&lt;/div&gt;</p>',
  ],
  ['right to left', '# مرحبا', '<h1 dir="auto">مرحبا</h1>'],
  ['Chinese emphasis', '这是**重要**的', '<p dir="auto">这是<strong>重要</strong>的</p>'],
  ['emoji of several characters', '👨‍👩‍👧‍👦 *👍🏽*', '<p dir="auto">👨‍👩‍👧‍👦 <em>👍🏽</em></p>'],
])('%s', (_name, text, expected) => {
  expect(html(text)).toBe(expected);
});

test.each([
  [
    'a scheme that we do not open',
    '[click *me*](javascript:alert(1))',
    '<span class="md-dead-link">click <em>me</em></span> <span class="md-url">(javascript:alert(1))</span>',
  ],
  [
    'a path',
    '[README](./README.md)',
    '<span class="md-dead-link">README</span> <span class="md-url">(./README.md)</span>',
  ],
  ['no address', '[a]()', '<span class="md-dead-link">a</span>'],
  [
    'angle brackets that are no address',
    '<std::string> and <tel:1>',
    '&lt;std::string&gt; and &lt;tel:1&gt;',
  ],
  [
    'a long address',
    `[a](data:text/plain,${'x'.repeat(500)})`,
    `<span class="md-dead-link">a</span> <span class="md-url">(data:text/plain,${'x'.repeat(104)}…)</span>`,
  ],
])('not a link: %s', (_name, text, expected) => {
  expect(html(text)).toBe(`<p dir="auto">${expected}</p>`);
});

test.each([
  [
    'an image',
    '![A *cat*](https://x.example/cat.png)',
    '<a class="md-image" href="https://x.example/cat.png">A cat <span class="md-image-host">x.example</span></a>',
  ],
  [
    'without a description',
    '![](https://x.example/cat.png)',
    '<a class="md-image" href="https://x.example/cat.png"><span class="md-image-host">x.example</span></a>',
  ],
  [
    'from elsewhere',
    '![a](file:///etc/passwd)',
    '<span class="md-image">a <span class="md-image-host">file:///etc/passwd</span></span>',
  ],
  [
    'inside a link',
    '[![a](https://x.example/i.png)](https://y.example/)',
    '<a href="https://y.example/"><span class="md-image">a <span class="md-image-host">x.example</span></span></a>',
  ],
])('a chip for an image: %s', (_name, text, expected) => {
  expect(html(text)).toBe(`<p dir="auto">${expected}</p>`);
});

test('a table scrolls in its own box and is aligned by class', () => {
  expect(html('| a | b | c |\n|:-:|--:|---|\n| 1 | `x\\|y` | 3 |')).toBe(
    [
      '<div class="md-table"><table dir="auto">',
      '<thead>\n<tr>',
      '<th class="md-center">a</th>\n<th class="md-right">b</th>\n<th>c</th>',
      '</tr>\n</thead>\n<tbody>\n<tr>',
      '<td class="md-center">1</td>\n<td class="md-right"><code>x|y</code></td>\n<td>3</td>',
      '</tr>\n</tbody>\n</table></div>',
    ].join('\n'),
  );
});

test('code in a list keeps its language and its lines', () => {
  expect(html('1. Run\n\n   ```Sh title\n   ls <x>\n   ```')).toBe(
    '<ol dir="auto">\n<li>\n<p>Run</p>\n<figure class="md-code"><figcaption>sh</figcaption>' +
      '<pre><code>ls &lt;x&gt;</code></pre></figure>\n</li>\n</ol>',
  );
});

test.each([
  ['a loose list', '- بند\n\n- بند', 'ul'],
  ['a quotation', '> اقتباس', 'blockquote'],
  ['a table', '| العمود |\n|---|\n| ١ |', 'table'],
])('%s reads from the side of its first letter, bars and bullets too', (_name, text, element) => {
  const block = new DOMParser().parseFromString(html(text), 'text/html').body;
  expect([...block.querySelectorAll('[dir]')].map(({ localName }) => localName)).toEqual([element]);
});

test('tasks have boxes, and only the list that holds one is a task list', () => {
  const box = '<span class="md-task">☐</span>';
  const ticked = '<span class="md-task md-task-done">☑</span>';
  expect(html('- [ ] *a*\n- [x] b\n  - [y] c')).toBe(
    `<ul dir="auto" class="md-tasks">\n<li class="md-task-item">${box} <em>a</em></li>\n` +
      `<li class="md-task-item">${ticked} b\n<ul>\n<li>[y] c</li>\n</ul>\n</li>\n</ul>`,
  );
});

test('code at the top level is a block of its own', () => {
  expect(renderMarkdown('a\n~~~ C++ title\nx  \n\n y\n~~~\n\n    indented\n')).toEqual([
    { key: 'html-0', kind: 'html', source: 'a', closed: true, html: '<p dir="auto">a</p>' },
    {
      key: 'code-2',
      kind: 'code',
      source: '~~~ C++ title\nx  \n\n y\n~~~',
      closed: true,
      code: 'x  \n\n y',
      language: 'c++',
    },
    {
      key: 'code-29',
      kind: 'code',
      source: '    indented',
      closed: true,
      code: 'indented',
      language: undefined,
    },
  ]);
});

test('a block shows what it was made of, for copying', () => {
  expect(renderMarkdown('# a\n\n- b\n\n  c\n\n\n> d\n').map(({ source }) => source)).toEqual([
    '# a',
    '- b\n\n  c',
    '> d',
  ]);
});
