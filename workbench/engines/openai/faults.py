"""What a server's refusal means: from status, headers and body to a `ModelFault` with a designer's sentence."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from workbench.engines.openai import sentences
from workbench.engines.openai.connections import Connection
from workbench.errors import ModelFault

#: codes of the safety system; proxies rewrite the type beside them, so that only the code counts
_MODERATION = frozenset({"moderation_blocked", "content_policy_violation", "image_generation_blocked"})
_QUOTA = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "quota_exceeded"})
_ADDRESS = frozenset({"model_not_found", "unknown_url", "DeploymentNotFound"})
#: asked anew, these are likely to be answered, and nothing was done for them
_TRANSIENT = (408, 409, 425, 503, 529)
#: a gateway gave up on a server that may well have done the work
_GATEWAY = (502, 504, 520, 521, 522, 523, 524)
#: seconds; a server that wants more is taken at this much
_LONGEST_WAIT = 86_400.0
_LENGTH = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


@dataclass(frozen=True)
class Said:
    """What a body says of an error, in whichever of the usual shapes."""

    #: one line of at most 200 characters, without markup and key; empty for a web page
    words: str = ""
    code: str = ""
    type: str = ""
    param: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def refused(connection: Connection, model: str, status: int, headers: Mapping[str, str], body: bytes) -> ModelFault:
    """The fault that an answer with another status than 200 means."""
    said = read(body, connection.key.get_secret_value())
    kind, billed = _kind(status, said)
    wait = waiting(headers) if kind in ("rate_limit", "transient", "server", "quota") else None
    retry = kind in ("rate_limit", "transient", "server") and headers.get("x-should-retry", "").lower() != "false"
    return ModelFault(
        sentences.of(kind, connection, model=model, status=status, words=said.words, wait=wait, details=said.details),
        kind, billed="maybe" if billed else "no", retry=retry, wait=wait, status=status,
        request_id=headers.get("x-request-id"), code=said.code or None, param=said.param, details=said.details,
    )  # fmt: skip


def inside(connection: Connection, model: str, body: Any, request_id: str | None, *, stream: bool) -> ModelFault:
    """The fault that an error in an answer with status 200, or in its stream, means."""
    said = _said(_error(body), connection.key.get_secret_value())
    kind, unknown = _kind(200, said)
    kind = "bad_response" if unknown and not stream else kind
    what = f"it says “{said.words}”" if said.words else "it tells of an error, but not of which"
    return ModelFault(
        sentences.of(kind, connection, model=model, status=200, words=said.words, details=said.details, what=what),
        kind, billed="maybe", retry=unknown or kind == "rate_limit", status=200, request_id=request_id,
        code=said.code or None, param=said.param, details=said.details,
    )  # fmt: skip


def read(body: bytes, key: str) -> Said:
    """What the body of a refusal says; nothing where it is no JSON."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        text = body[:2000].decode("utf-8", "replace").strip()
        return Said() if "<" in text or "\x00" in text or text[:1] in ("{", "[") else Said(_line(text, key))
    return _said(_error(found), key)


def waiting(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait for: Retry-After in any of its forms, else when its limit is renewed."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        found = _number(headers.get(name, ""))
        if found is not None and found > 0:
            return min(found * unit, _LONGEST_WAIT)
    until = _date(headers.get("retry-after", ""))
    if until is not None and until > 0:
        return min(until, _LONGEST_WAIT)
    text = headers.get("x-ratelimit-reset-requests", "").strip()
    parts = _LENGTH.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return min(sum(float(number) * _UNITS[unit] for number, unit in parts), _LONGEST_WAIT) or None
    return None


def _error(body: Any) -> Any:
    """The part of a body that tells of the error."""
    if isinstance(body, list) and body:
        return _error(body[0])
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("error"), str) and isinstance(body.get("message"), str):
        return {"code": body["error"], "message": body["message"]}
    for name in ("error", "detail"):
        if body.get(name):
            return body[name]
    return body


def _said(error: Any, key: str) -> Said:
    if isinstance(error, list):
        error = next((each for each in error if each), "")
    if not isinstance(error, dict):
        return Said(_line(str(error), key) if isinstance(error, str) else "")
    message = next((error[name] for name in ("message", "msg", "detail") if isinstance(error.get(name), str)), "")
    place = error.get("loc")
    param = error.get("param") or (place[-1] if isinstance(place, list) and place else None)
    details = error.get("moderation_details")
    return Said(
        "" if "<html" in message.lower() else _line(message, key),
        _line(str(error.get("code") or ""), key)[:80],
        _line(str(error.get("type") or ""), key)[:80],
        _line(str(param), key)[:80] if param is not None else None,
        _moderation(details) if isinstance(details, dict) else {},
    )


def _moderation(details: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if isinstance(details.get("moderation_stage"), str):
        found["stage"] = details["moderation_stage"][:40]
    if isinstance(details.get("categories"), list):
        found["categories"] = [str(each)[:40] for each in details["categories"][:10]]
    return found


def _kind(status: int, said: Said) -> tuple[str, bool]:
    """The fault, and whether the work may have been done all the same."""
    if said.code in _MODERATION or "safety system" in said.words.lower():
        return "moderation", False
    if status == 402 or said.code in _QUOTA or said.type == "insufficient_quota":
        return "quota", False
    if status == 429 or said.code == "rate_limit_exceeded":
        return "rate_limit", False
    if status == 200:
        return "stream_error", True
    if said.code in _ADDRESS or status in (404, 405, 410) or 300 <= status < 400:
        return "model_or_url", False
    if status in (401, 403, 407):
        return "auth", False
    if status == 413:
        return "too_large", False
    if status in _TRANSIENT:
        return "transient", False
    return ("server", status in _GATEWAY) if status >= 500 else ("invalid", False)


def _line(text: str, key: str) -> str:
    """One plain line; a server that quotes the key back doesn't get it into our records."""
    if len(key) >= 4:
        text = text.replace(key, "…")
    text = re.sub(r"\b(sk|inf)-[A-Za-z0-9_\-*]{6,}", "…", text)
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return text if len(text) <= 200 else f"{text[:199]}…"


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\s*[0-9]{1,12}(\.[0-9]{1,9})?\s*", text) else None


def _date(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
