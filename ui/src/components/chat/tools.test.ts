import { flushSync } from 'svelte';
import { afterEach, describe, expect, it } from 'vitest';
import { bareReport } from '../../host/host';
import { until } from '../../state/testing/window';
import { mountedWindow } from '../testing/mounted';

const open: Array<Awaited<ReturnType<typeof mountedWindow>>> = [];
afterEach(async () => {
  for (const mounted of open.splice(0)) await mounted.close();
});

async function asking(question: string) {
  const mounted = await mountedWindow({ world: 'connected', pace: 1 });
  open.push(mounted);
  await mounted.hearth.chat.send(question);
  const wanted = question === 'tool-2' ? 2 : 1;
  await until(() => mounted.hearth.chat.approvals.length === wanted);
  flushSync();
  return mounted;
}

const cards = () => [...document.querySelectorAll('[data-approval]')];
const lines = () =>
  [...document.querySelectorAll('article summary')].map((one) =>
    one.textContent?.trim().replace(/\s+/g, ' '),
  );
const over = async ({ hearth }: Awaited<ReturnType<typeof asking>>) => {
  await until(() => !hearth.chat.busy);
  flushSync();
};

describe('a call of a tool', () => {
  it('waits for a word, with its arguments shown, and is told of', async () => {
    const { named, host } = await asking('tool-1');
    expect(cards()[0]?.textContent).toContain('May Claude use “Current time”?');
    expect(cards()[0]?.querySelector('pre')?.textContent).toContain('"time_zone": "Europe/Paris"');
    expect(document.querySelector('main > [role="status"]')?.textContent).toBe(
      'Claude asks to use “Current time”',
    );
    expect(named('[data-approval] button', 'Allow once').getAttribute('aria-keyshortcuts')).toBe(
      'Control+Alt+Enter',
    );
    expect(host.log.filter((line) => line.startsWith('decide'))).toEqual([]);
  });

  it('runs once it is allowed, and is one line in one answer with what came after', async () => {
    const mounted = await asking('tool-1');
    mounted.named('[data-approval] button', 'Allow once').click();
    await over(mounted);
    expect(lines()).toEqual(['Current time · Europe/Paris · done']);
    expect(document.querySelectorAll('article[aria-label="Claude"]')).toHaveLength(1);
    const answer = document.querySelector('article[aria-label="Claude"]');
    expect(answer?.textContent).toContain('Sunday, 22 November 2026');
    expect(answer?.textContent).toContain('Now I know what time it is.');
    expect(document.activeElement).toBe(mounted.named('textarea', 'Message'));
  });

  it('is not asked about again in a conversation where it was allowed, until that is revoked', async () => {
    const mounted = await asking('tool-1');
    const { hearth, named, host } = mounted;
    named('[data-approval] button', 'Allow in this conversation').click();
    await over(mounted);
    await hearth.chat.send('tool-1');
    await over(mounted);
    expect(host.log.filter((line) => line.startsWith('decide'))).toHaveLength(1);

    named('button', 'Instructions and sampling').click();
    await until(() => document.querySelector('[role="dialog"] li button') !== null);
    named('button', 'Revoke Current time').click();
    await until(() => document.querySelector('[role="dialog"]')?.textContent?.includes('None.') ?? false);
    named('button', 'Close').click();
    flushSync();
    await hearth.chat.send('tool-1');
    await until(() => hearth.chat.approvals.length === 1);
    await hearth.chat.stop();
    await over(mounted);
  });

  it('does not run when it is denied, and the answer goes on', async () => {
    const mounted = await asking('tool-1');
    mounted.named('[data-approval] button', 'Deny').click();
    await over(mounted);
    expect(lines()).toEqual(['Current time · Europe/Paris · denied']);
    expect(document.querySelector('article[aria-label="Claude"]')?.textContent).toContain(
      'The person declined this call.',
    );
  });

  it('tells that it failed', async () => {
    const mounted = await asking('tool-error');
    mounted.named('[data-approval] button', 'Allow once').click();
    await over(mounted);
    expect(lines()).toEqual(['Current time · Europe/Atlantis · failed']);
  });

  it('never runs once the answer is stopped', async () => {
    const mounted = await asking('tool-1');
    await mounted.hearth.chat.stop();
    await over(mounted);
    expect(lines()).toEqual(['Current time · Europe/Paris · did not run']);
    expect(cards()).toEqual([]);
    expect(document.body.textContent).toContain('Stopped. What arrived is kept.');
  });
});

it('was decided by whoever was faster', async () => {
  const mounted = await asking('tool-1');
  const { hearth, host } = mounted;
  const call = hearth.chat.approvals[0]?.call.id ?? '';
  const decide = host.decideTool.bind(host);
  host.decideTool = async (turn, id) => {
    await decide(turn, id, 'deny');
    throw bareReport('message-not-found');
  };
  await hearth.chat.decide('once', call);
  await over(mounted);
  expect(hearth.chat.failure).toBeNull();
  expect(lines()).toEqual(['Current time · Europe/Paris · denied']);
});

it('asks about each of several calls by itself', async () => {
  const mounted = await asking('tool-2');
  expect(cards()).toHaveLength(2);
  const [first, second] = cards().map((card) => card.querySelectorAll('button'));
  expect(first?.[0]?.hasAttribute('aria-keyshortcuts')).toBe(true);
  expect(second?.[0]?.hasAttribute('aria-keyshortcuts')).toBe(false);
  second?.[2]?.click();
  await until(() => mounted.hearth.chat.approvals.length === 1);
  flushSync();
  expect(cards()).toHaveLength(1);
  expect(document.activeElement?.textContent?.trim()).toBe('Allow once');
  await mounted.hearth.chat.decide('once');
  await over(mounted);
  expect(lines()).toEqual(['Current time · Europe/Paris · done', 'Current time · Asia/Tokyo · denied']);
});
