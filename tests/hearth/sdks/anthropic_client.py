"""Anthropic's own Python clients ask the gateway: the plain one, and the one for Foundry."""

import asyncio
import base64

import anthropic
from anthropic import Anthropic, AnthropicFoundry, AsyncAnthropic

from checks import CLOCK, HELLO, KEY, MODEL, PDF, URL, WEATHER, png, refused, run

client = Anthropic(api_key=KEY, base_url=URL + "/anthropic", max_retries=0)


def tool(function):
    others = {key: function[key] for key in ("name", "description")}
    return {**others, "input_schema": function["parameters"]}


def ask(model=MODEL, messages=HELLO, asking=client, **more):
    more.setdefault("max_tokens", 1000)
    return asking.messages.create(model=model, messages=messages, **more)


def text_of(message):
    return "".join(block.text for block in message.content if block.type == "text")


def check_the_seeds_example():
    client = Anthropic(api_key=KEY, base_url=URL + "/anthropic")
    response = client.messages.create(
        model="claude-sonnet-4-5",
        max_tokens=1000,
        messages=[{"role": "user", "content": "Hello, world"}],
    )
    assert response.id.startswith("msg_") and response.type == "message", response
    assert response.role == "assistant" and response.stop_reason == "end_turn"
    assert text_of(response).startswith("> Hello, world\n\nHello! This is Hearth")
    assert response.usage.input_tokens > 0 and response.usage.output_tokens > 100
    assert response._request_id.startswith("req_"), response._request_id


def check_every_client_and_every_address():
    expected = text_of(ask())
    for other in (
        Anthropic(api_key=KEY, base_url=URL),
        Anthropic(auth_token=KEY, base_url=URL),
        AnthropicFoundry(api_key=KEY, base_url=URL + "/anthropic/"),
        AnthropicFoundry(azure_ad_token_provider=lambda: KEY, base_url=URL + "/anthropic/"),
    ):
        for model in (MODEL, "azure_ai/" + MODEL):
            assert text_of(ask(model, asking=other)) == expected, other


def check_streams():
    with client.messages.stream(model=MODEL, max_tokens=1000, messages=HELLO) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == text_of(final) == text_of(ask())
    assert final.usage.input_tokens == ask().usage.input_tokens
    # The stand-in cuts every answer into other tokens.
    assert final.usage.output_tokens > 100, final
    kinds = [event.type for event in ask(stream=True)]
    assert kinds[0] == "message_start" and kinds[-2:] == ["message_delta", "message_stop"]

    async def other():
        async with AsyncAnthropic(api_key=KEY, base_url=URL) as other:
            stream = other.messages.stream(model=MODEL, max_tokens=1000, messages=HELLO)
            async with stream as events:
                return "".join([piece async for piece in events.text_stream])

    assert asyncio.run(other()) == text


def check_tools_with_signed_thinking():
    question = {"role": "user", "content": "What time is it in Tokyo and Berlin?"}
    for model, thinking in (
        ("claude-opus-5-5", {"type": "adaptive", "display": "summarized"}),
        (MODEL, {"type": "enabled", "budget_tokens": 2048}),
    ):
        more = {"max_tokens": 8000, "thinking": thinking, "tools": [tool(CLOCK)]}
        first = ask(model, [question], **more)
        assert first.stop_reason == "tool_use", first
        thought, *_ = first.content
        assert thought.type == "thinking" and thought.thinking and thought.signature
        calls = [block for block in first.content if block.type == "tool_use"]
        assert [call.input["time_zone"] for call in calls] == ["Asia/Tokyo", "Europe/Berlin"]
        results = [
            {"type": "tool_result", "tool_use_id": call.id, "content": "It is noon"}
            for call in calls
        ]
        answer = {"role": "assistant", "content": first.content}
        go_on = [question, answer, {"role": "user", "content": results}]
        assert text_of(ask(model, go_on, **more)).count("It is noon") == 2
        forged = [block.model_dump(exclude_none=True) for block in first.content]
        forged[0]["signature"] = base64.b64encode(b"another").decode()
        go_on[1] = {"role": "assistant", "content": forged}
        error = refused(anthropic.BadRequestError, lambda: ask(model, go_on, **more))
        assert "signature" in error.message.lower(), error


def check_a_tool_that_has_to_be_called():
    question = [{"role": "user", "content": "What's the weather in Seattle?"}]
    choice = {"type": "tool", "name": "get_weather"}
    message = ask(messages=question, tools=[tool(WEATHER)], tool_choice=choice)
    call = message.content[-1]
    assert call.name == "get_weather" and call.input == {
        "location": "what's the weather in seattle?"
    }


def check_images_and_documents():
    def source(media_type, data):
        data = base64.b64encode(data).decode()
        return {"type": "base64", "media_type": media_type, "data": data}

    content = [
        {"type": "image", "source": source("image/png", png(30, 20))},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/cat.png"}},
        {"type": "document", "title": "report.pdf", "source": source("application/pdf", PDF)},
        {"type": "text", "text": "Hello"},
    ]
    answer = text_of(ask(messages=[{"role": "user", "content": content}]))
    for seen in ("30 × 20 pixels", "somewhere else", "I read “report.pdf”"):
        assert seen in answer, answer


def check_counting():
    count = client.messages.count_tokens(model=MODEL, messages=HELLO)
    assert count.input_tokens == ask().usage.input_tokens > 0, count


def check_models():
    models = list(client.models.list())
    assert MODEL in [model.id for model in models], models
    assert all(model.type == "model" and model.display_name for model in models)
    one = client.models.retrieve(MODEL)
    assert one.id == MODEL and one.type == "model", one
    refused(anthropic.NotFoundError, lambda: client.models.retrieve("nobody-has-this"))


def check_refusals():
    for wrong in (
        Anthropic(api_key="sk-wrong", base_url=URL, max_retries=0),
        AnthropicFoundry(api_key="sk-wrong", base_url=URL + "/anthropic/", max_retries=0),
    ):
        error = refused(anthropic.AuthenticationError, lambda: ask(asking=wrong))
        assert error.body["error"]["type"] == "authentication_error", error.body
    error = refused(anthropic.NotFoundError, lambda: ask("nobody-has-this"))
    # The gateway's own words, or those of the resource, whichever has not got it.
    says = error.body["error"]
    assert "DeploymentNotFound" in (says.get("type"), says.get("code")) or (
        says.get("type") == "not_found_error"
    ), error.body
    error = refused(anthropic.RateLimitError, lambda: ask("fault-429-day"))
    assert error.response.headers["retry-after"] == "86400"
    for kind, call in (
        (anthropic.BadRequestError, lambda: ask(messages=[])),
        (anthropic.BadRequestError, lambda: ask("fault-400")),
        (anthropic.BadRequestError, lambda: ask("fault-400", stream=True)),
        (anthropic.PermissionDeniedError, lambda: ask("fault-403")),
        (anthropic.RequestTooLargeError, lambda: ask("fault-413")),
    ):
        error = refused(kind, call)
        assert error.response.headers["request-id"].startswith("req_"), error


def check_streams_that_break():
    pieces = []

    def read(model):
        with client.messages.stream(model=model, max_tokens=1000, messages=HELLO) as stream:
            for piece in stream.text_stream:
                pieces.append(piece)
            return stream.get_final_message()

    for model in ("fault-cut", "fault-error"):
        pieces.clear()
        try:
            answer = read(model)
        except Exception as error:
            # The connection ends within an event, or an event says what is wrong.
            assert not isinstance(error, AssertionError), error
        else:
            raise AssertionError(f"a broken stream became an answer: {answer!r}")
        assert "".join(pieces), model


def check_betas_and_what_nobody_knows():
    message = client.beta.messages.create(
        model=MODEL, max_tokens=1000, messages=HELLO, betas=["files-api-2025-04-14"]
    )
    assert message.stop_reason == "end_turn"
    error = refused(
        anthropic.BadRequestError, lambda: ask(extra_body={"nobody_knows": {"a": [1]}})
    )
    assert "nobody_knows" in error.message, error


run(globals())
