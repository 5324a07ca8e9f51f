import { flushSync } from 'svelte';
import { afterEach, expect, it } from 'vitest';
import { until } from '../../state/testing/window';
import { mountedWindow } from '../testing/mounted';

const open: Array<Awaited<ReturnType<typeof mountedWindow>>> = [];
afterEach(async () => {
  for (const mounted of open.splice(0)) await mounted.close();
});

async function choices(conversation: string | null = 's0') {
  const mounted = await mountedWindow({ world: 'connected' });
  open.push(mounted);
  if (conversation !== null) await mounted.hearth.open(conversation);
  mounted.named('button', 'Instructions and sampling').click();
  await until(() => document.querySelector('[role="dialog"] textarea') !== null);
  return mounted;
}

function type(field: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  flushSync();
}
const enter = (field: HTMLElement) => {
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  flushSync();
};
function checkbox(name: string): HTMLInputElement {
  const labels = [...document.querySelectorAll('[role="dialog"] label')];
  const input = labels.find((label) => label.textContent?.trim() === name)?.querySelector('input');
  if (!input) throw new Error(`no checkbox is named “${name}”`);
  return input;
}
const wholeDialog = () => document.querySelector('[role="dialog"]')?.textContent ?? '';

it('keeps instructions, and the header shows that there are some', async () => {
  const { named, host } = await choices();
  type(named('textarea', 'Instructions'), 'Answer in rhymes.');
  named('[role="dialog"] button', 'Close').click();
  await until(() => document.querySelector('[role="dialog"]') === null);
  expect((await host.openConversation('s0')).settings.system).toBe('Answer in rhymes.');
  named('button', 'Instructions and sampling: this conversation has instructions').click();
  await until(() => document.querySelector('[role="dialog"] textarea') !== null);
  expect(named<HTMLTextAreaElement>('textarea', 'Instructions').value).toBe('Answer in rhymes.');
  type(named('textarea', 'Instructions'), '  ');
  named('[role="dialog"] button', 'Close').click();
  await until(() => document.querySelector('[role="dialog"]') === null);
  expect((await host.openConversation('s0')).settings.system).toBeNull();
});

it('takes instructions for a conversation that is not begun', async () => {
  const { named, hearth } = await choices(null);
  type(named('textarea', 'Instructions'), 'Be brief.');
  named('[role="dialog"] button', 'Close').click();
  await hearth.chat.send('Hello');
  await until(() => hearth.chat.view !== null);
  expect(hearth.chat.settings.system).toBe('Be brief.');
});

it('takes up to four stop sequences, none twice and none of spaces', async () => {
  const { named, host } = await choices();
  const field = named<HTMLInputElement>('input[type="text"]', 'Stop sequences');
  for (const text of ['one', 'one', ' ', '\tthree', 'four']) {
    type(field, text);
    enter(field);
  }
  expect(field.value).toBe('');
  type(field, ' ');
  expect(wholeDialog()).toContain('A stop sequence needs more than spaces.');
  type(field, 'five');
  named('[role="dialog"] button', 'Add').click();
  flushSync();
  expect(field.disabled).toBe(true);
  const kept = async () => (await host.openConversation('s0')).settings.stopSequences;
  expect(await kept()).toEqual(['one', '\tthree', 'four', 'five']);
  named('[role="dialog"] button', 'Remove one').click();
  flushSync();
  expect(await kept()).toEqual(['\tthree', 'four', 'five']);
  expect(field.disabled).toBe(false);
});

it('offers a temperature only where the model takes one, and says why not', async () => {
  const { hearth, named, host } = await choices();
  const own = () => checkbox('Choose a temperature');
  expect(own().closest('fieldset')?.disabled).toBe(true);
  expect(wholeDialog()).toContain('This deployment takes no temperature · as documented');
  await hearth.chat.choose({ deployment: 'haiku-batch' });
  flushSync();
  expect(own().closest('fieldset')?.disabled).toBe(false);
  own().click();
  flushSync();
  expect(wholeDialog()).toContain('this model answers without thinking first');
  type(named('input[type="range"]', 'Temperature'), '0.2');
  expect((await host.openConversation('s0')).settings.temperature).toBe(0.2);
  own().click();
  flushSync();
  expect((await host.openConversation('s0')).settings.temperature).toBeNull();
});

it('can ask for the answer in one piece', async () => {
  const { host } = await choices();
  checkbox('Ask for the answer in one piece').click();
  expect((await host.openConversation('s0')).settings.whole).toBe(true);
});
