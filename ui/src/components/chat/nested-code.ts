// Code inside a list, a quotation or a note, with the same furniture as code that stands by itself.

import { mount, unmount } from 'svelte';
import type { MarkdownBlock } from '../../markdown';
import CodeBlock from './CodeBlock.svelte';

/** The plain figure that ui/src/markdown writes for such code. */
const PLAIN = 'figure.md-code';

type Mounted = ReturnType<typeof mount>;

export class NestedCode {
  readonly #context: Map<unknown, unknown>;
  readonly #dressed = new Map<string, { html: string; figures: Mounted[] }>();

  /** `context` is that of the component whose figures these are. */
  constructor(context: Map<unknown, unknown>) {
    this.#context = context;
  }

  /** Dresses the figures of the blocks that are finished; `prose` has one element for each of the blocks. */
  dress(prose: Element, blocks: readonly MarkdownBlock[]): void {
    blocks.forEach(({ key, html, closed }, at) => {
      // A block that grows is written anew with every word; its figures are as large as they will be.
      if (!closed || !html?.includes('<figure') || this.#dressed.get(key)?.html === html) return;
      this.#forget(key);
      const figures = [...(prose.children[at]?.querySelectorAll(PLAIN) ?? [])];
      this.#dressed.set(key, { html, figures: figures.map((figure) => this.#instead(figure)) });
    });
  }

  /** Takes all of them away, as their text goes. */
  end(): void {
    for (const key of [...this.#dressed.keys()]) this.#forget(key);
  }

  #instead(figure: Element): Mounted {
    const [caption, code] = ['figcaption', 'code'].map(
      (part) => figure.querySelector(part)?.textContent ?? '',
    );
    const mounted = mount(CodeBlock, {
      target: figure.parentElement as Element,
      anchor: figure,
      context: this.#context,
      props: { code: code ?? '', language: caption ?? '', closed: true, growing: false },
    });
    figure.remove();
    return mounted;
  }

  #forget(key: string): void {
    for (const mounted of this.#dressed.get(key)?.figures ?? []) void unmount(mounted);
    this.#dressed.delete(key);
  }
}
