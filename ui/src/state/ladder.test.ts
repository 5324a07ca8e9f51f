import { expect, it } from 'vitest';
import { failureOf } from '../host/fake-failures';
import { bareReport } from '../host/host';
import type { DoctorReport, RungId, RungState, RungView } from '../host/types';
import { hasWord } from '../words';
import { rungName, rungStateName, verdictName } from './labels';
import { ladderReport, rungDetails, rungSentence, rungTime } from './ladder';

const RUNGS: Record<RungId, true> = {
  address: true,
  dns: true,
  proxy: true,
  tcp: true,
  tls: true,
  credential: true,
  deployment: true,
  streaming: true,
  tools: true,
  thinking: true,
  effort: true,
  vision: true,
  'structured-outputs': true,
  'token-count': true,
};
const STATES: RungState[] = ['waiting', 'running', 'passed', 'warned', 'failed', 'skipped'];

const rung = (more: Partial<RungView>): RungView => ({
  id: 'address',
  state: 'passed',
  tookMs: null,
  facts: [],
  problem: null,
  ...more,
});

it.each(Object.keys(RUNGS) as RungId[])('%s has a name, and a sentence for what was found', (id) => {
  expect(rungName(id)).not.toMatch(/^doctor-/);
  for (const state of STATES) {
    const sentence = rungSentence(rung({ id, state }));
    expect(sentence ?? '').not.toMatch(/doctor-|\{|\$/);
    if (state === 'passed' || state === 'skipped') expect(sentence).not.toBe(null);
  }
});

it('has words for every state and verdict', () => {
  for (const state of STATES) expect(rungStateName(state)).not.toMatch(/-/);
  for (const verdict of ['running', 'works', 'partly', 'fails', 'cancelled'] as const)
    expect(hasWord(`doctor-verdict-${verdict}`)).toBe(true);
});

it('says with what it found', () => {
  const facts = [{ name: 'address', value: 'https://x/anthropic/v1/messages' }];
  expect(rungSentence(rung({ facts }))).toContain('https://x/anthropic/v1/messages');
  const problem = failureOf('host-unknown', 'x');
  expect(rungSentence(rung({ id: 'dns', state: 'failed', problem }))).toContain(
    'contoso-ai.services.ai.azure.com',
  );
});

it('writes moments as the rest of the window does', () => {
  const facts = [
    { name: 'kind', value: 'token' },
    { name: 'audience', value: 'https://ai.azure.com' },
    { name: 'expires', value: '2026-11-22 14:05' },
  ];
  const credential = rung({ id: 'credential', facts });
  expect(rungSentence(credential)).toMatch(/until Nov 22, 2026, 2:05\sPM\./);
  expect(rungDetails(credential).at(-1)).toEqual({
    name: 'Expires',
    value: expect.stringMatching(/^Nov 22, 2026, 2:05\sPM$/),
  });
});

it('shows the facts, then those of the problem, each once, and names what it has no words for', () => {
  const facts = [
    { name: 'why', value: 'nothing' },
    { name: 'planted-fact', value: '1' },
    { name: 'request-id', value: 'req_1' },
  ];
  const problem = { ...bareReport('key-refused'), status: 401, requestId: 'req_1' };
  expect(rungDetails(rung({ facts, problem }))).toEqual([
    { name: 'planted-fact', value: '1' },
    { name: 'request-id', value: 'req_1' },
    { name: 'Status', value: '401' },
    { name: 'Code', value: 'key-refused' },
  ]);
});

it.each([
  [null, null],
  [0, '0 ms'],
  [412, '412 ms'],
  [2_449, '2.4 s'],
])('%s ms read as %s', (tookMs, words) => {
  expect(rungTime(rung({ tookMs }))).toBe(words);
});

it('copies everything that is shown', () => {
  const problem = failureOf('certificate-untrusted', 'x');
  const report: DoctorReport = {
    run: 'd1',
    connection: 'k0',
    name: 'contoso-ai',
    messagesUrl: 'https://contoso-ai.services.ai.azure.com/anthropic/v1/messages',
    deployment: 'sonnet-team',
    startedAt: 0,
    rungs: [rung({ tookMs: 3 }), rung({ id: 'tls', state: 'failed', problem })],
    verdict: 'fails',
  };
  const text = ladderReport(report, '0.1.0');
  expect(text.split('\n')[0]).toBe(`Hearth 0.1.0: ${verdictName('fails')}`);
  expect(text).toContain('contoso-ai · https://contoso-ai.services.ai.azure.com/anthropic/v1/messages');
  expect(text).toContain('\nAddress\n  Fine · 3 ms\n');
  expect(text).toContain('\nSecure connection\n  Failed\n');
  expect(text).toContain('Contoso Root CA');
  expect(text).toContain('SHA-256: ');
});
