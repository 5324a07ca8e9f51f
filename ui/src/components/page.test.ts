// What stands around the conversation: palette, find, trash, pins, tools, banner.
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import type { FakeOptions } from '../host/fake';
import { bareReport } from '../host/host';
import { until } from '../state/testing/window';
import { mountedWindow } from './testing/mounted';

type Mounted = Awaited<ReturnType<typeof mountedWindow>>;
const open: Mounted[] = [];
async function window(options: FakeOptions = { world: 'connected' }): Promise<Mounted> {
  const mounted = await mountedWindow(options);
  open.push(mounted);
  return mounted;
}
afterEach(async () => {
  for (const mounted of open.splice(0)) await mounted.close();
});

function press(
  key: string,
  init: KeyboardEventInit = {},
  on: Element = document.activeElement ?? document.body,
) {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init });
  on.dispatchEvent(event);
  flushSync();
  return event.defaultPrevented;
}
const withControl = (key: string, init: KeyboardEventInit = {}) => press(key, { ctrlKey: true, ...init });

/** The element, once it is there. */
async function there<E extends HTMLElement>(selector: string): Promise<E> {
  await until(() => document.querySelector(selector) !== null);
  return document.querySelector(selector) as E;
}

function type(field: HTMLInputElement, text: string): void {
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

describe('the palette', () => {
  const opened = async () => {
    const mounted = await window();
    withControl('k', { code: 'KeyK' });
    const field = await there<HTMLInputElement>('input[role="combobox"]');
    const lines = () =>
      [...document.querySelectorAll('[role="option"]')].map((line) =>
        (line.querySelector('.title, .name')?.textContent ?? '').trim(),
      );
    const active = () =>
      document
        .getElementById(field.getAttribute('aria-activedescendant') ?? '')
        ?.querySelector('.title, .name')?.textContent ?? '';
    return { ...mounted, field, lines, active: () => active().trim() };
  };

  it('takes over what is typed into the sidebar, and forgets it when it goes', async () => {
    const { hearth, named } = await window();
    const door = named<HTMLInputElement>('nav input', 'Search conversations');
    door.focus();
    type(door, 'post');
    const field = await there<HTMLInputElement>('input[role="combobox"]');
    await until(() => document.activeElement === field);
    expect([field.value, field.selectionStart, field.selectionEnd]).toEqual(['post', 4, 4]);
    type(field, 'postgres');
    await until(() => hearth.search.hits !== null && !hearth.search.busy);
    expect(hearth.search.hits?.length).toBe(1);
    hearth.closeLayer();
    await until(() => door.value === '');
  });

  it('begins with what one was at last, and what can be done', async () => {
    const { lines, active } = await opened();
    expect(lines().slice(0, 6)).toEqual([
      'Retry budget for the ingest queue',
      'Grundriss und Statik, Kurzfassung für den Bauherrn',
      'Postgres plan regression',
      '会議の要約と次の手順',
      'Seattle, three days with kids',
      'New chat',
    ]);
    expect(active()).toBe('Retry budget for the ingest queue');
  });

  it('finds while one types, marks what was found, and opens it with the keys alone', async () => {
    const { field, lines, active, hearth } = await opened();
    type(field, 'token bucket');
    await until(() => hearth.search.hits !== null && !hearth.search.busy);
    flushSync();
    const marks = [...document.querySelectorAll('[role="option"] mark')].map((mark) => mark.textContent);
    expect(new Set(marks.map((mark) => mark?.toLowerCase()))).toEqual(new Set(['token bucket']));
    expect(lines()[2]).toBe('Postgres plan regression');
    press('ArrowDown', {}, field);
    press('ArrowDown', {}, field);
    expect(active()).toBe('Postgres plan regression');
    press('Enter', {}, field);
    await until(() => hearth.chat.id === 's2' && hearth.layer === null);
    await until(() => document.querySelector('input[role="combobox"]') === null);
  });

  it('goes around its ends', async () => {
    const { field, lines, active } = await opened();
    press('ArrowUp', {}, field);
    expect(active()).toBe(lines().at(-1));
    press('ArrowDown', {}, field);
    expect(active()).toBe(lines()[0]);
  });

  it('keeps what was chosen when an answer comes and moves the lines', async () => {
    const { field, active, hearth } = await opened();
    type(field, 'trash');
    press('ArrowDown', {}, field);
    const chosen = active();
    const found = await hearth.host.search('postgres');
    hearth.host.search = async () => found;
    await until(() => !hearth.search.busy);
    flushSync();
    expect(document.querySelector('[role="option"]')?.textContent).toContain('Postgres');
    expect(active()).toBe(chosen);
    type(field, 'trashes');
    expect(active()).not.toBe(chosen);
  });

  it('waits for the answer when Enter was faster', async () => {
    const { field, hearth } = await opened();
    type(field, 'postgres');
    expect(hearth.search.busy).toBe(true);
    press('Enter', {}, field);
    expect(hearth.layer).toBe('palette');
    await until(() => hearth.chat.id === 's2');
  });

  it('does what its commands say', async () => {
    const { field, hearth, lines } = await opened();
    type(field, 'open the trash');
    await until(() => !hearth.search.busy);
    flushSync();
    expect(lines()).toEqual(['Open the trash']);
    press('Enter', {}, field);
    await until(() => hearth.page.kind === 'trash');
  });

  it('says that nothing was found, and goes with the key that brought it', async () => {
    const { field, hearth } = await opened();
    type(field, 'xylophone');
    await until(() => !hearth.search.busy);
    flushSync();
    expect(document.body.textContent).toContain('Nothing found for “xylophone”');
    withControl('k', { code: 'KeyK' });
    expect(hearth.layer).toBeNull();
  });

  it('does not take the Enter of a composition', async () => {
    const { field, hearth } = await opened();
    press('Enter', { isComposing: true }, field);
    await new Promise((next) => setTimeout(next));
    expect([hearth.layer, hearth.chat.id]).toEqual(['palette', null]);
  });
});

describe('find', () => {
  const finding = async (words: string) => {
    const mounted = await window();
    await mounted.hearth.open('s0');
    flushSync();
    withControl('f', { code: 'KeyF' });
    const field = await there<HTMLInputElement>('search input');
    type(field, words);
    const place = () => document.querySelector('search [role="status"]')?.textContent;
    return { ...mounted, field, place };
  };

  it('counts its places and goes through them by Enter and by its shortcuts', async () => {
    const { field, place } = await finding('retry');
    const count = Number(place()?.split(' of ')[1]);
    expect(count).toBeGreaterThan(3);
    expect(place()).toBe(`1 of ${count}`);
    press('Enter', {}, field);
    withControl('g', { code: 'KeyG' });
    expect(place()).toBe(`3 of ${count}`);
    withControl('G', { code: 'KeyG', shiftKey: true });
    press('Enter', { shiftKey: true }, field);
    press('Enter', { shiftKey: true }, field);
    expect(place()).toBe(`${count} of ${count}`);
  });

  it('says that there is none', async () => {
    const { place } = await finding('xylophone');
    expect(place()).toBe('None');
  });

  it('goes with Escape, before that stops an answer', async () => {
    const { field, hearth } = await finding('retry');
    press('Escape', {}, field);
    await until(() => document.querySelector('search') === null);
    expect(hearth.find.open).toBe(false);
    withControl('g', { code: 'KeyG' });
    const again = await there<HTMLInputElement>('search input');
    expect(again.value).toBe('retry');
    again.blur();
    press('Escape', {}, document.body);
    expect(hearth.find.open).toBe(false);
  });

  it('is over when another conversation opens', async () => {
    const { hearth } = await finding('retry');
    await hearth.open('s2');
    expect(hearth.find.open).toBe(false);
  });

  it('brings what is not in the document yet', async () => {
    const { hearth, host } = await window();
    const short = await host.openConversation('s0');
    const question = short.messages[0];
    if (!question) throw new Error('no question');
    const messages = Array.from({ length: 130 }, (_, index) => ({ ...question, id: `m${index}` }));
    host.openConversation = async () => ({ ...short, messages });
    await hearth.open('s0');
    flushSync();
    expect(document.querySelectorAll('article')).toHaveLength(60);
    withControl('f', { code: 'KeyF' });
    const field = await there<HTMLInputElement>('search input');
    type(field, 'hammer');
    await until(() => document.querySelectorAll('article').length === 130);
    await until(() => hearth.find.count === 130);
  });
});

describe('the trash', () => {
  it('asks before it deletes for good, and says what that freed', async () => {
    const { hearth, host, named } = await window();
    await host.trashConversation('s2');
    named('button', 'Trash').click();
    await until(() => document.querySelector('main[aria-label="Trash"] li') !== null);
    named('button', 'Delete Postgres plan regression now').click();
    flushSync();
    const dialog = await there('[role="alertdialog"]');
    expect(dialog.textContent).toContain('Delete “Postgres plan regression” for good?');
    expect(await host.listTrash()).toHaveLength(1);
    named('button', 'Delete for good').click();
    await until(() => hearth.toasts.shown.length === 1);
    expect(hearth.toasts.shown[0]?.detail).toMatch(/freed$/);
    flushSync();
    expect(document.querySelector('main')?.textContent).toContain('The trash is empty');
  });

  it('keeps the focus among what is left, and takes it from where there is nothing', async () => {
    const { hearth, host, named } = await window();
    await host.trashConversation('s1');
    await host.trashConversation('s2');
    (document.activeElement as HTMLElement | null)?.blur();
    hearth.showTrash();
    await until(() => document.querySelectorAll('main[aria-label="Trash"] li').length === 2);
    expect(document.activeElement).toBe(named('main', 'Trash'));
    const restore = () => [
      ...document.querySelectorAll<HTMLElement>('main li button[aria-label^="Restore"]'),
    ];
    const [first, second] = restore();
    first?.focus();
    first?.click();
    await until(() => restore().length === 1);
    await until(() => document.activeElement === second);
    second?.click();
    await until(() => restore().length === 0);
    await until(() => document.activeElement === named('button', 'Close the trash'));
  });

  it('gives back, and is left with Escape', async () => {
    const { hearth, host, named } = await window();
    await host.trashConversation('s2');
    hearth.showTrash();
    await until(() => document.querySelector('main[aria-label="Trash"] li') !== null);
    named('button', 'Restore Postgres plan regression').click();
    await until(() => hearth.library.list?.some(({ id }) => id === 's2') ?? false);
    press('Escape', {}, document.body);
    expect(hearth.page.kind).toBe('chat');
  });
});

describe('the list', () => {
  it('has what is pinned at its top, under its own heading', async () => {
    const { host } = await window();
    await host.pinConversation('s5', true);
    flushSync();
    const lines = [...document.querySelectorAll('nav h2, nav li .title')].map((line) => line.textContent);
    expect(lines.slice(0, 3)).toEqual(['Pinned', 'Unit tests for the parser', 'Today']);
    expect(lines.filter((line) => line === 'Unit tests for the parser')).toHaveLength(1);
  });

  it('says that a tool waits', async () => {
    const { hearth, host } = await window();
    await host.enableTool('current_time', true);
    await hearth.chat.send('tool-1');
    await until(() => hearth.chat.approvals.length > 0);
    flushSync();
    expect(document.querySelector('nav li .needs_approval')?.textContent).toContain(
      'A tool waits for your word',
    );
  });

  it('opens the menu of a row by the other button of the mouse', async () => {
    const { hearth, host } = await window();
    const row = document.querySelector('nav li .row');
    const event = new MouseEvent('contextmenu', { bubbles: true, cancelable: true });
    row?.dispatchEvent(event);
    expect(event.defaultPrevented).toBe(true);
    const menu = await there('[role="menu"]');
    const items = [...menu.querySelectorAll<HTMLElement>('[role="menuitem"]')];
    expect(items.map((item) => item.textContent?.trim())).toEqual([
      'Rename',
      'Pin',
      'Save as Markdown',
      'Save as JSON',
      'Move to trash',
    ]);
    expect(hearth.library.shown[0]?.pinned).toBe(false);
    expect(host.log).toEqual([]);
  });
});

it('turns tools on, which are off until then', async () => {
  const { hearth, named } = await window();
  hearth.settings('tools');
  await there('button[role="switch"]');
  const tool = named('button[role="switch"]', 'Current time');
  expect(tool.getAttribute('aria-checked')).toBe('false');
  tool.click();
  await until(() => hearth.app?.tools[0]?.enabled === true);
  flushSync();
  expect(tool.getAttribute('aria-checked')).toBe('true');
});

it('says what is not saved, where, and offers to try again, until all is saved', async () => {
  const { host, named } = await window();
  const banner = () => document.querySelector('[aria-live="polite"] .banner')?.textContent ?? '';
  expect(banner()).toBe('');
  host.disk({ error: bareReport('disk-full'), waiting: 1, readingOnly: false });
  await until(() => banner().includes('Not saved: the disk is full. 1 answer is kept in memory.'));
  expect(banner()).toContain('/home/you/.local/share/hearth');
  named('button', 'Try now').click();
  await until(() => banner() === '');
  expect(host.log).toContain('retry saving');
});

describe('the shortcuts', () => {
  it('are listed, each with its keys', async () => {
    await window();
    withControl('/', { code: 'Slash' });
    const sheet = await there('[role="dialog"]');
    const rows = [...sheet.querySelectorAll('dl > div')].map((row) => row.querySelector('dt')?.textContent);
    expect(rows).toContain('Find in the conversation');
    expect(rows.length).toBeGreaterThan(25);
    expect(new Set(rows).size).toBe(rows.length);
  });

  it('are listed for a question mark, except where one types it', async () => {
    const { hearth, named } = await window();
    named('button', 'Settings').focus();
    expect(press('?')).toBe(true);
    expect(hearth.layer).toBe('shortcuts');
    hearth.closeLayer();
    flushSync();
    named('textarea', 'Message').focus();
    expect(press('?')).toBe(false);
  });

  it('leave Home and End to a field that has text', async () => {
    const { hearth, named } = await window();
    await hearth.open('s0');
    flushSync();
    const area = named<HTMLTextAreaElement>('textarea', 'Message');
    expect(press('End', { ctrlKey: true }, area)).toBe(true);
    area.value = 'text';
    expect(press('End', { ctrlKey: true }, area)).toBe(false);
  });

  it('do nothing while a question waits for its answer', async () => {
    const { hearth } = await window();
    hearth.askLink({ href: 'https://example.org/', text: 'x', host: 'example.org' });
    await there('[role="alertdialog"]');
    withControl('k', { code: 'KeyK' });
    expect(hearth.layer).toBeNull();
  });
});

it('offers a way out where nothing can be read', async () => {
  const { host, named } = await window({ world: 'broken' });
  named('button', 'Try again');
  named('button', 'Copy path').click();
  await until(() => host.log.includes('copy hearth.db'));
});
