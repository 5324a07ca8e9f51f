// OpenAI's own client for JavaScript asks the gateway, as its users do. GATEWAY_URL and
// GATEWAY_KEY say where and with which key. The name of each check is printed as it passes.

import assert from "node:assert/strict";

import OpenAI from "openai";

import { CLOCK, HELLO, KEY, MODEL, PICTURE, URL, WEATHER, run } from "./checks.mjs";

const client = new OpenAI({ apiKey: KEY, baseURL: URL, maxRetries: 0 });
const tools = [{ type: "function", function: CLOCK }];

function ask(more = {}, asking = client) {
  return asking.chat.completions.create({
    model: MODEL,
    messages: HELLO,
    max_tokens: 1000,
    ...more,
  });
}

const said = (completion) => completion.choices[0].message.content;

run({
  async checkCompletion() {
    const whole = await ask();
    assert.ok(said(whole).startsWith("> Hello!\n\nHello! This is Hearth"), said(whole));
    assert.equal(whole.choices[0].finish_reason, "stop");
    assert.equal(whole.model, MODEL);
    assert.match(whole._request_id, /^req_/);
    const { usage } = whole;
    assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
    const other = new OpenAI({ apiKey: KEY, baseURL: `${URL}/v1` });
    assert.equal(said(await ask({}, other)), said(whole));
  },

  async checkStream() {
    const whole = await ask();
    const stream = await ask({ stream: true, stream_options: { include_usage: true } });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const last = chunks.pop();
    assert.deepEqual(last.choices, []);
    // The stand-in cuts every answer into other tokens.
    assert.equal(last.usage.prompt_tokens, whole.usage.prompt_tokens);
    assert.ok(last.usage.completion_tokens > 100);
    const text = chunks.map((chunk) => chunk.choices[0].delta.content ?? "").join("");
    assert.equal(text, said(whole));
    assert.equal(chunks.at(-1).choices[0].finish_reason, "stop");
    assert.equal(chunks[0].choices[0].delta.role, "assistant");
  },

  async checkTheClientsOwnGathering() {
    const runner = client.chat.completions.stream({
      model: MODEL,
      messages: HELLO,
      max_tokens: 1000,
    });
    const deltas = [];
    runner.on("content", (delta) => deltas.push(delta));
    const final = await runner.finalChatCompletion();
    assert.equal(deltas.join(""), said(final));
    assert.equal(said(final), said(await ask()));
  },

  async checkAStreamThatIsStopped() {
    const stream = await ask({ stream: true });
    for await (const _ of stream) break;
    assert.ok(stream.controller.signal.aborted);
  },

  async checkToolsThatTheClientRuns() {
    for (const stream of [false, true]) {
      const zones = [];
      const runner = client.chat.completions.runTools({
        model: MODEL,
        stream,
        max_tokens: 1000,
        messages: [{ role: "user", content: "What time is it in Tokyo and Berlin?" }],
        tools: [
          {
            type: "function",
            function: {
              ...CLOCK,
              parse: JSON.parse,
              function: ({ time_zone }) => {
                zones.push(time_zone);
                return `It is noon in ${time_zone}`;
              },
            },
          },
        ],
      });
      const answer = await runner.finalContent();
      assert.deepEqual(zones, ["Asia/Tokyo", "Europe/Berlin"]);
      assert.ok(answer.includes("noon in Asia/Tokyo") && answer.includes("noon in Europe/Berlin"));
    }
  },

  async checkAToolThatHasToBeCalled() {
    const { choices } = await ask({
      messages: [{ role: "user", content: "What's the weather in Seattle?" }],
      tools: [{ type: "function", function: WEATHER }],
      tool_choice: { type: "function", function: { name: "get_weather" } },
    });
    assert.equal(choices[0].finish_reason, "tool_calls");
    const [call] = choices[0].message.tool_calls;
    assert.deepEqual(JSON.parse(call.function.arguments), {
      location: "what's the weather in seattle?",
    });
  },

  async checkSignedThinking() {
    const question = { role: "user", content: "What time is it in Tokyo?" };
    const more = {
      model: "claude-opus-5-5",
      reasoning_effort: "high",
      max_completion_tokens: 8000,
      max_tokens: undefined,
      tools,
    };
    const first = await ask({ ...more, messages: [question] });
    const { message } = first.choices[0];
    assert.ok(message.reasoning_content && message.thinking_blocks[0].signature);
    const [{ id }] = message.tool_calls;
    const result = { role: "tool", tool_call_id: id, content: "It is noon" };
    const last = await ask({ ...more, messages: [question, message, result] });
    assert.ok(said(last).includes("It is noon"), said(last));
    message.thinking_blocks[0].signature = "YW5vdGhlcg==";
    const forged = ask({ ...more, messages: [question, message, result] });
    await assert.rejects(forged, OpenAI.BadRequestError);
  },

  async checkAPicture() {
    const content = [
      { type: "text", text: "Hello" },
      { type: "image_url", image_url: { url: PICTURE } },
    ];
    const seen = await ask({ messages: [{ role: "user", content }] });
    assert.ok(said(seen).includes("1 × 1 pixels"), said(seen));
  },

  async checkJson() {
    const schema = {
      type: "object",
      properties: { name: { type: "string" } },
      required: ["name"],
      additionalProperties: false,
    };
    const format = (type, json_schema) => ({ response_format: { type, json_schema } });
    const question = { messages: [{ role: "user", content: "Describe Seattle" }] };
    const bySchema = format("json_schema", { name: "place", strict: true, schema });
    const parsed = await client.chat.completions.parse({
      model: "claude-haiku-4-5",
      max_tokens: 1000,
      ...question,
      ...bySchema,
    });
    assert.deepEqual(JSON.parse(said(parsed)), { name: "describe seattle" });
    const any = await ask({ model: "claude-haiku-4-5", ...question, ...format("json_object") });
    assert.deepEqual(JSON.parse(said(any)), {});
  },

  async checkModels() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    assert.ok(ids.includes(MODEL), ids);
    assert.equal((await client.models.retrieve(MODEL)).id, MODEL);
  },

  async checkRefusals() {
    const wrong = new OpenAI({ apiKey: "sk-wrong", baseURL: URL, maxRetries: 0 });
    await assert.rejects(ask({}, wrong), OpenAI.AuthenticationError);
    await assert.rejects(ask({ model: "nobody-has-this" }), OpenAI.NotFoundError);
    await assert.rejects(ask({ n: 2 }), OpenAI.BadRequestError);
    await assert.rejects(ask({ model: "fault-429-day" }), (error) => {
      assert.ok(error instanceof OpenAI.RateLimitError, error);
      assert.equal(error.headers.get("retry-after"), "86400");
      return true;
    });
    const read = async () => {
      for await (const _ of await ask({ model: "fault-cut", stream: true }));
    };
    await assert.rejects(read, OpenAI.APIError);
  },

  async checkUnicode() {
    const text = "a\u2028b\u2029c\u0085d \ufeff👩‍👩‍👧 \u0000 e\u0301 日本 \\u2028 \"\\";
    assert.equal(said(await ask({ model: "scripted-unicode" })), text);
    let streamed = "";
    for await (const chunk of await ask({ model: "scripted-unicode", stream: true })) {
      streamed += chunk.choices[0].delta.content ?? "";
    }
    assert.equal(streamed, text);
  },
});
