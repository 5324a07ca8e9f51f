"""The official Python client for Foundry against the emulator.

Reads EMULATOR_URL and EMULATOR_KEY, and ends with status 0 when everything is as
the client promises. Each check is a function; their names are printed as they pass.
"""

import asyncio
import base64
import os
import struct
import zlib

import anthropic
from anthropic import Anthropic, AnthropicFoundry, AsyncAnthropicFoundry, beta_tool

URL = os.environ["EMULATOR_URL"] + "/anthropic/"
KEY = os.environ["EMULATOR_KEY"]
MODEL = "claude-sonnet-5-5"
CLOCK = {
    "name": "current_time",
    "description": "Tells the time.",
    "input_schema": {
        "type": "object",
        "properties": {"time_zone": {"type": "string"}},
    },
}

client = AnthropicFoundry(api_key=KEY, base_url=URL, max_retries=0)


def user(content):
    return {"role": "user", "content": content}


def ask(model=MODEL, content="Hello", **more):
    return client.messages.create(
        model=model, max_tokens=4096, messages=[user(content)], **more
    )


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def check_message():
    message = ask()
    assert message.type == "message" and message.role == "assistant", message
    assert "offline demo" in text_of(message), message
    assert message.stop_reason == "end_turn", message
    assert message.usage.input_tokens > 0 and message.usage.output_tokens > 0, message
    assert message._request_id.startswith("req_"), message._request_id


def check_stream():
    with client.messages.stream(
        model=MODEL, max_tokens=4096, messages=[user("Hello")]
    ) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == text_of(final) == text_of(ask()), text
    assert final.stop_reason == "end_turn"


def check_events():
    kinds = [event.type for event in ask(stream=True)]
    assert kinds[0] == "message_start" and kinds[-2:] == ["message_delta", "message_stop"]
    assert kinds.count("content_block_start") == kinds.count("content_block_stop") == 1


def check_async_stream():
    async def run():
        async with AsyncAnthropicFoundry(api_key=KEY, base_url=URL) as other:
            async with other.messages.stream(
                model=MODEL, max_tokens=4096, messages=[user("Hello")]
            ) as stream:
                return "".join([text async for text in stream.text_stream])

    assert asyncio.run(run()) == text_of(ask())


def check_thinking_comes_back_only_as_it_was():
    thinking = {"type": "adaptive", "display": "summarized"}
    question = user("Solve the Monty Hall puzzle")
    first = client.messages.create(
        model=MODEL, max_tokens=4096, messages=[question], thinking=thinking
    )
    assert [block.type for block in first.content] == ["thinking", "text"], first

    def go_on(content):
        return client.messages.create(
            model=MODEL,
            max_tokens=4096,
            thinking=thinking,
            messages=[question, {"role": "assistant", "content": content}, user("Why?")],
        )

    go_on(first.content)
    changed = [block.model_dump() for block in first.content]
    changed[0]["thinking"] += "!"
    refused(anthropic.BadRequestError, lambda: go_on(changed))


def tool_round_trip(complete):
    question = user("What time is it in Tokyo and Berlin?")
    first = complete(messages=[question], tools=[CLOCK])
    assert first.stop_reason == "tool_use", first
    calls = [block for block in first.content if block.type == "tool_use"]
    zones = [call.input["time_zone"] for call in calls]
    assert zones == ["Asia/Tokyo", "Europe/Berlin"], calls
    results = [
        {"type": "tool_result", "tool_use_id": calls[0].id, "content": "23:45"},
        {
            "type": "tool_result",
            "tool_use_id": calls[1].id,
            "content": [{"type": "text", "text": "The clock is broken."}],
            "is_error": True,
        },
    ]
    answer = {"role": "assistant", "content": first.content}
    last = complete(messages=[question, answer, user(results)], tools=[CLOCK])
    assert last.stop_reason == "end_turn", last
    assert "23:45" in text_of(last) and "broken" in text_of(last), last
    refused(
        anthropic.BadRequestError,
        lambda: complete(messages=[question, answer, user(results[:1])], tools=[CLOCK]),
    )


def check_tools():
    tool_round_trip(
        lambda **more: client.messages.create(model=MODEL, max_tokens=4096, **more)
    )


def check_tools_streamed():
    def complete(**more):
        with client.messages.stream(model=MODEL, max_tokens=4096, **more) as stream:
            return stream.get_final_message()

    tool_round_trip(complete)


def check_tool_runner():
    @beta_tool
    def current_time(time_zone: str) -> str:
        """Tells the time.

        Args:
            time_zone: The zone.
        """
        return "noon in " + time_zone

    # The client of Anthropic's own API begins with a thread, and goes on without one.
    plain = Anthropic(api_key=KEY, base_url=URL, max_retries=0)
    for asked in (client, plain):
        for stream in (False, True):
            runner = asked.beta.messages.tool_runner(
                model=MODEL,
                max_tokens=4096,
                tools=[current_time],
                messages=[user("What time is it in Tokyo and Berlin?")],
                stream=stream,
            )
            answer = text_of(runner.until_done())
            assert "noon in Asia/Tokyo" in answer, answer
            assert "noon in Europe/Berlin" in answer, answer


def check_strict_reading():
    strict = AnthropicFoundry(
        api_key=KEY, base_url=URL, max_retries=0, _strict_response_validation=True
    )
    for model in (MODEL, "fault-refusal-late", "fault-pause-turn", "fault-max-tokens"):
        for question in ("Solve the Monty Hall puzzle", "What time is it?"):
            body = {
                "model": model,
                "max_tokens": 4096,
                "messages": [user(question)],
                "tools": [CLOCK],
            }
            for messages in (strict.messages, strict.beta.messages):
                whole = messages.create(**body)
                with messages.stream(**body) as stream:
                    streamed = stream.get_final_message()
                kinds = [block.type for block in whole.content]
                assert kinds == [block.type for block in streamed.content], (model, kinds)


def png(width, height):
    def chunk(kind, data):
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\0" * width) * height)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return {
        "type": "image",
        "source": {
            "type": "base64",
            "media_type": "image/png",
            "data": base64.b64encode(data).decode(),
        },
    }


def check_images():
    said = text_of(ask(content=[png(64, 48), {"type": "text", "text": "Hello"}]))
    assert "64 × 48 pixels" in said, said
    error = refused(anthropic.BadRequestError, lambda: ask(content=[png(8001, 1)]))
    assert error.body["error"]["details"]["max_side_length_pixels"] == 8000, error.body


def check_count_tokens():
    count = client.messages.count_tokens(model=MODEL, messages=[user("Hello")])
    assert count.input_tokens == ask().usage.input_tokens, count


def refused(kind, call):
    try:
        answer = call()
    except kind as error:
        assert type(error) is kind or kind is anthropic.BadRequestError, repr(error)
        return error
    raise AssertionError(f"no {kind.__name__}: {answer!r}")


def check_refusals():
    wrong = AnthropicFoundry(api_key="wrong", base_url=URL, max_retries=0)
    hello = {"model": MODEL, "max_tokens": 9, "messages": [user("Hello")]}
    refused(anthropic.AuthenticationError, lambda: wrong.messages.create(**hello))
    table = {
        "nobody-has-this": anthropic.NotFoundError,
        "fault-400": anthropic.BadRequestError,
        "fault-401-anthropic": anthropic.AuthenticationError,
        "fault-403": anthropic.PermissionDeniedError,
        "fault-404": anthropic.NotFoundError,
        "fault-409": anthropic.ConflictError,
        "fault-429": anthropic.RateLimitError,
        "fault-429-anthropic": anthropic.RateLimitError,
        "fault-500": anthropic.InternalServerError,
        "fault-503": anthropic._exceptions.ServiceUnavailableError,
        "fault-504": anthropic._exceptions.GatewayTimeoutError,
        "fault-529": anthropic._exceptions.OverloadedError,
    }
    for model, kind in table.items():
        error = refused(kind, lambda: ask(model=model))
        assert error.request_id.startswith("req_"), model
    limited = refused(anthropic.RateLimitError, lambda: ask(model="fault-429"))
    assert limited.response.headers["retry-after"] == "2"


def check_retries():
    patient = AnthropicFoundry(api_key=KEY, base_url=URL, max_retries=2)
    message = patient.messages.create(
        model="fault-529-once", max_tokens=4096, messages=[user("Hello")]
    )
    assert message.stop_reason == "end_turn"


def check_error_in_the_middle():
    heard = ""
    try:
        with client.messages.stream(
            model="fault-error", max_tokens=4096, messages=[user("Hello")]
        ) as stream:
            for text in stream.text_stream:
                heard += text
    except anthropic.APIStatusError as error:
        assert "Overloaded" in str(error), error
        assert heard and text_of(ask()).startswith(heard), heard
        return
    raise AssertionError("the error event was not noticed")


def check_refusal_is_an_answer():
    message = ask(model="fault-refusal")
    assert message.stop_reason == "refusal" and message.content == [], message


for name, check in list(globals().items()):
    if name.startswith("check_"):
        check()
        print("passed:", name)
