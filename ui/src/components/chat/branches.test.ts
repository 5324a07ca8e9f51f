import { flushSync } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import type { FakeOptions } from '../../host/fake';
import { bareReport } from '../../host/host';
import { until } from '../../state/testing/window';
import { mountedWindow } from '../testing/mounted';

const open: Array<Awaited<ReturnType<typeof mountedWindow>>> = [];
async function asked(question: string, options: FakeOptions = {}) {
  const mounted = await mountedWindow({ world: 'connected', ...options });
  open.push(mounted);
  await mounted.hearth.chat.send(question);
  await until(() => !mounted.hearth.chat.busy);
  flushSync();
  return mounted;
}
afterEach(async () => {
  for (const mounted of open.splice(0)) await mounted.close();
});

const press = (element: HTMLElement, key: string): boolean => {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
  element.dispatchEvent(event);
  flushSync();
  return event.defaultPrevented;
};
function type(area: HTMLTextAreaElement, text: string): void {
  area.value = text;
  area.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}
const questions = () =>
  [...document.querySelectorAll('article[aria-label="You"] > p')].map((one) => one.textContent);
const answers = () => document.querySelectorAll('article[aria-label="Claude"]');

describe('a question', () => {
  it('is edited with ↑ in the empty composer, and becomes a branch', async () => {
    const { named, hearth } = await asked('What is up?');
    expect(press(named('textarea', 'Message'), 'ArrowUp')).toBe(true);
    await until(() => document.querySelector('textarea[aria-label="Edit question"]') !== null);
    const editor = named<HTMLTextAreaElement>('textarea', 'Edit question');
    expect(editor.value).toBe('What is up?');
    expect(document.activeElement).toBe(editor);
    type(editor, 'What is down?');
    press(editor, 'Enter');
    await until(() => hearth.chat.editing === null && !hearth.chat.busy);
    flushSync();
    expect(questions()).toEqual(['What is down?']);
    named('[role="group"]', 'Question 2 of 2');
    named('button', 'Previous question').click();
    await until(() => questions()[0] === 'What is up?');
    flushSync();
    expect(answers()).toHaveLength(1);
    expect(document.activeElement?.getAttribute('aria-label')).not.toBe('Edit question');
  });

  it('keeps an edit that was put aside, and starts over when asked', async () => {
    const { named, host, hearth } = await asked('What is up?');
    named('button', 'Edit question').click();
    await until(() => document.querySelector('textarea[aria-label="Edit question"]') !== null);
    type(named('textarea', 'Edit question'), 'Put aside');
    press(named('textarea', 'Edit question'), 'Escape');
    expect(hearth.chat.editing).toBeNull();
    expect(document.activeElement).toBe(named('textarea', 'Message'));
    expect(questions()).toEqual(['What is up?']);

    named('button', 'Edit question').click();
    flushSync();
    expect(named<HTMLTextAreaElement>('textarea', 'Edit question').value).toBe('Put aside');
    const message = hearth.chat.editing ?? '';
    const conversation = hearth.chat.id ?? '';
    await until(() => true);
    expect((await host.loadDraft({ kind: 'edit', conversation, message })).text).toBe('Put aside');
    named('button', 'Start over').click();
    await until(() => named<HTMLTextAreaElement>('textarea', 'Edit question').value === 'What is up?');
  });

  it('stays as it is, with its edit, when the new one is refused', async () => {
    const { named, host, hearth } = await asked('What is up?');
    host.send = () => Promise.reject(bareReport('disk-full'));
    named('button', 'Edit question').click();
    await until(() => document.querySelector('textarea[aria-label="Edit question"]') !== null);
    type(named('textarea', 'Edit question'), 'What is down?');
    press(named('textarea', 'Edit question'), 'Enter');
    await until(() => hearth.chat.failure !== null);
    flushSync();
    expect(named<HTMLTextAreaElement>('textarea', 'Edit question').value).toBe('What is down?');
    expect(answers()).toHaveLength(1);
  });

  it('is not edited by ↑ while something is written', async () => {
    const { named, hearth } = await asked('What is up?');
    type(named('textarea', 'Message'), 'words');
    expect(press(named('textarea', 'Message'), 'ArrowUp')).toBe(false);
    expect(hearth.chat.editing).toBeNull();
  });
});

describe('an answer that was cut', () => {
  it('goes on behind a line that Hearth wrote', async () => {
    const { named, hearth } = await asked('stop-max_tokens');
    named('article section button', 'Continue').click();
    await until(() => hearth.chat.busy);
    await until(() => !hearth.chat.busy);
    flushSync();
    expect(answers()).toHaveLength(2);
    expect(questions()).toEqual(['stop-max_tokens']);
    const line = document.querySelector('.prompt summary');
    expect(line?.textContent).toContain('Hearth asked Claude to go on');
    expect(document.querySelectorAll('article section button')).toHaveLength(0);
  });

  it('goes on in its own words where the model takes that', async () => {
    const { hearth } = await asked('Hello');
    await hearth.chat.choose({ deployment: 'haiku-batch' });
    await hearth.chat.send('stop-max_tokens');
    await until(() => !hearth.chat.busy);
    const before = hearth.chat.lastAnswer ?? '';
    const cut = answers().length;
    expect(hearth.chat.canContinue(before)).toBe(true);
    await hearth.chat.continueAnswer(before);
    await until(() => !hearth.chat.busy);
    flushSync();
    expect(answers()).toHaveLength(cut);
    expect(document.querySelectorAll('.prompt')).toHaveLength(0);
    expect([...answers()].at(-1)?.textContent).toContain('You asked: go on');
  });

  it('can be asked for again, too, after Hearth ended in its middle', async () => {
    const { named, hearth, host } = await asked('What is up?');
    const view = await host.openConversation(hearth.chat.id ?? '');
    const last = view.messages.at(-1);
    if (last) last.state = { kind: 'interrupted' };
    host.openConversation = async () => structuredClone(view);
    await hearth.chat.refresh();
    named('article .note button', 'Continue');
    named('article .note button', 'Ask again').click();
    await until(() => hearth.chat.busy);
    await until(() => !hearth.chat.busy);
  });

  it('offers nothing to go on from where it has no words', async () => {
    const { named } = await asked('fault-key-refused');
    expect(() => named('article button', 'Continue')).toThrow('0 of');
  });
});

describe('a fork', () => {
  it('is a conversation of its own with what was said so far', async () => {
    const { named, hearth } = await asked('What is up?');
    const before = hearth.chat.id;
    await hearth.chat.send('And now?');
    await until(() => !hearth.chat.busy);
    flushSync();
    const first = [...document.querySelectorAll<HTMLElement>('button[aria-label="Fork from here"]')][0];
    first?.click();
    await until(() => hearth.chat.id !== before && hearth.chat.view !== null);
    flushSync();
    expect(questions()).toEqual(['What is up?']);
    expect(hearth.library.list?.filter(({ title }) => title === 'What is up?')).toHaveLength(2);
    await hearth.chat.send('Another way');
    await until(() => !hearth.chat.busy);
    await hearth.open(before ?? '');
    flushSync();
    expect(questions()).toEqual(['What is up?', 'And now?']);
    named('textarea', 'Message');
  });
});

describe('an answer that another program writes', () => {
  it('can be read, and not stopped', async () => {
    const { named, hearth, host } = await asked('What is up?');
    host.writeElsewhere(hearth.chat.id ?? '', 'From a terminal', 'So far');
    await until(() => hearth.chat.elsewhere);
    flushSync();
    expect(questions()).toEqual(['What is up?', 'From a terminal']);
    expect(() => named('button', 'Stop')).toThrow('0 of');
    expect(document.body.textContent).toContain('Another program writes the answer.');
    let stopped = false;
    host.stop = async () => {
      stopped = true;
    };
    await hearth.chat.stop();
    expect(stopped).toBe(false);
  });

  it('does not take away what is being edited', async () => {
    const { named, hearth, host } = await asked('What is up?');
    named('button', 'Edit question').click();
    await until(() => document.querySelector('textarea[aria-label="Edit question"]') !== null);
    const editor = named<HTMLTextAreaElement>('textarea', 'Edit question');
    type(editor, 'In the middle of it');
    host.writeElsewhere(hearth.chat.id ?? '', 'From a terminal', 'So far');
    await until(() => hearth.chat.elsewhere);
    flushSync();
    expect(named('textarea', 'Edit question')).toBe(editor);
    expect(editor.value).toBe('In the middle of it');
  });
});

it('ends what was begun in bold when the answer is stopped inside it', async () => {
  const { hearth, host } = await asked('What is up?');
  const view = await host.openConversation(hearth.chat.id ?? '');
  const last = view.messages.at(-1);
  if (last) {
    last.blocks = [{ kind: 'text', text: 'It is **very imp' }];
    last.state = { kind: 'stopped' };
  }
  host.openConversation = async () => structuredClone(view);
  await hearth.chat.refresh();
  flushSync();
  expect(document.querySelector('.prose strong')?.textContent).toBe('very imp');
  expect(document.querySelector('.prose')?.textContent).not.toContain('*');
});
