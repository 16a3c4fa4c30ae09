"""Faults in which a request is turned away at the door: nothing is drawn, nothing is billed, no limit is used up."""

import json
from email.utils import formatdate
from time import time
from typing import Any

from tests.emulator.replies import Reply, Work, refusing, said
from tests.emulator.validation import Refusal

_PAGE = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr>nginx</body></html>"
_SAFETY = (
    "Your request was rejected by the safety system. If you believe this is an error, contact us at help.openai.com "
    "and include the request ID {id}. safety_violations=[{categories}]."
)


def rate_limit(
    work: Work, retry_after: float | None = None, ms: float | None = None, date: float | None = None,
    reset: str | None = None, should_retry: bool | None = None,
) -> Reply:  # fmt: skip
    """429: retry_after in seconds, in ms, as a date so many seconds ahead, x-ratelimit-reset-requests, or no hint."""
    headers = {
        "retry-after": f"{retry_after:g}" if retry_after is not None else None,
        "retry-after-ms": f"{ms:g}" if ms is not None else None,
        "x-ratelimit-reset-requests": reset,
        "x-should-retry": str(should_retry).lower() if should_retry is not None else None,
    }
    if date is not None:
        headers["retry-after"] = formatdate(time() + date, usegmt=True)
    return limited({name: value for name, value in headers.items() if value is not None})


def limited(headers: dict[str, str], message: str = "Rate limit reached on input-images per min.") -> Reply:
    reply = refusing(Refusal(429, message, "rate_limit_exceeded", None, "input-images"))
    reply.headers.update(headers)
    return reply


def quota(work: Work) -> Reply:
    """429 insufficient_quota: the account has no money left, no waiting helps."""
    message = "You exceeded your current quota, please check your plan and billing details."
    return refusing(Refusal(429, message, "insufficient_quota", None, "insufficient_quota"))


def auth(work: Work) -> Reply:
    """401: a wrong key, which the message shows in part."""
    return refusing(Refusal(401, "Incorrect API key provided: sk-pr********1234.", "invalid_api_key"))


def verification(work: Work) -> Reply:
    """403: the organization must be verified for this model."""
    message = "Your organization must be verified to use the model. Please go to the organization's settings."
    return refusing(Refusal(403, message, None))


def no_model(work: Work) -> Reply:
    """404 model_not_found."""
    message = "The model does not exist or you do not have access to it."
    return refusing(Refusal(404, message, "model_not_found", "model"))


def not_found(work: Work) -> Reply:
    """404 as plain text: the server has no such route."""
    return Reply(404, b"404 page not found", "text/plain")


def too_large(work: Work) -> Reply:
    """413 as a proxy's HTML page."""
    return _page(413, "413 Request Entity Too Large")


def moderation(work: Work, stage: str = "input", categories: str = "sexual", kind: str | None = None) -> Reply:
    """400 moderation_blocked at stage input, output or unknown; categories with commas, kind = a proxy's own type."""
    return refusing(blocked(work.asked.request_id, stage, categories, kind))


def blocked(request_id: str, stage: str, categories: str, kind: str | None = None) -> Refusal:
    details = {"moderation_stage": stage, "categories": categories.split(",")}
    message = _SAFETY.format(id=request_id, categories=categories)
    more = (("moderation_details", details),)
    return Refusal(400, message, "moderation_blocked", None, kind or "image_generation_user_error", more)


def bad_parameter(work: Work, param: str = "quality", status: int = 400, code: str = "unknown_parameter") -> Reply:
    """400: a compatible server doesn't know an optional field."""
    return refusing(Refusal(status, f"Unknown parameter: '{param}'.", code, param))


def detail(work: Work, param: str = "quality", status: int = 422, text: str | None = None) -> Reply:
    """FastAPI's 422: a list that names the field, or with `text` a plain sentence."""
    errors = [{"loc": ["body", param], "msg": "Extra inputs are not permitted", "type": "extra_forbidden"}]
    return said({"detail": text or errors}, status)


def string_error(work: Work, status: int = 400, text: str = "invalid_size") -> Reply:
    """An error that is text instead of an object, as stable-diffusion.cpp sends it."""
    return said({"error": text}, status)


def server_error(work: Work, status: int = 500, should_retry: bool | None = None) -> Reply:
    """500 (or 408, 409, 529 …) in OpenAI's words."""
    message = "The server had an error while processing your request. Sorry about that!"
    reply = refusing(Refusal(status, message, None, None, "server_error"))
    if should_retry is not None:
        reply.headers["x-should-retry"] = str(should_retry).lower()
    return reply


def unavailable(work: Work, retry_after: float | None = None) -> Reply:
    """503 as a proxy's HTML page."""
    reply = _page(503, "503 Service Temporarily Unavailable")
    if retry_after is not None:
        reply.headers["retry-after"] = f"{retry_after:g}"
    return reply


def redirect(work: Work, status: int = 307) -> Reply:
    """307 to another origin, where whoever follows is noted in `server.strays` with the headers it brought."""
    return Reply(status, b"", "text/plain", {"location": work.elsewhere() + work.asked.path})


def html(work: Work) -> Reply:
    """200 with a login page."""
    return _page(200, "Sign in")


def empty(work: Work) -> Reply:
    """200 without a body."""
    return Reply(200, b"")


def top_list(work: Work) -> Reply:
    """200 with a JSON list."""
    return said([{"b64_json": "AAAA"}])


def top_value(work: Work, value: Any = "ok") -> Reply:
    """200 with a bare JSON value."""
    return said(value)


def error_200(work: Work, shape: str = "dict") -> Reply:
    """200 that holds an error; shape dict, str, list or detail."""
    error = Refusal(200, "The model is overloaded.", "overloaded", None, "server_error").document
    shapes = {
        "dict": error, "str": {"error": "out of memory"}, "list": {"error": ["out of memory"]},
        "detail": {"detail": "out of memory"},
    }  # fmt: skip
    return said(shapes[shape])


def deep(work: Work, levels: int = 100_000) -> Reply:
    """200 with JSON nested so deeply that parsers give up."""
    return Reply(body=b"[" * levels + b"]" * levels)


def _page(status: int, title: str) -> Reply:
    return Reply(status, _PAGE.format(title).encode(), "text/html")


def models_list(names: list[str]) -> Reply:
    data = [{"id": name, "object": "model", "created": 0, "owned_by": "emulator"} for name in names]
    return Reply(body=json.dumps({"object": "list", "data": data}).encode())


FAULTS = (
    rate_limit, quota, auth, verification, no_model, not_found, too_large, moderation, bad_parameter, detail,
    string_error, server_error, unavailable, redirect, html, empty, top_list, top_value, error_200, deep,
)  # fmt: skip
