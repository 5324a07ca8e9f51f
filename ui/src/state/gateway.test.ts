import { describe, expect, it } from 'vitest';
import { FakeHost } from '../host/fake';
import { bareReport } from '../host/host';
import type { GatewayEnding, GatewaySettings, GatewayView } from '../host/types';
import { Gateway } from './gateway.svelte';
import { GatewayForm } from './gateway-form.svelte';
import { GatewayKeyForm } from './gateway-key-form.svelte';
import { isAnswered, requestEnd, requestMoment, requestTime, snippetName, tokens } from './gateway-labels';
import { startedWindow, until } from './testing/window';

async function opened(options: ConstructorParameters<typeof FakeHost>[0] = { world: 'connected' }) {
  const { hearth, host } = await startedWindow(options);
  await until(() => hearth.gateway.view !== null);
  return { hearth, host, gateway: hearth.gateway, form: new GatewayForm(host, hearth.gateway) };
}

/** A host that answers only when it is told to, in any order. */
function slow() {
  const host = new FakeHost({ pace: 0, world: 'connected' });
  const calls: Array<(view: GatewayView) => void> = [];
  host.gateway = () => new Promise((answer) => calls.push(answer));
  const viewOf = (port: number): GatewayView => {
    const view = host.lent.view();
    return { ...view, settings: { ...view.settings, port } };
  };
  return { host, calls, viewOf };
}

describe('what is known of the gateway', () => {
  it('is asked for at the start, and again whenever it changed', async () => {
    const { gateway, host } = await opened();
    expect(gateway.view?.state).toEqual({ kind: 'off' });
    await host.saveGateway({ ...host.lent.view().settings, on: true });
    await until(() => gateway.view?.state.kind === 'running');
    host.lent.asks({ model: 'haiku-batch' });
    await until(() => gateway.view?.recent[0]?.model === 'haiku-batch');
  });

  it('is asked for once more where it changed while an answer was under way, and never twice at once', async () => {
    const { host, calls, viewOf } = slow();
    const gateway = new Gateway(host);
    void gateway.load();
    void gateway.load();
    void gateway.load();
    expect(calls).toHaveLength(1);
    calls[0]?.(viewOf(1));
    await until(() => calls.length === 2);
    expect(gateway.view?.settings.port).toBe(1);
    calls[1]?.(viewOf(2));
    await until(() => gateway.view?.settings.port === 2);
    expect(calls).toHaveLength(2);
  });

  it('never goes back behind what a change was answered with', async () => {
    const { host, calls, viewOf } = slow();
    const gateway = new Gateway(host);
    void gateway.load();
    gateway.adopt(viewOf(5));
    calls[0]?.(viewOf(1));
    await until(() => calls.length === 2);
    expect(gateway.view?.settings.port).toBe(5);
    calls[1]?.(viewOf(6));
    await until(() => gateway.view?.settings.port === 6);
  });

  it('keeps what it has where it cannot be asked for, says why, and asks again', async () => {
    const host = new FakeHost({ pace: 0, world: 'connected' });
    const gateway = new Gateway(host);
    await gateway.load();
    const { gateway: asked } = host;
    host.gateway = async () => {
      throw bareReport('internal');
    };
    await gateway.load();
    expect(gateway.view).not.toBeNull();
    expect(gateway.failure?.code).toBe('internal');
    host.gateway = asked;
    await gateway.load();
    expect(gateway.failure).toBeNull();
  });
});

describe('what is chosen', () => {
  it('is saved at once, and said beside its field alone', async () => {
    const { form, host } = await opened();
    expect(await form.save('on', true)).toBe(true);
    expect(host.lent.view().settings.on).toBe(true);
    expect(host.lent.view().keys).toHaveLength(1);
    expect([form.isSaved('on'), form.isSaved('port')]).toEqual([true, false]);
  });

  it('loses no change that is made while another is saved', async () => {
    const { form, host } = await opened();
    const { saveGateway } = host;
    const sent: GatewaySettings[] = [];
    host.saveGateway = async (settings) => {
      sent.push(settings);
      await new Promise((next) => setTimeout(next));
      return await saveGateway.call(host, settings);
    };
    const both = [form.save('on', true), form.save('dropParams', true), form.save('modelLimit', true)];
    expect(form.settings).toMatchObject({ on: true, dropParams: true, modelLimit: true });
    await Promise.all(both);
    expect(sent).toHaveLength(3);
    expect(host.lent.view().settings).toMatchObject({ on: true, dropParams: true, modelLimit: true });
  });

  it('shows what is saved again where a change was refused, says why, and takes the next', async () => {
    const { form, host } = await opened({ world: 'connected', keyring: 'missing' });
    expect(await form.save('on', true)).toBe(false);
    expect(form.settings?.on).toBe(false);
    expect(form.failure('on')?.code).toBe('keyring-missing');
    expect(form.failure('port')).toBeNull();
    await form.switchOnForThisRun();
    expect(host.lent.view().settings.on).toBe(true);
    expect(host.lent.view().keys[0]?.place).toBe('this_run');
    expect(form.failure('on')).toBeNull();
  });

  it('is a port only where it is one', async () => {
    const { form, host } = await opened();
    for (const wrong of ['', 'http', '-1', '65536', '80.5', '4000 4001', '1e3', '４０００']) {
      form.port = wrong;
      await form.savePort();
      expect([wrong, form.portWrong, form.port]).toEqual([wrong, true, wrong]);
    }
    expect(host.lent.view().settings.port).toBe(4000);
    for (const [typed, port] of [
      [' 4100 ', 4100],
      ['0', 0],
      ['65535', 65_535],
    ] as const) {
      form.port = typed;
      await form.savePort();
      expect([form.portWrong, host.lent.view().settings.port, form.port]).toEqual([
        false,
        port,
        String(port),
      ]);
    }
  });

  it('is a list of origins, each once, and what is refused stays in the field', async () => {
    const { form, host } = await opened();
    form.origins = 'https://a.example.com,\n\n https://b.example.com https://a.example.com\n';
    await form.saveOrigins();
    expect(host.lent.view().settings.origins).toEqual(['https://a.example.com', 'https://b.example.com']);
    form.origins = 'https://a.example.com/path';
    await form.saveOrigins();
    expect(form.failure('origins')?.subject).toBe('https://a.example.com/path');
    expect(form.origins).toBe('https://a.example.com/path');
    form.origins = '';
    await form.saveOrigins();
    expect(host.lent.view().settings.origins).toEqual([]);
    expect(form.failure('origins')).toBeNull();
  });

  it('leaves alone what another window saved meanwhile', async () => {
    const { form, host, gateway } = await opened();
    await host.saveGateway({ ...host.lent.view().settings, port: 4711 });
    await until(() => gateway.view?.settings.port === 4711);
    await form.save('dropParams', true);
    expect(host.lent.view().settings).toMatchObject({ port: 4711, dropParams: true });
  });
});

describe('a key', () => {
  const keys = () => new FakeHost({ world: 'several' }).lent.view().keys;
  const form = (id: string | null = null, host = new FakeHost({ world: 'several' })) => {
    const all = host.lent.view().keys;
    return new GatewayKeyForm(host, all, all.find((key) => key.id === id) ?? null);
  };

  it('needs a name that no other key has', async () => {
    const made = form();
    for (const [name, problem] of [
      ['', 'name-missing'],
      ['   ', 'name-missing'],
      ['Editor', 'name-taken'],
      [' Editor ', 'name-taken'],
      ['x'.repeat(81), 'name-long'],
    ] as const) {
      made.name = name;
      expect(await made.save()).toBeNull();
      expect([name, made.problem]).toEqual([name, problem]);
    }
    // A character is one, however it is kept.
    made.name = '🗝'.repeat(80);
    expect((await made.save())?.keys.at(-1)?.name).toBe(made.name);
  });

  it('ends with a day of the calendar, or not at all', async () => {
    const made = form();
    made.name = 'A';
    for (const day of ['tomorrow', '2027-1-31', '2027-02-30', '2027-13-01', '31.01.2027']) {
      made.expires = day;
      expect(await made.save()).toBeNull();
      expect([day, made.problem]).toEqual([day, 'day']);
    }
    made.expires = ' 2096-02-29 ';
    expect((await made.save())?.keys.at(-1)?.expires).toBe('2096-02-29');
  });

  it('does not end before it begins, and one that has ended can still be changed', async () => {
    const day = (ago: number) => new Date(Date.now() - ago * 24 * 3_600_000).toISOString().slice(0, 10);
    const made = form();
    made.name = 'A';
    // Two days, since midnight may come in between.
    for (const past of ['1970-01-01', '0001-01-01', day(2)]) {
      made.expires = past;
      expect(await made.save()).toBeNull();
      expect([past, made.problem]).toEqual([past, 'day-over']);
    }
    made.expires = day(-1);
    expect((await made.save())?.keys.at(-1)).toMatchObject({ name: 'A', expired: false });
    const over = keys().find(({ expired }) => expired);
    const changed = form(over?.id ?? '');
    changed.name = 'Older laptop';
    expect((await changed.save())?.keys.find(({ id }) => id === over?.id)).toMatchObject({
      name: 'Older laptop',
      expires: over?.expires,
    });
    changed.expires = '2020-01-01';
    expect(await changed.save()).toBeNull();
    expect(changed.problem).toBe('day-over');
  });

  it('may ask for some models only, and then for one at least', async () => {
    const made = form();
    made.name = 'A';
    made.limited = true;
    expect(await made.save()).toBeNull();
    expect(made.problem).toBe('no-model');
    made.choose('haiku-batch', true);
    made.choose('haiku-batch', true);
    made.choose('sonnet-team', true);
    made.choose('sonnet-team', false);
    expect((await made.save())?.keys.at(-1)?.models).toEqual(['haiku-batch']);
  });

  it('keeps its name when the rest of it is changed', async () => {
    const [editor] = keys();
    const changed = form(editor?.id ?? '');
    expect(changed.name).toBe('Editor');
    changed.expires = '2090-01-01';
    expect((await changed.save())?.keys[0]).toMatchObject({ name: 'Editor', expires: '2090-01-01' });
  });

  it('is kept for this run only after the person agreed', async () => {
    const made = form(null, new FakeHost({ world: 'connected', keyring: 'locked' }));
    made.name = 'A';
    expect(await made.save()).toBeNull();
    expect(made.error?.code).toBe('keyring-locked');
    expect([made.asksForThisRun('locked'), made.asksForThisRun('ready')]).toEqual([true, true]);
    made.thisRunOnly = true;
    expect((await made.save())?.keys[0]?.place).toBe('this_run');
    expect(form().asksForThisRun('ready')).toBe(false);
  });
});

describe('the words', () => {
  it('name every kind of program', () => {
    const { snippets } = new FakeHost().lent.view();
    const names = snippets.map(({ kind }) => snippetName(kind));
    expect(new Set(names).size).toBe(6);
    expect(names.join()).not.toContain('gateway-ui-');
  });

  it('tell how a request ended, how long it took and what is known of its tokens', () => {
    const request = (status: number | null, ending: GatewayEnding = 'answered') => ({
      at: 0,
      key: null,
      model: null,
      status,
      ending,
      duration: 2_345,
      inputTokens: null,
      outputTokens: null,
    });
    const endings: GatewayEnding[] = ['answered', 'refused', 'broke_off', 'left'];
    const answered = endings.filter((ending) => isAnswered(request(200, ending)));
    expect(answered).toEqual(['answered']);
    expect(requestEnd(request(200))).toBe('200');
    expect(requestEnd(request(429, 'refused'))).toBe('429');
    expect(requestEnd(request(200, 'broke_off'))).toBe('broke off');
    expect(requestEnd(request(200, 'left'))).toBe('caller left');
    expect(requestEnd(request(null, 'left'))).toBe('caller left');
    expect(requestTime(request(200))).toBe('2.3 s');
    expect([tokens(null), tokens(0), tokens(182_400)]).toEqual(['–', '0', '182,400']);
  });

  it('show the day of a request that is not from today', () => {
    const now = new Date(2026, 10, 22, 14, 5, 9).getTime();
    expect(requestMoment(now, now)).toMatch(/^\d{2}:05:09 PM$/);
    expect(requestMoment(now - 86_400_000, now)).toMatch(/Nov 21/);
  });
});
