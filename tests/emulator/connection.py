"""One client's connection: reads its requests, sends the answers piece by piece, and notices when it hangs up."""

import os
import select
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.emulator.replies import Reply, Reset
from tests.emulator.requests import MOST, Asked, Malformed, read_form

if TYPE_CHECKING:
    from tests.emulator.server import Emulator

#: s between two looks whether a client is still there
LOOK = 0.02


class Server(ThreadingHTTPServer):
    """A port of the emulator's."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, port: int, emulator: "Emulator") -> None:
        self.emulator = emulator
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Connection)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def end(self) -> None:
        """No connection more, and none of the old ones."""
        self.shutdown()
        self.server_close()
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Connection(BaseHTTPRequestHandler):
    """Answers whatever the emulator says, and is the wire that its work looks at."""

    protocol_version = "HTTP/1.1"
    server_version = "Loupe-emulator"
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.request)

    def finish(self) -> None:
        self.server.open.discard(self.request)
        with suppress(OSError):
            super().finish()

    def handle(self) -> None:
        # a client may break off wherever it likes
        with suppress(ConnectionError, TimeoutError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None: ...

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self.server.emulator.ending.wait(min(LOOK, left)):
            self.listened()

    def listened(self) -> bool:
        if not self.asked.client_gone and self._hung_up():
            self.asked.client_gone = True
        return not self.asked.client_gone and not self.server.emulator.ending.is_set()

    def _hung_up(self) -> bool:
        try:
            # bytes that wait are a next request, none at all although it is readable the end
            readable = select.select([self.connection], [], [], 0)[0]
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except (OSError, ValueError):
            return True

    def _answer(self) -> None:
        body = self._body()
        if body is None:
            self.close_connection = True
            return
        self.asked = asked = Asked(
            self.command, self.path.partition("?")[0], {k.lower(): v for k, v in self.headers.items()}
        )
        malformed = None
        if self.command == "POST":
            try:
                read_form(asked, body)
            except Malformed as error:
                malformed = str(error)
        emulator = self.server.emulator
        try:
            self._send(emulator.reply(asked, self, malformed))
        finally:
            asked.seconds = time.time() - asked.at
            if not emulator.keep:
                asked.files = [replace(file, data=b"") for file in asked.files]

    def _body(self) -> bytes | None:
        """None when the client hung up before it had sent all."""
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(self._pieces())
        length = self.headers.get("content-length") or "0"
        if not length.isdigit():
            self.send_error(400)
            return None
        declared = int(length)
        body = self.rfile.read(min(MOST, declared))
        return body if len(body) == declared else None

    def _pieces(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().partition(b";")[0] or b"0", 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _send(self, reply: Reply) -> None:
        """The head goes out with the first byte of the body, so that a fault before it leaves the client without."""
        self.asked.status = reply.status
        if isinstance(reply.body, bytes):
            self._head(reply, len(reply.body))
            self._write(reply.body)
            return
        begun, sent = False, 0
        try:
            for piece in reply.body:
                if piece and not begun:
                    begun = True
                    self._head(reply, reply.length)
                self._write(piece if reply.length is not None or not piece else b"%x\r\n%b\r\n" % (len(piece), piece))
                sent += len(piece)
                if self.asked.client_gone and not reply.goes_on:
                    break
        except Reset:
            self._reset()
            return
        if reply.length is None and begun:
            self._write(b"0\r\n\r\n")
        elif not begun or sent < reply.length:
            self.close_connection = True

    def _head(self, reply: Reply, length: int | None) -> None:
        self.send_response(reply.status)
        for name, value in self._headers(reply):
            self.send_header(name, value)
        if length is None:
            self.send_header("transfer-encoding", "chunked")
        else:
            self.send_header("content-length", str(length))
        with suppress(OSError):
            self.end_headers()

    def _headers(self, reply: Reply) -> Iterator[tuple[str, str]]:
        yield "content-type", reply.media_type
        yield from self.server.emulator.headers(self.asked)
        yield from reply.headers.items()

    def _write(self, data: bytes) -> None:
        if self.asked.client_gone:
            return
        try:
            self.wfile.write(data)
        except OSError:
            self.asked.client_gone = True
            self.close_connection = True

    def _reset(self) -> None:
        """A real RST: a plain close would let the client wait for the rest."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.open.discard(self.request)
        with suppress(OSError):
            os.close(self.connection.detach())
