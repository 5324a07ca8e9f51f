// A window's state over the fake host, for tests: no clock, no frames to wait for.

import { FakeHost, type FakeOptions } from '../../host/fake';
import { Hearth } from '../hearth.svelte';

/** A started window. Without a host of its own it gets a new one that answers at once. */
export async function startedWindow(options: FakeOptions = {}, host = new FakeHost({ pace: 0, ...options })) {
  const hearth = new Hearth(host, { storage: emptyStorage(), mac: false, nextFrame: (run) => run() });
  await hearth.start();
  return { hearth, host };
}

/** Shorter than a test may take, so that it says what never came; longer than a busy machine reads a part of the window. */
const PATIENCE_MS = 25_000;

/** Waits, turn by turn of the event loop, until `holds`; it fails rather than wait for ever. */
export async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  do {
    if (holds()) return;
    await new Promise((next) => setTimeout(next));
  } while (performance.now() < end);
  throw new Error(`never came true: ${holds}`);
}

export function emptyStorage(): Storage {
  const kept = new Map<string, string>();
  return {
    get length() {
      return kept.size;
    },
    clear: () => kept.clear(),
    getItem: (key) => kept.get(key) ?? null,
    key: (index) => [...kept.keys()][index] ?? null,
    removeItem: (key) => void kept.delete(key),
    setItem: (key, value) => void kept.set(key, value),
  };
}
