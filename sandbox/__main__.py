"""The embedded staging as a process, for other programs; people use `python -m gate sandbox`.

`up` prints one line of JSON when it is ready and ends when its standard input closes, on SIGTERM or ctrl-C.
`double` does so for Microsoft Graph and SharePoint alone; the line holds the app's variables that lead there.
`faults` lists what can be broken on purpose; --json: an array of {name, title, stage, caught_by, verdict,
own_s}.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys

from sandbox.application import DidNotStart
from sandbox.faults import UnknownFault, all_faults, load
from sandbox.staging import graph_alone, staging


def main() -> int:
    """Exit 0 after an orderly end, 4 when it could not start; the reason stands on standard error."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("command", choices=["up", "double", "faults"])
    parser.add_argument("--fault", action="append", default=[])
    parser.add_argument("--no-app", action="store_true", help="everything but the running app")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="for `faults`: machine readable")
    options = parser.parse_args()
    if options.command == "faults":
        return _list_faults(as_json=options.json)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if options.command == "double":
        with graph_alone() as facts:
            print(json.dumps(facts), flush=True)
            sys.stdin.read()
        return 0
    try:
        faults = [load(name) for name in options.fault]
        with staging(faults, with_app=not options.no_app, port=options.port, say=_say) as facts:
            print(json.dumps(facts), flush=True)
            sys.stdin.read()
    except (DidNotStart, UnknownFault, ValueError, OSError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 4
    except KeyboardInterrupt:
        pass
    return 0


def _list_faults(*, as_json: bool) -> int:
    keys = ("name", "title", "stage", "caught_by", "verdict", "own_s")
    faults = [{key: getattr(fault, key) for key in keys} for fault in all_faults()]
    if as_json:
        print(json.dumps(faults, ensure_ascii=False))
    else:
        print("\n".join(f"{fault['name']}: {fault['title']} ({fault['caught_by']})" for fault in faults))
    return 0


def _say(line: str) -> None:
    print(f"sandbox: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
