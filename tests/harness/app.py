"""Serves the scenes of the component tests, under the content security policy of the product."""

import os
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

#: holds scenes.py, static/ beside it as the product has it, and pictures/
HOME = Path(os.environ["HARNESS_HOME"])
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' blob: 'unsafe-inline' 'wasm-unsafe-eval'; connect-src 'self' ws: wss:; "
    "font-src 'self' data:; worker-src 'self' blob:; object-src 'none'"
)
asked: dict[str, int] = {}


def blob(request: Request) -> Response:
    name = request.path_params["name"]
    asked[name] = asked.get(name, 0) + 1
    if name.startswith("flaky-") and asked[name] == 1:
        return Response(status_code=404)
    path = HOME / "pictures" / name.removeprefix("flaky-")
    if not path.is_file():
        return Response(status_code=404)
    return FileResponse(path, headers={"Cache-Control": "private, max-age=31536000, immutable"})


class Policy:
    """Adds the content security policy to every answer."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def with_policy(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        await self.app(scope, receive, with_policy)


app = st.App(HOME / "scenes.py", routes=[Route("/blob/{name}", blob)], middleware=[Middleware(Policy)])
