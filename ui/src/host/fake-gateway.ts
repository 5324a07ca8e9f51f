// The gateway of the fake host: it keeps what is chosen and its keys, and plays the states that a real one has.

import { bareReport } from './host';
import type {
  AppState,
  GatewayKeyDraft,
  GatewayKeyId,
  GatewayKeyView,
  GatewayRequest,
  GatewaySettings,
  GatewayState,
  GatewayView,
  HearthEvent,
  SnippetKind,
} from './types';

const DEFAULTS: GatewaySettings = {
  on: false,
  port: 4000,
  connection: null,
  origins: [],
  dropParams: false,
  modelLimit: false,
};

const KINDS: readonly SnippetKind[] = [
  'open_ai_python',
  'anthropic_python',
  'open_ai_node',
  'anthropic_node',
  'claude_code',
  'curl',
];

/** What it needs of the host around it. */
export interface GatewaySurroundings {
  app: () => AppState;
  tell: (event: HearthEvent) => void;
  newId: () => string;
  log: (line: string) => void;
}

export class FakeGateway {
  readonly #around: GatewaySurroundings;
  #settings = DEFAULTS;
  #keys: GatewayKeyView[] = [];
  #recent: GatewayRequest[] = [];
  #since = 0;
  /** A port on which another program listens. */
  takenPort: number | null = null;

  constructor(around: GatewaySurroundings) {
    this.#around = around;
  }

  /** Begins as a gateway that was in use for a while. */
  begin(now: number): void {
    this.#settings = { ...DEFAULTS, on: true, dropParams: true };
    this.#since = now - 2 * HOUR;
    this.#keys = sampleKeys(now);
    this.#recent = sampleRequests(now);
  }

  view(): GatewayView {
    const lent = this.#lent();
    return structuredClone({
      settings: this.#settings,
      state: this.#state(),
      keys: this.#keys,
      models: this.#settings.on ? (lent?.deployments.map(({ name }) => name) ?? []) : [],
      snippets: KINDS.map((kind) => ({ kind, text: this.#snippet(kind) })),
      today: {
        requests: this.#recent.length,
        failed: this.#recent.filter(({ ending }) => ending !== 'answered').length,
        inputTokens: sum(this.#recent.map((one) => one.inputTokens)),
        outputTokens: sum(this.#recent.map((one) => one.outputTokens)),
      },
      recent: this.#recent,
    });
  }

  save(settings: GatewaySettings): GatewayView {
    const wrong = settings.origins.find((origin) => !/^https?:\/\/[^/\s]+$/.test(origin));
    if (wrong !== undefined) throw { ...bareReport('gateway-origin-invalid'), subject: wrong };
    if (settings.on && this.#keys.length === 0) this.#keep(draftOf('Gateway key'));
    if (settings.on && !this.#settings.on) this.#since = Date.now();
    this.#settings = structuredClone(settings);
    return this.#changed();
  }

  saveKey(draft: GatewayKeyDraft): GatewayView {
    const name = draft.name.trim();
    const isTaken = this.#keys.some((key) => key.name === name && key.id !== draft.id);
    if (name === '' || isTaken) throw bareReport('gateway-key-invalid');
    this.#keep({ ...draft, name });
    return this.#changed();
  }

  removeKey(id: GatewayKeyId): GatewayView {
    this.#keys = this.#keys.filter((key) => key.id !== id);
    return this.#changed();
  }

  copyKey(id: GatewayKeyId): void {
    const key = this.#keys.find((one) => one.id === id);
    if (!key || key.place === null) throw bareReport('keyring-locked');
    this.#around.log(`copy key ${key.name}`);
  }

  copySnippet(kind: SnippetKind, id: GatewayKeyId | null): void {
    const key = this.#keys.find((one) => one.id === id);
    this.#around.log(`copy snippet ${kind} ${key?.name ?? 'YOUR-KEY'}`);
  }

  /** Lets a program ask with a key. */
  asks(request: Partial<GatewayRequest>): void {
    const at = Date.now();
    const whole = { ...sampleRequests(at)[0], at, ...request } as GatewayRequest;
    this.#recent = [whole, ...this.#recent].slice(0, 50);
    this.#keys = this.#keys.map((key) => (key.name === whole.key ? { ...key, lastUsedAt: at } : key));
    this.#changed();
  }

  #state(): GatewayState {
    const { on, port } = this.#settings;
    if (!on) return { kind: 'off' };
    const lent = this.#lent();
    if (!lent) return { kind: 'failed', problem: bareReport('no-connection') };
    if (port === this.takenPort)
      return {
        kind: 'failed',
        problem: { ...bareReport('gateway-address-taken'), subject: `127.0.0.1:${port}` },
      };
    return { kind: 'running', url: this.#url(), connection: lent.name, since: this.#since };
  }

  #lent() {
    const { connections, active } = this.#around.app();
    const wanted = this.#settings.connection ?? active;
    return connections.find(({ id }) => id === wanted);
  }

  #url(): string {
    // What the system would choose.
    return `http://127.0.0.1:${this.#settings.port === 0 ? 46_021 : this.#settings.port}`;
  }

  #snippet(kind: SnippetKind): string {
    const url = this.#url();
    const model = this.#lent()?.defaultDeployment ?? 'claude-sonnet-5';
    switch (kind) {
      case 'open_ai_python':
        return `from openai import OpenAI\n\nclient = OpenAI(api_key="YOUR-KEY", base_url="${url}/v1")\nanswer = client.chat.completions.create(\n    model="${model}",\n    messages=[{"role": "user", "content": "Hello"}],\n)\nprint(answer.choices[0].message.content)`;
      case 'anthropic_python':
        return `from anthropic import Anthropic\n\nclient = Anthropic(api_key="YOUR-KEY", base_url="${url}")`;
      case 'open_ai_node':
        return `import OpenAI from "openai";\n\nconst client = new OpenAI({ apiKey: "YOUR-KEY", baseURL: "${url}/v1" });`;
      case 'anthropic_node':
        return `import Anthropic from "@anthropic-ai/sdk";\n\nconst client = new Anthropic({ apiKey: "YOUR-KEY", baseURL: "${url}" });`;
      case 'claude_code':
        return `export ANTHROPIC_BASE_URL=${url}\nexport ANTHROPIC_AUTH_TOKEN=YOUR-KEY\nexport ANTHROPIC_MODEL=${model}`;
      case 'curl':
        return `curl ${url}/v1/messages \\\n  --header "Authorization: Bearer YOUR-KEY" \\\n  --header "content-type: application/json" \\\n  --data '{"model": "${model}", "max_tokens": 1024, "messages": [{"role": "user", "content": "Hello"}]}'`;
    }
  }

  #keep(draft: GatewayKeyDraft): void {
    const { keyring } = this.#around.app();
    const before = this.#keys.find(({ id }) => id === draft.id);
    if (!before && keyring !== 'ready' && !draft.thisRunOnly)
      throw bareReport(keyring === 'locked' ? 'keyring-locked' : 'keyring-missing');
    const made = {
      ...(before ?? {
        id: this.#around.newId(),
        ending: 'Rk4d',
        place: draft.thisRunOnly ? ('this_run' as const) : ('keyring' as const),
        lastUsedAt: null,
      }),
      name: draft.name,
      models: draft.models,
      expires: draft.expires,
      expired: draft.expires !== null && draft.expires < new Date().toISOString().slice(0, 10),
    };
    this.#keys = before ? this.#keys.map((key) => (key === before ? made : key)) : [...this.#keys, made];
  }

  #changed(): GatewayView {
    this.#around.tell({ kind: 'gateway_changed' });
    return this.view();
  }
}

const HOUR = 3_600_000;
const MINUTE = 60_000;

const draftOf = (name: string): GatewayKeyDraft => ({
  id: null,
  name,
  models: null,
  expires: null,
  thisRunOnly: false,
});

const sum = (counts: ReadonlyArray<number | null>): number =>
  counts.reduce<number>((total, count) => total + (count ?? 0), 0);

/** Keys of every state that the list shows. */
function sampleKeys(now: number): GatewayKeyView[] {
  const key = (name: string, more: Partial<GatewayKeyView>): GatewayKeyView => ({
    id: `gk-${name}`,
    name,
    ending: 'a81c',
    place: 'keyring',
    models: null,
    expires: null,
    expired: false,
    lastUsedAt: null,
    ...more,
  });
  return [
    key('Editor', { lastUsedAt: now - 4 * MINUTE }),
    key('Nightly evaluation', {
      ending: 'Q0zt',
      models: ['sonnet-team', 'haiku-batch'],
      expires: '2099-12-31',
      lastUsedAt: now - 9 * HOUR,
    }),
    key('Old laptop', { ending: '7mWe', expires: '2026-03-31', expired: true }),
    key('Trial', { ending: null, place: null }),
  ];
}

/** Requests of every ending, the newest first. */
function sampleRequests(now: number): GatewayRequest[] {
  const request = (ago: number, more: Partial<GatewayRequest>): GatewayRequest => ({
    at: now - ago,
    key: 'Editor',
    model: 'claude-opus-5-5',
    status: 200,
    ending: 'answered',
    duration: 2_340,
    inputTokens: 1_204,
    outputTokens: 388,
    ...more,
  });
  return [
    request(4 * MINUTE, {}),
    request(6 * MINUTE, { model: 'haiku-batch', duration: 640, inputTokens: 210, outputTokens: 44 }),
    request(7 * MINUTE, {
      status: 429,
      ending: 'refused',
      duration: 90,
      inputTokens: null,
      outputTokens: null,
    }),
    request(31 * MINUTE, { status: null, ending: 'left', duration: 12_800, outputTokens: null }),
    request(9 * HOUR, {
      key: 'Nightly evaluation',
      model: 'sonnet-team',
      duration: 48_210,
      inputTokens: 182_400,
      outputTokens: 9_120,
    }),
  ];
}
