"""A double behind real ports: uvicorn in a background thread, loopback only."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import uvicorn
from starlette.types import ASGIApp

from sandbox.doubles.double import MAIN, Double

_PATIENCE_S = 10.0


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.ready.set()


@contextmanager
def serve(double: Double) -> Iterator[str]:
    """Serves `double` until the block ends; yields the base URL of its API, e.g. `http://127.0.0.1:40123`.

    Every app of the double gets a free port of its own. Raises RuntimeError when one does not start.
    """
    with ExitStack() as stack:
        addresses = {name: stack.enter_context(_listening(app)) for name, app in double.apps().items()}
        double.listening(addresses)
        yield addresses[MAIN]


@contextmanager
def _listening(app: ASGIApp) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        # The doubles write Date and Server themselves, as the services they play do.
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        server = _Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), name=f"double:{port}", daemon=True)
        thread.start()
        try:
            if not server.ready.wait(_PATIENCE_S):
                raise RuntimeError(f"the double on port {port} did not start within {_PATIENCE_S:.0f} s")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = server.force_exit = True  # who is still connected is not waited for
            thread.join(_PATIENCE_S)
