"""The seam to pytest: options, hooks, and who is called when. Wiring only; what is decided is decided elsewhere."""

pytest_plugins = [
    f"gate.plugin.{part}" for part in ("options", "session", "attested", "collection", "checks", "closing")
]
