/** The links between a footnote and where it is named, within one answer. */

/** What both ends of such a link are written with (footnotes.ts). */
const END = /^#md-(note|ref)-(\d+)$/;

/** Takes the focus from one end of a footnote's link to the other. */
export class NoteLinks {
  readonly #answer: Element;
  // Several places may name a note; back leads to the one that a person came from.
  #left: HTMLElement | null = null;

  /** `answer` holds both ends; the same numbers in other answers are other notes. */
  constructor(answer: Element) {
    this.#answer = answer;
  }

  /** Follows the link that this element is, or stands in. Returns false when that is no footnote's. */
  follow(element: Element): boolean {
    const link = element.closest<HTMLElement>('a[href]');
    const [, end, number] = END.exec(link?.getAttribute('href') ?? '') ?? [];
    if (!link || !number) return false;
    if (end === 'note') {
      this.#left = link;
      this.#answer.querySelector<HTMLElement>(`a[href="#md-ref-${number}"]`)?.focus();
    } else {
      const named = [...this.#answer.querySelectorAll<HTMLElement>(`a[href="#md-note-${number}"]`)];
      (named.find((one) => one === this.#left) ?? named[0])?.focus();
    }
    return true;
  }
}
