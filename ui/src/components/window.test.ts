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
    named('button', 'Trash');
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
    await until(() => document.querySelector('main[aria-label="Settings"] form') !== null);
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
    let asked = false;
    let accept = () => {};
    host.send = async (request) => {
      await new Promise<void>((accepted) => {
        accept = accepted;
        asked = true;
      });
      return send(request);
    };
    expect(press(area, {})).toBe(true);
    await until(() => asked);
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

  it('is held open by what stands in it, and by nothing once that is sent', async () => {
    const { named, hearth } = await window({ world: 'demo' });
    const area = named<HTMLTextAreaElement>('textarea', 'Message');
    type(area, 'one\ntwo');
    expect(area.parentElement?.dataset.text).toBe('one\ntwo');
    press(area, {});
    await until(() => hearth.chat.view !== null && area.value === '');
    expect(area.parentElement?.dataset.text).toBe('');
  });

  it('gets what is typed while nothing else takes it', async () => {
    const { named } = await window({ world: 'connected' });
    const area = named<HTMLTextAreaElement>('textarea', 'Message');
    const settings = named('button', 'Settings');
    const goesTo = (from: HTMLElement, init: KeyboardEventInit) => {
      from.focus();
      press(from, init);
      return document.activeElement;
    };
    expect(goesTo(settings, { key: 'h' })).toBe(area);
    expect(goesTo(settings, { key: ' ' })).toBe(settings);
    expect(goesTo(settings, { key: 'h', ctrlKey: true })).toBe(settings);
    expect(goesTo(settings, { key: 'Shift' })).toBe(settings);
  });
});

describe('a conversation of the demo that was left', () => {
  const failed = async () => {
    const mounted = await window({ world: 'demo' });
    const { hearth, named } = mounted;
    await hearth.chat.send('fault-stream-cut');
    await until(() => !hearth.chat.busy);
    named('article section button', 'Try again');
    named('article footer button', 'Ask again');
    const id = hearth.chat.id ?? '';
    await hearth.leaveDemo();
    await hearth.open(id);
    return { ...mounted, id };
  };

  it('offers nothing that cannot work', async () => {
    const { named } = await failed();
    expect(() => named('article section button', 'Try again')).toThrow('0 of');
    expect(() => named('article footer button', 'Ask again')).toThrow('0 of');
    expect(document.querySelector('header button[aria-label^="Model"]')).toBeNull();
  });

  it('leads back to itself', async () => {
    const { named, hearth, id } = await failed();
    expect(document.body.textContent).toContain('You left the demo.');
    named('button', 'Back to the demo').click();
    await until(() => hearth.app?.demo === true);
    await until(() => hearth.blocked === null);
    expect(hearth.chat.id).toBe(id);
    named('article section button', 'Try again');
  });
});

describe('an answer that ends early', () => {
  it.each([
    [
      'refusal',
      'Claude declined to go on with this answer',
      'Ask differently',
      ['Try again', 'Choose deployment'],
    ],
    ['max_tokens', 'The answer reached its limit of tokens', 'Let Claude go on', ['Continue']],
    [
      'model_context_window_exceeded',
      'The conversation has filled',
      'Start a new chat',
      ['New chat', 'Choose deployment'],
    ],
  ])('with %s says why and what to do', async (reason, title, advice, ways) => {
    const { hearth } = await window({ world: 'demo' });
    await hearth.chat.send(`stop-${reason}`);
    await until(() => !hearth.chat.busy);
    flushSync();
    const card = document.querySelector('article > section');
    expect(card?.textContent).toContain(title);
    expect(card?.textContent).toContain(advice);
    expect([...(card?.querySelectorAll('button') ?? [])].map((way) => way.textContent)).toEqual(ways);
  });
});

describe('what a browser does by itself', () => {
  it.each([
    ['F5', { key: 'F5' }],
    ['Ctrl+R', { key: 'r', code: 'KeyR', ctrlKey: true }],
    ['Ctrl+Shift+R', { key: 'R', code: 'KeyR', ctrlKey: true, shiftKey: true }],
    ['Ctrl+R on a layout without Latin letters', { key: 'к', code: 'KeyR', ctrlKey: true }],
  ])('does not reload on %s', async (_, init) => {
    await window({ world: 'connected' });
    expect(press(document.body, init)).toBe(true);
    expect(press(document.body, { key: 'r', code: 'KeyR' })).toBe(false);
  });

  it('shows its menu where there is text to copy or to paste, and nowhere else', async () => {
    const { named, hearth } = await window({ world: 'connected' });
    await hearth.open('s0');
    const refused = (element: Element) => {
      const event = new MouseEvent('contextmenu', { bubbles: true, cancelable: true });
      element.dispatchEvent(event);
      return event.defaultPrevented;
    };
    const question = named('article', 'You');
    expect(refused(question)).toBe(true);
    expect(refused(named('button', 'Settings'))).toBe(true);
    expect(refused(named('textarea', 'Message'))).toBe(false);
    getSelection()?.selectAllChildren(question);
    expect(refused(question)).toBe(false);
    getSelection()?.removeAllRanges();
  });
});

describe('the first page', () => {
  it('says why there is no new chat yet', async () => {
    const { named, hearth } = await window();
    const button = named('button', 'New chat');
    expect(button.getAttribute('aria-disabled')).toBe('true');
    const reason = document.getElementById(button.getAttribute('aria-describedby') ?? '');
    expect(reason?.textContent).toContain('Nothing to ask yet');
    await hearth.startDemo();
    flushSync();
    expect(button.hasAttribute('aria-disabled')).toBe(false);
  });

  it('has its starters only while something can be asked', async () => {
    const { hearth } = await window({ world: 'connected' });
    const starters = () =>
      document.querySelectorAll('ul[aria-label="Questions to start with"] button').length;
    expect(starters()).toBe(4);
    for (const { id } of hearth.app?.connections ?? []) await hearth.host.removeConnection(id);
    await until(() => hearth.app?.connections.length === 0);
    flushSync();
    expect(starters()).toBe(0);
  });
});

describe('what people write', () => {
  it('reads from the side of its first letter wherever it stands', async () => {
    const { hearth, named } = await window({ world: 'connected' });
    await hearth.open('s0');
    await hearth.library.rename('s0', 'عنوان طويل');
    await until(() => document.querySelector('header h1')?.textContent?.trim() === 'عنوان طويل');
    const titles = [...document.querySelectorAll('nav .title, header h1 button')].filter((title) =>
      title.textContent?.includes('عنوان'),
    );
    const places = [...titles, named('textarea', 'Message')];
    expect(places.map((place) => place.getAttribute('dir'))).toEqual(['auto', 'auto', 'auto']);
  });
});

describe('the list', () => {
  it('is one stop of Tab, and arrows lead through it', async () => {
    const { hearth } = await window({ world: 'connected' });
    const rows = () => [...document.querySelectorAll<HTMLElement>('nav li .row')];
    await until(() => rows().length > 3);
    await hearth.open(hearth.library.list?.[1]?.id ?? '');
    flushSync();
    const stops = () => rows().flatMap((row, at) => (row.tabIndex === 0 ? [at] : []));
    expect(stops()).toHaveLength(1);
    rows()[0]?.focus();
    for (const [key, at] of [
      ['ArrowDown', 1],
      ['ArrowDown', 2],
      ['ArrowUp', 1],
      ['End', rows().length - 1],
      ['ArrowDown', rows().length - 1],
      ['Home', 0],
      ['ArrowUp', 0],
    ] as const) {
      expect(press(document.activeElement as HTMLElement, { key })).toBe(true);
      expect(document.activeElement).toBe(rows()[at]);
      expect(stops()).toEqual([at]);
    }
    expect(
      [...document.querySelectorAll<HTMLElement>('nav li .more')].map(({ tabIndex }) => tabIndex),
    ).toEqual(rows().map((_, at) => (at === 0 ? 0 : -1)));
  });
});

describe('Tab', () => {
  it('goes from the last stop to the first and back', async () => {
    const { named } = await window({ world: 'connected' });
    const first = named('nav button', 'Hide sidebar');
    const last = named('button', 'Attach files');
    last.focus();
    expect(press(last, { key: 'Tab' })).toBe(true);
    expect(document.activeElement).toBe(first);
    expect(press(first, { key: 'Tab', shiftKey: true })).toBe(true);
    expect(document.activeElement).toBe(last);
    expect(press(last, { key: 'Tab', shiftKey: true })).toBe(false);
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

  it('leads to a footnote and back within the answer, and asks nothing', async () => {
    const { hearth } = await window({ world: 'connected' });
    await hearth.open('s0');
    flushSync();
    const [named, note] = ['.md-note-ref', '.md-note-back'].map((end) =>
      document.querySelector<HTMLElement>(`.prose ${end}`),
    );
    for (const [from, to] of [
      [named, note],
      [note, named],
    ]) {
      const click = new MouseEvent('click', { bubbles: true, cancelable: true });
      from?.dispatchEvent(click);
      expect(click.defaultPrevented).toBe(true);
      expect(document.activeElement).toBe(to);
    }
    expect(hearth.link).toBeNull();
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
