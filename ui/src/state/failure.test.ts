import { describe, expect, it } from 'vitest';
import { bareReport } from '../host/host';
import type { ErrorReport } from '../host/types';
import { hasWord } from '../words';
import { failureCause, failureDetails, failureReport, failureTitle, isPassing, offerFor } from './failure';
import { ERROR_CODES } from './testing/codes';

const FULL: Omit<ErrorReport, 'code'> = {
  status: 429,
  apiType: 'rate_limit_error',
  apiCode: 'TooMany',
  message: 'slow down',
  requestId: 'req_1',
  apimRequestId: 'apim_1',
  retryAfter: 23,
  subject: 'sonnet-team',
  attempts: 4,
  kept: 1204,
};

describe.each(ERROR_CODES)('%s', (code) => {
  it('has words, with and without its facts', () => {
    expect(hasWord(`error-${code}`)).toBe(true);
    for (const report of [bareReport(code), { code, ...FULL }]) {
      for (const words of [failureTitle(report), failureCause(report)]) {
        expect(words).not.toBe('');
        expect(words).not.toMatch(/error-|\{|\$|none/);
      }
    }
  });

  it('has an icon and a way out that fits', () => {
    const { icon, actions } = offerFor(code);
    expect(icon).toBeTruthy();
    expect(new Set(actions).size).toBe(actions.length);
  });
});

it('tells how long to wait and how much is kept', () => {
  expect(failureTitle({ code: 'rate-limited', ...FULL })).toBe('Rate limit reached');
  expect(failureTitle({ code: 'stream-cut', ...FULL })).toContain('1,204');
  expect(failureTitle({ code: 'deployment-not-found', ...FULL })).toBe(
    'No deployment named “sonnet-team” here',
  );
});

it('lists only facts that are known', () => {
  expect(failureDetails(bareReport('host-unknown'))).toEqual([{ name: 'Code', value: 'host-unknown' }]);
  expect(failureDetails({ code: 'rate-limited', ...FULL }).map(({ value }) => value)).toEqual([
    '429',
    'rate_limit_error',
    'TooMany',
    'slow down',
    'sonnet-team',
    'req_1',
    'apim_1',
    '4',
  ]);
});

it('makes a report that says which version failed', () => {
  expect(failureReport({ code: 'rate-limited', ...FULL }, '0.1.0')).toMatch(
    /^Hearth 0\.1\.0: Rate limit.*\nStatus: 429\n/,
  );
});

it('knows what passes by itself', () => {
  expect(isPassing('overloaded')).toBe(true);
  expect(isPassing('key-refused')).toBe(false);
});
