"""OpenAI's own Python client asks the gateway, as its users do."""

import asyncio
import base64
import json
from typing import Literal, Optional

import openai
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

from checks import CLOCK, HELLO, KEY, MODEL, PDF, URL, WEATHER, png, refused, run

client = OpenAI(api_key=KEY, base_url=URL, max_retries=0)
TOOLS = [{"type": "function", "function": WEATHER}]
CLOCKS = [{"type": "function", "function": CLOCK}]


def ask(model=MODEL, messages=HELLO, asking=client, **more):
    more.setdefault("max_tokens", 1000)
    return asking.chat.completions.create(model=model, messages=messages, **more)


def said(completion):
    return completion.choices[0].message.content


def user(*parts):
    return [{"role": "user", "content": list(parts)}]


def check_the_seeds_example():
    response = client.chat.completions.create(
        model="claude-sonnet-4-5",
        messages=[{"role": "user", "content": "Hello!"}],
        max_tokens=1000,
    )
    assert response.id.startswith("chatcmpl-") and response.object == "chat.completion"
    assert response.model == "claude-sonnet-4-5", response
    assert len(response.choices) == 1
    choice = response.choices[0]
    assert choice.index == 0 and choice.finish_reason == "stop" and choice.logprobs is None
    assert choice.message.role == "assistant" and choice.message.tool_calls is None
    assert choice.message.content.startswith("> Hello!\n\nHello! This is Hearth"), choice
    usage = response.usage
    assert usage.prompt_tokens > 0 and usage.completion_tokens > 100, usage
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert usage.prompt_tokens_details.cached_tokens == 0
    assert usage.completion_tokens_details.reasoning_tokens == 0
    assert response._request_id.startswith("req_"), response._request_id
    assert ask().id != response.id


def check_both_addresses_and_both_names():
    for url in (URL, URL + "/v1"):
        for model in (MODEL, "azure_ai/" + MODEL):
            other = OpenAI(api_key=KEY, base_url=url, max_retries=0)
            completion = ask(model, asking=other)
            assert completion.model == model and said(completion) == said(ask()), completion


def check_the_seeds_whole_configuration():
    messages = [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": "Explain quantum computing in simple terms."},
    ]
    completion = ask(messages=messages, temperature=0.7, stream=False)
    assert "I was told: “You are a helpful assistant.”" in said(completion)
    assert said(completion).startswith("> Explain quantum computing in simple terms.")
    developer = [{"role": "developer", "content": "Be brief."}, *HELLO]
    assert "I was told: “Be brief.”" in said(ask(messages=developer))


def check_without_a_limit():
    none = client.chat.completions.create(model=MODEL, messages=HELLO)
    assert said(none) == said(ask()), none


def check_stream():
    question = [{"role": "user", "content": "Write a short story"}]
    whole = ask(messages=question)
    chunks = list(ask(messages=question, stream=True))
    first, last = chunks[0], chunks[-1]
    assert first.choices[0].delta.role == "assistant" and not first.choices[0].delta.content
    assert {chunk.id for chunk in chunks} == {first.id} and first.id.startswith("chatcmpl-")
    assert {chunk.model for chunk in chunks} == {MODEL}
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert all(chunk.usage is None and len(chunk.choices) == 1 for chunk in chunks)
    reasons = [chunk.choices[0].finish_reason for chunk in chunks]
    assert reasons[-1] == "stop" and set(reasons[:-1]) == {None}, reasons
    assert not last.choices[0].delta.content
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == said(whole) and len(chunks) > 20, text


def check_stream_with_usage():
    whole = ask()
    chunks = list(ask(stream=True, stream_options={"include_usage": True}))
    *others, last = chunks
    assert last.choices == [] and all(chunk.usage is None for chunk in others)
    # The stand-in cuts every answer into other tokens.
    assert last.usage.prompt_tokens == whole.usage.prompt_tokens, last
    assert last.usage.completion_tokens > 100, last
    assert last.usage.total_tokens == last.usage.prompt_tokens + last.usage.completion_tokens


def check_the_clients_own_gathering():
    with client.chat.completions.stream(
        model=MODEL, messages=HELLO, max_tokens=1000
    ) as stream:
        deltas = [event.delta for event in stream if event.type == "content.delta"]
        final = stream.get_final_completion()
    assert "".join(deltas) == said(final) == said(ask())
    assert final.choices[0].finish_reason == "stop"


def check_async():
    async def both():
        async with AsyncOpenAI(api_key=KEY, base_url=URL, max_retries=0) as other:
            whole, stream = await asyncio.gather(
                other.chat.completions.create(model=MODEL, messages=HELLO, max_tokens=1000),
                other.chat.completions.create(
                    model=MODEL, messages=HELLO, max_tokens=1000, stream=True
                ),
            )
            pieces = [chunk.choices[0].delta.content or "" async for chunk in stream]
        return said(whole), "".join(pieces)

    whole, streamed = asyncio.run(both())
    assert whole == streamed == said(ask())


def check_the_seeds_tool():
    question = {"role": "user", "content": "What's the weather in Seattle?"}
    free = ask(messages=[question], tools=TOOLS, tool_choice="auto")
    # The stand-in calls a tool only when it is named, or when it has to.
    assert free.choices[0].finish_reason == "stop" and "Pike Place" in said(free)
    named = {"type": "function", "function": {"name": "get_weather"}}
    for choice in (named, "required"):
        first = ask(messages=[question], tools=TOOLS, tool_choice=choice)
        message = first.choices[0].message
        assert first.choices[0].finish_reason == "tool_calls", first
        (call,) = message.tool_calls
        assert call.type == "function" and call.function.name == "get_weather"
        assert json.loads(call.function.arguments) == {
            "location": "what's the weather in seattle?"
        }
        result = {"role": "tool", "tool_call_id": call.id, "content": "Rain, 11 °C"}
        last = ask(messages=[question, message, result], tools=TOOLS)
        assert "**get_weather** says: Rain, 11 °C" in said(last), last
        assert last.choices[0].finish_reason == "stop"
    none = ask(messages=[question], tools=TOOLS, tool_choice="none")
    assert none.choices[0].message.tool_calls is None


def check_tools_at_once():
    question = {"role": "user", "content": "What time is it in Tokyo and Berlin?"}
    first = ask(messages=[question], tools=CLOCKS)
    calls = first.choices[0].message.tool_calls
    zones = [json.loads(call.function.arguments)["time_zone"] for call in calls]
    assert zones == ["Asia/Tokyo", "Europe/Berlin"] and len({c.id for c in calls}) == 2
    assert said(first) == "Let me look these up."
    # Results may come in any order, with text after them.
    results = [
        {"role": "tool", "tool_call_id": call.id, "content": f"It is noon in {zone}"}
        for call, zone in reversed(list(zip(calls, zones)))
    ]
    go_on = [question, first.choices[0].message, *results]
    last = said(ask(messages=go_on, tools=CLOCKS))
    assert "noon in Asia/Tokyo" in last and "noon in Europe/Berlin" in last, last
    alone = ask(messages=[question], tools=CLOCKS, parallel_tool_calls=False)
    assert len(alone.choices[0].message.tool_calls) == 1
    error = refused(openai.BadRequestError, lambda: ask(messages=go_on[:-1], tools=CLOCKS))
    assert calls[0].id in error.message or "tool" in error.message, error


def check_streamed_tools():
    question = {"role": "user", "content": "What time is it in Tokyo and Berlin?"}
    whole = ask(messages=[question], tools=CLOCKS)
    chunks = list(ask(messages=[question], tools=CLOCKS, stream=True))
    gathered = {}
    for chunk in chunks:
        for call in chunk.choices[0].delta.tool_calls or []:
            if call.index not in gathered:
                assert call.id and call.type == "function" and call.function.name, call
                gathered[call.index] = [call.id, call.function.name, ""]
            else:
                assert call.id is None and call.function.name is None, call
            gathered[call.index][2] += call.function.arguments or ""
    assert sorted(gathered) == [0, 1], gathered
    for index, call in enumerate(whole.choices[0].message.tool_calls):
        assert gathered[index][1:] == [call.function.name, call.function.arguments]
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def check_legacy_functions():
    question = {"role": "user", "content": "What's the weather in Seattle?"}
    more = {"functions": [WEATHER], "function_call": {"name": "get_weather"}}
    first = ask(messages=[question], **more)
    message = first.choices[0].message
    assert first.choices[0].finish_reason == "function_call", first
    assert message.function_call.name == "get_weather" and message.tool_calls is None
    answer = {"role": "function", "name": "get_weather", "content": "Rain"}
    last = ask(messages=[question, message, answer], functions=[WEATHER])
    assert "**get_weather** says: Rain" in said(last)


def check_tool_names_that_the_api_has_not():
    name = "weather.in/Zürich " + "x" * 60
    tools = [{"type": "function", "function": {"name": name, "parameters": {}}}]
    question = {"role": "user", "content": "Go"}
    first = ask(messages=[question], tools=tools, tool_choice="required")
    (call,) = first.choices[0].message.tool_calls
    assert call.function.name == name and call.function.arguments == "{}"
    result = {"role": "tool", "tool_call_id": call.id, "content": "Snow"}
    last = ask(messages=[question, first.choices[0].message, result], tools=tools)
    assert "says: Snow" in said(last), last


def thought_in(model, **more):
    """Two rounds with thinking that comes back signed; gives the answers and the first messages."""
    question = {"role": "user", "content": "What time is it in Tokyo?"}
    first = ask(model, [question], tools=CLOCKS, max_tokens=8000, **more)
    message = first.choices[0].message
    assert "there is a tool that does" in message.reasoning_content, message
    (block,) = message.thinking_blocks
    assert block["type"] == "thinking" and block["signature"], block
    assert block["thinking"] == message.reasoning_content
    assert first.usage.completion_tokens_details.reasoning_tokens > 0, first.usage
    (call,) = message.tool_calls
    result = {"role": "tool", "tool_call_id": call.id, "content": "It is noon"}
    messages = [question, message.model_dump(exclude_none=True), result]
    last = ask(model, messages, tools=CLOCKS, max_tokens=8000, **more)
    assert "**current_time** says: It is noon" in said(last), last
    again = {"role": "user", "content": "Thanks. Solve the Monty Hall puzzle"}
    third = ask(
        model, [*messages, last.choices[0].message.model_dump(exclude_none=True), again],
        tools=CLOCKS, max_tokens=8000, **more,
    )
    assert third.choices[0].message.thinking_blocks[0]["signature"], third
    return messages


def check_thinking_and_its_signatures():
    budget = {"thinking": {"type": "enabled", "budget_tokens": 2048}}
    for model, more in (
        ("claude-opus-5-5", {"reasoning_effort": "high"}),
        (MODEL, {"reasoning_effort": "medium"}),
        (MODEL, {"extra_body": budget}),
    ):
        messages = thought_in(model, **more)
        # The signature is what was judged: another one is refused by the resource itself.
        block = messages[1]["thinking_blocks"][0]
        block["signature"] = base64.b64encode(b"another").decode()
        error = refused(
            openai.BadRequestError,
            lambda: ask(model, messages, tools=CLOCKS, max_tokens=8000, **more),
        )
        assert "signature" in error.message.lower(), error


def check_tools_of_programs_that_give_no_thinking_back():
    question = {"role": "user", "content": "What time is it in Tokyo?"}
    for model in ("claude-opus-5-5", "claude-haiku-5-5", MODEL):
        for more in ({}, {"reasoning_effort": "low"}):
            more |= {"tools": CLOCKS, "max_tokens": 8000}
            calls = ask(model, [question], **more).choices[0].message.tool_calls
            kept = {"role": "assistant", "tool_calls": [call.model_dump() for call in calls]}
            result = {"role": "tool", "tool_call_id": calls[0].id, "content": "Noon"}
            assert "says: Noon" in said(ask(model, [question, kept, result], **more))


def check_streamed_thinking():
    question = [{"role": "user", "content": "Solve the Monty Hall puzzle"}]
    more = {"reasoning_effort": "high", "max_tokens": 8000}
    whole = ask("claude-opus-5-5", question, **more).choices[0].message
    chunks = list(ask("claude-opus-5-5", question, stream=True, **more))
    deltas = [chunk.choices[0].delta for chunk in chunks]
    reasoning = "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas)
    blocks = [b for delta in deltas for b in getattr(delta, "thinking_blocks", None) or []]
    text = "".join(delta.content or "" for delta in deltas)
    assert reasoning == whole.reasoning_content and text == whole.content
    assert [b["thinking"] for b in blocks] == [reasoning] and blocks[0]["signature"]
    answer = {"role": "assistant", "content": text, "thinking_blocks": blocks}
    go_on = [*question, answer, {"role": "user", "content": "Hello!"}]
    assert said(ask("claude-opus-5-5", go_on, **more)).startswith("> Hello!")


def check_every_effort():
    for effort in ("none", "minimal", "low", "medium", "high", "xhigh", "max"):
        for model in ("claude-opus-5-5", "claude-haiku-5-5", "claude-haiku-4-5"):
            completion = ask(model, reasoning_effort=effort, max_tokens=20000)
            assert completion.choices[0].finish_reason == "stop", (effort, model)


def check_images():
    data = "data:image/png;base64," + base64.b64encode(png(30, 20)).decode()
    look = {"type": "text", "text": "Hello, what is this?"}
    for image in ({"url": data}, {"url": data, "detail": "high"}):
        answer = said(ask(messages=user(look, {"type": "image_url", "image_url": image})))
        assert "I see an image of 30 × 20 pixels." in answer, answer
    far = {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}}
    assert "I see an image that is somewhere else." in said(ask(messages=user(look, far)))
    near = {"type": "image_url", "image_url": {"url": "http://127.0.0.1/cat.png"}}
    error = refused(openai.BadRequestError, lambda: ask(messages=user(look, near)))
    assert error.param == "messages[0].content[1].image_url", error.body


def check_a_pdf():
    data = "data:application/pdf;base64," + base64.b64encode(PDF).decode()
    file = {"type": "file", "file": {"filename": "report.pdf", "file_data": data}}
    answer = said(ask(messages=user({"type": "text", "text": "Hello"}, file)))
    assert "I read “report.pdf”." in answer, answer
    sound = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
    error = refused(openai.BadRequestError, lambda: ask(messages=user(sound)))
    assert error.param == "messages[0].content[0]" and "sound" in error.message


class Place(BaseModel):
    name: str
    population: int


class City(BaseModel):
    mood: Literal["calm", "loud"]
    center: Place
    sister: Optional[Place]


def check_nested_schemas():
    for model in (MODEL, "claude-opus-5-5", "claude-haiku-5-5"):
        completion = client.chat.completions.parse(
            model=model, messages=HELLO, response_format=City, max_tokens=8000
        )
        place = Place(name="hello!", population=1)
        city = City(mood="calm", center=place, sister=place)
        assert completion.choices[0].message.parsed == city, (model, completion)


def check_json_by_schema():
    question = [{"role": "user", "content": "Describe Seattle"}]
    # Structured outputs answer with text, which the test has written.
    for model in ("scripted-json", "scripted-json-stream"):
        if model.endswith("stream"):
            with client.chat.completions.stream(
                model=model, messages=question, response_format=Place, max_tokens=1000
            ) as stream:
                completion = stream.get_final_completion()
        else:
            completion = client.chat.completions.parse(
                model=model, messages=question, response_format=Place, max_tokens=1000
            )
        place = completion.choices[0].message.parsed
        assert place == Place(name="Seattle", population=737015), completion
    # Where there are none, a tool stands in for them.
    completion = client.chat.completions.parse(
        model="claude-haiku-4-5", messages=question, response_format=Place, max_tokens=1000
    )
    choice = completion.choices[0]
    assert choice.finish_reason == "stop" and choice.message.tool_calls is None
    assert choice.message.parsed == Place(name="describe seattle", population=1)
    chunks = list(
        ask(
            "claude-haiku-4-5",
            question,
            stream=True,
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "place", "schema": Place.model_json_schema()},
            },
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert json.loads(text) == {"name": "describe seattle", "population": 1}
    assert chunks[-1].choices[0].finish_reason == "stop"


def check_json_of_any_kind():
    completion = ask(response_format={"type": "json_object"})
    assert json.loads(said(completion)) == {}, completion
    assert completion.choices[0].finish_reason == "stop"
    assert said(ask(response_format={"type": "text"})) == said(ask())


def check_endings():
    cut = ask(max_tokens=5)
    assert cut.choices[0].finish_reason == "length" and cut.usage.completion_tokens == 5
    newer = client.chat.completions.create(
        model=MODEL, messages=HELLO, max_completion_tokens=5
    )
    assert newer.choices[0].finish_reason == "length" and newer.usage.completion_tokens == 5
    for stop in ("offline demo", ["offline demo", "nothing"]):
        stopped = ask(stop=stop)
        assert stopped.choices[0].finish_reason == "stop"
        assert said(stopped).endswith("This is Hearth's **"), stopped
    chunks = list(ask(max_tokens=5, stream=True))
    assert chunks[-1].choices[0].finish_reason == "length"
    refusal = ask("scripted-refusal")
    assert refusal.choices[0].finish_reason == "content_filter"
    assert refusal.choices[0].message.refusal == "It would be dangerous.", refusal


def check_what_was_left_out_is_told():
    raw = client.chat.completions.with_raw_response.create(
        model=MODEL, messages=HELLO, max_tokens=1000, seed=1, store=False, user="somebody",
        presence_penalty=0, temperature=0.7, top_p=1,
    )
    dropped = raw.headers["x-hearth-dropped-params"].replace(" ", "").split(",")
    assert set(dropped) >= {"seed", "store", "presence_penalty", "top_p"}, dropped
    assert "user" not in dropped and "temperature" not in dropped
    error = refused(openai.BadRequestError, lambda: ask("claude-opus-5-5", temperature=0.7))
    assert error.param == "temperature" and error.code == "unsupported_parameter", error.body
    kept = ask("claude-opus-5-5", temperature=0.7, extra_body={"drop_params": True})
    assert kept.choices[0].finish_reason == "stop"


def check_refusals():
    wrong = OpenAI(api_key="sk-wrong", base_url=URL, max_retries=0)
    error = refused(openai.AuthenticationError, lambda: ask(asking=wrong))
    assert error.status_code == 401 and error.code == "invalid_api_key", error.body
    error = refused(openai.NotFoundError, lambda: ask("nobody-has-this"))
    assert error.code == "model_not_found", error.body
    error = refused(openai.RateLimitError, lambda: ask("fault-429-day"))
    assert error.response.headers["retry-after"] == "86400"
    assert error.request_id.startswith("req_"), error.request_id
    for number, model, kind in (
        (400, "fault-400", openai.BadRequestError),
        (403, "fault-403", openai.PermissionDeniedError),
        (413, "fault-413", openai.APIStatusError),
        (400, "fault-context-exceeded", openai.BadRequestError),
    ):
        for stream in (False, True):
            error = refused(kind, lambda: ask(model, stream=stream))
            assert error.status_code == number and error.message, error
    assert error.code == "context_length_exceeded", error.body


def check_requests_that_are_wrong():
    for param, more in (
        ("messages", {"messages": []}),
        ("n", {"n": 2}),
        ("messages[0].role", {"messages": [{"role": "owner", "content": "Hi"}]}),
        ("temperature", {"temperature": 3}),
        ("max_tokens", {"max_tokens": 0}),
        ("tool_choice", {"tool_choice": "required"}),
        ("nobody_knows", {"extra_body": {"nobody_knows": 1}}),
    ):
        error = refused(openai.BadRequestError, lambda: ask(**more))
        assert error.param == param, (param, error.body)
        assert error.type == "invalid_request_error", error.body


def check_streams_that_break():
    pieces = []

    def read():
        for chunk in ask("fault-cut", stream=True):
            assert chunk.choices[0].finish_reason is None, chunk
            pieces.append(chunk.choices[0].delta.content or "")

    error = refused(openai.APIError, read)
    assert "".join(pieces) and error.message, error
    pieces.clear()
    error = refused(openai.APIError, lambda: list(ask("fault-error", stream=True)))
    assert "verloaded" in error.message, error


def check_unicode():
    text = "a\u2028b\u2029c\u0085d \ufeff👩‍👩‍👧 \u0000 e\u0301 日本 \\u2028 \"\\"
    assert said(ask("scripted-unicode")) == text
    streamed = ask("scripted-unicode", stream=True)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in streamed) == text
    echo = ask(messages=[{"role": "user", "content": "שלום 👩‍👩‍👧 \\ \"x\" 日本"}])
    assert said(echo).startswith("> שלום 👩‍👩‍👧 \\ \"x\" 日本\n"), echo


def check_models():
    models = list(client.models.list())
    ids = [model.id for model in models]
    assert MODEL in ids and all(model.object == "model" for model in models), models
    one = client.models.retrieve(MODEL)
    assert one.id == MODEL and one.owned_by == "microsoft-foundry", one
    refused(openai.NotFoundError, lambda: client.models.retrieve("nobody-has-this"))


def check_what_is_not_here():
    error = refused(
        openai.NotFoundError, lambda: client.responses.create(model=MODEL, input="Hello")
    )
    assert error.type == "invalid_request_error", error.body


run(globals())
