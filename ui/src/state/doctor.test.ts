import { describe, expect, it } from 'vitest';
import { bareReport } from '../host/host';
import type { DoctorReport, DoctorTarget, HearthEvent } from '../host/types';
import { startedWindow, until } from './testing/window';

const ACTIVE: DoctorTarget = { kind: 'saved', connection: null, deployment: null };

async function connected() {
  const { hearth, host } = await startedWindow({ world: 'connected' });
  return { hearth, host, doctor: hearth.doctor };
}

describe('a walk', () => {
  it('goes from waiting rungs to a verdict, and is remembered for its connection', async () => {
    const { doctor } = await connected();
    const walk = doctor.start(ACTIVE);
    expect([walk.running, walk.report]).toEqual([true, null]);
    await until(() => walk.report !== null);
    expect(walk.report?.rungs.map(({ id }) => id).slice(0, 3)).toEqual(['address', 'dns', 'proxy']);
    await until(() => !walk.running);
    expect(walk.report?.verdict).toBe('works');
    expect(walk.report?.rungs.every(({ state }) => state === 'passed' || state === 'skipped')).toBe(true);
    expect(doctor.lastOf('k0')).toBe(walk.report);
    doctor.forget('k0');
    expect(doctor.lastOf('k0')).toBe(null);
  });

  it('stops where something fails, with the fix', async () => {
    const { doctor } = await connected();
    const walk = doctor.start({ ...ACTIVE, deployment: 'fault-api-not-supported' });
    await until(() => !walk.running);
    const rung = walk.report?.rungs.find(({ state }) => state === 'failed');
    expect([rung?.id, rung?.problem?.fix?.kind]).toEqual(['deployment', 'use_endpoint']);
    expect(walk.report?.verdict).toBe('fails');
  });

  it('can be cancelled, also before it has begun, and begun again', async () => {
    const { doctor, host } = await connected();
    const walk = doctor.start(ACTIVE);
    void walk.cancel();
    await until(() => !walk.running);
    expect(walk.report?.verdict).toBe('cancelled');
    expect(doctor.lastOf('k0')).toBe(null);
    const first = walk.report?.run;
    await walk.again();
    await until(() => !walk.running);
    expect(walk.report?.verdict).toBe('works');
    expect(walk.report?.run).not.toBe(first);
    expect(host).toBeTruthy();
  });

  it('tells why it could not begin', async () => {
    const { hearth, host } = await startedWindow({ world: 'first-run' });
    const walk = hearth.doctor.start(ACTIVE);
    await until(() => !walk.running);
    expect(walk.failure?.code).toBe('no-connection');
    host.startDoctor = async () => {
      throw bareReport('internal');
    };
    await walk.again();
    expect(walk.failure?.code).toBe('internal');
  });
});

describe('events', () => {
  const report = (run: string, verdict: DoctorReport['verdict']): DoctorReport => ({
    run,
    connection: 'k0',
    name: 'contoso-ai',
    messagesUrl: null,
    deployment: null,
    startedAt: 1,
    rungs: [],
    verdict,
  });
  const event = (run: string, verdict: DoctorReport['verdict']): HearthEvent[] => [
    { kind: 'doctor', report: report(run, verdict) },
  ];

  it('that are faster than the answer are not lost', async () => {
    const { hearth, host, doctor } = await connected();
    host.startDoctor = async () => {
      hearth.receive(event('r1', 'fails'));
      return report('r1', 'running');
    };
    const walk = doctor.start(ACTIVE);
    await until(() => !walk.running);
    expect(walk.report?.verdict).toBe('fails');
  });

  it('that were missed are asked for, and a walk that nobody remembers is over', async () => {
    const { hearth, host, doctor } = await connected();
    let runs = 0;
    host.startDoctor = async () => report(`r${++runs}`, 'running');
    host.doctorReport = async (run) => (run === 'r1' ? report('r1', 'works') : null);
    const walk = doctor.start(ACTIVE);
    const forgotten = doctor.start(ACTIVE);
    await until(() => forgotten.report !== null);
    expect([walk.running, forgotten.running]).toEqual([true, true]);
    hearth.receive([{ kind: 'missed' }]);
    await until(() => !walk.running && !forgotten.running);
    expect([walk.report?.verdict, forgotten.report?.verdict]).toEqual(['works', 'cancelled']);
    expect(doctor.lastOf('k0')?.run).toBe('r1');
  });

  it('that were missed before the answer are asked for, too', async () => {
    const { hearth, host, doctor } = await connected();
    host.startDoctor = async () => {
      hearth.receive([{ kind: 'missed' }]);
      return report('r1', 'running');
    };
    host.doctorReport = async () => report('r1', 'partly');
    const walk = doctor.start(ACTIVE);
    await until(() => !walk.running);
    expect(walk.report?.verdict).toBe('partly');
  });

  it('of other walks change nothing here but what is known of the connection', async () => {
    const { hearth, host, doctor } = await connected();
    host.startDoctor = async () => report('r1', 'running');
    host.cancelDoctor = async () => {};
    const walk = doctor.start(ACTIVE);
    await until(() => walk.report !== null);
    hearth.receive(event('r2', 'works'));
    expect([walk.report?.run, walk.running]).toEqual(['r1', true]);
    expect(doctor.lastOf('k0')?.run).toBe('r2');
    hearth.receive(event('r1', 'partly'));
    expect([walk.report?.verdict, doctor.lastOf('k0')?.run]).toEqual(['partly', 'r1']);
  });

  it('that come after the end change nothing', async () => {
    const { hearth, host, doctor } = await connected();
    host.startDoctor = async () => report('r1', 'running');
    host.cancelDoctor = async () => {};
    const walk = doctor.start(ACTIVE);
    await until(() => walk.report !== null);
    await walk.cancel();
    expect(walk.report?.verdict).toBe('cancelled');
    hearth.receive(event('r1', 'running'));
    expect(walk.report?.verdict).toBe('cancelled');
  });

  it('of how the rungs stood when it was stopped are taken', async () => {
    const { hearth, host, doctor } = await connected();
    host.startDoctor = async () => report('r1', 'running');
    host.cancelDoctor = async () => {};
    const walk = doctor.start(ACTIVE);
    await until(() => walk.report !== null);
    await walk.cancel();
    const told = report('r1', 'cancelled');
    hearth.receive([{ kind: 'doctor', report: told }]);
    expect(walk.report).toBe(told);
  });

  it('of a walk that is repeated do not show in the next', async () => {
    const { hearth, host, doctor } = await connected();
    let runs = 0;
    host.startDoctor = async () => report(`r${++runs}`, 'running');
    host.cancelDoctor = async () => {};
    const walk = doctor.start(ACTIVE);
    await until(() => walk.report !== null);
    await walk.again();
    hearth.receive(event('r1', 'fails'));
    expect([walk.report?.run, walk.running]).toEqual(['r2', true]);
  });
});

describe('over the page', () => {
  it('a walk that is closed is not walked to its end', async () => {
    const { doctor, host } = await connected();
    const cancelled: string[] = [];
    const cancel = host.cancelDoctor.bind(host);
    host.cancelDoctor = async (run) => {
      cancelled.push(run);
      await cancel(run);
    };
    const running = await host.startDoctor(ACTIVE);
    host.startDoctor = async () => ({ ...running, run: 'r9' });
    doctor.open(ACTIVE);
    const walk = doctor.shown;
    await until(() => walk?.report !== null);
    doctor.close();
    expect(doctor.shown).toBe(null);
    await until(() => walk?.report?.verdict === 'cancelled');
    expect(cancelled).toEqual([walk?.report?.run]);
  });
});
