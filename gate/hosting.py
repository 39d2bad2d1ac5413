"""What the host of the app says: Render as this run may ask it, and the second word on an app that does not answer."""

from __future__ import annotations

from pydantic import SecretStr

from gate.results import Cause, CouldNotTell
from gate.run import Run
from gate.services.http import ServiceError
from gate.services.logsource import CommandLog, FileLog, LogSource, RenderLog
from gate.services.reach import SecondWord
from gate.services.render import Render

_SHORTLY_S = 4.0
_A_WHILE_S = 30.0
_NEXT_MINUTE_S = 65.0


def render_key(run: Run) -> SecretStr:
    """The gate's key for Render's API; raises CouldNotTell when it is not set."""
    key = run.settings.get("GATE_RENDER_KEY")
    if key is None:
        raise CouldNotTell(
            "a key for Render's API",
            "GATE_RENDER_KEY is not set",
            "make a key in Render's account settings and set the variable",
            cause=Cause.CONFIGURATION,
        )
    return SecretStr(key)


def open_render(run: Run, patience_s: float = _A_WHILE_S, throttled_s: float | None = None) -> Render:
    """A client for the target's Render service.

    One question is tried for `patience_s` at most, or for `throttled_s` where Render puts it off.
    """
    assert run.target.render is not None
    base = run.settings.get("GATE_RENDER_URL") or run.target.render.api
    return Render(
        run.target.render.service,
        render_key(run),
        run.run_id,
        api=base,
        patience_s=patience_s,
        throttled_s=throttled_s,
    )


def second_word(run: Run) -> SecondWord | None:
    """Who else speaks for the app in this minute: Render, or its version endpoint in this run. None: nobody."""
    if run.booted:
        return SecondWord("this run started it on this machine, and it answered then")
    if run.target.render is not None and run.settings.get("GATE_RENDER_KEY"):
        try:
            with open_render(run, _SHORTLY_S) as render:
                service = render.service()
                live = next((one for one in render.deploys(20) if one.live), None)
        except ServiceError:
            pass
        else:
            if service.suspended:
                return SecondWord("Render says that the service is suspended", suspended=True)
            said = f"{live.id} is live" if live else "no deploy is live"
            return SecondWord(f"Render says in the same minute that {said}", sleeps=service.plan == "free")
    known = run.shared.peek("commit") or {}
    if run.target.version is not None and known.get("reads"):
        return SecondWord("its version endpoint answered in this run")
    return None


def log_source(run: Run) -> LogSource:
    """Where the app's logs are read: the file or the command of target.toml, else Render."""
    logs = run.target.logs
    if logs.file:
        return FileLog((run.target_file.parent / logs.file).absolute(), logs)
    if logs.command:
        return CommandLog(logs.command, logs)
    render_key(run)
    # A Render that this run has waited for in vain is not waited for again.
    in_vain = run.shared.stopped_by("deploy", "commit.live") and not run.shared.failed("deploy")
    patience_s = _SHORTLY_S if in_vain else _A_WHILE_S
    # Render lets logs be asked 30 times a minute: a question may have to wait for the next one.
    return RenderLog(lambda: open_render(run, patience_s, _NEXT_MINUTE_S), logs)
