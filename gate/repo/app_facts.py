"""What the app is once it is loaded: its url_map and templates, told by its own Python in the clean environment."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gate.repo.environment import CleanEnvironment
from gate.repo.processes import Ran

PROBE = Path(__file__).with_name("flask_probe.py")
NOT_FLASK = 3


@dataclass(frozen=True)
class Place:
    """Where a function stands: relative to the app if `own`, else a package's absolute path. `name` is qualified."""

    file: str
    line: int
    name: str

    @property
    def own(self) -> bool:
        """Whether the code is the app's."""
        return not self.file.startswith(("/", "<"))

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Served:
    """One rule × method of the url_map. `chain` is the view and all that wraps it, outermost first.

    `before` is what runs before such a request, each with what wraps it.
    """

    method: str
    rule: str
    host: str
    endpoint: str
    chain: tuple[Place, ...]
    view_class: str
    arguments: tuple[str, ...]
    defaults: tuple[str, ...]
    before: tuple[Place, ...] = ()

    @property
    def key(self) -> str:
        """As people and target.toml write it: GET /envios."""
        return f"{self.method} {self.rule}"

    @property
    def view(self) -> Place | None:
        """The function that answers."""
        return self.chain[-1] if self.chain else None

    @property
    def is_static(self) -> bool:
        """Whether Flask itself serves files here."""
        return self.endpoint.rpartition(".")[2] == "static" and any(
            "send_static_file" in place.name or place.file.endswith(("flask/app.py", "flask/sansio/app.py"))
            for place in self.chain
        )


@dataclass(frozen=True)
class Template:
    """One template of the app.

    `error` is (line, message) where it does not compile; `needs` (line, names of which one must exist, names
    imported from it); `unknown` (line, filter or test that does not exist); `urls` (line, endpoint, arguments
    given, whether more may come); `defines` are the names that others may import.
    """

    name: str
    file: str
    error: tuple[int, str] | None
    needs: tuple[tuple[int, tuple[str, ...], tuple[str, ...]], ...] = ()
    unknown: tuple[tuple[int, str], ...] = ()
    urls: tuple[tuple[int, str, tuple[str, ...], bool], ...] = ()
    defines: tuple[str, ...] = ()


@dataclass(frozen=True)
class AppFacts:
    """All of it. `modules` are the app's own loaded files; `template_names` is None where they cannot be listed."""

    served: tuple[Served, ...]
    modules: tuple[str, ...]
    templates: tuple[Template, ...]
    template_names: tuple[str, ...] | None
    url_defaults: bool

    @classmethod
    def from_probe(cls, told: Mapping[str, Any]) -> AppFacts:
        """From what flask_probe.py wrote; raises KeyError or TypeError on anything else."""
        served = [
            Served(
                method=method,
                rule=one["rule"],
                host=one["host"],
                endpoint=one["endpoint"],
                chain=tuple(Place(*place) for place in [*one["view"], *one["by_method"].get(method, ())]),
                view_class=".".join(one["class"] or ()),
                arguments=tuple(one["arguments"]),
                defaults=tuple(one["defaults"]),
                before=tuple(Place(*place) for place in one["before"]),
            )
            for one in told["routes"]
            for method in one["methods"]
        ]
        templates = [
            Template(
                name=one["name"],
                file=one["file"],
                error=tuple(one["error"]) if one["error"] else None,
                needs=tuple(
                    (line, tuple(names), tuple(taken)) for line, names, taken in one.get("needs", ())
                ),
                unknown=tuple((line, name) for line, name in one.get("filters", ())),
                urls=tuple((line, to, tuple(given), more) for line, to, given, more in one.get("urls", ())),
                defines=tuple(one.get("defines", ())),
            )
            for one in told["templates"]
        ]
        names = told["template_names"]
        return cls(
            served=tuple(served),
            modules=tuple(told["modules"]),
            templates=tuple(templates),
            template_names=None if names is None else tuple(names),
            url_defaults=told["url_defaults"],
        )

    def to_facts(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return asdict(self)


def ask_app(
    environment: CleanEnvironment,
    app: str,
    source: Path,
    home: Path,
    variables: Mapping[str, str],
    timeout_s: float,
    folders: Sequence[str] = (),
) -> tuple[Ran, dict[str, Any] | None]:
    """Load the app and let it tell; the second part is None where it did not.

    `folders` of the app are looked in for modules too; in the first one the app is loaded.
    """
    home.mkdir(parents=True, exist_ok=True)
    output = home / "app.json"
    output.unlink(missing_ok=True)
    command = ["python", "-I", str(PROBE), app, str(output), *folders]
    ran = environment.run(command, source, home, variables, timeout_s)
    if not ran.ok or not output.is_file():
        return ran, None
    told: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return ran, told
