"""LiteLLM's SDK asks the gateway: as the Foundry resource that the seed's examples name, as a
server of OpenAI's kind, and as one of Anthropic's kind.

A model of LiteLLM's list is served at an address of its own making, so every example of the seed
runs as it stands, with the gateway's address in the place of the resource's.
"""

import asyncio
import base64
import json
import os

import litellm
from litellm import completion

from checks import CLOCK, HELLO, KEY, PDF, URL, WEATHER, png, refused, run

litellm.suppress_debug_info = True
BASE = URL + "/anthropic"
TOOLS = [{"type": "function", "function": WEATHER}]
CLOCKS = [{"type": "function", "function": CLOCK}]

# As a resource of Foundry's, as OpenAI, as Anthropic.
WAYS = {
    "azure_ai/claude-sonnet-4-5": {"api_base": BASE, "api_key": KEY},
    "openai/claude-sonnet-4-5": {"api_base": URL, "api_key": KEY},
    "litellm_proxy/claude-sonnet-4-5": {"api_base": URL, "api_key": KEY},
    "anthropic/claude-sonnet-4-5": {"api_base": BASE, "api_key": KEY},
}


def said(response):
    return response.choices[0].message.content


def in_environment(**variables):
    names = [name for name in os.environ if name.startswith("AZURE_")]
    for name in names:
        del os.environ[name]
    os.environ.update(variables)


def check_the_seeds_basic_completion():
    # LiteLLM reads the address of chats under the second name, and documents the first.
    in_environment(AZURE_API_KEY=KEY, AZURE_API_BASE=BASE, AZURE_AI_API_BASE=BASE)
    response = completion(
        model="azure_ai/claude-sonnet-4-5",
        messages=[{"role": "user", "content": "What are 3 things to visit in Seattle?"}],
        max_tokens=1000,
        temperature=0.7,
    )
    assert "Pike Place Market" in said(response), response
    assert response.choices[0].finish_reason == "stop"
    assert response.usage.prompt_tokens > 0 and response.usage.completion_tokens > 100


def check_the_seeds_key_as_a_parameter():
    in_environment()
    response = litellm.completion(
        model="azure_ai/claude-sonnet-4-5",
        api_base=BASE,
        api_key=KEY,
        messages=[{"role": "user", "content": "Hello!"}],
        max_tokens=1000,
    )
    assert said(response).startswith("> Hello!"), response


def check_the_seeds_tokens():
    in_environment()
    response = litellm.completion(
        model="azure_ai/claude-sonnet-4-5",
        api_base=BASE,
        azure_ad_token=KEY,
        messages=[{"role": "user", "content": "Hello!"}],
        max_tokens=1000,
    )
    assert said(response).startswith("> Hello!"), response
    in_environment(AZURE_AD_TOKEN=KEY, AZURE_AI_API_BASE=BASE)
    again = completion(model="azure_ai/claude-sonnet-4-5", messages=HELLO, max_tokens=1000)
    assert said(again) == said(response)


def check_the_seeds_streaming():
    in_environment(AZURE_API_KEY=KEY, AZURE_AI_API_BASE=BASE)
    response = completion(
        model="azure_ai/claude-sonnet-4-5",
        messages=[{"role": "user", "content": "Write a short story"}],
        stream=True,
        max_tokens=1000,
    )
    pieces = []
    for chunk in response:
        if chunk.choices[0].delta.content:
            pieces.append(chunk.choices[0].delta.content)
    assert "".join(pieces).startswith("> Write a short story") and len(pieces) > 20


def check_the_seeds_tool():
    in_environment(AZURE_API_KEY=KEY, AZURE_AI_API_BASE=BASE)
    response = completion(
        model="azure_ai/claude-sonnet-4-5",
        messages=[{"role": "user", "content": "What's the weather in Seattle?"}],
        tools=TOOLS,
        tool_choice="auto",
        max_tokens=1000,
    )
    assert response.choices[0].finish_reason == "stop" and said(response), response


def check_the_seeds_whole_configuration():
    in_environment(AZURE_API_KEY=KEY, AZURE_API_BASE=BASE, AZURE_AI_API_BASE=BASE)
    response = completion(
        model="azure_ai/claude-sonnet-4-5",
        messages=[
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": "Explain quantum computing in simple terms."},
        ],
        max_tokens=1000,
        temperature=0.7,
        stream=False,
    )
    assert "I was told: “You are a helpful assistant.”" in response.choices[0].message.content


def check_every_way_and_every_model_of_the_seed():
    in_environment()
    for way, more in WAYS.items():
        route, _ = way.split("/")
        for model in ("claude-sonnet-4-5", "claude-haiku-4-5", "claude-opus-4-1"):
            response = completion(
                model=f"{route}/{model}", messages=HELLO, max_tokens=1000, **more
            )
            assert said(response).startswith("> Hello!"), (way, response)
            assert response.choices[0].finish_reason == "stop"


def check_streams_of_every_way():
    for way, more in WAYS.items():
        whole = completion(model=way, messages=HELLO, max_tokens=1000, **more)
        chunks = list(
            completion(
                model=way, messages=HELLO, max_tokens=1000, stream=True,
                stream_options={"include_usage": True}, **more,
            )
        )
        text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        assert text == said(whole), way
        usage = [c.usage for c in chunks if getattr(c, "usage", None)][-1]
        # The stand-in cuts every answer into other tokens.
        assert usage.prompt_tokens == whole.usage.prompt_tokens, (way, usage)
        assert usage.completion_tokens > 100, (way, usage)


def check_tools_of_every_way():
    question = {"role": "user", "content": "What time is it in Tokyo and Berlin?"}
    for way, more in WAYS.items():
        first = completion(
            model=way, messages=[question], tools=CLOCKS, max_tokens=1000, **more
        )
        message = first.choices[0].message
        assert first.choices[0].finish_reason == "tool_calls", (way, first)
        zones = [json.loads(c.function.arguments)["time_zone"] for c in message.tool_calls]
        assert zones == ["Asia/Tokyo", "Europe/Berlin"], (way, first)
        results = [
            {"role": "tool", "tool_call_id": call.id, "content": "It is noon"}
            for call in message.tool_calls
        ]
        last = completion(
            model=way, messages=[question, message, *results], tools=CLOCKS, max_tokens=1000,
            **more,
        )
        assert said(last).count("It is noon") == 2, (way, last)


def check_thinking_of_every_way():
    question = {"role": "user", "content": "What time is it in Tokyo?"}
    thinking = {"type": "enabled", "budget_tokens": 2048}
    for way, more in WAYS.items():
        more = {**more, "tools": CLOCKS, "max_tokens": 8000}
        # LiteLLM knows OpenAI's parameters of a server of OpenAI's kind, and no others.
        if way.startswith("openai/"):
            more["extra_body"] = {"thinking": thinking}
        else:
            more["thinking"] = thinking
        first = completion(model=way, messages=[question], **more)
        message = first.choices[0].message
        assert "there is a tool that does" in message.reasoning_content, (way, message)
        assert message.thinking_blocks[0]["signature"], (way, message)
        result = {
            "role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "It is noon"
        }
        last = completion(model=way, messages=[question, message, result], **more)
        assert "It is noon" in said(last), (way, last)


def check_images_and_documents_of_every_way():
    picture = "data:image/png;base64," + base64.b64encode(png(30, 20)).decode()
    data = "data:application/pdf;base64," + base64.b64encode(PDF).decode()
    content = [
        {"type": "text", "text": "Hello"},
        {"type": "image_url", "image_url": {"url": picture}},
        {"type": "file", "file": {"filename": "report.pdf", "file_data": data}},
    ]
    messages = [{"role": "user", "content": content}]
    for way, more in WAYS.items():
        answer = said(completion(model=way, messages=messages, max_tokens=1000, **more))
        assert "30 × 20 pixels" in answer and "I read “" in answer, (way, answer)


def check_messages_and_counting():
    async def ask(**more):
        return await litellm.anthropic.messages.acreate(
            model="azure_ai/claude-sonnet-4-5", api_base=BASE, api_key=KEY, max_tokens=1000,
            messages=HELLO, **more,
        )

    answer = asyncio.run(ask())
    assert answer["content"][0]["text"].startswith("> Hello!"), answer


def check_refusals():
    for way, more in WAYS.items():
        wrong = {**more, "api_key": "sk-wrong", "max_retries": 0}
        refused(
            litellm.AuthenticationError, lambda: completion(model=way, messages=HELLO, **wrong)
        )
        # What Messages routes are refused comes in the words of whoever refuses it, and LiteLLM
        # reads Azure's words as another mistake.
        if way.startswith(("openai/", "litellm_proxy/")):
            route, _ = way.split("/")
            nobody = f"{route}/claude-nobody-has-this"
            refused(
                litellm.NotFoundError,
                lambda: completion(model=nobody, messages=HELLO, max_tokens=9, **more),
            )


run(globals())
