"""The gate's own settings: GATE_* variables from the environment or a .env file, secrets typed as such."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dotenv.parser import parse_stream
from pydantic import SecretStr

from gate.inputs import InputError

SECRET_WORDS = ("PASSWORD", "SECRET", "KEY", "TOKEN", "DATABASE_URL")


@dataclass(frozen=True)
class Account:
    """Who signs in for a role."""

    role: str
    user: str
    password: SecretStr


@dataclass(frozen=True)
class Settings:
    """GATE_* values. Read through `get`; a value whose name says so is a secret and is scrubbed everywhere."""

    values: Mapping[str, SecretStr] = field(default_factory=dict)
    source: str = "the environment"

    def get(self, name: str) -> str | None:
        """The value in clear, or None when it is absent or empty."""
        secret = self.values.get(name)
        return (secret.get_secret_value() or None) if secret else None

    def account(self, role: str, prefix: str) -> Account | None:
        """The account of a role, or None when either of its two variables is missing."""
        user, password = self.get(f"{prefix}_USER"), self.get(f"{prefix}_PASSWORD")
        return Account(role, user, SecretStr(password)) if user and password else None

    def replaced(self, file: Path) -> Settings:
        """These settings with the values of a file that the gate itself wrote."""
        own = read_env_file(file, "the gate writes it for each run")
        return Settings({**self.values, **{k: SecretStr(v) for k, v in own.items()}}, self.source)

    def secrets(self) -> list[str]:
        """Every value that must never be shown."""
        return [
            secret.get_secret_value()
            for name, secret in self.values.items()
            if any(word in name for word in SECRET_WORDS) and secret.get_secret_value()
        ]


def read_env_file(path: Path, what: str) -> dict[str, str]:
    """Parse a .env file strictly; raises InputError that names every broken line (never its content)."""
    try:
        with path.open(encoding="utf-8") as stream:
            bindings = list(parse_stream(stream))
    except FileNotFoundError:
        raise InputError([f"{path}: not found; {what}"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([f"{path}: cannot be read as text ({type(error).__name__}); {what}"]) from None
    broken = [
        f"{path}: line {binding.original.line} is not NAME=value; mend or remove it"
        for binding in bindings
        if binding.error
    ]
    if broken:
        raise InputError(broken)
    return {binding.key: binding.value or "" for binding in bindings if binding.key}


def gate_env_file(named: str | None = None) -> Path | None:
    """The file of GATE_* variables: `named`, else the one that GATE_ENV_FILE names, else .env here if there is one."""
    file = named or os.environ.get("GATE_ENV_FILE")
    if file:
        return Path(file).expanduser().absolute()
    return Path(".env").absolute() if Path(".env").is_file() else None


def load_settings(env_file: Path | None) -> Settings:
    """GATE_* from `env_file` (if given) overlaid by the environment."""
    values: dict[str, str] = {}
    if env_file is not None:
        values.update(read_env_file(env_file, "copy .env.example and fill it in, or unset GATE_ENV_FILE"))
    values.update(os.environ)
    source = f"the environment and {env_file}" if env_file else "the environment"
    return Settings({k: SecretStr(v) for k, v in values.items() if k.startswith("GATE_")}, source)
