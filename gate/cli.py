"""`python -m gate ...`: the commands around the checks. Each does its work in a module of its own."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gate import embedded
from gate.inputs import InputError
from gate.settings import gate_env_file

ROOT = Path(__file__).parent.parent
app = typer.Typer(
    help="Decides whether a release may go out. The checks themselves run with pytest: "
    "pytest -m preflight, pytest -m smoke, pytest -m postdeploy.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
# A pipe has no width: let a table's lines run on.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
TargetFile = Annotated[Path | None, typer.Option("--target", help="The description (default: target.toml).")]
BrowserPath = Annotated[str | None, typer.Option("--browser-path", help="A browser (default: GATE_BROWSER).")]
Faults = Annotated[
    list[str] | None, typer.Option("--fault", metavar="NAME", help="Break it on purpose; repeatable.")
]
OfStage = Annotated[str | None, typer.Option("--stage", help="Only the faults of this stage.")]
OfCheck = Annotated[
    str | None,
    typer.Option("--check", metavar="ID", help="Only the faults of this check or area, such as mail."),
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
    stage: OfStage = None,
    check: OfCheck = None,
) -> None:
    """The embedded staging for a person to click through, until ctrl-C."""
    from gate import drill

    if list_faults:
        raise typer.Exit(drill.list_faults(stage=stage, check=check))
    if stage or check:
        raise InputError(["--stage and --check choose what --list-faults shows; add it, or leave them out"])
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


@app.command()
def doctor(
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="Open this app too, reading only.")
    ] = None,
    target: TargetFile = None,
    environment: Annotated[str | None, typer.Option(help="Environment of target.toml.")] = None,
    browser_path: BrowserPath = None,
) -> None:
    """What is wrong with target, checklist, variables, browser and the described app, before any check runs."""
    from gate import doctor as it

    raise typer.Exit(
        it.run(
            ROOT,
            base_url=base_url or os.environ.get("PYTEST_BASE_URL"),
            target=target,
            env_file=gate_env_file(),
            environment=environment,
            browser=browser_path,
        )
    )


@app.command()
def discover(
    base_url: Annotated[str, typer.Option("--base-url", help="The running app to look at.")],
    out_file: Annotated[Path, typer.Option("--out", help="The description to write.")] = Path("target.toml"),
    login_path: Annotated[str | None, typer.Option(help="Where its sign-in page is, if not found.")] = None,
    deny: Annotated[
        list[str] | None, typer.Option(help="A word of links never to follow; repeatable.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file.")] = False,
    browser_path: BrowserPath = None,
) -> None:
    """Look at a running app as GATE_ADMIN_USER, reading only, and write a first target.toml."""
    from gate import discover as it

    raise typer.Exit(
        it.run(
            base_url,
            out_file,
            login_path=login_path,
            env_file=gate_env_file(),
            deny=deny or (),
            browser=browser_path,
            force=force,
        )
    )


@app.command()
def attest(
    item: Annotated[
        str | None, typer.Argument(metavar="ITEM", help="The item of the checklist that you answer for.")
    ] = None,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who answers for it.")] = "",
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why it holds: what you looked at.")] = "",
    what_is_owed: Annotated[
        bool, typer.Option("--list", help="Say what is owed and attested for this change, and end.")
    ] = False,
    app_dir: Annotated[
        Path | None, typer.Option(help="The app's repository (default: repository.path).")
    ] = None,
    base_ref: Annotated[
        str | None, typer.Option(help="What it will be merged into (default: repository.base).")
    ] = None,
    target: TargetFile = None,
) -> None:
    """A human judgement that no test can give: your word for one item, bound to the tree that the merge would give.

    It is kept as a git note in the app's repository and changes no file of it. What is not committed is not part of it.
    """
    from gate import attest as it

    def say(line: str) -> None:
        out.print(line, markup=False, soft_wrap=True)

    if item is None and not what_is_owed:
        raise InputError(["attest what? give ITEM with --by and --reason, or --list to see what is owed"])
    change = it.Change.open(ROOT, app_dir, base_ref, target)
    raise typer.Exit(
        it.listing(change, say) if what_is_owed else it.attest(change, item or "", by, reason, say)
    )


@app.command()
def sweep(
    report_dir: Annotated[Path, typer.Option(help="Where the reports are.")] = ROOT / "reports",
) -> None:
    """Put away what killed runs left in the app: only what their journals name, after a re-read."""
    from gate import sweep as it

    raise typer.Exit(it.sweep(report_dir, say=lambda line: out.print(line, markup=False, soft_wrap=True)))


@app.command()
def drill(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Faults; default: all.")
    ] = None,
    stage: OfStage = None,
    check: OfCheck = None,
    jobs: Annotated[
        int, typer.Option(min=1, metavar="N", help="So many at a time, on a machine with cores to spare.")
    ] = 1,
) -> None:
    """Every fault against the suite: which check caught it, with which verdict, in how long."""
    from gate import drill as it

    raise typer.Exit(it.drill(names or (), stage=stage, check=check, jobs=jobs, out=out))


def commands(facts: dict[str, str]) -> list[str]:
    """The two command lines that judge a running sandbox.

    Paths are joined to their option by `=`: pytest takes a path that stands alone, before it knows the gate's
    options, for the folder to run in.
    """
    env = f"GATE_ENV_FILE={facts['gate_env_file']}"
    given = ("checklist", "app_dir", "base_ref", "release_notes")
    repository = " ".join(f"--{name.replace('_', '-')}={facts[name]}" for name in given)
    return [
        f"{env} pytest -m {stage} --target={facts['target']} {more}"
        for stage, more in (
            ("preflight", repository),
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
