/** Texts that streaming must survive. */

const TICKS = '```';

/** One text for each thing that can change its meaning while it is written. */
export const SAMPLES: Readonly<Record<string, string>> = {
  nothing: '',
  'blank lines only': '\n \n\t\n\n',
  prose: 'One paragraph\nover two lines.\n\nAnother **bold** and *soft* and ~~gone~~ `code`.\n',
  headings: '# One\ntext\n## Two ##\n\nThree\n===\nFour\n---\n####### seven\n#not a heading',
  'paragraph that a list interrupts': 'Here:\n- one\n- two\n\nafter',
  'paragraph that nearly became a heading': 'Here:\n--\nno\n-x',
  'loose list': '- a\n- b\n\n- c\n\n\n- d\n\ntext',
  'nested list': '1. one\n   - two\n     - three\n\n     still three\n   - four\n2. five\n\n   para\n10. ten',
  'two lists': '- a\n- b\n* c\n* d\n\n1. e\n1) f',
  tasks: '- [ ] open\n- [x] done\n- [X] also done\n  - [ ] nested\n- [y] none\n- []\n\n1. [ ] numbered',
  table: 'text\n| a | b |\n|:--|--:|\n| 1 | `x|y` |\n| **2** | \\| |\n\nafter\n\n|a|\n|-|\n',
  'table that was none': 'text\na | b\n-|-x\n\na|b\n-|-|-\n',
  quote: '> one\nlazy\n> - two\n>\n> three\n\n> four\n',
  fences: `${TICKS}js\nlet a = 1;\n\n${TICKS}\n~~~~ py title\n${TICKS}\n~~~\n~~~~\ntext\n${TICKS}\nempty next\n${TICKS}\n${TICKS}\n${TICKS}`,
  'fence with a longer fence in it': `${TICKS}\`md\n${TICKS}js\nx\n${TICKS}\n${TICKS}\`\nafter`,
  'fence that is never closed': `before\n${TICKS}rust\nfn main() {\n    ${TICKS}\n \`\`\n`,
  'fence that ends inside its closing line': `${TICKS}\na\n\`\``,
  'fence without a line': `${TICKS}py`,
  'fence with one blank line': `${TICKS}\n\n${TICKS}\n`,
  'indented fences': ` ${TICKS}\n  a\n b\nc\n ${TICKS}\n   ${TICKS}\nx\n    ${TICKS}\n${TICKS}\n`,
  'fence in a list': `- item\n  ${TICKS}sh\n  ls\n\n  cd\n  ${TICKS}\n- next\n\nafter`,
  'indented code': '    one\n\n\n    two\n\nthree\n    lazy\n\n\ttab\n',
  rules: 'a\n\n---\n***\n- - -\n___\nb\n***',
  'definition after its use':
    'See [one] and [two][2] and ![pic][2].\n\n- [one][1]\n\ntext\n\n[one]: https://one.example/\n[1]: <https://1.example> "t"\n[2]: https://two.example\n\n[3]',
  'definition before its use':
    '[a]: https://a.example\n\n[a], [A] and [b]\n\n[a]: https://second.example\n[b]: /relative\n',
  'definition whose title is on the next line':
    '[a]: https://a.example\n"title\nover lines"\n\n[b]: https://b.example\n"no title" here\n\n[a] [b]\n',
  'definition whose title never ends': "[a]: https://a.example\n'title\n# heading\n\n[a]",
  'definition inside a list': 'x [a]\n\n- [a]: https://a.example\n- b\n\n[a]\n',
  'footnotes after their use':
    'One[^1] and two.[^two] None[^3]\n\n- three[^1]\n\n| a[^two] |\n|-|\n\n[^1]: The first,\nlazily.\n\n    More of it.\n\n    ```\n    code\n    ```\n\n[^two]: https://two.example\n\nafter[^1]\n',
  'footnotes before their use':
    '[^b]: *B*\n[^a]: A names [^b] and [^c].\n\nText[^a][^b]\n\n> [^c]: in a quotation\n> [^d]: another\n[^e]: E[^D]\n\n[^a]: a second A\n[^A]: and a third[^E]\n',
  'footnotes that are none':
    '[^]: a\n[^a b]: c\n[^a\\]: d\n[^a]\n: e\n    [^f]: code\n\n[^g] [^a b] ![^g] \\[^h] `[^h]`\n\n[^h]: H[^\n',
  'footnotes with nothing in them': '[^1]:\n[^2]:\n\n[^3]:\n\n    three\n\n- [^4]:\n\n  x\n\n[^5]: \n',
  'raw html': '<div onclick="x()">\n\n<b>text</b> a < b > c & d &amp; &lt;script&gt;\n\n<!-- c -->\n',
  'line ends': 'a\r\nb\r\n\r\n- c\r- d\r\r```\r\ncode\r\n```\r\nend\r',
  'a null': 'a\0b\n\n```\n\0\n```\n',
  addresses:
    'https://a.example/x_(y)?z=1&w=2. http://b.example, www.c.example ftp://d.example a@b.example <https://e.example> <f@g.example>\n',
  'chinese, japanese, korean':
    '你好，**世界**！这是一个表格：\n\n| 列 | 値 |\n|---|---|\n| 日本語 | 한국어 |\n\n- 一\n- 二\n',
  'right to left': '# مرحبا\n\nهذا نص مع `code` و[رابط](https://a.example).\n\n- שלום\n- עולם\n',
  emoji: 'A family 👨‍👩‍👧‍👦, flags 🇩🇪🇯🇵, skin 👍🏽\n\n- 🎉\n- 🚀 **go**\n\n```\n😀\n```\n',
  'hard breaks': 'a  \nb\\\nc\n',
  escapes: '\\# not\n\n1\\. not\n\n\\[a](b) \\`x\\`\n\n\\- no\n',
  tabs: '-\ta\n\n\tb\n\n1.\tc\n\t\td\n',
  'marks only': '-\n+\n*\n#\n>\n1.\n=\n',
};

/** Lines whose meaning hangs on the lines around them. */
export const LINES: readonly [string, ...string[]] = [
  '',
  '',
  '',
  ' ',
  'text',
  'more text',
  '  two spaces',
  '    four spaces',
  '\ttab',
  '# h',
  '#',
  '#x',
  '---',
  '--',
  '-',
  '===',
  '=',
  '- a',
  '- ',
  '-  b',
  '  - nested',
  '    - deep',
  '* c',
  '+ d',
  '1. e',
  '2) f',
  '10. g',
  '   under',
  '> q',
  '>',
  '> - ql',
  '> ```',
  '>     code',
  '```',
  '```js',
  '````',
  '~~~',
  '~~~ x',
  ' ```',
  '   ```',
  '    ```',
  '  ```js',
  '``',
  '```` x `',
  'a | b',
  '-|-',
  '|-|-|',
  '| 1 | 2 |',
  ':-:|:-',
  '[a]: https://a.example',
  '[b]:',
  'https://b.example',
  '"title"',
  "'open",
  "close'",
  '[a] and [b] and [c][a]',
  '![i][b]',
  '- [c]: https://c.example',
  '> [d]: https://d.example',
  '[d] [A]',
  '- [ ] task',
  '- [x] done',
  '**bold',
  'end**',
  '`code',
  'tick`',
  '<div>',
  '</div>',
  '<!-- x',
  '***',
  '* * *',
  '\\',
  '  ',
  'a  ',
  '***\ttab',
  '你好',
  'שלום',
  '😀',
  '&amp;',
  '| `a|b` |',
  '|',
  '1986. year',
  '[e]: <',
  '[f',
  ']: https://f.example',
  '[f]',
  '- > q',
  '-     code',
  '- # h',
  '1. ```',
  '   ```',
  '[^n]: note',
  '[^n]: another',
  '[^o]:',
  '- [^p]: - in a list',
  '> [^q]: # in a quote',
  '    [^r]: indented [^n]',
  'see [^n][^o], [^p] and [a][^q] ![^R]',
  '[^r]: [^s]: ```',
  '[^s',
  ']: no note',
  '[^n]: https://n.example "title"',
];

/** An answer of more than 100,000 characters: prose, lists, tables, quotes and 17 code blocks, one of 12 KB. */
export function hundredKilobytes(): string {
  const parts: string[] = [];
  let length = 0;
  for (let section = 1; length < 100_500; section += 1) {
    const part = [
      `## Section ${section}`,
      `A paragraph about **item ${section}** with \`code_${section}\`, a [link](https://example.com/${section}) and *emphasis*. ${'It goes on for a while, as answers do. '.repeat(12)}`,
      Array.from({ length: 8 }, (_, item) => `- item ${item} of ${section}: ${'some words '.repeat(6)}`).join(
        '\n',
      ),
      section % 2 === 0
        ? `| name | value |\n|:-----|------:|\n${Array.from({ length: 10 }, (_, row) => `| row ${row} | ${row * section} |`).join('\n')}`
        : '> A quotation\n> of two lines.',
      `${'More prose in a second paragraph, without any marks in it at all. '.repeat(40)}`,
      section <= 17
        ? `${TICKS}ts\n${'const value = compute(1, 2); // a line\n'.repeat(section === 3 ? 310 : 12)}${TICKS}`
        : '1. first\n2. second\n\n   with a paragraph',
    ].join('\n\n');
    parts.push(part);
    length += part.length + 2;
  }
  return parts.join('\n\n');
}
