"""Section 4: every route × method with its guard, read in the source and told by the running app."""

import pytest

from gate.recorder import Check
from gate.repo import other_guards
from gate.repo.blueprints import Declared
from gate.repo.candidate import Candidate
from gate.repo.census import Census, census, disagreements, open_rows, unguarded
from gate.repo.python_source import Sources, is_test
from gate.repo.route_changes import compared
from gate.results import Blocked, Failed, Finding
from gate.target import Target
from preflight.loading import Loading

pytestmark = pytest.mark.preflight


@pytest.mark.check("routes.census")
def test_the_source_says_what_is_served(
    check: Check,
    target: Target,
    standing: Candidate,
    sources: Sources,
    written: tuple[Declared, ...],
    loading: Loading,
) -> None:
    """Reading the code and asking the running app give the same routes."""
    readable(sources)
    found = counted(target, sources, written, loading)
    loaded = loading.app().modules
    check.examined(len(found.rows), "routes")
    rows = sorted(found.rows, key=lambda row: (row.served.rule, row.served.method))
    aside = [one for one in found.unserved if one.place.rpartition(":")[0] not in loaded]
    files = sorted({one.place.rpartition(":")[0] for one in aside})
    chosen = sorted({one.optional for one in found.unserved if one.optional})
    check.attach_text(
        "Routes",
        f"{len(rows)} routes are served, {found.agreeing} of them are read in the source\n"
        + "\n".join(map(str, rows))
        + "".join(f"\nnot loaded by {loading.start.app}: the routes of {file}" for file in files)
        + "".join(f"\nregistered under a condition that does not hold here: {name}" for name in chosen),
    )
    findings = disagreements(found, loaded, changed_in_app(standing))
    check.no_findings(findings, expected="the code declares exactly the routes that are served")


@pytest.mark.check("routes.guarded")
def test_every_route_has_a_guard_or_a_reason(
    check: Check, target: Target, sources: Sources, written: tuple[Declared, ...], loading: Loading
) -> None:
    """Default deny: what no guard protects must be on the public list, with its reason."""
    found = counted(target, sources, written, loading)
    check.examined(len(found.rows), "routes")
    open_to_all = [row for row in found.rows if not row.guards]
    check.attach_text(
        f"{len(open_to_all)} routes without a guard", "\n".join(map(str, open_to_all)) or "none"
    )
    unexplained = open_rows(found, public_list(target))
    check.no_findings(
        unguarded(unexplained),
        expected="a guard, or a reason, for every route",
        hint=other_guards.hint(unexplained, found.rows, sources),
    )


@pytest.mark.check("routes.changed")
def test_no_route_became_more_open(
    check: Check,
    candidate: Candidate,
    sources: Sources,
    routes: tuple[Declared, ...],
    routes_before: tuple[Declared, ...],
) -> None:
    """The branch's routes against those of the base: what is open to more people than before is a finding."""
    if any(not is_test(one.path) for one in sources.broken):
        raise Blocked("routes.census")
    changes = compared(routes_before, routes)
    check.examined(len(routes) or len(routes_before), "routes")
    told = "\n".join(map(str, changes)) or f"nothing, {len(routes)} routes are as they were"
    check.attach_text(f"Compared with {candidate.base_ref}", told)
    check.no_findings(
        [
            Finding(
                id="routes.loosened",
                place=change.place,
                expected=f"{change.key} stays as closed as it is: {change.before}",
                observed=f"{change.key}: {change.after}, before {change.before}",
                hint="put it back; if it is wanted so, say that with a waiver for routes.changed in checklist.toml",
            )
            for change in changes
            if change.kind == "loosened"
        ],
        expected=f"no route is open to more people than on {candidate.base_ref}",
    )


def counted(target: Target, sources: Sources, written: tuple[Declared, ...], loading: Loading) -> Census:
    """The census; what keeps it from being taken belongs to routes.census."""
    return census(written, loading.app().served, sources, target.routes.guards)


def public_list(target: Target) -> dict[str, str]:
    """What needs no guard, with its reason: what [access] says of pages, and what [routes] says of routes."""
    pages = {f"GET {path}": why for path, why in target.access.public.items()}
    return {target.login.path: "the sign-in itself", **pages, **target.routes.public}


def changed_in_app(candidate: Candidate) -> list[str]:
    """Changed files as the app's folder has them."""
    return [
        path.removeprefix(candidate.prefix) for path in candidate.changed if path.startswith(candidate.prefix)
    ]


def readable(sources: Sources) -> None:
    """A file that is no Python is told with its line, unless it is one that nobody loads."""
    findings = [
        Finding(
            id="routes.syntax",
            place=f"{one.path}:{one.line}",
            expected="Python that can be read",
            observed=one.said,
            hint="correct that line",
        )
        for one in sources.broken
        if not is_test(one.path)
    ]
    if findings:
        raise Failed(
            "every Python file of the app can be read",
            f"{findings[0].place} - {findings[0].observed}",
            findings[0].hint,
            findings=findings,
        )
