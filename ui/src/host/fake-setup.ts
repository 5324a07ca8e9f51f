// The half of the fake host that sets things up: its state and events, connections, sign-ins, imports, network.

import { type Brought, connectionOf, knownOf, limitsOf, previewOf, tokenOf } from './fake-connections';
import { FakeDoctor } from './fake-doctor';
import { FakeGateway } from './fake-gateway';
import { chosenImport, environmentImport, fileOf, importOf } from './fake-imports';
import { fakeState } from './fake-world';
import { bareReport, type Host } from './host';
import type {
  AppState,
  CertificateFile,
  ConnectionDraft,
  ConnectionId,
  ConnectionView,
  DeploymentView,
  Fix,
  GatewayKeyDraft,
  GatewayKeyId,
  GatewaySettings,
  HearthEvent,
  ImportId,
  ImportOffer,
  ImportOutcome,
  NetworkDraft,
  SignInId,
  SignInRequest,
  SignInState,
  SignInView,
  SnippetKind,
} from './types';

export interface FakeOptions {
  /** What the window finds at start. */
  world?: 'first-run' | 'offer' | 'connected' | 'several' | 'demo' | 'broken';
  /** Milliseconds between two fragments; 0 plays a whole answer without waiting for a clock. */
  pace?: number;
  keyring?: AppState['keyring'];
  /** A port on which another program listens. */
  takenPort?: number;
}

export abstract class FakeSetup {
  readonly #pace: number;
  readonly #world: FakeOptions['world'];
  readonly #receivers: Array<(events: HearthEvent[]) => void> = [];
  readonly #signIns = new Map<string, SignInView>();
  readonly #imports = new Map<ImportId, ImportOffer>();
  readonly #doctor: FakeDoctor;
  /** The gateway, for tests to have programs ask through it. */
  readonly lent: FakeGateway;
  #count = 0;
  protected state: AppState;
  /** What was asked of this host, for tests. */
  readonly log: string[] = [];
  /** How sign-ins end once {@link finishSignIn} is called without an outcome. */
  account = 'ada@contoso.com';
  /** The text of the file that somebody chooses in the next dialog; null closes it. */
  importFile: { path: string; text: string } | null = null;
  /** The PEM file that somebody chooses in the next dialog; null closes it. */
  certificateFile: CertificateFile | null = null;

  constructor({ world = 'first-run', pace = 24, keyring = 'ready', takenPort }: FakeOptions) {
    this.#pace = pace;
    this.#world = world;
    this.state = { ...fakeState(world), keyring };
    this.#doctor = new FakeDoctor(
      (event) => this.tell(event),
      () => this.beat(),
      () => this.newId('d'),
      () => this.state,
    );
    this.lent = new FakeGateway({
      app: () => this.state,
      tell: (event) => this.tell(event),
      newId: () => this.newId('g'),
      log: (line) => this.log.push(line),
    });
    this.lent.takenPort = takenPort ?? null;
    if (world === 'several') this.lent.begin(Date.now());
  }

  async watch(receive: (events: HearthEvent[]) => void) {
    this.#receivers.push(receive);
  }

  async previewEndpoint(text: string) {
    return previewOf(text);
  }

  async useConnection(id: ConnectionId) {
    this.#connection(id);
    this.setState({ active: id, demo: false });
    return structuredClone(this.state);
  }

  async saveConnection(draft: ConnectionDraft) {
    const connection = connectionOf(draft, draft.id ?? this.newId('k'), this.state, this.#brought(draft));
    this.#keep(connection, draft.id === null);
    return structuredClone(connection);
  }

  async removeConnection(id: ConnectionId) {
    const connections = this.state.connections.filter((connection) => connection.id !== id);
    const { active } = this.state;
    this.setState({ connections, active: active === id ? (connections[0]?.id ?? null) : active });
  }

  async startDoctor(target: Parameters<Host['startDoctor']>[0]) {
    return this.#doctor.start(target);
  }

  async cancelDoctor(run: string) {
    this.#doctor.cancel(run);
  }

  async doctorReport(run: string) {
    return this.#doctor.report(run);
  }

  async applyFix(id: ConnectionId, fix: Fix) {
    this.log.push(`fix ${fix.kind}`);
    const old = this.#connection(id);
    const connection = { ...old };
    const choice = old.credential.choice;
    if (fix.kind === 'use_endpoint') {
      connection.endpoint = fix.endpoint;
      connection.messagesUrl = previewOf(fix.endpoint).messagesUrl ?? '';
    } else if (fix.kind === 'use_scope' && 'entra' in choice) {
      const entra = { ...choice.entra, scope: fix.scope };
      connection.credential = { ...old.credential, choice: { ...choice, entra } };
    } else if (fix.kind === 'use_tenant' && 'entra' in choice) {
      const entra = { ...choice.entra, tenant: fix.tenant };
      connection.credential = { ...old.credential, choice: { ...choice, entra } };
    } else {
      throw bareReport('internal');
    }
    this.#keep(connection, false);
    return structuredClone(connection);
  }

  async startSignIn({ method, connection }: SignInRequest): Promise<SignInView> {
    const id = this.newId('s');
    const state: SignInState = {
      kind: 'waiting',
      url:
        method === 'browser'
          ? 'https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?client_id=04b07795'
          : 'https://microsoft.com/devicelogin',
      userCode: method === 'browser' ? null : 'F7K9QXWZ3',
      expiresAt: Date.now() + 15 * 60_000,
    };
    const view: SignInView = { id, method, connection, state };
    this.log.push(`sign in ${method}`);
    this.#signIns.set(id, view);
    return structuredClone(view);
  }

  async cancelSignIn(id: string) {
    if (this.#signIns.get(id)?.state.kind === 'waiting') this.#moveSignIn(id, { kind: 'cancelled' });
  }

  async signInView(id: SignInId) {
    return this.#signIns.get(id) ?? null;
  }

  /** Lets the person finish the sign-in that waits, or fail at it. */
  finishSignIn(outcome?: SignInState): void {
    const waiting = [...this.#signIns.values()].find(({ state }) => state.kind === 'waiting');
    if (!waiting) throw new Error('no sign-in waits');
    const done: SignInState = { kind: 'done', account: this.account, token: tokenOf(this.account) };
    this.#moveSignIn(waiting.id, outcome ?? done);
  }

  async findImports() {
    if (this.#world !== 'offer') return [];
    return [this.#offer(environmentImport(this.newId('i')))];
  }

  async readImport(text: string) {
    return this.#offer(importOf(this.newId('i'), text, null));
  }

  async readImportFile() {
    const file = this.importFile;
    return file && this.#offer(importOf(this.newId('i'), file.text, file.path));
  }

  async acceptImport(id: ImportId, indexes: number[], thisRunOnly: boolean): Promise<ImportOutcome> {
    const offer = this.#imports.get(id);
    if (!offer || indexes.some((index) => !offer.connections[index])) throw bareReport('import-empty');
    const outcome: ImportOutcome = { saved: [], problem: null, left: null };
    for (const index of indexes) {
      const found = offer.connections[index];
      if (!found || found.saved) continue;
      const refused = found.lastFour && this.state.keyring !== 'ready' && !thisRunOnly;
      outcome.problem = found.problem ?? (refused ? bareReport('keyring-missing') : null);
      if (outcome.problem) break;
      const draft = chosenImport(found, id, index, thisRunOnly);
      const brought = { imported: found.lastFour, signIn: null };
      const connection = connectionOf(draft, this.newId('k'), this.state, brought);
      this.#keep(connection, true);
      found.saved = true;
      outcome.saved.push(connection);
    }
    this.log.push(`import ${indexes.join(',')}`);
    if (outcome.problem) outcome.left = offer;
    else this.#imports.delete(id);
    return structuredClone(outcome);
  }

  async dropImport(id: ImportId) {
    this.log.push('drop import');
    this.#imports.delete(id);
  }

  async saveNetwork({ settings, proxyPassword, thisRunOnly }: NetworkDraft) {
    const { keyring, network } = this.state;
    if (proxyPassword && keyring !== 'ready' && !thisRunOnly) throw bareReport('keyring-missing');
    if (
      settings.proxy.kind === 'manual' &&
      !/^(https?|socks5h?):\/\/[\w.-]+(:\d+)?$/.test(settings.proxy.url)
    )
      throw { ...bareReport('proxy-invalid'), subject: settings.proxy.url };
    const kept = proxyPassword ? (keyring === 'ready' ? 'keyring' : 'this_run') : network.proxyPassword;
    this.setState({
      network: {
        ...network,
        settings,
        proxyPassword: settings.proxy.kind === 'manual' ? kept : null,
        certificates: settings.certificates.map((path) => this.#file(path)),
        clientCertificate:
          settings.clientCertificate === null ? null : this.#file(settings.clientCertificate),
      },
    });
    return structuredClone(this.state.network);
  }

  async trustCertificate(pem: string) {
    this.log.push('trust certificate');
    const { network } = this.state;
    const file = fileOf('/home/you/.local/share/hearth/trusted/contoso.pem', pem);
    const certificates = [...network.certificates, file];
    const settings = { ...network.settings, certificates: certificates.map(({ path }) => path) };
    this.setState({ network: { ...network, settings, certificates } });
    return structuredClone(this.state.network);
  }

  async chooseCertificateFile() {
    return structuredClone(this.certificateFile);
  }

  async chooseClientCertificate() {
    return structuredClone(this.certificateFile);
  }

  async forgetMeasured(id: ConnectionId, name: string) {
    this.log.push(`forget ${name}`);
    const connection = this.#connection(id);
    const forget = (one: DeploymentView): DeploymentView =>
      one.name === name
        ? {
            ...one,
            known: knownOf(this.state.baseModels.find((base) => base.id === one.baseModel)),
            limits: limitsOf(one, one.baseModel ? 'documented' : 'assumed'),
            refusedEfforts: [],
          }
        : one;
    this.#keep({ ...connection, deployments: connection.deployments.map(forget) }, false);
  }

  async gateway() {
    return this.lent.view();
  }

  async saveGateway(settings: GatewaySettings) {
    return this.lent.save(settings);
  }

  async saveGatewayKey(draft: GatewayKeyDraft) {
    return this.lent.saveKey(draft);
  }

  async removeGatewayKey(id: GatewayKeyId) {
    return this.lent.removeKey(id);
  }

  async copyGatewayKey(id: GatewayKeyId) {
    this.lent.copyKey(id);
  }

  async copyGatewaySnippet(kind: SnippetKind, key: GatewayKeyId | null) {
    this.lent.copySnippet(kind, key);
  }

  async startDemo() {
    const { connections, keyring, network } = this.state;
    this.setState({ ...fakeState('demo'), connections, keyring, network });
    return structuredClone(this.state);
  }

  async leaveDemo() {
    this.setState({ demo: false });
    return structuredClone(this.state);
  }

  protected tell(event: HearthEvent): void {
    for (const receive of this.#receivers) receive([structuredClone(event)]);
  }

  protected setState(change: Partial<AppState>): void {
    this.state = { ...this.state, ...change };
    const active = this.state.connections.find(({ id }) => id === this.state.active);
    if (!this.state.demo) {
      this.state.deployments = active?.deployments ?? [];
      this.state.defaultDeployment = active?.defaultDeployment ?? null;
    }
    this.tell({ kind: 'state_changed' });
    // What is lent may be another connection now.
    this.tell({ kind: 'gateway_changed' });
  }

  protected newId(kind: string): string {
    return `${kind}${++this.#count}`;
  }

  protected async beat(beats = 1): Promise<void> {
    if (this.#pace > 0) await new Promise((done) => setTimeout(done, beats * this.#pace));
    else await Promise.resolve();
  }

  #connection(id: ConnectionId): ConnectionView {
    const found = this.state.connections.find((one) => one.id === id);
    if (!found) throw bareReport('connection-not-found');
    return found;
  }

  /** Keeps a connection in its place in the list. */
  #keep(connection: ConnectionView, use: boolean): void {
    const isThere = this.state.connections.some(({ id }) => id === connection.id);
    const connections = isThere
      ? this.state.connections.map((one) => (one.id === connection.id ? connection : one))
      : [...this.state.connections, connection];
    this.setState({ connections, active: use ? connection.id : this.state.active });
  }

  #brought({ credential: { imported, signIn } }: ConnectionDraft): Brought {
    const found = imported && this.#imports.get(imported.import)?.connections[imported.index];
    return {
      imported: found ? found.lastFour : null,
      signIn: signIn === null ? null : (this.#signIns.get(signIn) ?? null),
    };
  }

  #moveSignIn(id: string, state: SignInState): void {
    const before = this.#signIns.get(id);
    if (!before) return;
    const view = { ...before, state };
    this.#signIns.set(id, view);
    const connection = this.state.connections.find((one) => one.id === view.connection);
    if (connection && state.kind === 'done') {
      const { account, token } = state;
      const credential = { ...connection.credential, token };
      credential.state = { kind: 'signed_in', account, kept: 'keyring' };
      this.#keep({ ...connection, credential }, false);
    }
    this.tell({ kind: 'sign_in', sign_in: view });
  }

  #offer(offer: ImportOffer): ImportOffer {
    this.#imports.set(offer.id, offer);
    return structuredClone(offer);
  }

  #file(path: string): CertificateFile {
    const { certificates, clientCertificate } = this.state.network;
    const known = [...certificates, clientCertificate, this.certificateFile].find(
      (one) => one?.path === path,
    );
    return known ?? fileOf(path, '');
  }
}
