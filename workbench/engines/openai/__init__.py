"""The client of the Images Edit API: one edit asked for, paid for once where that can be had, and recorded either way.

found = openai.connection()
answer = openai.call(found, openai.Request(…), journal=…, gate=…, wanted=…)
"""

from workbench.engines.openai.answers import Received
from workbench.engines.openai.asking import Request, Sent
from workbench.engines.openai.calling import Answer, Gate, Journal, Try, call
from workbench.engines.openai.connections import Connection, connection
from workbench.engines.openai.pictures import markup_png, mask_png, picture_png
from workbench.engines.openai.probing import Probe, probe, trial
from workbench.engines.openai.profiles import Profile, profile

#: of what is sent and how answers are read; it stands in every recipe
VERSION = "1.0"

__all__ = [
    "VERSION", "Answer", "Connection", "Gate", "Journal", "Probe", "Profile", "Received", "Request", "Sent", "Try",
    "call", "connection", "markup_png", "mask_png", "picture_png", "probe", "profile", "trial",
]  # fmt: skip
