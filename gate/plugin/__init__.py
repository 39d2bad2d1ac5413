"""The seam to pytest: options, hooks, and who is called when. Wiring only; what is decided is decided elsewhere."""

import pytest

pytest_plugins = [
    f"gate.plugin.{part}"
    for part in ("options", "session", "attested", "collection", "distribution", "checks", "closing")
]


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to run without one of the parts: what it proves or puts away would be missing unseen."""
    for part in pytest_plugins:
        if config.pluginmanager.is_blocked(part):
            raise pytest.UsageError(f"-p no:{part}: the gate runs whole or not at all; leave it out")
