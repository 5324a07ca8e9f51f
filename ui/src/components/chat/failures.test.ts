// The card of a failed answer, as a person takes its ways out.
import { flushSync } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import type { FakeOptions } from '../../host/fake';
import { until } from '../../state/testing/window';
import { mountedWindow } from '../testing/mounted';

type Mounted = Awaited<ReturnType<typeof mountedWindow>>;
const open: Mounted[] = [];
afterEach(async () => {
  for (const mounted of open.splice(0)) await mounted.close();
});

async function window(options: FakeOptions = { world: 'connected' }): Promise<Mounted> {
  const mounted = await mountedWindow(options);
  open.push(mounted);
  return mounted;
}

/** A window in which a question has just failed, with what its card shows. */
async function failed(question: string, options?: FakeOptions) {
  const mounted = await window(options);
  const ask = async (text: string) => {
    await mounted.hearth.chat.send(text);
    await until(() => !mounted.hearth.chat.busy);
    flushSync();
  };
  await ask(question);
  return { ...mounted, ask };
}

const cards = () => [...document.querySelectorAll<HTMLElement>('[role="log"] section.card')];
const card = () => cards().at(-1) as HTMLElement;
const buttons = (within: HTMLElement = card()) =>
  [...within.querySelectorAll('button')].map((button) => button.textContent?.trim());
function press(name: string, within: HTMLElement = card()): void {
  const found = [...within.querySelectorAll('button')].filter((one) => one.textContent?.trim() === name);
  if (found.length !== 1)
    throw new Error(`${found.length} are named “${name}” of ${buttons(within).join(', ')}`);
  found[0]?.click();
  flushSync();
}

describe('a wrong address', () => {
  it('shows the corrected one, saves it with one press, and asks again', async () => {
    const { hearth, host } = await failed('fault-api-not-supported');
    const right = 'https://contoso-ai.services.ai.azure.com/anthropic';
    expect(card().textContent).toContain(right);
    expect(buttons()[0]).toBe('Use this address');
    expect(card().querySelector('button')?.className).toContain('main');
    press('Use this address');
    await until(() => host.log.includes('fix use_endpoint'));
    await until(() => hearth.app?.connections[0]?.endpoint === right);
    await until(() => hearth.chat.view?.messages.at(-1)?.branches.length === 2);
    expect(hearth.toasts.shown.map(({ text }) => text)).toContain('Connection changed');
  });

  it('is corrected for the connection that failed, and no other', async () => {
    const { hearth, host } = await failed('fault-api-not-supported', { world: 'several' });
    expect(buttons()).toContain('Use this address');
    await hearth.useConnection('k1');
    flushSync();
    expect(buttons()).not.toContain('Use this address');
    expect(host.log).not.toContain('fix use_endpoint');
  });
});

describe('an untrusted certificate', () => {
  it('is shown with all that signed it before it can be trusted', async () => {
    const { hearth, host } = await failed('fault-certificate-untrusted');
    expect(card().textContent).not.toContain('SHA-256');
    press('Show certificates');
    const names = [...card().querySelectorAll('ol li .name')].map((name) =>
      name.firstChild?.textContent?.trim(),
    );
    expect(names).toEqual(['Contoso Root CA', 'Contoso Inspection CA 2', 'contoso-ai.services.ai.azure.com']);
    expect(card().textContent?.match(/SHA-256/g)).toHaveLength(3);
    press('Trust “Contoso Root CA”');
    await until(() => host.log.includes('trust certificate'));
    await until(() => hearth.app?.network.certificates.length === 1);
    await until(() => hearth.chat.view?.messages.at(-1)?.branches.length === 2);
  });
});

describe('a missing role', () => {
  it('becomes a request that can be sent to whoever gives it', async () => {
    const { host } = await failed('fault-role-missing');
    press('Copy request for the admin');
    await until(() => host.log.some((line) => line.startsWith('copy ')));
    const text = host.log.find((line) => line.startsWith('copy ')) ?? '';
    expect(text).toContain('Resource: https://contoso-ai.services.ai.azure.com/anthropic/v1/messages');
    expect(text).toContain('Who: ada@contoso.com');
    expect(text).toContain('Cognitive Services User');
  });

  it('tells in its details what the token says', async () => {
    await failed('fault-role-missing');
    press('Details');
    const names = [...card().querySelectorAll('dt')].map((name) => name.textContent);
    expect(names).toEqual(
      expect.arrayContaining(['Token for', 'Token of the tenant', 'Token expires', 'Token of']),
    );
  });
});

describe('something that the deployment lacks', () => {
  it('is left out from now on when somebody says so', async () => {
    const { hearth } = await window();
    await hearth.chat.choose({ effort: 'max' });
    await hearth.chat.send('fault-feature-missing');
    await until(() => !hearth.chat.busy);
    flushSync();
    expect(card().textContent).toContain('effort');
    press('Retry without it');
    await until(() => hearth.chat.view?.messages.at(-1)?.branches.length === 2);
    expect(hearth.chat.settings.effort).toBe(null);
  });
});

describe.each([
  ['fault-key-refused', 'Replace key', 'key', 'connections'],
  ['fault-sign-in-expired', 'Sign in again', 'sign-in', 'connections'],
  ['fault-proxy-credentials', 'Enter proxy password', 'proxy', 'network'],
  ['fault-client-certificate-needed', 'Choose certificate', 'client-certificate', 'network'],
  ['fault-command-not-agreed', 'Look at the command', 'command', 'connections'],
])('%s', (question, action, spot, section) => {
  it(`leads with “${action}” to where it can be put right`, async () => {
    const { hearth } = await failed(question);
    expect(buttons()[0]).toBe(action);
    press(action);
    expect(hearth.page).toEqual({ kind: 'settings', section });
    expect(hearth.wanted?.spot).toBe(spot);
  });
});

it('keeps a key for this run only where somebody says so', async () => {
  const { hearth } = await failed('fault-keyring-missing');
  press('Keep it for this run only');
  expect(hearth.form?.credential.thisRunOnly).toBe(true);
  expect(hearth.wanted?.spot).toBe('key');
});

it('asks before the portal is opened', async () => {
  const { hearth, host } = await failed('fault-deployment-not-found');
  press('Open portal');
  expect(hearth.link?.host).toBe('ai.azure.com');
  expect(host.log.filter((line) => line.startsWith('open '))).toEqual([]);
});

describe('the card of an older failure', () => {
  it('becomes quiet once something was answered', async () => {
    const { ask } = await failed('fault-key-refused');
    expect(buttons()).toEqual(['Replace key', 'Try again', 'Run the Doctor', 'Details']);
    await ask('And now?');
    expect(cards()).toHaveLength(1);
    expect(buttons()).toEqual(['Details']);
    expect(card().className).toContain('over');
    expect(card().textContent).toContain('Since then, a question was answered.');
  });

  it('stays what it is while nothing was', async () => {
    const { ask } = await failed('fault-key-refused');
    await ask('fault-key-refused');
    expect(cards().map(({ className }) => className.includes('over'))).toEqual([false, false]);
    expect(buttons(cards()[0])).toEqual(['Replace key', 'Run the Doctor', 'Details']);
  });

  it('still asks again where it is the last, when another conversation was answered', async () => {
    const { hearth, ask } = await failed('fault-key-refused');
    const id = hearth.chat.id;
    hearth.newChat();
    await ask('Does it work?');
    await hearth.open(id ?? '');
    flushSync();
    expect(buttons()).toEqual(['Try again', 'Details']);
  });
});

describe('the pause before another attempt', () => {
  it('can be ended, and left for another deployment', async () => {
    const { hearth, host } = await window({ world: 'connected', pace: 1 });
    await hearth.chat.send('wait-90');
    await until(() => hearth.chat.turn?.waiting != null);
    flushSync();
    expect(buttons()).toEqual(['Retry now', 'Other deployment', 'Cancel']);
    press('Retry now');
    await until(() => host.log.includes('retry now'));
    await until(() => hearth.chat.turn?.waiting === null);
    await hearth.chat.stop();
    await until(() => !hearth.chat.busy);
    await hearth.chat.send('wait-80');
    await until(() => hearth.chat.turn?.waiting != null);
    flushSync();
    press('Other deployment');
    await until(() => !hearth.chat.busy);
    expect(hearth.wanted?.spot).toBe('model');
  });
});

it('says under an answer what was left out of its question', async () => {
  const { hearth, host } = await window();
  const view = await host.openConversation('s0');
  const answer = view.messages.at(-1)?.answer;
  if (answer) answer.without = ['effort'];
  host.openConversation = async () => view;
  await hearth.open('s0');
  flushSync();
  expect(document.querySelector('[role="log"]')?.textContent).toContain(
    'Asked without effort: this deployment does not take it',
  );
});
