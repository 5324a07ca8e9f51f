// The official JavaScript client for Foundry against the emulator.
//
// Reads EMULATOR_URL and EMULATOR_KEY, and ends with status 0 when everything is as the
// client promises. Each check is a function; their names are printed as they pass.

import assert from 'node:assert/strict';
import { AnthropicFoundry } from '@anthropic-ai/foundry-sdk';
import * as anthropic from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';

const apiKey = process.env.EMULATOR_KEY;
const baseURL = `${process.env.EMULATOR_URL}/anthropic/`;
const model = 'claude-sonnet-5-5';
const client = new AnthropicFoundry({ apiKey, baseURL, maxRetries: 0 });

const clock = {
  name: 'current_time',
  description: 'Tells the time.',
  input_schema: { type: 'object', properties: { time_zone: { type: 'string' } } },
};

const user = (content) => ({ role: 'user', content });
const hello = { model, max_tokens: 4096, messages: [user('Hello')] };
const ask = (more = {}) => client.messages.create({ ...hello, ...more });
const textOf = (message) =>
  message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');

async function refused(kind, call) {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof kind, `${kind.name}, not ${error}`);
    return error;
  }
  assert.fail(`no ${kind.name}`);
}

const checks = {
  async message() {
    const message = await ask();
    assert.equal(message.role, 'assistant');
    assert.match(textOf(message), /offline demo/);
    assert.equal(message.stop_reason, 'end_turn');
    assert.ok(message.usage.input_tokens > 0 && message.usage.output_tokens > 0);
    assert.match(message._request_id, /^req_/);
  },

  async stream() {
    let heard = '';
    const stream = client.messages.stream(hello).on('text', (text) => (heard += text));
    const final = await stream.finalMessage();
    assert.equal(heard, textOf(final));
    assert.equal(heard, textOf(await ask()));
    assert.equal(final.stop_reason, 'end_turn');
  },

  async events() {
    const kinds = [];
    for await (const event of await ask({ stream: true })) kinds.push(event.type);
    assert.equal(kinds[0], 'message_start');
    assert.deepEqual(kinds.slice(-2), ['message_delta', 'message_stop']);
  },

  async thinkingComesBackOnlyAsItWas() {
    const thinking = { type: 'adaptive', display: 'summarized' };
    const question = user('Solve the Monty Hall puzzle');
    const first = await ask({ messages: [question], thinking });
    assert.deepEqual(
      first.content.map((block) => block.type),
      ['thinking', 'text'],
    );
    const goOn = (content) =>
      ask({ thinking, messages: [question, { role: 'assistant', content }, user('Why?')] });
    await goOn(first.content);
    const changed = structuredClone(first.content);
    changed[0].thinking += '!';
    await refused(anthropic.BadRequestError, () => goOn(changed));
  },

  async tools() {
    await toolRoundTrip((more) => ask({ ...more, tools: [clock] }));
  },

  async toolsStreamed() {
    await toolRoundTrip((more) =>
      client.messages.stream({ ...hello, ...more, tools: [clock] }).finalMessage(),
    );
  },

  async documents() {
    const source = { type: 'text', media_type: 'text/plain', data: 'one\ntwo\nthree' };
    const document = { type: 'document', title: 'notes.txt', source };
    const content = [document, { type: 'text', text: 'Hello' }];
    assert.match(textOf(await ask({ messages: [user(content)] })), /notes\.txt”, which has 3 lines/);
  },

  async countTokens() {
    const { input_tokens } = await client.messages.countTokens({ model, messages: hello.messages });
    assert.equal(input_tokens, (await ask()).usage.input_tokens);
  },

  async refusals() {
    const wrong = new AnthropicFoundry({ apiKey: 'wrong', baseURL, maxRetries: 0 });
    await refused(anthropic.AuthenticationError, () => wrong.messages.create(hello));
    const table = {
      'nobody-has-this': anthropic.NotFoundError,
      'fault-400': anthropic.BadRequestError,
      'fault-401-anthropic': anthropic.AuthenticationError,
      'fault-403': anthropic.PermissionDeniedError,
      'fault-404': anthropic.NotFoundError,
      'fault-409': anthropic.ConflictError,
      'fault-429': anthropic.RateLimitError,
      'fault-429-anthropic': anthropic.RateLimitError,
      'fault-500': anthropic.InternalServerError,
      'fault-529': anthropic.InternalServerError,
    };
    for (const [deployment, kind] of Object.entries(table)) {
      const error = await refused(kind, () => ask({ model: deployment }));
      assert.match(error.requestID, /^req_/, deployment);
    }
    const overloaded = await refused(anthropic.APIError, () => ask({ model: 'fault-529' }));
    assert.equal(overloaded.status, 529);
    assert.equal(overloaded.error.error.type, 'overloaded_error');
  },

  async retries() {
    const patient = new AnthropicFoundry({ apiKey, baseURL, maxRetries: 2 });
    const message = await patient.messages.create({ ...hello, model: 'fault-529-once' });
    assert.equal(message.stop_reason, 'end_turn');
  },

  async toolRunner() {
    const tool = betaTool({
      name: clock.name,
      description: clock.description,
      inputSchema: clock.input_schema,
      run: ({ time_zone }) => `noon in ${time_zone}`,
    });
    const messages = [user('What time is it in Tokyo and Berlin?')];
    // The client of Anthropic's own API begins with a thread, and goes on without one.
    const plain = new anthropic.Anthropic({ apiKey, baseURL, maxRetries: 0 });
    for (const asked of [client, plain]) {
      const tools = [tool];
      const last = await asked.beta.messages.toolRunner({ ...hello, messages, tools });
      assert.match(textOf(last), /noon in Asia\/Tokyo[^]*noon in Europe\/Berlin/);
    }
  },

  async errorInTheMiddle() {
    let heard = '';
    const stream = client.messages
      .stream({ ...hello, model: 'fault-error' })
      .on('text', (text) => (heard += text));
    await refused(anthropic.APIError, () => stream.finalMessage());
    assert.ok(heard.length > 0 && textOf(await ask()).startsWith(heard));
  },
};

async function toolRoundTrip(complete) {
  const question = user('What time is it in Tokyo and Berlin?');
  const first = await complete({ messages: [question] });
  assert.equal(first.stop_reason, 'tool_use');
  const calls = first.content.filter((block) => block.type === 'tool_use');
  assert.deepEqual(
    calls.map((call) => call.input),
    [{ time_zone: 'Asia/Tokyo' }, { time_zone: 'Europe/Berlin' }],
  );
  const result = (call, content, is_error) => ({
    type: 'tool_result',
    tool_use_id: call.id,
    content,
    is_error,
  });
  const results = [result(calls[0], '23:45', false), result(calls[1], 'The clock is broken.', true)];
  const answer = { role: 'assistant', content: first.content };
  const last = await complete({ messages: [question, answer, user(results)] });
  assert.equal(last.stop_reason, 'end_turn');
  assert.match(textOf(last), /23:45[^]*broken/);
  await refused(anthropic.BadRequestError, () =>
    complete({ messages: [question, answer, user(results.slice(1))] }),
  );
}

for (const [name, check] of Object.entries(checks)) {
  await check();
  process.stdout.write(`passed: ${name}\n`);
}
