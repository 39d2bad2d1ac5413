"""Section 4: all templates compile, and what they and the views name is there."""

import pytest

from gate.recorder import Check
from gate.repo.blueprints import Declared
from gate.repo.python_source import Sources
from gate.repo.scopes import World
from gate.repo.templates import makes_environments, named_in, rendered, wrong_names
from gate.results import Cause, CouldNotTell
from preflight.loading import Loading

pytestmark = pytest.mark.preflight


@pytest.mark.check("templates.compile")
def test_templates_compile_and_name_what_is_there(
    check: Check, sources: Sources, routes: tuple[Declared, ...], loading: Loading
) -> None:
    """Every template with the app's own filters and tests; templates, macros and endpoints that are named exist."""
    app = loading.app()
    world = World(sources)
    named, own = named_in(world, app.modules), makes_environments(world, app.modules)
    if app.template_names is None:
        raise CouldNotTell("a list of the app's templates", "its template loader gives none")
    templates = rendered(app, named)
    if not templates and not named:
        raise CouldNotTell(
            "templates, or names of some in views",
            "the app has none",
            "if it renders no page, say why: without = { templates = 'reason' } in target.toml",
            cause=Cause.CONFIGURATION,
        )
    check.examined(len(templates) + len(named), "templates and names in views")
    links = sum(len(template.urls) for template in templates)
    check.attach_text(
        "Templates",
        f"{len(templates)} templates, {links} links in them, {len(named)} names in views\n"
        "variables that a view hands over cannot be known without running it\n"
        + ("the app makes environments of its own: their tags and filters are not judged\n" if own else "")
        + "\n".join(template.file for template in templates),
    )
    optional = {name for one in routes for name in (one.optional, one.chosen) if name}
    check.no_findings(
        wrong_names(app, named, optional, own_environments=own),
        expected="templates that compile, and only names of what is there",
    )
