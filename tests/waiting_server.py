"""A server that may keep an answer back until the test is over."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class WaitingServer(http.server.ThreadingHTTPServer):
    """On a free port of this machine; what waits, waits for `over`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, handler: type[http.server.BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.over = threading.Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve in a thread, and let everybody go at the end."""
        with self:
            thread = threading.Thread(target=self.serve_forever)
            thread.start()
            try:
                yield
            finally:
                self.over.set()
                self.shutdown()
                thread.join()
