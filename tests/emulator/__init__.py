"""A server of the Images Edit API on loopback: it refuses, draws, streams, limits, bills and fails like a real one.

    with Emulator(drift=1.0) as server:
        server.script("rate_limit retry_after=2", "ok", fault("reset_body"))    # one per request; then all is well
        …                                                                        # OPENAI_BASE_URL=server.url, key "emulator"
        server.log[-1].fields, server.ledger[-1].pictures, truth(server.log[-1])

`tests/emulator/faults.py` and its neighbours name the faults; `python -m tests.emulator --faults` lists them.
"""

from tests.emulator.drawing import truth
from tests.emulator.faults import Fault, fault
from tests.emulator.ledger import Ledger, Paid
from tests.emulator.requests import Asked, File
from tests.emulator.server import Emulator

__all__ = ["Asked", "Emulator", "Fault", "File", "Ledger", "Paid", "fault", "truth"]
