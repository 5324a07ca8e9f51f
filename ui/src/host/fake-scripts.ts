// What the fake host answers: one long reply that shows every kind of block, and each failure by name.

import { failureOf } from './fake-failures';
import type { BlockView, ErrorCode, ErrorReport, Waiting } from './types';

export interface Script {
  /** Pauses before the answer begins, counted in beats of the host's pace. */
  pauses: Array<{ waiting: Omit<Waiting, 'until'>; beats: number; milliseconds: number }>;
  blocks: BlockView[];
  /** The tools that it calls after that, all at once. */
  calls: Array<{ name: string; input: string; result: string; failed: boolean }>;
  /** What it writes once it has their results. */
  after: BlockView[];
  stopReason: string;
  failure: ErrorReport | null;
}

/**
 * The answer of `deployment` to `question`.
 *
 * A deployment, or a question, that begins with `fault-` and an error's code
 * fails with it: `fault-stream-cut` after half an answer, `fault-key-refused`
 * before it begins. `stop-refusal` and its like end an answer with that reason,
 * `wait-90` makes it wait first and names 90 s, `long-70` repeats it 70 times, to
 * about 100 KB, and `tool-2` asks two clocks; `tool-error` asks one that fails.
 */
export function scriptFor(deployment: string, question: string): Script {
  const name = [question, deployment].find((text) => /^(fault|stop|wait|long|tool)-/.test(text)) ?? '';
  const [kind, ...rest] = name.trim().split('-');
  const detail = rest.join('-');
  const blocks: BlockView[] = [thinking(THOUGHT, 6.2), text(REPLY)];
  switch (kind) {
    case 'fault':
      return plan(
        detail.startsWith('stream-') ? [text(REPLY.slice(0, 420))] : [],
        failureOf(detail as ErrorCode, deployment),
      );
    case 'stop':
      return { ...plan([text(REPLY.slice(0, 320))], null), stopReason: detail };
    case 'wait':
      return {
        ...plan(blocks, null),
        pauses: [
          {
            waiting: { attempt: 2, attempts: 4, reason: failureOf('overloaded', deployment) },
            beats: 200,
            milliseconds: 1_000 * (Number(detail) || 5),
          },
        ],
      };
    case 'tool':
      return clocks(detail);
    case 'long':
      return plan([text(REPLY.repeat(Number(detail) || 70))], null);
    default:
      return plan(question.length < 24 ? [text(`You asked: ${question}`)] : blocks, null);
  }
}

const plan = (blocks: BlockView[], failure: ErrorReport | null): Script => ({
  pauses: [],
  blocks,
  calls: [],
  after: [],
  stopReason: 'end_turn',
  failure,
});

const CLOCKS = [
  { zone: 'Europe/Paris', time: 'Sunday, 22 November 2026, 16:27:05, UTC+01:00' },
  { zone: 'Asia/Tokyo', time: 'Monday, 23 November 2026, 00:27:05, UTC+09:00' },
  { zone: 'America/Los_Angeles', time: 'Sunday, 22 November 2026, 07:27:05, UTC-08:00' },
];

function clocks(detail: string): Script {
  const failed = detail === 'error';
  const asked = CLOCKS.slice(0, failed ? 1 : Number(detail) || 1);
  return {
    ...plan([text('I will look at the clock.')], null),
    calls: asked.map(({ zone, time }) => ({
      name: 'current_time',
      input: JSON.stringify({ time_zone: failed ? 'Europe/Atlantis' : zone }),
      result: failed ? 'There is no time zone named “Europe/Atlantis”.' : time,
      failed,
    })),
    after: [text(failed ? 'That zone is not known.' : 'Now I know what time it is.')],
  };
}

const text = (words: string): BlockView => ({ kind: 'text', text: words });
const thinking = (words: string, seconds: number): BlockView => ({
  kind: 'thinking',
  text: words,
  seconds,
  redacted: false,
});

export const THOUGHT = `The person wants a retry budget that all workers share, so a token bucket fits: retries spend, successes earn. I should keep the arithmetic in integers and say what happens under contention.

A tenth of real traffic is the usual bound. Honour retry-after before anything else.`;

export const REPLY = `A token bucket shared by all workers keeps retries under a tenth of real traffic. The service asks callers to honour \`retry-after\`, so that wait always comes first.

\`\`\`rust
/// One retry token is earned for every ten successes.
pub struct RetryBudget { tokens: AtomicI32 }

impl RetryBudget {
    pub fn try_spend(&self) -> bool {
        self.tokens.fetch_sub(10, Relaxed) >= 10
    }
}
\`\`\`

### How the three usual ways compare

| Way | Load on a busy service | Worst wait | Remarks |
|:----|-----------------------:|-----------:|---------|
| Fixed delay | 3.0× | 4 s | synchronises all callers |
| Backoff with jitter | 1.8× | 32 s | the usual default |
| **Retry budget** | **1.1×** | 32 s | fails early when all is lost |

Three things to watch:

1. Spend *before* the retry, never after it.
2. A failure that cannot pass, such as a 401, must not touch the budget.
3. Count the wait of the proxy too; see [the SRE book](https://sre.google/sre-book/handling-overload/).

> A retry is a promise that the next attempt has a better chance than the last one.

- [x] jitter on every wait
- [ ] a metric for refused retries

In Japanese the same rule reads 「再試行は全体の一割まで」, and it is just as hard to keep.[^1]

[^1]: The tenth is one of the calls of a minute, whoever makes them.`;
