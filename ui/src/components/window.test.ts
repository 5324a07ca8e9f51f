import { flushSync } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import type { FakeOptions } from '../host/fake';
import { until } from '../state/testing/window';
import { mountedWindow } from './testing/mounted';

type Mounted = Awaited<ReturnType<typeof mountedWindow>>;
const open: Mounted[] = [];
async function window(options: FakeOptions = {}): Promise<Mounted> {
  const mounted = await mountedWindow(options);
  open.push(mounted);
  return mounted;
}
afterEach(async () => {
  for (const mounted of open.splice(0)) await mounted.close();
});

function type(area: HTMLTextAreaElement, text: string): void {
  area.value = text;
  area.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}

const press = (element: HTMLElement, init: KeyboardEventInit): boolean => {
  const event = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init });
  element.dispatchEvent(event);
  flushSync();
  return event.defaultPrevented;
};

describe('names that people and tests find things by', () => {
  it('stand on the first run', async () => {
    const { named } = await window();
    named('nav', 'Conversations');
    named('button', 'New chat');
    named('button', 'Settings');
    named('button', 'Try the demo');
    named('button', 'Connect to Azure Foundry');
    named('input[type="search"]', 'Search conversations');
  });

  it('stand in a conversation', async () => {
    const { named, hearth } = await window({ world: 'connected' });
    await hearth.open('s0');
    named('textarea', 'Message');
    named('button', 'Send');
    named('button', 'Save transcript');
    named('[role="log"]', 'Conversation');
    named('article', 'You');
    named('article', 'Claude');
    named('button', 'Model: claude-opus-5-5');
  });

  it('stand in the settings', async () => {
    const { named, hearth } = await window();
    hearth.settings();
    named('main', 'Settings');
    named('input', 'Endpoint');
    const key = named<HTMLInputElement>('input', 'API key');
    expect([key.type, key.autocomplete, key.value]).toEqual(['password', 'off', '']);
    named('button', 'Test connection');
    named('button', 'Save');
  });
});

describe('the composer', () => {
  it('sends on Enter and is empty only after the question was accepted', async () => {
    const { named, host, hearth } = await window({ world: 'demo' });
    const area = named<HTMLTextAreaElement>('textarea', 'Message');
    type(area, 'hello there');
    const send = host.send.bind(host);
    let accept = () => {};
    host.send = async (request) => {
      await new Promise<void>((accepted) => {
        accept = accepted;
      });
      return send(request);
    };
    expect(press(area, {})).toBe(true);
    expect(area.value).toBe('hello there');
    accept();
    await until(() => area.value === '');
    expect(host.log).toContain('send hello there');
    await until(() => !hearth.chat.busy);
  });

  it('keeps the text of a question that was refused', async () => {
    const { named, host, hearth } = await window({ world: 'demo' });
    host.send = () => Promise.reject(new Error('disk'));
    const area = named<HTMLTextAreaElement>('textarea', 'Message');
    type(area, 'do not lose me');
    press(area, {});
    await until(() => hearth.chat.failure !== null);
    flushSync();
    expect(area.value).toBe('do not lose me');
  });

  it.each([
    ['Shift+Enter', { shiftKey: true }],
    ['Enter of a composition', { isComposing: true }],
    ['Enter that only says Process', { key: 'Process' }],
    ['Enter with code 229', { keyCode: 229 } as KeyboardEventInit],
  ])('does not send on %s', async (_, init) => {
    const { named, host } = await window({ world: 'demo' });
    const area = named<HTMLTextAreaElement>('textarea', 'Message');
    type(area, 'わたし');
    expect(press(area, init)).toBe(false);
    expect(host.log).toEqual([]);
    expect(press(area, {})).toBe(true);
    await until(() => host.log.includes('send わたし'));
  });

  it('keeps a draft for each conversation', async () => {
    const { named, hearth } = await window({ world: 'connected' });
    await hearth.open('s0');
    type(named('textarea', 'Message'), 'for the first');
    await hearth.open('s2');
    expect(named<HTMLTextAreaElement>('textarea', 'Message').value).toBe('');
    await hearth.open('s0');
    expect(named<HTMLTextAreaElement>('textarea', 'Message').value).toBe('for the first');
  });

  it('can be typed into, but does not send, while an answer runs', async () => {
    const { named, hearth, host } = await window({ world: 'connected', pace: 1 });
    await hearth.chat.send('A question that is long enough to be answered at length');
    await until(() => hearth.chat.view !== null);
    const area = named<HTMLTextAreaElement>('textarea', 'Message');
    type(area, 'next');
    press(area, {});
    expect(area.value).toBe('next');
    expect(host.log).not.toContain('send next');
    named('button', 'Stop').click();
    await until(() => !hearth.chat.busy);
    named('button', 'Send');
  });

  it('is closed, says why and shows the way out where demo and real do not mix', async () => {
    const { named, hearth } = await window({ world: 'connected' });
    await hearth.open('s4');
    expect(named<HTMLTextAreaElement>('textarea', 'Message').disabled).toBe(true);
    expect(document.body.textContent).toContain('This conversation was held in the demo.');
  });
});

describe('an answer', () => {
  it('keeps the nodes of what is finished while the rest grows', async () => {
    const { hearth } = await window({ world: 'demo', pace: 1 });
    await hearth.chat.send('A question that is long enough to be answered at length');
    await until(() => document.querySelector('.prose figure') !== null);
    const first = document.querySelector('.prose > p');
    const code = document.querySelector('.prose figure');
    await until(() => !hearth.chat.busy);
    flushSync();
    expect(first?.isConnected).toBe(true);
    expect(document.querySelector('.prose > p')).toBe(first);
    expect(document.querySelector('.prose figure')).toBe(code);
    expect(document.querySelectorAll('.prose table')).toHaveLength(1);
  });

  it('shows its failure under the text that is kept, with a way out', async () => {
    const { hearth, named } = await window({ world: 'demo' });
    await hearth.chat.send('fault-stream-cut');
    await until(() => !hearth.chat.busy);
    const answer = named('article', 'Claude');
    expect(answer.textContent).toContain('A token bucket shared by all workers');
    expect(answer.textContent).toContain('Connection lost');
    named('article section button', 'Try again').click();
    await until(() => hearth.chat.busy);
    await until(() => !hearth.chat.busy);
    expect(hearth.chat.view?.messages.at(-1)?.branches).toHaveLength(2);
  });

  it('asks before a link opens', async () => {
    const { hearth, host } = await window({ world: 'connected' });
    await hearth.open('s0');
    flushSync();
    const link = document.querySelector<HTMLElement>('.prose a');
    const click = new MouseEvent('click', { bubbles: true, cancelable: true });
    link?.dispatchEvent(click);
    expect(click.defaultPrevented).toBe(true);
    expect(hearth.link?.host).toBe('sre.google');
    expect(host.log.filter((line) => line.startsWith('open'))).toEqual([]);
  });
});

it('holds only the end of a long conversation, and brings the rest when asked', async () => {
  const { named, hearth, host } = await window({ world: 'connected' });
  const short = await host.openConversation('s0');
  const question = short.messages[0];
  if (!question) throw new Error('no question');
  const messages = Array.from({ length: 130 }, (_, index) => ({ ...question, id: `m${index}` }));
  host.openConversation = async () => ({ ...short, messages });
  await hearth.open('s0');
  flushSync();
  expect(document.querySelectorAll('article')).toHaveLength(60);
  named('button', 'Show earlier messages').click();
  flushSync();
  expect(document.querySelectorAll('article')).toHaveLength(120);
  named('button', 'Show earlier messages').click();
  flushSync();
  expect(document.querySelectorAll('article')).toHaveLength(130);
  expect(document.body.textContent).not.toContain('Show earlier messages');
});

describe('Escape', () => {
  it('closes the settings before it stops an answer', async () => {
    const { hearth } = await window({ world: 'connected', pace: 1 });
    await hearth.chat.send('A question that is long enough to be answered at length');
    await until(() => hearth.chat.turn !== null);
    hearth.settings();
    flushSync();
    press(document.body, { key: 'Escape' });
    expect(hearth.page.kind).toBe('chat');
    expect(hearth.chat.busy).toBe(true);
    press(document.body, { key: 'Escape' });
    await until(() => !hearth.chat.busy);
    expect(hearth.chat.view?.messages.at(-1)?.state).toEqual({ kind: 'stopped' });
  });
});
