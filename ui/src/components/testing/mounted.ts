// Mounts the whole window over the fake host, and finds things in it as a person would.

import { flushSync, mount, unmount } from 'svelte';
import App from '../../App.svelte';
import type { FakeHost, FakeOptions } from '../../host/fake';
import { startedWindow } from '../../state/testing/window';

/** Without a host of its own the window gets a new one. */
export async function mountedWindow(options: FakeOptions = {}, own?: FakeHost) {
  const { hearth, host } = await startedWindow(options, own);
  const target = document.createElement('div');
  document.body.append(target);
  const app = mount(App, { target, props: { hearth } });
  flushSync();
  return {
    hearth,
    host,
    /** The element with this accessible name, as far as `aria-label`, a label or its text give one. */
    named: <E extends HTMLElement>(selector: string, name: string): E => {
      flushSync();
      const found = [...document.querySelectorAll<E>(selector)].filter((element) => nameOf(element) === name);
      if (found.length !== 1) throw new Error(`${found.length} of ${selector} are named “${name}”`);
      return found[0] as E;
    },
    close: async () => {
      await unmount(app);
      target.remove();
    },
  };
}

function nameOf(element: HTMLElement): string {
  const labelledBy = element.getAttribute('aria-labelledby');
  const byLabel = element.id ? document.querySelector(`label[for="${element.id}"]`) : null;
  const around = element instanceof HTMLInputElement ? element.closest('label') : null;
  const source = labelledBy ? document.getElementById(labelledBy) : byLabel;
  return element.getAttribute('aria-label') ?? (source ?? around ?? element).textContent?.trim() ?? '';
}
