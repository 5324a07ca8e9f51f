/**
 * What streaming an answer of 100 KB in 5,000 pieces costs, with a look at the blocks after every piece, beside
 * parsing the whole text again for every piece.
 *
 * Run with `npx tsx bench/markdown.ts`. It prints processor time of this process; compare the lines of one run, not
 * figures of two runs. Sanitising happens in jsdom here, which is many times slower than a browser's own document.
 */
import { JSDOM } from 'jsdom';
import { hundredKilobytes } from '../src/markdown/testing/samples';
import { pieces } from '../src/markdown/testing/splits';

const PIECES = 5_000;
/** The naive way would take minutes, so only every so many pieces are rendered, and the sum is scaled up. */
const NAIVE_EVERY = 100;

// DOMPurify takes its document from the global window when it is loaded.
Object.assign(globalThis, { window: new JSDOM('').window });
const { MarkdownStream, renderMarkdown } = await import('../src/markdown/stream');

const text = hundredKilobytes();
const parts = pieces(text, Math.ceil(text.length / PIECES));
void renderMarkdown(text);

const stream = new MarkdownStream();
let longest = 0;
const streaming = seconds(() => {
  for (const part of parts) {
    const began = performance.now();
    stream.append(part);
    void stream.blocks;
    longest = Math.max(longest, performance.now() - began);
  }
  stream.finish();
  void stream.blocks;
});

let sofar = '';
const naive = seconds(() => {
  parts.forEach((part, index) => {
    sofar += part;
    if (index % NAIVE_EVERY === 0) renderMarkdown(sofar);
  });
});

const { parses, characters } = stream.work;
console.log(`${text.length} characters in ${parts.length} pieces, ${stream.blocks.length} blocks`);
console.log(`block by block   ${streaming.toFixed(2)} s CPU, longest piece ${longest.toFixed(1)} ms`);
console.log(
  `                 markdown-it ran ${parses} times on ${(characters / text.length).toFixed(1)} times the text`,
);
console.log(`all over again   ${(naive * NAIVE_EVERY).toFixed(0)} s CPU, from one piece in ${NAIVE_EVERY}`);

function seconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}
