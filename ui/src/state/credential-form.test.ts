import { describe, expect, it } from 'vitest';
import type { CredentialChoice, CredentialState, CredentialView } from '../host/types';
import { CREDENTIAL_KINDS, CredentialForm, type CredentialKind } from './credential-form.svelte';

const ENTRA = { tenant: 'contoso.com', clientId: 'app', scope: '', authority: '' };
const view = (choice: CredentialChoice, state: CredentialState): CredentialView => ({
  choice,
  state,
  token: null,
});
const KEPT: CredentialState = { kind: 'kept', lastFour: '7f3a', kept: 'keyring' };

function chosen(kind: CredentialKind, saved: CredentialView | null = null): CredentialForm {
  const form = new CredentialForm(saved);
  form.kind = kind;
  return form;
}

describe('what each kind needs', () => {
  it.each<[CredentialKind, object]>([
    ['key', { secret: 'missing' }],
    ['token', { secret: 'missing' }],
    ['client_secret', { secret: 'missing', tenant: 'missing', clientId: 'missing' }],
    ['sign_in', { signIn: 'missing' }],
    ['azure_cli', {}],
    ['azure_developer_cli', {}],
    ['managed_identity', {}],
    ['workload_identity', {}],
    ['command', { command: 'missing' }],
  ])('%s', (kind, problems) => {
    expect(chosen(kind).problems(false)).toEqual(problems);
  });

  it('is offered for every kind', () => {
    expect(new Set(CREDENTIAL_KINDS).size).toBe(9);
    for (const kind of CREDENTIAL_KINDS) expect(chosen(kind).draft().choice.kind).toBe(kind);
  });
});

it('takes nothing of one kind for another', () => {
  const form = chosen('key', view({ kind: 'key' }, KEPT));
  expect(form.problems(false)).toEqual({});
  form.kind = 'token';
  expect(form.known).toBeNull();
  expect(form.problems(false)).toEqual({ secret: 'missing' });
  form.secret = ' eyJ-token ';
  expect(form.draft()).toMatchObject({ choice: { kind: 'token' }, secret: 'eyJ-token' });
  // What was typed for a token is not sent as anything else's.
  form.kind = 'azure_cli';
  expect(form.draft().secret).toBeNull();
});

it('keeps what was typed for each kind, and gives it to no other', () => {
  const form = chosen('key');
  form.secret = 'key-7f3a';
  form.kind = 'client_secret';
  expect(form.secret).toBe('');
  form.secret = 'secret-91ab';
  expect(form.draft().secret).toBe('secret-91ab');
  form.kind = 'key';
  expect(form.draft().secret).toBe('key-7f3a');
  form.forget();
  form.kind = 'client_secret';
  expect(form.secret).toBe('');
});

it('hands over only the fields that a kind has', () => {
  const form = chosen('client_secret');
  form.entra = { ...ENTRA, authority: 'https://login.microsoftonline.us', scope: ' api://x/.default ' };
  expect(form.draft().choice).toEqual({
    kind: 'client_secret',
    entra: { ...ENTRA, authority: 'https://login.microsoftonline.us', scope: 'api://x/.default' },
  });
  form.kind = 'azure_cli';
  expect(form.draft().choice).toEqual({
    kind: 'azure_cli',
    entra: { tenant: 'contoso.com', clientId: '', scope: 'api://x/.default', authority: '' },
  });
  form.kind = 'managed_identity';
  expect(form.draft().choice).toMatchObject({ entra: { tenant: '', clientId: 'app' } });
  form.kind = 'workload_identity';
  form.tokenFile = ' /var/run/token ';
  expect(form.draft().choice).toMatchObject({ tokenFile: '/var/run/token' });
});

describe('a command', () => {
  const ARGV = ['/usr/bin/print-key', '--team', 'a b'];
  const saved = view({ kind: 'command', argv: ARGV, prints: 'key' }, { kind: 'ambient' });

  it('is agreed to exactly as it stands, and no other', () => {
    const form = new CredentialForm(saved);
    expect(form.agreed).toBe(true);
    const [, second] = form.rows;
    if (!second) throw new Error('no argument');
    second.text = '--other';
    expect(form.agreed).toBe(false);
    expect(form.problems(false)).toEqual({ agreement: 'missing' });
    expect(form.draft().agreed).toBe(false);
    form.agreed = true;
    expect(form.problems(false)).toEqual({});
    form.prints = 'token';
    expect(form.agreed).toBe(false);
    form.prints = 'key';
    expect(form.draft().agreed).toBe(true);
  });

  it('is agreed to for one host', () => {
    const form = new CredentialForm(saved, 'a.example');
    expect(form.draft().agreed).toBe(true);
    form.host = 'b.example';
    expect(form.draft().agreed).toBe(false);
    expect(form.problems(false)).toEqual({ agreement: 'missing' });
    form.host = 'a.example';
    expect(form.draft().agreed).toBe(true);
  });

  it('that nobody agreed to yet is not agreed to by opening it', () => {
    const form = new CredentialForm({ ...saved, state: { kind: 'not_agreed' } });
    expect(form.agreed).toBe(false);
    expect(form.problems(false)).toEqual({ agreement: 'missing' });
  });

  it('keeps its arguments as typed, and drops only empty ones at its end', () => {
    const form = chosen('command');
    for (const text of ['', ' spaced ', '', '']) form.addRow(text);
    const [program] = form.rows;
    if (program) program.text = '/usr/bin/print-key';
    expect(form.argv).toEqual(['/usr/bin/print-key', '', ' spaced ']);
  });
});

describe('a sign-in', () => {
  it('counts for what it began with, and for nothing else', () => {
    const form = chosen('sign_in');
    form.signedIn('s1', form.place);
    expect(form.problems(false)).toEqual({});
    expect(form.draft().signIn).toBe('s1');
    form.entra.tenant = 'fabrikam.com';
    expect(form.problems(false)).toEqual({ signIn: 'missing' });
    expect(form.draft().signIn).toBeNull();
  });

  it('that was kept for the connection at once is not handed over again', () => {
    const saved = view({ kind: 'sign_in', entra: ENTRA }, { kind: 'missing' });
    const form = new CredentialForm(saved);
    expect(form.isPlaceSaved).toBe(true);
    expect(form.problems(false)).toEqual({ signIn: 'missing' });
    form.signedIn(null, form.place);
    expect(form.problems(false)).toEqual({});
    expect(form.draft().signIn).toBeNull();
    form.entra.scope = 'api://x/.default';
    expect(form.isPlaceSaved).toBe(false);
  });
});

it('asks to keep a secret for this run only where there is one to keep', () => {
  expect(chosen('client_secret').asksForThisRun('missing', false)).toBe(true);
  expect(chosen('sign_in').asksForThisRun('locked', false)).toBe(true);
  expect(chosen('sign_in').asksForThisRun('ready', true)).toBe(true);
  expect(chosen('azure_cli').asksForThisRun('missing', true)).toBe(false);
  expect(chosen('key').asksForThisRun('ready', false)).toBe(false);
});
