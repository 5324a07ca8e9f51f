import { describe, expect, it } from 'vitest';
import type { AppState, Capability, Known } from '../host/types';
import { lackOf, lackReason } from './known';
import { tokenEnd } from './token-end';

const NOON = new Date(2026, 10, 22, 12).getTime();
const lack = (capability: Capability, more: Partial<Known> = {}): Known => ({
  capability,
  has: false,
  origin: 'measured',
  at: NOON,
  said: null,
  ...more,
});

describe('what a deployment lacks', () => {
  const app = {
    deployments: [
      { name: 'a', known: [lack('vision'), lack('effort', { has: true })] },
      { name: 'b', known: [] },
    ],
  } as unknown as AppState;

  it('is what is known not to be there', () => {
    expect(lackOf(app, 'a', 'vision')?.origin).toBe('measured');
    expect(lackOf(app, 'a', 'effort')).toBe(null);
    expect(lackOf(app, 'a', 'tools')).toBe(null);
    expect(lackOf(app, 'b', 'vision')).toBe(null);
    expect(lackOf(app, 'gone', 'vision')).toBe(null);
    expect(lackOf(null, null, 'vision')).toBe(null);
  });

  it('is said with from where that is known', () => {
    expect(lackReason(lack('vision'))).toBe(
      'This deployment does not read images · measured on Nov 22, 2026',
    );
    expect(lackReason(lack('effort', { origin: 'documented', at: null }))).toMatch(/effort · as documented/);
    expect(lackReason(lack('temperature', { at: null }))).toMatch(/ · measured$/);
    expect(lackReason(lack('tools', { at: 1e300 }))).toMatch(/ · measured$/);
    expect(lackReason(lack('token-count', { origin: 'assumed' }))).not.toMatch(/capability-|known-|\{/);
  });
});

describe('the end of a pasted token', () => {
  const app = (kind: string, expiresAt: number | null, more: Partial<AppState> = {}) =>
    ({
      active: 'k0',
      demo: false,
      connections: [{ id: 'k0', name: 'x', credential: { choice: { kind }, token: { expiresAt } } }],
      ...more,
    }) as unknown as AppState;

  it.each([
    ['is far', app('token', NOON + 3_600_000), null],
    ['is near', app('token', NOON + 60_000), false],
    ['is past', app('token', NOON - 1), true],
    ['is not known', app('token', null), null],
    ['is no date', app('token', -1e300), null],
    ['is of a token that renews itself', app('sign_in', NOON), null],
    ['is of another connection', app('token', NOON, { active: 'k1' }), null],
    ['does not matter to the demo', app('token', NOON, { demo: true }), null],
  ])('%s', (_, state, over) => {
    expect(tokenEnd(state, NOON)?.over ?? null).toBe(over);
  });
});
