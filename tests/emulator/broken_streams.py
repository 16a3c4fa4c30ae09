"""Faults of a stream of events: they stream whatever was asked, and all but `stream_ignored` are billed when drawn."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.emulator.replies import Reply, Reset, Work, sse, streamed
from tests.emulator.turned_away import blocked
from tests.emulator.validation import Refusal

Event = dict[str, Any]
Pieces = Iterator[Event | bytes]


def stream_ignored(work: Work) -> Reply:
    """A plain JSON answer although a stream was asked for."""
    work.done()
    return Reply(body=work.body())


def stream_cut(work: Work) -> Reply:
    """Reset before the first completed picture, after the previews."""

    def cut(events: Iterator[Event]) -> Pieces:
        yield from _until_completed(events)
        raise Reset

    return _changed(work, cut)


def stream_end(work: Work) -> Reply:
    """A clean end before the first completed picture."""
    return _changed(work, _until_completed)


def stream_end_between(work: Work) -> Reply:
    """A clean end after the first of several completed pictures."""

    def end(events: Iterator[Event]) -> Pieces:
        for event in events:
            yield event
            if event["type"].endswith("completed"):
                break
        _rest(events)

    return _changed(work, end)


def stream_error(work: Work, code: str = "moderation_blocked", named: bool = True) -> Reply:
    """An error after the previews; code moderation_blocked, rate_limit_exceeded, server_error …; `named`: event: error."""

    def error(events: Iterator[Event]) -> Pieces:
        yield from _until_completed(events)
        plain = Refusal(500, "The server had an error while processing your request.", code, None, "server_error")
        refusal = blocked(work.asked.request_id, "output", "sexual") if code == "moderation_blocked" else plain
        data = json.dumps({"type": "error", **refusal.document})
        yield (("event: error\n" if named else "") + f"data: {data}\n\n").encode()

    return _changed(work, error)


def stream_unknown(work: Work) -> Reply:
    """Events of kinds that nobody knows between the known ones."""

    def unknown(events: Iterator[Event]) -> Pieces:
        yield {"type": "image_edit.queued", "position": 3}
        for event in events:
            yield event
            yield {"type": "response.heartbeat"}

    return _changed(work, unknown)


def stream_comment(work: Work) -> Reply:
    """Comments and empty lines that keep proxies awake."""

    def comment(events: Iterator[Event]) -> Pieces:
        for event in events:
            yield b": keep-alive\n\n\n"
            yield event

    return _changed(work, comment)


def stream_done(work: Work) -> Reply:
    """[DONE] behind the last event."""

    def done(events: Iterator[Event]) -> Pieces:
        yield from events
        yield b"data: [DONE]\n\n"

    return _changed(work, done)


def stream_done_early(work: Work) -> Reply:
    """[DONE] instead of the completed picture."""

    def done(events: Iterator[Event]) -> Pieces:
        yield from _until_completed(events)
        yield b"data: [DONE]\n\n"

    return _changed(work, done)


def stream_broken(work: Work) -> Reply:
    """The completed picture's JSON ends in the middle."""

    def broken(events: Iterator[Event]) -> Pieces:
        for event in events:
            yield sse(event)[:-60] + b"\n\n" if event["type"].endswith("completed") else event

    return _changed(work, broken)


def stream_hang(work: Work) -> Reply:
    """No byte after the previews, until the client hangs up."""

    def hang(events: Iterator[Event]) -> Pieces:
        yield from _until_completed(events)
        while work.wire.listened():
            work.wire.wait(0.05)

    return _changed(work, hang)


def stream_drip(work: Work, every: float = 0.5) -> Reply:
    """A comment every so many seconds for ever, after the previews."""

    def drip(events: Iterator[Event]) -> Pieces:
        yield from _until_completed(events)
        while work.wire.listened():
            yield b": keep-alive\n\n"
            work.wire.wait(every)

    return _changed(work, drip)


def stream_odd(work: Work) -> Reply:
    """Allowed but rare: lines end in CR LF, data on several lines, no space behind the colon, no event names."""

    def odd(events: Iterator[Event]) -> Pieces:
        yield "\ufeff".encode()
        for event in events:
            lines = json.dumps(event, indent=1).splitlines()
            yield "\r\n".join([f"id:{event['created_at']}", *(f"data:{line}" for line in lines), "", ""]).encode()

    return _changed(work, odd)


def stream_pieces(work: Work, size: int = 1000) -> Reply:
    """The same bytes in small pieces that end anywhere."""

    def pieces(events: Iterator[Event]) -> Pieces:
        for event in events:
            data = sse(event)
            yield from (data[at : at + size] for at in range(0, len(data), size))

    return _changed(work, pieces)


def stream_bad_preview(work: Work) -> Reply:
    """Previews that are no pictures; the completed picture is one."""

    def bad(events: Iterator[Event]) -> Pieces:
        for event in events:
            yield {**event, "b64_json": "bm8gcGljdHVyZQ=="} if event["type"].endswith("partial_image") else event

    return _changed(work, bad)


def stream_foreign(work: Work) -> Reply:
    """Chunks as vLLM-Omni streams them, then [DONE]: none of OpenAI's events."""

    def foreign(events: Iterator[Event]) -> Pieces:
        for event in events:
            chunk = {"object": "image.edit.chunk", "type": "image", "data": [{"b64_json": event["b64_json"]}]}
            yield f"data: {json.dumps(chunk)}\n\n".encode()
        yield b"data: [DONE]\n\n"

    return _changed(work, foreign)


def _changed(work: Work, change: Callable[[Iterator[Event]], Pieces]) -> Reply:
    return streamed(change(work.events()))


def _until_completed(events: Iterator[Event]) -> Iterator[Event]:
    """What comes before the first completed picture; the rest is drawn and billed all the same."""
    for event in events:
        if event["type"].endswith("completed"):
            _rest(events)
            return
        yield event


def _rest(events: Iterator[Event]) -> None:
    for _ in events:
        pass


FAULTS = (
    stream_ignored, stream_cut, stream_end, stream_end_between, stream_error, stream_unknown, stream_comment,
    stream_done, stream_done_early, stream_broken, stream_hang, stream_drip, stream_odd, stream_pieces,
    stream_bad_preview, stream_foreign,
)  # fmt: skip
