// Short notices. A failed turn is never one: it has its card in the transcript.

export interface Toast {
  id: number;
  tone: 'done' | 'failed';
  text: string;
  detail: string | null;
  action: { label: string; run: () => void } | null;
}

const SHOWN_MS = { done: 3_000, failed: 5_000, undo: 8_000 } as const;
const MOST = 3;

export class Toasts {
  #shown = $state<Toast[]>([]);
  #next = 0;

  get shown(): readonly Toast[] {
    return this.#shown;
  }

  done(text: string, detail: string | null = null): void {
    this.#show({ tone: 'done', text, detail, action: null }, SHOWN_MS.done);
  }

  failed(text: string, detail: string | null = null): void {
    this.#show({ tone: 'failed', text, detail, action: null }, SHOWN_MS.failed);
  }

  /** Offers to take back what was just done. */
  undoable(text: string, label: string, undo: () => void): void {
    this.#show({ tone: 'done', text, detail: null, action: { label, run: undo } }, SHOWN_MS.undo);
  }

  dismiss(id: number): void {
    this.#shown = this.#shown.filter((toast) => toast.id !== id);
  }

  #show(toast: Omit<Toast, 'id'>, ms: number): void {
    const id = this.#next++;
    this.#shown = [...this.#shown, { ...toast, id }].slice(-MOST);
    setTimeout(() => this.dismiss(id), ms);
  }
}
