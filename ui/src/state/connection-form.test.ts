import { expect, it } from 'vitest';
import type { FakeOptions } from '../host/fake';
import { startedWindow } from './testing/window';

/** The form as the settings show it, and everything that it hands to the host. */
async function openForm(world: FakeOptions['world']) {
  const { hearth, host } = await startedWindow({ world });
  const asked: string[] = [];
  const { saveConnection, testConnection } = host;
  host.saveConnection = (draft) => {
    asked.push('save');
    return saveConnection.call(host, draft);
  };
  host.testConnection = (draft) => {
    asked.push('test');
    return testConnection.call(host, draft);
  };
  hearth.settings();
  const form = hearth.form;
  if (!form) throw new Error('no form');
  await form.settled();
  return { form, asked, hearth };
}

it('says what is missing, leads to the first of it, and asks and saves nothing', async () => {
  const { form, asked } = await openForm('first-run');
  expect(form.problems).toEqual({});
  expect(await form.save()).toBeNull();
  expect(form.problems).toEqual({ endpoint: 'missing', key: 'missing', deployments: 'missing' });
  expect(form.refusal).toEqual({ field: 'endpoint' });

  form.endpoint = 'contoso-ai';
  await form.test();
  expect(form.problems).toEqual({ key: 'missing', deployments: 'missing' });
  expect(form.refusal).toEqual({ field: 'key' });

  form.key = 'secret-key-7f3a';
  await form.test();
  expect(form.problems).toEqual({ deployments: 'missing' });
  expect(form.testing).toEqual({ kind: 'idle' });
  expect(asked).toEqual([]);

  const row = form.rows[0];
  if (row) row.name = 'sonnet-team';
  expect(form.problems).toEqual({});
  await form.test();
  expect(form.testing.kind).toBe('answered');
  expect(await form.save()).not.toBeNull();
  expect(asked).toEqual(['test', 'save']);
});

it('refuses what is no endpoint, even right after it was typed', async () => {
  const { form, asked } = await openForm('connected');
  form.endpoint = 'not an endpoint';
  await form.save();
  expect(form.problems.endpoint).toBe('invalid');
  expect(asked).toEqual([]);
});

it('takes a known key for no other host than its own', async () => {
  const { form, asked } = await openForm('connected');
  const own = form.endpoint;
  expect(form.keyOfOtherHost).toBeNull();

  // No pause: the preview of the new address has not been asked for yet.
  form.endpoint = 'https://elsewhere.example.com/anthropic';
  await form.test();
  await form.save();
  expect(asked).toEqual([]);
  expect(form.keyOfOtherHost).toBe('contoso-ai.services.ai.azure.com');
  expect(form.problems.key).toBe('other-host');
  expect(form.refusal).toEqual({ field: 'key' });

  // Another path of the same host is no other place.
  form.endpoint = `${own}/v1/messages`;
  await form.test();
  expect(form.problems).toEqual({});
  expect(asked).toEqual(['test']);

  form.endpoint = 'https://elsewhere.example.com/anthropic';
  form.key = 'its-own-key-11aa';
  await form.save();
  expect(asked).toEqual(['test', 'save']);
});

it('sends the key of the environment to the offered address only', async () => {
  const { form, asked } = await openForm('offer');
  expect(form.draft().keyFromEnvironment).toBe(true);
  form.endpoint = 'https://elsewhere.example.com/anthropic';
  await form.test();
  expect(form.problems.key).toBe('other-host');
  expect(form.draft().keyFromEnvironment).toBe(false);
  expect(asked).toEqual([]);
});

it('shows the outcome of a test until something changes that it speaks of', async () => {
  const { form } = await openForm('connected');
  const row = form.rows[0];
  if (!row) throw new Error('no row');
  await form.test();
  form.name = 'Another name';
  row.baseModel = 'claude-sonnet-5';
  form.addRow('not-asked');
  expect(form.testing.kind).toBe('answered');
  row.name = 'another-deployment';
  expect(form.testing.kind).toBe('idle');
  await form.test();
  expect(form.testing.kind).toBe('answered');
  form.key = 'typed';
  expect(form.testing.kind).toBe('idle');
});
