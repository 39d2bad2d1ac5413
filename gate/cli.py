"""`python -m gate ...`: the commands around the checks. Each does its work in a module of its own."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gate import embedded
from gate.inputs import InputError

ROOT = Path(__file__).parent.parent
app = typer.Typer(
    help="Decides whether a release may go out. The checks themselves run with pytest: "
    "pytest -m preflight, pytest -m smoke, pytest -m postdeploy.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out = Console(highlight=False)
Faults = Annotated[
    list[str] | None, typer.Option("--fault", metavar="NAME", help="Break it on purpose; repeatable.")
]


@app.command()
def demo() -> None:
    """Boot the embedded staging, run preflight and postdeploy on it, print both verdicts."""
    from gate.demo import demo as run

    raise typer.Exit(run(ROOT, out))


@app.command()
def sandbox(
    fault: Faults = None,
    port: Annotated[int, typer.Option(help="Port of the app; 0 takes a free one.")] = 0,
    list_faults: Annotated[
        bool, typer.Option("--list-faults", help="List the faults there are, and end.")
    ] = False,
) -> None:
    """The embedded staging for a person to click through, until ctrl-C."""
    from gate import drill

    if list_faults:
        raise typer.Exit(drill.list_faults())
    running = embedded.start(ROOT, fault or (), port=port)
    try:
        facts = running.facts
        out.print(f"\nThe app:    {facts['base_url']}")
        out.print(f"Accounts:   GATE_*_USER and _PASSWORD in {facts['gate_env_file']}")
        out.print(f"Its log:    {facts['log']}")
        out.print("\nJudge it from another terminal:")
        for line in commands(facts):
            out.print(f"  {line}", soft_wrap=True)
        out.print("\nCtrl-C stops everything and removes it.")
        running.process.wait()
    except KeyboardInterrupt:
        out.print("stopping")
    finally:
        running.stop()


def commands(facts: dict[str, str]) -> list[str]:
    """The two command lines that judge a running sandbox.

    Paths are joined to their option by `=`: pytest takes a path that stands alone, before it knows the gate's
    options, for the folder to run in.
    """
    env = f"GATE_ENV_FILE={facts['gate_env_file']}"
    return [
        f"{env} pytest -m {stage} --target={facts['target']} {more}"
        for stage, more in (
            (
                "preflight",
                "--app-dir={app_dir} --base-ref={base_ref} --release-notes={release_notes}".format(**facts),
            ),
            ("postdeploy", "--base-url={base_url} --commit={commit}".format(**facts)),
        )
    ]


def main() -> None:
    """Run the command line; wrong input ends with exit code 4 and its sentences, never a traceback."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except InputError as error:
        for problem in error.problems:
            sys.stderr.write(f"{problem}\n")
        sys.exit(4)
