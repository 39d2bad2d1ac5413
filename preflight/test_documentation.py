"""Section 4: docs/ is brought up to date where variables, routes or modules changed."""

import pytest

from gate.recorder import Check
from gate.repo import documentation
from gate.repo.blueprints import Declared
from gate.repo.candidate import Candidate
from gate.repo.python_source import Sources, is_test
from gate.repo.route_changes import compared
from gate.repo.variable_code import introduced
from gate.repo.variable_uses import Uses
from gate.results import Blocked

pytestmark = pytest.mark.preflight


@pytest.mark.check("change.docs")
def test_the_documentation_follows_the_change(
    check: Check,
    candidate: Candidate,
    sources: Sources,
    sources_before: Sources,
    served: Uses,
    served_before: Uses,
    routes: tuple[Declared, ...],
    routes_before: tuple[Declared, ...],
) -> None:
    """A change of variables, routes or modules touches docs/ or the README too."""
    if any(not is_test(one.path) for one in sources.broken):
        raise Blocked("routes.census")
    unread = [one.path for one in sources_before.broken]
    changed = {
        **documentation.variables(
            introduced(served, served_before, unread), introduced(served_before, served)
        ),
        **documentation.routes(compared(routes_before, routes), unread),
        **documentation.modules(sources_before, sources),
    }
    check.examined(len(served.places()) + len(routes) + len(sources.modules), "variables, routes and modules")
    check.attach_text(
        f"Compared with {candidate.base_ref}",
        "\n".join(f"{what} ({place})" for what, place in changed.items())
        or "no variable, route or module changed",
    )
    check.no_findings(
        documentation.undocumented(changed, candidate.changed, candidate.prefix),
        expected="docs/ or the README changes with variables, routes and modules",
    )
