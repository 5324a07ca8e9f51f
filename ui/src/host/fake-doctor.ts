// The Doctor of the fake host: it climbs the same rungs, and stops where the deployment's name says.

import { previewOf } from './fake-connections';
import { scriptFor } from './fake-scripts';
import { bareReport } from './host';
import type {
  AppState,
  Capability,
  DoctorReport,
  DoctorRunId,
  DoctorTarget,
  ErrorCode,
  ErrorReport,
  Fact,
  HearthEvent,
  RungId,
  RungView,
  Verdict,
} from './types';

const RUNGS: RungId[] = [
  'address',
  'dns',
  'proxy',
  'tcp',
  'tls',
  'credential',
  'deployment',
  'streaming',
  'tools',
  'thinking',
  'effort',
  'vision',
  'structured-outputs',
  'token-count',
];

/** Without these rungs, chat works all the same. */
const OPTIONAL: Partial<Record<RungId, Capability>> = {
  streaming: 'streaming',
  tools: 'tools',
  thinking: 'adaptive-thinking',
  effort: 'effort',
  vision: 'vision',
  'structured-outputs': 'structured-outputs',
  'token-count': 'token-count',
};

/** What a walk looks at. */
interface Seen {
  connection: string | null;
  name: string;
  endpoint: string;
  deployment: string | null;
}

export class FakeDoctor {
  readonly #tell: (event: HearthEvent) => void;
  readonly #beat: () => Promise<void>;
  readonly #newId: () => string;
  readonly #state: () => AppState;
  readonly #cancelled = new Set<DoctorRunId>();
  readonly #reports = new Map<DoctorRunId, DoctorReport>();

  constructor(
    tell: (event: HearthEvent) => void,
    beat: () => Promise<void>,
    newId: () => string,
    state: () => AppState,
  ) {
    this.#tell = tell;
    this.#beat = beat;
    this.#newId = newId;
    this.#state = state;
  }

  start(target: DoctorTarget): DoctorReport {
    const seen = this.#seen(target);
    const report: DoctorReport = {
      run: this.#newId(),
      connection: seen.connection,
      name: seen.name,
      messagesUrl: previewOf(seen.endpoint).messagesUrl,
      deployment: seen.deployment,
      startedAt: Date.now(),
      rungs: RUNGS.map((id) => ({ id, state: 'waiting', tookMs: null, facts: [], problem: null })),
      verdict: 'running',
    };
    void this.#walk(structuredClone(report), seen);
    return report;
  }

  cancel(run: DoctorRunId): void {
    this.#cancelled.add(run);
  }

  report(run: DoctorRunId): DoctorReport | null {
    return structuredClone(this.#reports.get(run) ?? null);
  }

  async #walk(report: DoctorReport, seen: Seen): Promise<void> {
    const failure = failureFor(seen);
    const fails = failure ? rungOf(failure) : null;
    let verdict: Verdict = 'works';
    for (const rung of report.rungs) {
      await this.#beat();
      if (this.#cancelled.has(report.run)) return this.#end(report, 'cancelled');
      rung.state = 'running';
      this.#send(report);
      await this.#beat();
      if (rung.id === fails && failure) {
        fail(rung, failure);
        return this.#end(report, 'fails');
      }
      if (!this.#pass(rung, seen)) verdict = 'partly';
      this.#send(report);
    }
    this.#end(report, verdict);
  }

  /** Whether all is well on a rung that does not end the walk. */
  #pass(rung: RungView, seen: Seen): boolean {
    rung.tookMs = 12;
    rung.facts = factsOf(rung.id, seen);
    const capability = OPTIONAL[rung.id];
    const { deployments } = this.#state();
    const known = deployments.find(({ name }) => name === seen.deployment)?.known ?? [];
    const lacks = capability && known.some((one) => one.capability === capability && !one.has);
    rung.state = rung.id === 'proxy' ? 'skipped' : lacks ? 'warned' : 'passed';
    if (lacks)
      rung.problem = { ...bareReport('feature-missing'), lacks: capability, deployment: seen.deployment };
    return !lacks;
  }

  #end(report: DoctorReport, verdict: Verdict): void {
    for (const rung of report.rungs)
      if (rung.state === 'waiting' || rung.state === 'running') rung.state = 'skipped';
    report.verdict = verdict;
    this.#send(report);
  }

  #send(report: DoctorReport): void {
    this.#reports.set(report.run, report);
    this.#tell({ kind: 'doctor', report });
  }

  #seen(target: DoctorTarget): Seen {
    if (target.kind === 'draft') {
      const { id, name, endpoint, defaultDeployment, deployments } = target.draft;
      const deployment = defaultDeployment ?? deployments[0]?.name ?? null;
      return {
        connection: id,
        name: name || (previewOf(endpoint).resource ?? endpoint),
        endpoint,
        deployment,
      };
    }
    const { connections, active, demo, defaultDeployment } = this.#state();
    const saved = demo ? null : connections.find(({ id }) => id === (target.connection ?? active));
    if (!saved && !demo) throw bareReport('no-connection');
    return {
      connection: saved?.id ?? null,
      name: saved?.name ?? 'Demo',
      endpoint: saved?.endpoint ?? 'demo',
      deployment: target.deployment ?? saved?.defaultDeployment ?? defaultDeployment,
    };
  }
}

function failureFor({ endpoint, deployment }: Seen): ErrorReport | null {
  const preview = previewOf(endpoint);
  if (preview.error) return preview.error;
  if (deployment === null) return bareReport('no-deployment');
  const { failure } = scriptFor(deployment, '');
  return failure && { ...failure, subject: failure.subject ?? deployment };
}

function fail(rung: RungView, problem: ErrorReport): void {
  rung.state = 'failed';
  rung.tookMs = 8;
  rung.problem = problem;
}

const BELOW: Partial<Record<ErrorCode, RungId>> = {
  'host-unknown': 'dns',
  'proxy-credentials': 'proxy',
  'proxy-unreachable': 'proxy',
  'proxy-failed': 'proxy',
  unreachable: 'tcp',
  'certificate-untrusted': 'tls',
  'certificate-expired': 'tls',
  'certificate-other-name': 'tls',
  'client-certificate-needed': 'tls',
  'tls-failed': 'tls',
  'credential-missing': 'credential',
  'client-secret-expired': 'credential',
  'tenant-unknown': 'credential',
  'sign-in-expired': 'credential',
  'command-not-agreed': 'credential',
};

function rungOf({ code }: ErrorReport): RungId {
  return code.startsWith('endpoint-') ? 'address' : (BELOW[code] ?? 'deployment');
}

function factsOf(rung: RungId, { endpoint, deployment }: Seen): Fact[] {
  const url = previewOf(endpoint).messagesUrl ?? endpoint;
  const facts: Partial<Record<RungId, Record<string, string>>> = {
    address: { address: url },
    dns: { host: URL.canParse(url) ? new URL(url).host : url, addresses: '20.42.73.20' },
    proxy: { why: 'nothing' },
    tcp: { peer: '20.42.73.20:443' },
    tls: {
      protocol: 'TLS 1.3',
      issuer: 'Microsoft Azure RSA TLS Issuing CA 04',
      'valid-until': 'Mar 14, 2027',
    },
    credential: { kind: 'key' },
    deployment: {
      deployment: deployment ?? '',
      model: 'claude-sonnet-5',
      'first-word': '412',
      'request-id': 'req_011CSfake',
    },
    thinking: { kinds: 'adaptive' },
    'token-count': { tokens: '9' },
  };
  return Object.entries(facts[rung] ?? {}).map(([name, value]) => ({ name, value }));
}
