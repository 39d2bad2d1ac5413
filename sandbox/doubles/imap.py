"""A mail server that speaks IMAP: pymap in a thread of its own, on loopback, its mail in memory."""

from __future__ import annotations

import argparse
import asyncio
import imaplib
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass

from pymap.backend.dict import DictBackend
from pymap.imap import IMAPService
from pysasl.hashing import Cleartext

_PATIENCE_S = 10.0
JUNK = "Junk"


@dataclass(frozen=True)
class ImapDouble:
    """One mailbox with an inbox and a junk folder. `address` is imap://host:port, without TLS."""

    address: str
    user: str
    password: str

    def deliver(self, mail: bytes, folder: str = "INBOX", received_at: float | None = None) -> None:
        """Put a whole mail, as it travels, into a folder; `received_at` in seconds since the epoch, else now."""
        with self.signed_in() as client:
            stamp = imaplib.Time2Internaldate(time.time() if received_at is None else received_at)
            kind, said = client.append(folder, "", stamp, mail)
            if kind != "OK":
                raise RuntimeError(f"the mail was not taken: {said!r}")

    @contextmanager
    def signed_in(self) -> Iterator[imaplib.IMAP4]:
        """A client of its own."""
        port = int(self.address.rpartition(":")[2])
        with imaplib.IMAP4("127.0.0.1", port, timeout=_PATIENCE_S) as client:
            client.login(self.user, self.password)
            yield client


@contextmanager
def serve_imap(user: str, password: str) -> Iterator[ImapDouble]:
    """Serve until the block ends. Raises RuntimeError when the server does not start."""
    ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    async def run() -> None:
        arguments = argparse.Namespace(
            host="127.0.0.1",
            port=port,
            tls=False,
            debug=False,
            demo_data=False,
            demo_user=user,
            demo_password=password,
            **dict.fromkeys(("cert", "key", "proxy_protocol", "passlib_cfg", "inherited_sockets")),
        )
        # The passwords of a double need no slow hash.
        backend, config = await DictBackend.init(arguments, invalid_user_sleep=0.0, hash_context=Cleartext())
        config.apply_context()
        async with AsyncExitStack() as stack:
            await IMAPService(backend, config).start(stack)
            done = asyncio.Event()
            ready.set_result((asyncio.get_running_loop(), done))
            await done.wait()

    def main() -> None:
        try:
            asyncio.run(run())
        except OSError as error:
            ready.set_exception(RuntimeError(f"the IMAP double did not start: {error}"))

    thread = threading.Thread(target=main, name=f"imap:{port}", daemon=True)
    thread.start()
    loop, done = ready.result(_PATIENCE_S)
    try:
        double = ImapDouble(f"imap://127.0.0.1:{port}", user, password)
        with double.signed_in() as client:
            client.create(JUNK)
        yield double
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(_PATIENCE_S)
