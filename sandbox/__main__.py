"""`python -m sandbox up`: the embedded staging as a process, for other programs.

Prints one line of JSON when it is ready and ends when its standard input closes, or on SIGTERM or ctrl-C.
People use `python -m gate sandbox`.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys

from sandbox.application import DidNotStart
from sandbox.faults import UnknownFault, load
from sandbox.staging import staging


def main() -> int:
    """Exit 0 after an orderly end, 4 when it could not start; the reason stands on standard error."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("command", choices=["up"])
    parser.add_argument("--fault", action="append", default=[])
    parser.add_argument("--no-app", action="store_true", help="everything but the running app")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        faults = [load(name) for name in options.fault]
        with staging(faults, with_app=not options.no_app, port=options.port) as facts:
            print(json.dumps(facts), flush=True)
            sys.stdin.read()
    except (DidNotStart, UnknownFault, ValueError, OSError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 4
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
