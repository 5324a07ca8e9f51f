import { flushSync } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../state/testing/window';
import { mountedWindow } from '../testing/mounted';

const open: Array<Awaited<ReturnType<typeof mountedWindow>>> = [];
async function composer() {
  const mounted = await mountedWindow({ world: 'connected', pace: 0 });
  open.push(mounted);
  return { ...mounted, area: mounted.named<HTMLTextAreaElement>('textarea', 'Message') };
}
afterEach(async () => {
  for (const mounted of open.splice(0)) await mounted.close();
});

const PNG = new Uint8Array(24);
PNG.set([0x89, 0x50, 0x4e, 0x47]);
new DataView(PNG.buffer).setUint32(16, 6_000);
new DataView(PNG.buffer).setUint32(20, 4_000);
const photo = () => new File([PNG], 'photo.png', { type: 'image/png' });

/** A paste or a drop, as far as the window looks at one. */
function give(target: EventTarget, kind: 'paste' | 'drop' | 'dragenter', text: string, files: File[] = []) {
  const data = { files, types: files.length > 0 ? ['Files'] : [], getData: () => text };
  const event = new Event(kind, { bubbles: true, cancelable: true });
  Object.defineProperty(event, kind === 'paste' ? 'clipboardData' : 'dataTransfer', { value: data });
  target.dispatchEvent(event);
  flushSync();
  return event.defaultPrevented;
}
const chips = () =>
  [...document.querySelectorAll('form ul[aria-label="Attached"] li .facts')].map((chip) =>
    [...chip.children].map((part) => part.textContent?.trim()).join('|'),
  );
/** Tells the window of a drag as the shell does. */
function told(name: string, detail?: number) {
  dispatchEvent(new CustomEvent(name, { detail }));
  flushSync();
}
const notes = { name: 'notes.md', bytes: new TextEncoder().encode('# Notes') };
const press = (element: Element, init: KeyboardEventInit) => {
  element.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }));
  flushSync();
};

describe('an image', () => {
  it('that is pasted becomes a chip that tells what was done to it', async () => {
    const { area } = await composer();
    expect(give(area, 'paste', '', [photo()])).toBe(true);
    await until(() => chips().length === 1);
    expect(chips()).toEqual(['photo.png|24 bytes|made smaller: 6000×4000 → 2576×1717']);
  });

  it('is asked of the program where the paste is empty', async () => {
    const { area, host } = await composer();
    host.clipboard = { name: 'Pasted image.png', bytes: PNG };
    expect(give(area, 'paste', '')).toBe(true);
    await until(() => chips().length === 1);
    expect(chips()[0]).toContain('Pasted image.png');
    host.clipboard = null;
    give(area, 'paste', '');
    await until(() => true);
    expect(chips()).toHaveLength(1);
  });

  it('goes with the question, alone if need be, and is taken away by mouse and by key', async () => {
    const { area, named, hearth, host } = await composer();
    give(area, 'paste', '', [photo()]);
    await until(() => chips().length === 1);
    named('button', 'Remove photo.png').click();
    await until(() => chips().length === 0);
    expect(document.activeElement).toBe(area);
    give(area, 'paste', '', [photo()]);
    await until(() => chips().length === 1);
    press(named('button', 'Open photo.png'), { key: 'Delete' });
    await until(() => chips().length === 0);

    give(area, 'paste', '', [photo()]);
    await until(() => chips().length === 1);
    named('button', 'Send').click();
    await until(() => hearth.chat.view !== null && !hearth.chat.busy);
    flushSync();
    expect(chips()).toEqual([]);
    expect(host.log).toContain('send ');
    expect(document.querySelector('article[aria-label="You"] img')?.getAttribute('alt')).toBe('photo.png');
    expect(document.querySelector('article[aria-label="You"] > p')).toBeNull();
  });
});

describe('files', () => {
  it('come from the dialog', async () => {
    const { host, named } = await composer();
    host.chosen = [{ name: 'notes.md', bytes: new TextEncoder().encode('# Notes') }];
    named('button', 'Attach files').click();
    await until(() => chips().length === 1);
    expect(chips()).toEqual(['notes.md|7 bytes']);
  });

  it('are asked for once by a wish from elsewhere', async () => {
    const { host, hearth, area } = await composer();
    let dialogs = 0;
    host.attachDialog = async () => {
      dialogs++;
      return [];
    };
    hearth.want('attach');
    flushSync();
    await hearth.startDemo();
    await hearth.leaveDemo();
    flushSync();
    expect(dialogs).toBe(1);
    expect(document.activeElement).toBe(area);
  });

  it('come by being dropped anywhere, and the place is shown', async () => {
    await composer();
    const file = new File(['# Notes'], 'notes.md');
    give(document.body, 'dragenter', '', [file]);
    expect(document.body.textContent).toContain('Drop to attach');
    give(document.body, 'drop', '', [file]);
    expect(document.body.textContent).not.toContain('Drop to attach');
    await until(() => chips().length === 1);
  });

  it('come by being dropped where the shell takes the drop', async () => {
    const { host } = await composer();
    told('hearth-drag-enter');
    expect(document.body.textContent).toContain('Drop to attach');
    told('hearth-drag-leave');
    expect(document.body.textContent).not.toContain('Drop to attach');
    told('hearth-drag-enter');
    host.dropped.set(1, [notes]);
    told('hearth-drop', 1);
    expect(document.body.textContent).not.toContain('Drop to attach');
    await until(() => chips().length === 1);
    expect(chips()).toEqual(['notes.md|7 bytes']);
  });

  it('reach the draft that they were dropped on, and no other', async () => {
    const { hearth, host } = await composer();
    const named = (name: string) => ({ ...notes, name });
    for (const drop of [1, 2, 3]) host.dropped.set(drop, [named(`${drop}.md`)]);
    hearth.settings('about');
    flushSync();
    told('hearth-drop', 1);
    hearth.closePage();
    flushSync();
    told('hearth-drop', 2);
    const here = hearth.drafts.of({ kind: 'new' });
    const there = hearth.drafts.of({ kind: 'edit', conversation: 'c', message: 'm' });
    const late = there.attachDropped(3);
    await Promise.all([late, until(() => here.attachments.length > 0)]);
    expect(here.attachments.map(({ name }) => name)).toEqual(['2.md']);
    expect(there.attachments.map(({ name }) => name)).toEqual(['3.md']);
    // The page of the drop that nobody wanted does not ask for it.
    expect([...host.dropped.keys()]).toEqual([1]);
  });

  it('that are refused say why at the composer, and no word is lost', async () => {
    const { area, named } = await composer();
    area.value = 'kept';
    area.dispatchEvent(new Event('input', { bubbles: true }));
    give(document.body, 'drop', '', [new File([new Uint8Array([0, 1, 2])], 'a.out')]);
    await until(() => document.querySelector('form .refusal') !== null);
    expect(document.querySelector('form .refusal')?.textContent).toContain('a.out cannot be attached');
    expect(area.value).toBe('kept');
    named('form button', 'Dismiss').click();
    flushSync();
    expect(document.querySelector('form .refusal')).toBeNull();
  });

  it('stay with the draft of their conversation', async () => {
    const { area, hearth } = await composer();
    give(area, 'paste', '', [photo()]);
    await until(() => chips().length === 1);
    await hearth.open('s0');
    flushSync();
    expect(chips()).toEqual([]);
    hearth.newChat();
    await until(() => chips().length === 1);
  });

  it('open with their text', async () => {
    const { host, named } = await composer();
    host.chosen = [{ name: 'notes.md', bytes: new TextEncoder().encode('# Notes') }];
    named('button', 'Attach files').click();
    await until(() => chips().length === 1);
    named('button', 'Open notes.md').click();
    await until(() => document.querySelector('[role="dialog"] pre')?.textContent === '# Notes');
    named('button', 'Close').click();
    await until(() => document.querySelector('[role="dialog"]') === null);
  });
});

describe('a long paste', () => {
  const LONG = 'line\n'.repeat(312);

  it('becomes a file, and words again when asked', async () => {
    const { area, named } = await composer();
    expect(give(area, 'paste', LONG)).toBe(true);
    await until(() => chips().length === 1);
    expect(chips()[0]).toContain('Pasted text · 312 lines');
    expect(area.value).toBe('');
    named('button', 'Put the text of Pasted text · 312 lines into the message').click();
    await until(() => area.value === LONG && chips().length === 0);
  });

  it('stays text with Ctrl+Shift+V, that once', async () => {
    const { area } = await composer();
    press(area, { key: 'V', shiftKey: true, ctrlKey: true });
    expect(give(area, 'paste', LONG)).toBe(false);
    expect(give(area, 'paste', LONG)).toBe(true);
    await until(() => chips().length === 1);
  });

  it('stays text where it is not taken as a file', async () => {
    const { area } = await composer();
    const huge = `${'x'.repeat(1_000_001)}`;
    give(area, 'paste', huge);
    await until(() => area.value.length === huge.length);
    expect(chips()).toEqual([]);
  });
});

it('hides the starters while something is written, which they would cost', async () => {
  const { area } = await composer();
  const starters = () => document.querySelector('ul[aria-label="Questions to start with"]');
  expect(starters()?.hasAttribute('inert')).toBe(false);
  area.value = 'mine';
  area.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
  expect(starters()?.hasAttribute('inert')).toBe(true);
});
