// The headers that a connection sends besides, as far as they are typed.

import type { HeaderDraft, HeaderView } from '../host/types';

export interface HeaderRow {
  /** Stays the same while the row lives. */
  key: number;
  name: string;
  value: string;
  secret: boolean;
  /** The secret value that is kept, and the name that it is kept under. */
  kept: { name: string; lastFour: string } | null;
}

export class HeaderRows {
  rows = $state<HeaderRow[]>([]);
  #nextKey = 0;

  constructor(saved: readonly HeaderView[]) {
    for (const { name, value, lastFour } of saved) {
      const secret = value === null;
      const kept = secret ? { name, lastFour: lastFour ?? '' } : null;
      this.rows.push({ key: this.#nextKey++, name, value: value ?? '', secret, kept });
    }
  }

  add(): void {
    this.rows.push({ key: this.#nextKey++, name: '', value: '', secret: false, kept: null });
  }

  remove(key: number): void {
    this.rows = this.rows.filter((row) => row.key !== key);
  }

  /** Rows without a name, or without a value, that say something all the same. */
  readonly incomplete: number[] = $derived(
    this.rows
      .filter((row) => {
        const isNamed = row.name.trim() !== '';
        const hasValue = row.value.trim() !== '' || keepsValue(row);
        return isNamed !== hasValue;
      })
      .map(({ key }) => key),
  );
  /** Whether a secret was typed that has to be kept. */
  readonly hasNewSecret: boolean = $derived(this.rows.some((row) => row.secret && row.value.trim() !== ''));

  drafts(): HeaderDraft[] {
    return this.rows
      .filter(({ name }) => name.trim() !== '')
      .map((row) => ({
        name: row.name.trim(),
        value: keepsValue(row) ? null : row.value.trim(),
        secret: row.secret,
      }));
  }
}

/** The secret that is kept stays while nothing else is typed, and under its own name only. */
export function keepsValue({ name, value, secret, kept }: HeaderRow): boolean {
  return secret && value.trim() === '' && kept !== null && kept.name === name.trim();
}
