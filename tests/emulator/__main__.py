"""`python -m tests.emulator`: the server by itself, for trying generative templates without a key."""

import argparse
import sys
import threading
from pathlib import Path

from tests.emulator.faults import listed
from tests.emulator.server import Emulator

_STARTED = """An emulator of the Images API answers on {url}: no model, no cost, invented pictures.
In another window, start Loupe with it:

    OPENAI_BASE_URL={url} OPENAI_API_KEY={key} make run

Ctrl-C ends it."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8787, help="0 = any free one")
    parser.add_argument("--seconds", type=float, default=6.0, help="how long the model takes for a request")
    parser.add_argument("--drift", type=float, default=1.0, help="how much it redraws; 0 = nothing outside a mask")
    parser.add_argument("--limit", type=int, help="pictures in a window")
    parser.add_argument("--window", type=float, default=60.0, help="seconds of that window")
    parser.add_argument("--ledger", type=Path, help="file for a line of JSON for each request that is billed")
    parser.add_argument("--key", default="emulator")
    parser.add_argument(
        "--script", action="append", default=[], metavar="FAULT", help="what happens to the next request"
    )
    parser.add_argument("--faults", action="store_true", help="list them and end")
    given = parser.parse_args()
    if given.faults:
        print("\n".join(listed()))
        return
    server = Emulator(
        drift=given.drift, limit=given.limit, window=given.window, seconds=given.seconds, key=given.key,
        port=given.port, ledger=given.ledger, keep=False,
    )  # fmt: skip
    server.script(*given.script)
    try:
        server.start()
    except OSError as error:
        sys.exit(f"Port {given.port} can't be had ({error.strerror}). Another emulator may run; choose --port.")
    with server:
        print(_STARTED.format(url=server.url, key=given.key), flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
