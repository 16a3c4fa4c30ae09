"""What a designer reads when an image model fails: what happened, whether it may have cost money, and what to do."""

import math
from collections.abc import Mapping
from typing import Any

from workbench.engines.openai.connections import Connection

PAID = "It may have been billed."
FREE = "Nothing was billed."
_TEXTS = {
    "invalid": "The image model didn't take the request ({status}){quoted}. " + FREE + " Change what is asked for, or "
    "choose another model.",
    "auth_401": "The image model's server refuses the key. Whoever runs Loupe checks {key_setting}.",
    "auth": "The image model's server doesn't let this account use “{model}” ({status}). Whoever runs Loupe checks "
    "{key_setting} and the account: OpenAI, for one, wants organizations verified.",
    "model_or_url": "The image model's server knows no model “{model}” at this address ({status}). Whoever runs Loupe "
    "checks {models_setting} and {url_setting}.",
    "redirect": "The image model's server sends us to another address ({status}), and pictures and key go nowhere but "
    "where they were meant for. Whoever runs Loupe sets {url_setting} to the server's own address.",
    "quota": "The image model's account has run out of money or quota. " + FREE + " Whoever runs Loupe tops it up or "
    "raises its limit at the provider; then run the edit again.",
    "rate_limit": "The image model takes no more requests for the moment{soon}. " + FREE + " The edit can run again "
    "after that.",
    "too_large": "The pictures are too large for the image model's server. " + FREE + " Mark a smaller region, leave "
    "references out, or choose another model.",
    "transient": "The image model's server is overloaded ({status}). " + FREE + " Run the edit again in some minutes.",
    "server": "The image model's server failed ({status}). Run the edit again in some minutes; if it goes on, whoever "
    "runs Loupe asks the provider.",
    "gateway": "Between here and the image model something gave up waiting ({status}). " + PAID + " Run the edit again "
    "if another try is worth its price, or ask for a lower quality, which takes less time.",
    "connect": "The image model's server at “{host}” can't be reached. Nothing was sent. Whoever runs Loupe checks the "
    "network and {url_setting}.",
    "dropped": "The connection to the image model broke before its picture had come. {billed} Run the edit again if "
    "another try is worth its price.",
    "timeout": "The image model took longer than {seconds} seconds. {billed} Run it again, ask for a lower quality "
    "or fewer pictures, or let whoever runs Loupe raise {limit}.",
    "late": "The image model wasn't asked: the time for this edit was over before its turn came. " + FREE + " Run the "
    "edit again.",
    "truncated_stream": "The image model stopped before its picture was done. " + PAID + " Run the edit again if "
    "another try is worth its price.",
    "stream_error": "The image model gave up while it drew{quoted}. " + PAID + " Run the edit again if another try is "
    "worth its price.",
    "page": "The image model's address answered with a web page instead of a picture. Whoever runs Loupe checks "
    "{url_setting}, and whether something in between asks for a login.",
    "bad_response": "The image model's server answered, but with no picture in it: {what}. " + PAID + " Run the edit "
    "again if another try is worth its price; if it goes on, whoever runs Loupe looks at the server.",
}
_STAGES = {
    "input": "It looked at the picture and the words, and drew nothing. " + FREE + " Choose other words or another "
    "picture.",
    "output": "It held back what it had drawn, which can be a false alarm. Run the edit once more, or choose other "
    "words.",
}


def of(
    kind: str, connection: Connection, *, model: str = "", status: int = 0, words: str = "", wait: float | None = None,
    details: Mapping[str, Any] | None = None, **more: object,
) -> str:  # fmt: skip
    """The sentence for a fault."""
    if kind == "moderation":
        return _moderated(details or {})
    return _TEXTS[_case(kind, status)].format(
        model=model[:80],
        status=status,
        host=connection.host,
        quoted=f": “{words}”" if words else "",
        soon=f", but in {_length(wait)}" if wait else "",
        key_setting=connection.key_setting,
        url_setting=connection.url_setting,
        models_setting=connection.models_setting,
        **more,
    )


def _case(kind: str, status: int) -> str:
    if kind == "auth" and status == 401:
        return "auth_401"
    if kind == "model_or_url" and 300 <= status < 400:
        return "redirect"
    return "gateway" if kind == "server" and status not in (0, 500, 501, 507) and status != 505 else kind


def _moderated(details: Mapping[str, Any]) -> str:
    categories = ", ".join(details.get("categories", ())).replace("_", " ")
    about = f" (it names: {categories})" if categories else ""
    stage = _STAGES.get(details.get("stage", ""), "Choose other words or another picture.")
    return f"The image model's safety system refused this edit{about}. {stage}"


def _length(seconds: float) -> str:
    if seconds < 90:
        return f"about {math.ceil(seconds)} seconds" if seconds > 1 else "about a second"
    return f"about {math.ceil(seconds / 60)} minutes" if seconds < 5400 else f"about {math.ceil(seconds / 3600)} hours"
