"""Section 3.2: the app's requirements install in a clean environment, and gunicorn loads the app there."""

import pytest

from gate.recorder import Check
from gate.repo.candidate import Candidate
from gate.repo.python_version import wanted_python
from preflight.loading import Loading

pytestmark = pytest.mark.preflight


@pytest.mark.check("dependencies.install")
def test_requirements_install(check: Check, candidate: Candidate, loading: Loading) -> None:
    """A fresh environment with Render's Python, if it can be had here, and nothing of the gate's in it."""
    environment = loading.environment()
    check.examined(len(environment.packages), "packages")
    wanted = wanted_python(candidate)
    asked = f"{wanted.version} by {wanted.source}" if wanted.version else wanted.source
    how = "kept from an earlier run" if environment.reused else f"installed now by {environment.installer}"
    check.attach_text(
        "Environment",
        f"Python {environment.python_version} (asked for: {asked})\n{how}\n"
        + "\n".join(environment.packages),
    )


@pytest.mark.check("dependencies.boot")
def test_gunicorn_loads_the_app(check: Check, loading: Loading) -> None:
    """The start command's own check, on HEAD's files alone, with stand-ins for the app's variables."""
    told = loading.boot()
    check.examined(1, "applications")
    check.attach_text("Start command", f"{told['command']}: {loading.start.source}")
