import { expect, it } from 'vitest';
import type { FakeOptions } from '../host/fake';
import type { ConnectionDraft } from '../host/types';
import { startedWindow, until } from './testing/window';

/** The form as the settings show it, and everything that it hands to the host. */
async function openForm(world: FakeOptions['world'], connection?: string) {
  const { hearth, host } = await startedWindow({ world });
  const asked: string[] = [];
  const drafts: ConnectionDraft[] = [];
  const { saveConnection, startDoctor } = host;
  host.saveConnection = (draft) => {
    asked.push('save');
    drafts.push(draft);
    return saveConnection.call(host, draft);
  };
  host.startDoctor = (target) => {
    asked.push('test');
    if (target.kind === 'draft') drafts.push(target.draft);
    return startDoctor.call(host, target);
  };
  hearth.settings('connections', connection);
  const form = hearth.form;
  if (!form) throw new Error('no form');
  await form.settled();
  /** Walks to the end. */
  const test = async () => {
    await form.test();
    await until(() => !form.busy);
  };
  return { form, asked, drafts, hearth, host, test };
}

it('says what is missing, leads to the first of it, and asks and saves nothing', async () => {
  const { form, asked, test } = await openForm('first-run');
  expect(form.problems).toEqual({});
  expect(await form.save()).toBeNull();
  expect(form.problems).toEqual({ endpoint: 'missing', secret: 'missing', deployments: 'missing' });
  expect(form.refusal).toEqual({ field: 'endpoint' });

  form.endpoint = 'contoso-ai';
  await test();
  expect(form.problems).toEqual({ secret: 'missing', deployments: 'missing' });
  expect(form.refusal).toEqual({ field: 'secret' });

  form.credential.secret = 'secret-key-7f3a';
  await test();
  expect(form.problems).toEqual({ deployments: 'missing' });
  expect(form.testing).toEqual({ kind: 'idle' });
  expect(asked).toEqual([]);

  const row = form.rows[0];
  if (row) row.name = 'sonnet-team';
  expect(form.problems).toEqual({});
  await test();
  expect(form.testing.kind).toBe('walked');
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

it('takes a known secret for no other host than its own', async () => {
  const { form, asked, test } = await openForm('connected');
  const own = form.endpoint;
  expect(form.secretOfOtherHost).toBeNull();

  // No pause: the preview of the new address has not been asked for yet.
  form.endpoint = 'https://elsewhere.example.com/anthropic';
  await test();
  await form.save();
  expect(asked).toEqual([]);
  expect(form.secretOfOtherHost).toBe('contoso-ai.services.ai.azure.com');
  expect(form.problems.secret).toBe('other-host');
  expect(form.refusal).toEqual({ field: 'secret' });

  // Another path of the same host is no other place.
  form.endpoint = `${own}/v1/messages`;
  await test();
  expect(form.problems).toEqual({});
  expect(asked).toEqual(['test']);

  form.endpoint = 'https://elsewhere.example.com/anthropic';
  form.credential.secret = 'its-own-key-11aa';
  await form.save();
  expect(asked).toEqual(['test', 'save']);
});

it('takes a known secret to the other hosts of its resource, and to no other cloud', async () => {
  const { form, asked } = await openForm('connected');
  form.endpoint = 'https://contoso-ai.services.ai.azure.us';
  await form.save();
  expect(form.problems.secret).toBe('other-host');
  form.endpoint = 'https://elsewhere.services.ai.azure.com';
  await form.save();
  expect(form.problems.secret).toBe('other-host');
  expect(form.fix({ kind: 'use_endpoint', endpoint: 'https://contoso-ai.openai.azure.com' })).toBe(true);
  await form.save();
  expect(form.problems).toEqual({});
  expect(asked).toEqual(['save']);
});

it('asks again for a word on a command that is to answer for another host', async () => {
  const { form, drafts } = await openForm('first-run');
  form.endpoint = 'contoso-ai';
  await form.settled();
  form.credential.kind = 'command';
  const [program] = form.credential.rows;
  const [row] = form.rows;
  if (!program || !row) throw new Error('no rows');
  program.text = '/usr/bin/print-key';
  row.name = 'sonnet-team';
  form.credential.agreed = true;
  form.endpoint = 'https://elsewhere.example.com';
  await form.save();
  expect(form.problems).toEqual({ agreement: 'missing' });
  expect(drafts).toEqual([]);
  form.credential.agreed = true;
  expect(await form.save()).not.toBeNull();
  expect(drafts[0]?.credential.agreed).toBe(true);
});

it('asks for a new sign-in at another host, and for nothing where nothing is kept', async () => {
  const { form, asked, hearth } = await openForm('several', 'k1');
  form.endpoint = 'elsewhere';
  await form.save();
  expect(form.problems).toEqual({ signIn: 'other-host' });
  form.credential.kind = 'azure_cli';
  await form.save();
  expect(asked).toEqual(['save']);
  expect(hearth.app?.connections.find(({ id }) => id === 'k1')?.credential.state).toEqual({
    kind: 'ambient',
  });
});

it('shows the outcome of a test until something changes that it speaks of', async () => {
  const { form, test } = await openForm('connected');
  const row = form.rows[0];
  if (!row) throw new Error('no row');
  await test();
  form.name = 'Another name';
  row.baseModel = 'claude-sonnet-5';
  form.addRow('not-asked');
  expect(form.testing.kind).toBe('walked');
  row.name = 'another-deployment';
  expect(form.testing.kind).toBe('idle');
  await test();
  expect(form.testing.kind).toBe('walked');
  form.credential.secret = 'typed';
  expect(form.testing.kind).toBe('idle');
  await test();
  expect(form.testing.kind).toBe('walked');
  form.proxy.kind = 'direct';
  expect(form.testing.kind).toBe('idle');
});

it('saves while the Doctor is still on the way, and stops a walk that nobody sees', async () => {
  const { form, host } = await openForm('connected');
  const cancelled: string[] = [];
  const { cancelDoctor } = host;
  host.cancelDoctor = (run) => {
    cancelled.push(run);
    return cancelDoctor.call(host, run);
  };
  await form.test();
  expect(form.isWalking).toBe(true);
  expect(await form.save()).not.toBeNull();
  form.leaveWalk();
  await until(() => cancelled.length === 1);
});

it('takes what a fix names, and nothing of a fix that is not for the form', async () => {
  const { form } = await openForm('several', 'k1');
  expect(form.fix({ kind: 'use_endpoint', endpoint: 'https://fabrikam-ai.services.ai.azure.com' })).toBe(
    true,
  );
  expect(form.fix({ kind: 'use_scope', scope: 'https://cognitiveservices.azure.com/.default' })).toBe(true);
  expect(form.fix({ kind: 'use_tenant', tenant: 'fabrikam.com' })).toBe(true);
  expect(form.fix({ kind: 'open_network' })).toBe(false);
  expect(form.draft()).toMatchObject({
    endpoint: 'https://fabrikam-ai.services.ai.azure.com',
    credential: {
      choice: {
        kind: 'sign_in',
        entra: { tenant: 'fabrikam.com', scope: 'https://cognitiveservices.azure.com/.default' },
      },
    },
  });
});

it('hands over headers, version, limits and proxy, and refuses those that cannot be', async () => {
  const { form, drafts } = await openForm('connected');
  form.headers.add();
  const [header] = form.headers.rows;
  if (!header) throw new Error('no header');
  header.name = ' x-team ';
  await form.save();
  expect(form.refusal).toEqual({ field: 'headers' });
  header.value = 'ai';
  form.limits.texts.attempts = '0';
  await form.save();
  expect(form.refusal).toEqual({ field: 'limits' });
  form.limits.texts.attempts = '2';
  form.proxy.kind = 'manual';
  await form.save();
  expect(form.refusal).toEqual({ field: 'proxy' });
  expect(form.refusalNeedsMore).toBe(true);
  expect(drafts).toEqual([]);
  form.proxy.url = 'http://ada:p%40ss@proxy.example.com:8080';
  form.proxy.noProxy = 'localhost,  .example.com\n10.0.0.0/8';
  form.version = '2026-10-21';
  expect(await form.save()).not.toBeNull();
  expect(drafts[0]).toMatchObject({
    headers: [{ name: 'x-team', value: 'ai', secret: false }],
    anthropicVersion: '2026-10-21',
    limits: { attempts: 2, idleSeconds: null },
    proxy: {
      kind: 'manual',
      url: 'http://proxy.example.com:8080',
      user: 'ada',
      noProxy: ['localhost', '.example.com', '10.0.0.0/8'],
    },
    proxyPassword: 'p@ss',
  });
  // A password with a sign of its own is taken out whole.
  form.proxy.url = 'http://ada:s3:cr@t/#@proxy.example.com:8080';
  form.proxy.tidy();
  expect(form.proxy.url).toBe('http://proxy.example.com:8080');
  expect(form.proxy.password).toBe('s3:cr@t/#');
  form.proxy.password = '';
  expect(form.proxy.password).toBe('');
});

it('keeps the secret value of a header under its own name only', async () => {
  const { hearth, form } = await openForm('connected');
  form.headers.add();
  const [header] = form.headers.rows;
  if (!header) throw new Error('no header');
  Object.assign(header, { name: 'x-gateway', value: 'gateway-secret-91ab', secret: true });
  await hearth.saveConnection(form);
  const again = hearth.form;
  const [kept] = again?.headers.rows ?? [];
  if (!again || !kept) throw new Error('no header any more');
  expect(kept).toMatchObject({ name: 'x-gateway', value: '', kept: { lastFour: '91ab' } });
  expect(again.draft().headers).toEqual([{ name: 'x-gateway', value: null, secret: true }]);
  kept.name = 'x-other';
  await again.save();
  expect(again.refusal).toEqual({ field: 'headers' });
});

it('is refused where somebody else saved meanwhile, keeps what was typed, and saves over it when told to', async () => {
  const { form, hearth, host } = await openForm('several', 'k0');
  const { openedOn } = form.draft();
  expect(openedOn).toBe(hearth.app?.connections.find(({ id }) => id === 'k0')?.edition);
  await host.saveConnection({ ...form.draft(), name: 'From another window' });
  form.name = 'Typed here';
  form.credential.secret = 'typed-key-0042';
  for (const press of [1, 2]) {
    await hearth.saveConnection(form);
    expect(form.isOutdated, `press ${press}`).toBe(true);
  }
  expect(hearth.form).toBe(form);
  expect(form.name).toBe('Typed here');
  expect(form.credential.secret).toBe('typed-key-0042');
  await hearth.reload();
  const saved = () => hearth.app?.connections.find(({ id }) => id === 'k0');
  expect(saved()?.name).toBe('From another window');
  form.insist();
  await hearth.saveConnection(form);
  expect(form.isOutdated).toBe(false);
  expect(saved()?.name).toBe('Typed here');
  expect(saved()?.credential.state).toMatchObject({ lastFour: '0042' });
  expect(hearth.form?.draft().openedOn).toBe(saved()?.edition);
});

it('shows what was saved elsewhere while nobody types in it, and leaves alone what is typed', async () => {
  const { form, hearth, host } = await openForm('several', 'k0');
  await host.saveConnection({ ...form.draft(), name: 'From another window' });
  await hearth.reload();
  const followed = hearth.form;
  if (!followed) throw new Error('no form');
  expect(followed.name).toBe('From another window');
  followed.name = 'Typed here';
  await host.saveConnection({ ...followed.draft(), name: 'And again' });
  await hearth.reload();
  expect(hearth.form).toBe(followed);
  expect(followed.name).toBe('Typed here');
});
