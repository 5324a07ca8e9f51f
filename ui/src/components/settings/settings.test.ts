import { flushSync } from 'svelte';
import { afterEach, expect, it } from 'vitest';
import type { FakeOptions } from '../../host/fake';
import { until } from '../../state/testing/window';
import { mountedWindow } from '../testing/mounted';

type Mounted = Awaited<ReturnType<typeof mountedWindow>>;
const open: Mounted[] = [];
async function settings(options: FakeOptions = {}) {
  const mounted = await mountedWindow(options);
  open.push(mounted);
  mounted.hearth.settings();
  await until(() => document.querySelector('main[aria-label="Settings"] form') !== null);
  flushSync();
  const form = mounted.hearth.form;
  if (!form) throw new Error('no form');
  await form.settled();
  flushSync();
  return { ...mounted, form };
}
afterEach(async () => {
  for (const mounted of open.splice(0)) await mounted.close();
});

const models = () =>
  [...document.querySelectorAll('[aria-label="Base model"]')].map((picker) => picker.textContent?.trim());

it('leads to the field that stops a save, says why, and leaves nothing', async () => {
  const { named, hearth, form } = await settings({ world: 'connected' });
  const key = named<HTMLInputElement>('input', 'API key');
  expect(key.getAttribute('aria-invalid')).toBe('false');
  form.endpoint = 'https://elsewhere.example.com';
  named('button', 'Save').click();
  await until(() => form.refusal !== null && !form.busy);
  flushSync();
  expect(document.activeElement).toBe(key);
  expect(key.getAttribute('aria-invalid')).toBe('true');
  expect(key.placeholder).not.toContain('7f3a');
  expect(document.body.textContent).toContain('What is kept belongs to contoso-ai.services.ai.azure.com');
  expect(hearth.page.kind).toBe('settings');
  expect(hearth.app?.connections[0]?.endpoint).toContain('contoso-ai');
});

it('does not leave the demo for a connection that is not complete', async () => {
  const { named, hearth, form } = await settings({ world: 'demo' });
  form.endpoint = 'contoso-ai';
  form.credential.secret = 'secret-key-7f3a';
  named('button', 'Save').click();
  await until(() => form.refusal !== null && !form.busy);
  flushSync();
  const [deployment] = document.querySelectorAll('input[aria-label="Deployment name"]');
  expect(document.activeElement).toBe(deployment);
  expect(deployment?.getAttribute('aria-invalid')).toBe('true');
  expect(hearth.app?.demo).toBe(true);
  expect(hearth.app?.connections).toEqual([]);
});

it('maps a deployment to the model that answered only when it is asked to', async () => {
  const { named, form } = await settings({ world: 'connected' });
  form.defaultRow = form.rows[3]?.key ?? 0;
  await form.test();
  await until(() => !form.busy);
  flushSync();
  expect(models()[3]).toBe('Not sure (cautious)');
  named('button', 'Use what is known of Claude Sonnet 5').click();
  flushSync();
  expect(models()[3]).toBe('Claude Sonnet 5');
  expect(document.body.textContent).toContain('Everything works');
  expect(document.body.textContent).not.toContain('Use what is known');

  // One that the person has mapped is left alone.
  form.defaultRow = form.rows[0]?.key ?? 0;
  await form.test();
  await until(() => !form.busy);
  flushSync();
  expect(document.body.textContent).toContain('Everything works');
  expect(document.body.textContent).not.toContain('Use what is known');
});
