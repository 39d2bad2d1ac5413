"""The app's variables as they are given: a value and where it came from. They are data and never exported."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from gate.settings import SECRET_WORDS, read_env_file
from gate.target import Variable

# A sharing link grants access to whoever has it.
_SECRET_KINDS = ("secret", "postgres", "sharepoint")


@dataclass(frozen=True)
class VariablesFile:
    """The app's own file of variables. `path` is None where there is none."""

    path: Path | None = None
    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, app_dir: Path | None, named: Path | None = None) -> VariablesFile:
        """The file that is named, else the app's .env, if there is one; raises InputError for broken lines."""
        own = app_dir / ".env" if app_dir else None
        path = named or (own if own and own.is_file() else None)
        if path is None:
            return cls()
        return cls(path, read_env_file(path, "name the app's variables file with --env-file"))


@dataclass(frozen=True)
class Given:
    """One variable. `source` is a file's path or "the environment"."""

    name: str
    secret: SecretStr
    source: str

    @property
    def value(self) -> str:
        """The value in clear."""
        return self.secret.get_secret_value()


class Variables(Mapping[str, Given]):
    """All given variables, by name. An empty value is given but not set: see `has`."""

    def __init__(self, given: Iterable[Given]) -> None:
        self._given = {one.name: one for one in given}

    @classmethod
    def gather(
        cls,
        declared: Iterable[str],
        file_values: Mapping[str, str],
        file: Path | None,
        environ: Mapping[str, str] = os.environ,
    ) -> Variables:
        """The file's variables; from the process environment only what is declared and not in the file."""
        source = str(file) if file else "the variables file"
        found = [Given(name, SecretStr(value), source) for name, value in file_values.items()]
        found += [
            Given(name, SecretStr(environ[name]), "the environment")
            for name in declared
            if name in environ and name not in file_values
        ]
        return cls(found)

    def __getitem__(self, name: str) -> Given:
        return self._given[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def has(self, name: str) -> bool:
        """Whether the variable is given and not empty."""
        return bool(self.clear(name).strip())

    def clear(self, name: str) -> str:
        """The value in clear, or an empty string."""
        return self._given[name].value if name in self._given else ""

    def secrets(self, declared: Mapping[str, Variable]) -> tuple[str, ...]:
        """Values that must never be shown: by their declared kind, or by the name of the variable."""
        hidden = [
            one.value
            for one in self._given.values()
            if (one.name in declared and declared[one.name].kind in _SECRET_KINDS)
            or any(word in one.name for word in SECRET_WORDS)
        ]
        passwords = [_password(value) for value in hidden]
        return tuple(value for value in (*hidden, *passwords) if value)


def _password(value: str) -> str:
    try:
        return unquote(urlsplit(value).password or "")
    except ValueError:
        return ""
