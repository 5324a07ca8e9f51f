"""Anthropic's own Python client against the gateway, which stands before the emulator.

Reads GATEWAY_URL and GATEWAY_KEY, and ends with status 0 when everything is as the client
promises. Each check is a function; their names are printed as they pass.
"""

import asyncio
import os

import anthropic
from anthropic import Anthropic, AsyncAnthropic

URL = os.environ["GATEWAY_URL"]
KEY = os.environ["GATEWAY_KEY"]
MODEL = "the-alias"
HELLO = [{"role": "user", "content": "Hello"}]

client = Anthropic(api_key=KEY, base_url=URL, max_retries=0)


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def ask(asking=client, **more):
    return asking.messages.create(model=MODEL, max_tokens=1024, messages=HELLO, **more)


def refused(kind, call):
    try:
        answer = call()
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}: {answer!r}")


def check_both_addresses():
    for url in (URL, URL + "/anthropic"):
        message = ask(Anthropic(api_key=KEY, base_url=url, max_retries=0))
        assert message.stop_reason == "end_turn" and text_of(message), message
        assert message._request_id.startswith("req_"), message._request_id


def check_stream():
    with client.messages.stream(model=MODEL, max_tokens=1024, messages=HELLO) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == text_of(final) == text_of(ask()), text


def check_async_stream():
    async def run():
        async with AsyncAnthropic(api_key=KEY, base_url=URL) as other:
            async with other.messages.stream(
                model=MODEL, max_tokens=1024, messages=HELLO
            ) as stream:
                return "".join([text async for text in stream.text_stream])

    assert asyncio.run(run()) == text_of(ask())


def check_beta():
    message = client.beta.messages.create(
        model=MODEL, max_tokens=1024, messages=HELLO, betas=["files-api-2025-04-14"]
    )
    assert message.stop_reason == "end_turn", message


def check_thinking_and_tools():
    thinking = {"type": "adaptive", "display": "summarized"}
    clock = {
        "name": "current_time",
        "description": "Tells the time.",
        "input_schema": {
            "type": "object",
            "properties": {"time_zone": {"type": "string"}},
        },
    }
    question = {"role": "user", "content": "What time is it in Tokyo and Berlin?"}

    def go_on(messages):
        with client.messages.stream(
            model=MODEL, max_tokens=4096, thinking=thinking, tools=[clock], messages=messages
        ) as stream:
            return stream.get_final_message()

    first = go_on([question])
    calls = [block for block in first.content if block.type == "tool_use"]
    assert len(calls) == 2, first
    results = [
        {"type": "tool_result", "tool_use_id": call.id, "content": "23:45"} for call in calls
    ]
    answer = {"role": "assistant", "content": first.content}
    last = go_on([question, answer, {"role": "user", "content": results}])
    assert "23:45" in text_of(last), last


def check_count_tokens():
    count = client.messages.count_tokens(model=MODEL, messages=HELLO)
    assert count.input_tokens == ask().usage.input_tokens, count


def check_models():
    models = list(client.models.list())
    assert [model.id for model in models] == [MODEL], models
    assert client.models.retrieve(MODEL).display_name == MODEL


def check_refusals():
    wrong = Anthropic(api_key="wrong", base_url=URL, max_retries=0)
    refused(anthropic.AuthenticationError, lambda: ask(wrong))
    none = lambda: client.messages.create(model="none", max_tokens=9, messages=HELLO)
    refused(anthropic.NotFoundError, none)
    silent = lambda: client.messages.create(model=MODEL, max_tokens=9, messages=[])
    error = refused(anthropic.BadRequestError, silent)
    assert error.body["error"]["type"] == "invalid_request_error", error.body
    assert error.request_id.startswith("req_"), error.request_id


for name, check in list(globals().items()):
    if name.startswith("check_"):
        check()
        print("passed:", name)
