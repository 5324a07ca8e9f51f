// One turn of the fake host, played from its script in the order that the real engine keeps.

import type { Script } from './fake-scripts';
import { grow, type Kept, newMessage } from './fake-tree';
import type {
  BlockView,
  CallState,
  ConnectionId,
  Decision,
  MessageView,
  Step,
  TurnId,
  Waiting,
} from './types';

/** What a turn needs of the host around it. */
export interface Stage {
  beat(): Promise<void>;
  step(kept: Kept, turn: TurnId, step: Step): void;
  /** The conversation's line in the sidebar is another. */
  describe(kept: Kept, activity: 'idle' | 'working' | 'needs_approval' | 'failed'): void;
  newId(kind: string): string;
}

/** Whom a turn asks. */
export interface Asked {
  connection: ConnectionId | null;
  deployment: string;
}

type Call = Extract<BlockView, { kind: 'tool_call' }>;

const NO_FACTS = {
  model: null,
  inputTokens: null,
  cacheReadTokens: null,
  outputTokens: null,
  durationMs: null,
  requestId: null,
  apimRequestId: null,
  without: [],
  loweredTo: null,
};

export class FakeTurn {
  readonly id: TurnId;
  readonly #stage: Stage;
  readonly #kept: Kept;
  readonly #script: Script;
  readonly #asked: Asked;
  readonly #started = Date.now();
  readonly #waiting = new Map<string, (decision: Decision | null) => void>();
  #answer: MessageView;
  #stopped = false;
  #hurried = false;

  constructor(stage: Stage, kept: Kept, question: MessageView, asked: Asked, script: Script) {
    this.#stage = stage;
    this.#kept = kept;
    this.#script = script;
    this.#asked = asked;
    this.id = stage.newId('t');
    this.#answer = this.#newAnswer(question);
    grow(kept, question, this.#answer);
    this.#live();
  }

  get answer(): MessageView {
    return this.#answer;
  }

  async play(): Promise<void> {
    await this.#pause();
    await this.#write(this.#script.blocks);
    if (this.#script.calls.length > 0 && !this.#stopped) await this.#useTools();
    this.#end();
  }

  stop(): void {
    this.#stopped = true;
    for (const answer of this.#waiting.values()) answer(null);
  }

  /** Ends the pause that it is in. */
  hurry(): void {
    this.#hurried = true;
  }

  /** Whether the call waited for somebody's word. */
  decide(call: string, decision: Decision): boolean {
    const answer = this.#waiting.get(call);
    answer?.(decision);
    return answer !== undefined;
  }

  async #pause(): Promise<void> {
    for (const { waiting, beats, milliseconds } of this.#script.pauses) {
      this.#wait({ ...waiting, until: Date.now() + milliseconds });
      this.#hurried = false;
      for (let beat = 0; beat < beats && !this.#stopped && !this.#hurried; beat++) await this.#stage.beat();
      this.#wait(null);
    }
  }

  async #write(blocks: readonly BlockView[]): Promise<void> {
    const answer = this.#answer;
    for (const block of blocks) {
      if (this.#stopped) break;
      const index = answer.blocks.length;
      const shown = emptied(block);
      answer.blocks.push(shown);
      this.#step({ kind: 'block_started', message: answer.id, index, block: shown });
      for (const text of fragments(block)) {
        await this.#stage.beat();
        if (this.#stopped) break;
        if ('text' in shown) shown.text += text;
        this.#step({ kind: 'delta', message: answer.id, index, text });
      }
      const isCut = this.#stopped || (this.#script.failure !== null && block === blocks.at(-1));
      const finished = isCut ? shown : block;
      answer.blocks[index] = finished;
      this.#step({ kind: 'block_finished', message: answer.id, index, block: finished });
    }
  }

  async #useTools(): Promise<void> {
    const first = this.#answer.blocks.length;
    for (const { name, input } of this.#script.calls) {
      if (this.#stopped) return;
      const call: Call = { kind: 'tool_call', id: this.#stage.newId('call'), name, input, state: 'asked' };
      const index = this.#answer.blocks.push(call) - 1;
      const block = { ...call };
      this.#step({ kind: 'block_started', message: this.#answer.id, index, block });
      this.#step({ kind: 'block_finished', message: this.#answer.id, index, block });
    }
    const results = await Promise.all(
      this.#script.calls.map(({ result, failed }, at) => this.#useTool(first + at, result, failed)),
    );
    if (this.#stopped) return;
    this.#continue(results);
    await this.#write(this.#script.after);
  }

  async #useTool(index: number, text: string, failed: boolean): Promise<BlockView> {
    const call = this.#answer.blocks[index] as Call;
    const decision = this.#isGranted(call.name) ? 'once' : await this.#ask(index, call);
    if (decision === 'conversation') this.#grant(call.name);
    const result = { kind: 'tool_result' as const, call: call.id };
    if (decision === null || decision === 'deny') {
      this.#callState(index, call, decision === null ? 'skipped' : 'denied');
      return { ...result, text: 'The person declined this call.', failed: true };
    }
    this.#callState(index, call, 'running');
    for (let beats = 0; beats < 8 && !this.#stopped; beats++) await this.#stage.beat();
    this.#callState(index, call, this.#stopped ? 'skipped' : failed ? 'failed' : 'done');
    return { ...result, text, failed };
  }

  async #ask(index: number, call: Call): Promise<Decision | null> {
    this.#callState(index, call, 'approval');
    this.#stage.describe(this.#kept, 'needs_approval');
    const decision = await new Promise<Decision | null>((answer) => this.#waiting.set(call.id, answer));
    this.#waiting.delete(call.id);
    if (this.#waiting.size === 0) this.#stage.describe(this.#kept, 'working');
    return decision;
  }

  #isGranted(tool: string): boolean {
    return this.#kept.grants.some((grant) => grant.tool === tool);
  }

  #grant(tool: string): void {
    if (!this.#isGranted(tool)) this.#kept.grants.push({ tool, grantedAt: Date.now() });
    const ofTool = this.#answer.blocks.filter((one) => one.kind === 'tool_call' && one.name === tool);
    for (const one of ofTool) if (one.kind === 'tool_call') this.decide(one.id, 'once');
  }

  #callState(index: number, call: Call, state: CallState): void {
    call.state = state;
    this.#step({ kind: 'tool_state', message: this.#answer.id, index, state });
  }

  /** Stores the results of the calls, and goes on with another answer. */
  #continue(results: BlockView[]): void {
    const finished = this.#answer;
    finished.state = { kind: 'complete', stopReason: 'tool_use' };
    finished.answer = this.#facts();
    const said = newMessage(this.#stage.newId('m'), finished.id, 'user');
    said.blocks = results;
    this.#answer = this.#newAnswer(said);
    grow(this.#kept, said, this.#answer);
    this.#live();
    this.#step({ kind: 'continued', finished, results: said, answer: this.#answer });
  }

  #end(): void {
    const answer = this.#answer;
    const { failure, stopReason } = this.#script;
    if (answer.blocks.length > 0) answer.answer = this.#facts();
    if (this.#stopped) answer.state = { kind: 'stopped' };
    else if (failure) answer.state = { kind: 'failed', error: failure };
    else answer.state = { kind: 'complete', stopReason };
    this.#kept.view.turn = null;
    this.#step({ kind: 'ended', answer });
    this.#stage.describe(this.#kept, answer.state.kind === 'failed' ? 'failed' : 'idle');
  }

  #wait(waiting: Waiting | null): void {
    if (this.#kept.view.turn) this.#kept.view.turn.waiting = waiting;
    this.#step(waiting ? { kind: 'waiting', waiting } : { kind: 'asking' });
  }

  #live(): void {
    this.#kept.view.turn = { id: this.id, answer: this.#answer.id, waiting: null, elsewhere: false };
  }

  #newAnswer(after: MessageView): MessageView {
    const answer = newMessage(this.#stage.newId('m'), after.id, 'assistant');
    answer.answer = { ...this.#asked, ...NO_FACTS };
    return answer;
  }

  #facts(): MessageView['answer'] {
    const written = this.#answer.blocks.reduce(
      (sum, block) => sum + ('text' in block ? block.text.length : 0),
      0,
    );
    return {
      ...this.#asked,
      ...NO_FACTS,
      model: 'claude-sonnet-5',
      inputTokens: 1_280,
      cacheReadTokens: 1_200,
      outputTokens: Math.ceil(written / 4),
      durationMs: Math.max(1_400, Date.now() - this.#started),
    };
  }

  #step(step: Step): void {
    this.#stage.step(this.#kept, this.id, step);
  }
}

function emptied(block: BlockView): BlockView {
  if (block.kind === 'text') return { ...block, text: '' };
  if (block.kind === 'thinking') return { ...block, text: '', seconds: null };
  return block;
}

/** The block's text in pieces of a few characters, as a model writes it. */
function fragments(block: BlockView): string[] {
  if (block.kind !== 'text' && block.kind !== 'thinking') return [];
  return block.text.match(/[\s\S]{1,7}/gu) ?? [];
}
