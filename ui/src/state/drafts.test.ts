import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeHost } from '../host/fake';
import { bareReport } from '../host/host';
import type { DraftKey } from '../host/types';
import { Draft, Drafts } from './drafts.svelte';
import { until } from './testing/window';

const NEW: DraftKey = { kind: 'new' };
const PNG = new Uint8Array(24);
PNG.set([0x89, 0x50, 0x4e, 0x47]);
new DataView(PNG.buffer).setUint32(16, 6_000);
new DataView(PNG.buffer).setUint32(20, 4_000);
const source = (name: string, bytes: Uint8Array<ArrayBuffer>) => ({ name, bytes: async () => bytes.buffer });
const words = (text: string) => new TextEncoder().encode(text);

async function loaded(host = new FakeHost({ pace: 0 }), key = NEW) {
  const draft = new Draft(host, key);
  await until(() => draft.loaded);
  return { host, draft };
}

afterEach(() => vi.useRealTimers());

describe('a draft', () => {
  it('is saved within 300 ms of the last key, and read by the next window', async () => {
    const { host, draft } = await loaded();
    vi.useFakeTimers();
    draft.write('not yet sent');
    await vi.advanceTimersByTimeAsync(200);
    expect((await host.loadDraft(NEW)).text).toBe('');
    await vi.advanceTimersByTimeAsync(100);
    expect((await host.loadDraft(NEW)).text).toBe('not yet sent');
    vi.useRealTimers();
    expect((await loaded(host)).draft.text).toBe('not yet sent');
  });

  it('keeps what was typed before the stored one was there', async () => {
    const host = new FakeHost({ pace: 0 });
    await host.saveDraft(NEW, 'stored, ');
    const draft = new Draft(host, NEW);
    draft.write('typed');
    await until(() => draft.loaded);
    expect(draft.text).toBe('stored, typed');
    await draft.flush();
    expect((await host.loadDraft(NEW)).text).toBe('stored, typed');
  });

  it('takes what another window wrote, but not over what is typed here', async () => {
    const { host, draft } = await loaded();
    await host.saveDraft(NEW, 'from there');
    await draft.refresh();
    expect(draft.text).toBe('from there');
    draft.write('from here');
    await draft.refresh();
    expect(draft.text).toBe('from here');
  });

  it('is tried again after a save that failed, and says so meanwhile', async () => {
    const { host, draft } = await loaded();
    const save = host.saveDraft.bind(host);
    host.saveDraft = () => Promise.reject(bareReport('disk-full'));
    vi.useFakeTimers();
    draft.write('precious');
    await vi.advanceTimersByTimeAsync(300);
    expect(draft.failure?.code).toBe('disk-full');
    host.saveDraft = save;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(draft.failure).toBeNull();
    expect((await host.loadDraft(NEW)).text).toBe('precious');
  });
});

it('gives up only where its conversation is gone', async () => {
  const { host, draft } = await loaded();
  let saves = 0;
  host.saveDraft = async () => {
    saves++;
    throw bareReport('conversation-not-found');
  };
  vi.useFakeTimers();
  draft.write('homeless');
  await vi.advanceTimersByTimeAsync(30_000);
  expect(saves).toBe(1);
  expect(draft.failure).toBeNull();
  expect(draft.text).toBe('homeless');
});

describe('sending a draft', () => {
  it('leaves all of it where it is refused', async () => {
    const { host, draft } = await loaded();
    await draft.attach([source('notes.md', words('# Notes'))]);
    draft.write('question');
    expect(await draft.handOver(async () => false)).toBe(false);
    expect(draft.text).toBe('question');
    expect(draft.attachments).toHaveLength(1);
    await draft.flush();
    expect((await host.loadDraft(NEW)).text).toBe('question');
  });

  it('keeps what is typed while it is on its way, and never brings back what was sent', async () => {
    const { host, draft } = await loaded();
    draft.write('sent');
    const saved: string[] = [];
    const save = host.saveDraft.bind(host);
    host.saveDraft = async (key, text) => {
      saved.push(text);
      await save(key, text);
    };
    let over = () => {};
    let begin = () => {};
    const begun = new Promise<void>((begins) => {
      begin = begins;
    });
    const sent = draft.handOver(async (text) => {
      expect(text).toBe('sent');
      await new Promise<void>((end) => {
        over = end;
        begin();
      });
      return true;
    });
    await begun;
    draft.write('sent and more');
    await Promise.resolve();
    over();
    expect(await sent).toBe(true);
    expect(draft.text).toBe(' and more');
    await draft.flush();
    expect(saved).toEqual(['sent', ' and more']);
  });

  it('is just what is stored then, however lately it was typed', async () => {
    const { host, draft } = await loaded();
    draft.write('typed first');
    await draft.flush();
    draft.write('typed last');
    let stored = '';
    await draft.handOver(async (text) => {
      stored = (await host.loadDraft(NEW)).text;
      return text === 'typed last';
    });
    expect(stored).toBe('typed last');
  });

  it('happens once, however often it is asked for', async () => {
    const { draft } = await loaded();
    draft.write('once');
    let times = 0;
    const send = async () => ++times > 0;
    await Promise.all([draft.handOver(send), draft.handOver(send)]);
    await draft.handOver(send);
    expect(times).toBe(1);
  });
});

describe('what is attached', () => {
  it('is told with what was done to it', async () => {
    const { draft } = await loaded();
    expect(await draft.attach([source('photo.png', PNG)])).toBe(true);
    expect(draft.attachments[0]).toMatchObject({
      name: 'photo.png',
      mediaType: 'image/png',
      width: 2576,
      originalWidth: 6000,
    });
    expect(draft.sendable).toBe(true);
  });

  it('is refused with its name and costs nothing else', async () => {
    const { draft } = await loaded();
    draft.write('kept');
    const program = new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 0]);
    expect(await draft.attach([source('a.out', program), source('notes.md', words('x'))])).toBe(false);
    expect(draft.refusals.map(({ report }) => [report.code, report.subject])).toEqual([
      ['attachment-unknown-type', 'a.out'],
    ]);
    expect(draft.attachments.map(({ name }) => name)).toEqual(['notes.md']);
    expect(draft.text).toBe('kept');
    const [refusal] = draft.refusals;
    if (refusal) draft.dismiss(refusal);
    expect(draft.refusals).toEqual([]);
  });

  it('can be taken away, and comes back where that failed', async () => {
    const { host, draft } = await loaded();
    await draft.attach([source('notes.md', words('x'))]);
    const id = draft.attachments[0]?.id ?? '';
    host.detach = () => Promise.reject(bareReport('disk-full'));
    await draft.detach(id);
    expect(draft.attachments).toHaveLength(1);
    expect(draft.refusals).toHaveLength(1);
  });

  it('becomes words again', async () => {
    const { draft } = await loaded();
    draft.write('Look:');
    await draft.attachText('Pasted text', 'one\ntwo');
    await draft.unfold(draft.attachments[0]?.id ?? '');
    expect(draft.text).toBe('Look:\none\ntwo');
    expect(draft.attachments).toEqual([]);
  });

  it('is shown as being read only when that takes long, and cannot be left behind', async () => {
    const { host, draft } = await loaded();
    draft.write('with a file');
    const attach = host.attachFile.bind(host);
    let read = () => {};
    host.attachFile = async (...file) => {
      await new Promise<void>((done) => {
        read = done;
      });
      return await attach(...file);
    };
    vi.useFakeTimers();
    const attached = draft.attach([source('big.txt', words('x'))]);
    await vi.advanceTimersByTimeAsync(400);
    expect(draft.reading).toMatchObject([{ name: 'big.txt', slow: false }]);
    expect(draft.sendable).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(draft.reading).toMatchObject([{ slow: true }]);
    read();
    await vi.advanceTimersByTimeAsync(1);
    expect(await attached).toBe(true);
    expect(draft.sendable).toBe(true);
  });
});

it('keeps one draft for each place', async () => {
  const drafts = new Drafts(new FakeHost({ pace: 0 }));
  const edit: DraftKey = { kind: 'edit', conversation: 'c', message: 'm' };
  expect(drafts.of({ kind: 'conversation', id: 'c' })).toBe(drafts.of({ kind: 'conversation', id: 'c' }));
  expect(drafts.of(edit)).not.toBe(drafts.of({ kind: 'conversation', id: 'c' }));
  const before = drafts.of(edit);
  drafts.forget(before);
  expect(drafts.of(edit)).not.toBe(before);
});
