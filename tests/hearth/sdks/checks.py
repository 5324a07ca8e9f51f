"""What the Python programs beside this file share.

The environment says where the gateway is and with which key it is asked: GATEWAY_URL, GATEWAY_KEY.
Each check of a program is a function whose name begins with `check_`; its name is printed when it
passes, and the first that fails ends the program.
"""

import os
import struct
import zlib

URL = os.environ["GATEWAY_URL"]
KEY = os.environ["GATEWAY_KEY"]

MODEL = "claude-sonnet-4-5"
HELLO = [{"role": "user", "content": "Hello!"}]

# The tool of the seed, word for word.
WEATHER = {
    "name": "get_weather",
    "description": "Get the current weather in a given location",
    "parameters": {
        "type": "object",
        "properties": {
            "location": {
                "type": "string",
                "description": "The city and state, e.g. San Francisco, CA",
            }
        },
        "required": ["location"],
    },
}

CLOCK = {
    "name": "current_time",
    "description": "Tells the time.",
    "parameters": {
        "type": "object",
        "properties": {"time_zone": {"type": "string"}},
    },
}

# The smallest document that is a PDF for those who look at its beginning.
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def png(width, height):
    """A black picture."""

    def chunk(kind, data):
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\0" * width) * height)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def refused(kind, call):
    """The error of a call that has to fail with exactly this kind."""
    try:
        answer = call()
    except Exception as error:
        assert type(error) is kind, f"{type(error).__name__} is no {kind.__name__}: {error}"
        return error
    raise AssertionError(f"no {kind.__name__}: {answer!r}")


def run(checks):
    for name, check in list(checks.items()):
        if name.startswith("check_"):
            check()
            print("passed:", name, flush=True)
