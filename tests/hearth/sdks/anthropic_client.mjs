// Anthropic's own client for JavaScript asks the gateway, as its users do. GATEWAY_URL and
// GATEWAY_KEY say where and with which key. The name of each check is printed as it passes.

import assert from "node:assert/strict";

import Anthropic from "@anthropic-ai/sdk";

import { CLOCK, HELLO, KEY, MODEL, PICTURE, URL, run } from "./checks.mjs";

const client = new Anthropic({ apiKey: KEY, baseURL: `${URL}/anthropic`, maxRetries: 0 });
const { parameters: input_schema, ...named } = CLOCK;
const tools = [{ ...named, input_schema }];

function ask(more = {}, asking = client) {
  return asking.messages.create({ model: MODEL, messages: HELLO, max_tokens: 1000, ...more });
}

const textOf = (message) =>
  message.content
    .filter((block) => block.type === "text")
    .map((block) => block.text)
    .join("");

run({
  async checkMessage() {
    const message = await ask();
    assert.ok(textOf(message).startsWith("> Hello!\n\nHello! This is Hearth"));
    assert.equal(message.stop_reason, "end_turn");
    assert.match(message._request_id, /^req_/);
    const others = [
      new Anthropic({ apiKey: KEY, baseURL: URL }),
      new Anthropic({ apiKey: null, authToken: KEY, baseURL: URL }),
    ];
    for (const other of others) {
      assert.equal(textOf(await ask({}, other)), textOf(message));
    }
  },

  async checkStream() {
    const stream = client.messages.stream({ model: MODEL, messages: HELLO, max_tokens: 1000 });
    let text = "";
    stream.on("text", (delta) => (text += delta));
    const final = await stream.finalMessage();
    assert.equal(text, textOf(final));
    assert.equal(text, textOf(await ask()));
  },

  async checkToolsWithSignedThinking() {
    const question = { role: "user", content: "What time is it in Tokyo and Berlin?" };
    const more = {
      model: "claude-opus-5-5",
      max_tokens: 8000,
      thinking: { type: "adaptive", display: "summarized" },
      tools,
    };
    const first = await ask({ ...more, messages: [question] });
    assert.equal(first.stop_reason, "tool_use");
    assert.ok(first.content[0].thinking && first.content[0].signature);
    const calls = first.content.filter((block) => block.type === "tool_use");
    const content = calls.map((call) => ({
      type: "tool_result",
      tool_use_id: call.id,
      content: `It is noon in ${call.input.time_zone}`,
    }));
    const answer = { role: "assistant", content: first.content };
    const last = await ask({ ...more, messages: [question, answer, { role: "user", content }] });
    assert.ok(textOf(last).includes("noon in Asia/Tokyo"));
    assert.ok(textOf(last).includes("noon in Europe/Berlin"));
  },

  async checkAPicture() {
    const [media, data] = PICTURE.slice("data:".length).split(";base64,");
    const source = { type: "base64", media_type: media, data };
    const content = [
      { type: "image", source },
      { type: "text", text: "Hello" },
    ];
    const seen = await ask({ messages: [{ role: "user", content }] });
    assert.ok(textOf(seen).includes("1 × 1 pixels"));
  },

  async checkCounting() {
    const { input_tokens } = await client.messages.countTokens({ model: MODEL, messages: HELLO });
    assert.equal(input_tokens, (await ask()).usage.input_tokens);
  },

  async checkModels() {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    assert.ok(ids.includes(MODEL), ids);
    assert.equal((await client.models.retrieve(MODEL)).type, "model");
  },

  async checkRefusals() {
    const wrong = new Anthropic({ apiKey: "sk-wrong", baseURL: URL, maxRetries: 0 });
    await assert.rejects(ask({}, wrong), Anthropic.AuthenticationError);
    await assert.rejects(ask({ model: "nobody-has-this" }), Anthropic.NotFoundError);
    await assert.rejects(ask({ messages: [] }), Anthropic.BadRequestError);
    await assert.rejects(ask({ model: "fault-429-day" }), (error) => {
      assert.ok(error instanceof Anthropic.RateLimitError, error);
      assert.equal(error.headers.get("retry-after"), "86400");
      return true;
    });
    for (const model of ["fault-cut", "fault-error"]) {
      const stream = client.messages.stream({ model, messages: HELLO, max_tokens: 1000 });
      await assert.rejects(stream.finalMessage(), Anthropic.AnthropicError, model);
    }
  },
});
