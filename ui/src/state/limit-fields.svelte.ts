// A connection's limits, as far as they are typed: empty fields take the default.

import type { ConnectionLimits } from '../host/types';

export type LimitName = keyof ConnectionLimits;

export const LIMIT_NAMES = [
  'connectSeconds',
  'idleSeconds',
  'wholeSeconds',
  'attempts',
  'waitSeconds',
] as const satisfies readonly LimitName[];

const MOST: Record<LimitName, number> = {
  connectSeconds: 600,
  idleSeconds: 3_600,
  wholeSeconds: 7_200,
  attempts: 20,
  waitSeconds: 3_600,
};

export class LimitFields {
  texts = $state<Record<LimitName, string>>({
    connectSeconds: '',
    idleSeconds: '',
    wholeSeconds: '',
    attempts: '',
    waitSeconds: '',
  });

  constructor(saved: ConnectionLimits) {
    for (const name of LIMIT_NAMES) this.texts[name] = saved[name] === null ? '' : String(saved[name]);
  }

  /** The fields that hold no number of their range. */
  readonly wrong: LimitName[] = $derived(
    LIMIT_NAMES.filter((name) => parsed(name, this.texts[name]) === undefined),
  );

  limits(): ConnectionLimits {
    const limits: ConnectionLimits = {
      connectSeconds: null,
      idleSeconds: null,
      wholeSeconds: null,
      attempts: null,
      waitSeconds: null,
    };
    for (const name of LIMIT_NAMES) limits[name] = parsed(name, this.texts[name]) ?? null;
    return limits;
  }
}

/** What a field takes. Zero would mean the default, which an empty field says more plainly. */
export const limitRange = (name: LimitName) => ({ least: 1, most: MOST[name] });

/** Null for an empty field, undefined for what is no number that it takes. */
function parsed(name: LimitName, text: string): number | null | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const { least, most } = limitRange(name);
  const number = /^\d{1,6}$/.test(trimmed) ? Number(trimmed) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
}
