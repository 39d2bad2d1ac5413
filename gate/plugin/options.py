"""Options of the gate, all stages."""

from __future__ import annotations

import pytest

from gate.deadline import DEFAULT_S


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the gate, all stages."""
    group = parser.getgroup("gate", "release gate")
    group.addoption(
        "--sandbox", action="store_true", help="judge the embedded staging, started and stopped for this run"
    )
    group.addoption(
        "--fault",
        action="append",
        default=[],
        metavar="NAME",
        help="with --sandbox: break it on purpose (repeatable)",
    )
    group.addoption("--target", metavar="FILE", help="description of the application (default: target.toml)")
    group.addoption("--checklist", metavar="FILE", help="what must be proven (default: checklist.toml)")
    group.addoption(
        "--environment",
        metavar="NAME",
        help="environment of target.toml (default: the one that lists the URL)",
    )
    group.addoption("--report-dir", metavar="DIR", help="where reports go (default: reports/)")
    group.addoption(
        "--browser-path",
        metavar="PATH",
        help="browser to drive (default: GATE_BROWSER, else one that is found)",
    )
    group.addoption(
        "--app-dir", metavar="DIR", help="preflight: the app's repository (default: repository.path)"
    )
    group.addoption(
        "--base-ref",
        metavar="REF",
        help="preflight: what the change is compared with (default: repository.base)",
    )
    group.addoption(
        "--env-file",
        metavar="FILE",
        help="preflight: the app's variables (default: .env of the app's folder)",
    )
    group.addoption(
        "--boot-candidate",
        action="store_true",
        help="preflight and smoke: start the change on this machine, and run the smoke journeys on it",
    )
    group.addoption(
        "--query-cost",
        action="store_true",
        help="preflight: compare what the panels cost the database with the base, whatever the change touches",
    )
    group.addoption("--release-notes", metavar="FILE", help="preflight: text of the pull request")
    group.addoption(
        "--commit", metavar="SHA", help="postdeploy: the commit that must be live (default: GATE_COMMIT)"
    )
    group.addoption(
        "--deadline",
        metavar="SECONDS",
        help=f"the checks of a run end by then, counted from when the deploy is live (default: {DEFAULT_S:.0f})",
    )
    group.addoption(
        "--no-commit",
        action="store_true",
        help="postdeploy: do not prove which commit is live (a stated weakness)",
    )
