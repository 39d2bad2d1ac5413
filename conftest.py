"""Loads the gate's pytest plugin; nothing else."""

pytest_plugins = ["gate.fixtures", "gate.plugin"]
