"""What Loupe adds to Streamlit's own server: routes, rules for connections, and what happens at start."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypedDict

from starlette.middleware import Middleware
from starlette.routing import BaseRoute
from streamlit import App, config

from workbench import errors, storage, versions
from workbench.settings import settings
from workbench.web import logs, middleware, routes


class Parts(TypedDict):
    """The keyword arguments of `streamlit.App`."""

    routes: list[BaseRoute]
    middleware: list[Middleware]
    lifespan: Callable[[App], AbstractAsyncContextManager[dict[str, Any] | None]]
    exception_handlers: dict[Any, Any]


def parts() -> Parts:
    """Everything that the settings of this process ask for; reads no database."""
    chosen = settings()
    return Parts(
        routes=[*routes.blobs(versions.find_blob, _source)],
        middleware=[
            # the rule for connections stands outermost: nothing of ours or Streamlit's runs before it
            Middleware(middleware.LocalOnly, hosted=chosen.port is not None or chosen.dyno is not None),
            Middleware(middleware.SecureHeaders),
            Middleware(middleware.UploadCap, cap=chosen.max_mb * 1_000_000),
        ],
        lifespan=_lifespan,
        exception_handlers={errors.LoupeError: routes.refuse},
    )


def _source(sha256: str, disposition: str) -> Path | bytes | str:
    """Where the browser gets a blob: a file as it lies, a bucket's picture through us, its download from the bucket.

    Pictures come from our own address, because a mask from elsewhere would need the bucket's consent (CORS).
    """
    store = storage.store()
    if isinstance(store, storage.FolderStore):
        return store.path(sha256)
    if disposition and isinstance(store, storage.S3Store):
        return store.link(sha256, disposition=disposition)
    return store.get(sha256)


@asynccontextmanager
async def _lifespan(_: App) -> AsyncIterator[None]:
    # the same number that the uploader names; UploadCap holds it to the byte
    config.set_option("server.maxUploadSize", settings().max_mb)
    # rich prints past the log and its filters, in colours that a log file can't show
    config.set_option("logger.enableRich", False)
    logs.configure()
    logging.getLogger("streamlit.error_util").addFilter(_unexpected)
    yield


def _unexpected(record: logging.LogRecord) -> bool:
    """Keeps our own sentences out of the log: they were shown, and may name people and pictures."""
    return not (record.exc_info and isinstance(record.exc_info[1], errors.LoupeError))
