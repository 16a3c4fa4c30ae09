"""Log records as JSON, one line each, that hold nothing but what a fixed list allows (docs/reference/metrics.md).

A line never holds a prompt, a value, a person, a file's name or a key. Two guards see to that, whoever logged it:
only the names in KEYS pass, and only values that are numbers or single words. A message is printed as it stands in the
program, without what was filled in; an exception as the kinds of its errors and the places it came through.
"""

import logging
import re
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from workbench.errors import LoupeError
from workbench.settings import settings
from workbench.telemetry import pushing

#: what happened, as our own code names it; these are counted, too
EVENTS = frozenset({
    "worker_ready", "edit_started", "edit_ready", "edit_failed", "edit_waiting", "edit_lost", "edit_handed_back",
    "edit_swept", "model_call", "import_item_lost", "queue_lost",
})  # fmt: skip
#: what a line may say besides when, where and what
KEYS = frozenset({
    "edit", "proof", "template", "model", "engine", "stage", "error", "attempt", "number", "state", "fault", "status",
    "seconds", "wait", "billed", "request_id", "account", "pictures", "candidates", "verdict", "reused", "micros",
    "partials", "import", "place", "queue",
})  # fmt: skip
#: one word: no space, no sign of an address, and short; a model's name may have slashes
WORD, PATH = re.compile(r"[\w][\w.:+-]{0,119}"), re.compile(r"[\w][\w.:+/-]{0,119}")
#: where words that somebody else's program put together itself may begin to tell of something
VALUE = re.compile(r"[:=<>'\"“”‘’@/\\(\[{\n\d]")
#: frames of a traceback that are kept, counted from where the error was raised
FRAMES = 12
#: the parts of a path behind which a file is known by its place in a package
INSIDE = ("site-packages", "dist-packages", "workbench", "pages")


def configure(process: str) -> None:
    """Make every log record of this process a JSON line on stdout; errors that nobody catches as well.

    process: "web", "worker" or "cli". Where a collector is set up, a worker's events are pushed to it, too.
    """
    # what the logging package prints about a line it can't write holds the line's arguments
    logging.raiseExceptions = False
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter(process))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    sys.excepthook = _died
    threading.excepthook = lambda found: _died(found.exc_type, found.exc_value, found.exc_traceback)
    if process == "worker" and (push := pushing.handler(EVENTS)):
        logging.getLogger("loupe").addHandler(push)


def join(log: logging.Logger) -> None:
    """Let a logger that brought handlers of its own write through ours."""
    for handler in list(log.handlers):
        log.removeHandler(handler)
    log.propagate = True


def formatter(process: str) -> logging.Formatter:
    """Turns a record into its line."""

    def line(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        return _line(process, event)

    render = structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.stdlib.ProcessorFormatter(
        # a message with its gaps open: what would fill them is anybody's
        use_get_message=False,
        foreign_pre_chain=[structlog.stdlib.ExtraAdder()],
        processors=[structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"), line, render],
    )


def _line(process: str, event: EventDict) -> EventDict:
    """The line's fields: when, how grave, which process and part, what; then what KEYS lets through."""
    record: logging.LogRecord = event["_record"]
    said: EventDict = {
        "at": event["at"],
        "level": record.levelname.lower(),
        "process": process,
        "logger": record.name,
        "event": _event(record, event.get("event") if isinstance(record.msg, dict) else record.msg),
    }
    secrets = _secrets()
    for key in sorted(KEYS & event.keys()):
        if _plain(key, event[key], secrets):
            said[key] = event[key] if isinstance(event[key], bool | int | float) else str(event[key])
    if error := _raised(event.get("exc_info")):
        said["raised"] = error
    return said


def _event(record: logging.LogRecord, message: Any) -> str:
    """What happened. Our own code logs fixed words only; of others' words, those that can't hold a value."""
    text = message if isinstance(message, str) else type(message).__name__
    if record.name == "loupe" or record.name.startswith("loupe."):
        return text
    return VALUE.split(text, maxsplit=1)[0].strip()[:120] or "log"


def _plain(key: str, value: Any, secrets: tuple[str, ...]) -> bool:
    """Whether a value is a number, yes or no, an id, or one word that is no secret of ours."""
    if isinstance(value, bool | int | float):
        return True
    if value is None:
        return False
    text = str(value)
    pattern = PATH if key == "model" else WORD
    return pattern.fullmatch(text) is not None and not any(secret in text for secret in secrets)


def _secrets() -> tuple[str, ...]:
    """The keys of this process: a server may send one back where an id is expected."""
    chosen = settings()
    kept = (chosen.image_key, chosen.openai_key, chosen.inference_key, chosen.diffusion_key)
    return tuple(found for one in kept if one and len(found := one.get_secret_value()) > 5)


def _raised(found: Any) -> list[dict[str, Any]]:
    """The errors behind a record, the first cause last: their kinds and places, never their words or variables."""
    error: BaseException | None = (
        found[1] if isinstance(found, tuple) else sys.exc_info()[1] if found is True else found
    )
    told: list[dict[str, Any]] = []
    while error is not None and len(told) < 5:
        kind = error.kind if isinstance(error, LoupeError) else type(error).__name__
        told.append({"kind": kind, "places": _places(error.__traceback__)})
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return told


def _places(traceback: TracebackType | None) -> list[str]:
    """“workbench/storage/s3.py:81 get” for each step that led to the error, the last one last."""
    places: list[str] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(f"{_inside(code.co_filename)}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return places[-FRAMES:]


def _inside(path: str) -> str:
    """A file by its place in its package: folders above it may tell whose machine this is."""
    parts = Path(path).parts
    for name in INSIDE:
        if name in parts:
            at = len(parts) - 1 - parts[::-1].index(name)
            return "/".join(parts[at + name.endswith("-packages") :])
    return Path(path).name


def _died(kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None) -> None:
    """An error that nobody caught ends its process or thread: as a line, without its words."""
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        logging.getLogger("loupe").critical("crashed", exc_info=error)
