"""Run by the candidate's own Python, never imported by the gate: a program of its environment, which then ends.

    python ends_at_once.py PROGRAM [ARGUMENT...]

Python waits for the threads that an app starts while it loads (schedulers, watchers) before it ends, for ever. A
server that answers until it is stopped does not mind; a command that only loads the app would never come back.
"""

from __future__ import annotations

import os
import runpy
import sys
import traceback
from pathlib import Path


def main(program: str, *arguments: str) -> int:
    """What the program's exit code would have been."""
    sys.argv = [program, *arguments]
    sys.path[0] = str(Path(program).parent)
    try:
        runpy.run_path(program, run_name="__main__")
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        return ended.code if isinstance(ended.code, int) else 1 if ended.code else 0
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    code = main(*sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
