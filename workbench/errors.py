"""Every error a person can read; its message is the sentence they see.

LoupeError
├── NotFound            nothing has that id or name
├── InvalidInput        a value is missing or wrong
│   ├── RejectedImage   the file is not a picture Loupe can keep
│   ├── RejectedFile    a template or guideline file can't be understood
│   ├── NotInPicture    the colour (or text) to change isn't in the picture
│   │   └── CopyNotFound    the text to change can't be read in the picture
│   ├── CopyDoesNotFit  the new text has no room where the old one stands
│   ├── CopyDoubtful    the old text's font, size or place can't be told surely enough to redraw it
│   └── NeedsGenerative the surroundings don't allow an exact result; a generative template is needed
├── NotAllowed          this person may not do that
├── OverBudget          a model would cost more than may be spent
├── MovedOn             the state changed in between: somebody decided, or the asset has a newer version
├── Unavailable         something outside is missing or broken; `retry` says whether trying again can help
│   ├── StoreFault      the object store
│   ├── DatabaseFault   the database
│   └── ModelFault      an image model's server; it says whether money may have been spent
└── Interrupted         work was cancelled or handed back; nothing was kept
    └── NotYet          its turn at a provider comes later; until then the work goes back to the queue

A message says what happened, what is safe, and what to do now. It never names a table, a job or an exception.
"""

from collections.abc import Mapping
from typing import Any, Literal


class LoupeError(Exception):
    """Something a person can act on."""

    #: machine-readable word for the command line's JSON
    kind = "error"
    #: whether the same call can succeed later without anything being changed
    retry = False
    #: what was being done to an edit, as programs count it; "" where it wasn't an edit's run
    stage = ""


class NotFound(LoupeError):
    """Nothing has that id or name."""

    kind = "not_found"


class InvalidInput(LoupeError):
    """A value is missing or wrong."""

    kind = "invalid"


class RejectedImage(InvalidInput):
    """The file is not a picture Loupe can keep; the sentence says what would be accepted."""

    kind = "rejected_image"


class RejectedFile(InvalidInput):
    """A template or guideline file can't be understood."""

    kind = "rejected_file"


class NotInPicture(InvalidInput):
    """What should be changed isn't in the picture."""

    kind = "not_in_picture"


class CopyNotFound(NotInPicture):
    """The text to change can't be read in the picture; the sentence says what was read instead."""

    kind = "copy_not_found"


class CopyDoesNotFit(InvalidInput):
    """The new text has no room where the old one stands."""

    kind = "copy_does_not_fit"


class CopyDoubtful(InvalidInput):
    """The old text's font, size or place can't be told surely enough to redraw it."""

    kind = "copy_doubtful"


class NeedsGenerative(InvalidInput):
    """The surroundings don't allow an exact result; a template of a generative engine is needed."""

    kind = "needs_generative"


class NotAllowed(LoupeError):
    """This person may not do that."""

    kind = "not_allowed"


class OverBudget(LoupeError):
    """A model would cost more than may be spent; nothing was sent."""

    kind = "over_budget"


class MovedOn(LoupeError):
    """The state changed in between; the sentence names the way out."""

    kind = "moved_on"


class Unavailable(LoupeError):
    """Something outside Loupe is missing or broken."""

    kind = "unavailable"


class StoreFault(Unavailable):
    """The object store can't be read or written."""

    kind = "store"
    retry = True


class DatabaseFault(Unavailable):
    """The database can't be reached."""

    kind = "database"
    retry = True


class ModelFault(Unavailable):
    """An image model's server refused, failed or answered nonsense; the sentence is a designer's."""

    kind = "model"

    def __init__(
        self, sentence: str, fault: str, *, billed: Literal["no", "maybe", "yes"] = "no", retry: bool = False,
        wait: float | None = None, status: int | None = None, request_id: str | None = None, code: str | None = None,
        param: str | None = None, details: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(sentence)
        #: moderation, auth, model_or_url, quota, rate_limit, invalid, too_large, server, transient, connect, dropped,
        #: timeout, bad_response, truncated_stream, stream_error
        self.fault = fault
        #: whether this request was paid for, as far as can be told
        self.billed = billed
        self.retry = retry
        #: seconds after which the provider takes requests again, None where it didn't say
        self.wait = wait
        self.status, self.request_id, self.code, self.param = status, request_id, code, param
        #: what the provider said besides, like the stage and categories of moderation
        self.details = dict(details or {})


class Interrupted(LoupeError):
    """Work was cancelled or handed back; nothing was kept."""

    kind = "interrupted"
    retry = True


class NotYet(Interrupted):
    """Its turn at a provider comes later."""

    kind = "not_yet"

    def __init__(self, seconds: float, sentence: str = "It waits for its turn at the image model.") -> None:
        super().__init__(sentence)
        #: until asking again makes sense
        self.seconds = seconds
