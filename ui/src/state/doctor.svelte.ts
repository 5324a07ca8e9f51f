// The Doctor's walks as this window sees them: those that it began, and how each connection was found last.

import { type Host, reportOf } from '../host/host';
import type { ConnectionId, DoctorReport, DoctorRunId, DoctorTarget, ErrorReport } from '../host/types';

export class Doctor {
  readonly #host: Host;
  readonly #heard: (report: DoctorReport) => void;
  readonly #walks = new Map<DoctorRunId, Walk>();
  /** Reports of walks whose beginning has not been answered yet: events may be faster than answers. */
  readonly #early = new Map<DoctorRunId, DoctorReport>();
  #beginning = 0;
  /** How often events were missed. */
  #missed = 0;
  #last = $state.raw<Readonly<Record<ConnectionId, DoctorReport>>>({});
  #shown = $state.raw<Walk | null>(null);

  /** `heard` is told every report that comes. */
  constructor(host: Host, heard: (report: DoctorReport) => void = () => {}) {
    this.#host = host;
    this.#heard = heard;
  }

  /** The walk that lies over the page. */
  readonly shown = $derived(this.#shown);

  /** Begins a walk at once. */
  start(target: DoctorTarget): Walk {
    return new Walk(this.#host, target, this);
  }

  /** Begins a walk and shows it over the page. */
  open(target: DoctorTarget): void {
    this.close();
    this.#shown = this.start(target);
  }

  /** Puts away what lies over the page; a walk that nobody sees any more is not walked to its end. */
  close(): void {
    const walk = this.#shown;
    this.#shown = null;
    if (walk?.running) void walk.cancel();
  }

  /** What the last walk over a saved connection came to; none when none was seen here. */
  lastOf(connection: ConnectionId): DoctorReport | null {
    return this.#last[connection] ?? null;
  }

  /** A connection was changed: what was found on it is not known to be so any more. */
  forget(connection: ConnectionId): void {
    const { [connection]: _, ...others } = this.#last;
    this.#last = others;
  }

  receive(report: DoctorReport): void {
    this.#heard(report);
    const walk = this.#walks.get(report.run);
    if (walk) walk.adopt(report);
    else if (this.#beginning > 0) this.#early.set(report.run, report);
    if (report.verdict === 'running') return;
    this.#walks.delete(report.run);
    if (report.connection !== null && report.verdict !== 'cancelled')
      this.#last = { ...this.#last, [report.connection]: report };
  }

  /** Events were missed: asks how far the walks are that this window waits for. */
  async catchUp(): Promise<void> {
    this.#missed++;
    await Promise.all([...this.#walks.keys()].map((run) => this.#ask(run)));
  }

  async #ask(run: DoctorRunId): Promise<void> {
    const report = await this.#host.doctorReport(run);
    if (report) this.receive(report);
    else this.#lose(run);
  }

  /** Nobody remembers how a walk ended; it does not go on. */
  #lose(run: DoctorRunId): void {
    const report = this.#walks.get(run)?.report;
    if (report) this.receive({ ...report, verdict: 'cancelled' });
  }

  /** Asks for a walk; what comes of it goes to `walk`. */
  async begin(walk: Walk, target: DoctorTarget): Promise<void> {
    this.#beginning++;
    const missed = this.#missed;
    try {
      const first = await this.#host.startDoctor(target);
      this.#walks.set(first.run, walk);
      const newest = this.#early.get(first.run) ?? first;
      if (newest.verdict !== 'running') this.#walks.delete(first.run);
      walk.begun(newest);
      if (missed !== this.#missed) await this.#ask(first.run);
    } finally {
      this.#beginning--;
      if (this.#beginning === 0) this.#early.clear();
    }
  }
}

/** What a button begins: one walk after the other over the same connection. */
export class Walk {
  readonly #host: Host;
  readonly #doctor: Doctor;
  #target: DoctorTarget;
  #report = $state.raw<DoctorReport | null>(null);
  #failure = $state.raw<ErrorReport | null>(null);
  #starting = $state(false);
  /** It was stopped before it had begun. */
  #unwanted = false;

  constructor(host: Host, target: DoctorTarget, doctor: Doctor) {
    this.#host = host;
    this.#doctor = doctor;
    this.#target = target;
    void this.again();
  }

  /** All that was found so far; none before anything was. */
  readonly report = $derived(this.#report);
  /** Why the walk could not begin. */
  readonly failure = $derived(this.#failure);
  readonly running = $derived(this.#starting || this.#report?.verdict === 'running');

  /** Walks anew; with a target, over that. While it begins already, nothing happens. */
  async again(target: DoctorTarget = this.#target): Promise<void> {
    if (this.#starting) return;
    this.#starting = true;
    this.#unwanted = false;
    this.#target = target;
    if (this.#report?.verdict === 'running') await this.#stop(this.#report);
    this.#report = null;
    this.#failure = null;
    try {
      await this.#doctor.begin(this, target);
    } catch (thrown) {
      this.#failure = reportOf(thrown);
    }
    this.#starting = false;
    if (this.#unwanted) await this.cancel();
  }

  /** Takes what is known of a walk that was asked for. */
  begun(report: DoctorReport): void {
    this.#report = report;
  }

  /** Takes what is newer about this walk. */
  adopt(report: DoctorReport): void {
    if (this.#report?.run !== report.run) return;
    // What was stopped here counts as stopped at once; how each rung stood then is told a moment later.
    const { verdict } = this.#report;
    if (verdict === 'running' || (verdict === 'cancelled' && report.verdict !== 'running'))
      this.#report = report;
  }

  async cancel(): Promise<void> {
    this.#unwanted = true;
    if (this.#report?.verdict === 'running') await this.#stop(this.#report);
  }

  async #stop(report: DoctorReport): Promise<void> {
    try {
      await this.#host.cancelDoctor(report.run);
    } catch (thrown) {
      this.#failure = reportOf(thrown);
    }
    // A walk that had ended already has no event left to tell of it.
    const now = this.#report;
    if (now?.run === report.run && now.verdict === 'running') this.#report = { ...now, verdict: 'cancelled' };
  }
}
