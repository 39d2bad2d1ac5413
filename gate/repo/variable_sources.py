"""The places that give the app its variables, compared: who sets what, and do they agree. Pure; tells no value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from gate.repo.blueprint import FILE, Blueprint
from gate.repo.variable_rules import absent, malformed, weak
from gate.repo.variables import Given, Variables
from gate.results import Finding
from gate.services.render_account import RenderVariables
from gate.target import Variable

ENVIRONMENT = "the process environment"
# Render reads it while it builds: what it must be is judged with the service's settings.
_OF_THE_BUILD = "PYTHON_VERSION"


@dataclass(frozen=True)
class Sources:
    """Where variables come from. `file_name` is the file's as shown; `render` is None where it cannot be asked.

    `plan` is render.yaml after the merge, `plan_before` as the base has it.
    """

    environment: Mapping[str, str] = field(repr=False)
    file: Mapping[str, str] = field(repr=False)
    file_name: str = ".env"
    plan: Blueprint = field(default_factory=Blueprint)
    plan_before: Blueprint = field(default_factory=Blueprint)
    render: RenderVariables | None = None

    def on_render(self, name: str) -> str | None:
        """Render's value, an empty text where it is there and empty, None where it is not."""
        found = self.render.found.get(name) if self.render else None
        return found.secret.get_secret_value() if found else None

    def given(self, name: str) -> tuple[str, str] | None:
        """The value that the gate was given and by whom: the file, else the process environment."""
        for source, values in ((self.file_name, self.file), (ENVIRONMENT, self.environment)):
            if values.get(name, "").strip():
                return source, values[name]
        return None

    def lacking(self, name: str) -> str:
        """Who of Render does not set the variable: Render itself where it was asked, else render.yaml; or nobody."""
        if self.render is not None:
            planned = self.plan.variables.get(name)
            comes = planned is not None and planned.how != "by_hand"
            return "" if comes or (self.on_render(name) or "").strip() else "Render"
        known = not self.plan.there or self.plan.groups or name in self.plan.variables
        return "" if known else FILE

    def planned(self, name: str) -> str | None:
        """The value that render.yaml itself writes down."""
        variable = self.plan.variables.get(name)
        return variable.value if variable and variable.how == "value" else None


def compared(declared: Mapping[str, Variable], sources: Sources) -> tuple[str, ...]:
    """The variables of which two places speak; that Render was asked and has none is said, too."""
    found = []
    asked = sources.render is not None
    for name, rule in declared.items():
        here = sum(bool(values.get(name, "").strip()) for values in (sources.file, sources.environment))
        there = (asked or sources.planned(name) is not None) and not rule.per_place
        if here > 1 or (here and there) or (asked and name in sources.plan.variables):
            found.append(name)
    return (*found, *(name for name in _only_planned(declared, sources) if asked))


def disagreements(declared: Mapping[str, Variable], sources: Sources) -> list[Finding]:
    """Every variable to which two sources give different values, or that a source leaves out."""
    findings = []
    for name, rule in declared.items():
        findings += list(_of_one(name, rule, sources))
    for name in _only_planned(declared, sources):
        findings += list(_of_the_plan(name, "text", sources))
    for name in sources.render.torn if sources.render else ():
        findings.append(
            _finding(
                name, "one value", "two of Render's groups give it different ones", "keep it in one group"
            )
        )
    return findings


def _only_planned(declared: Mapping[str, Variable], sources: Sources) -> list[str]:
    """What render.yaml writes down and target.toml does not declare: compared with Render's word alone."""
    return [
        name
        for name in sources.plan.variables
        if name not in declared and name != _OF_THE_BUILD and sources.planned(name) is not None
    ]


def _of_one(name: str, rule: Variable, sources: Sources) -> Iterable[Finding]:
    here, there, planned = sources.given(name), sources.on_render(name), sources.planned(name)
    in_both = sources.file.get(name, "").strip(), sources.environment.get(name, "").strip()
    if all(in_both) and not same(rule.kind, *in_both):
        yield _finding(
            name, "one value", f"{sources.file_name} and {ENVIRONMENT} differ",
            "unset it in the shell, or correct the file: which of them an app gets depends on how it loads the file",
        )  # fmt: skip
    yield from _of_the_plan(name, rule.kind, sources)
    if here and not rule.per_place:
        if there is not None and there.strip() and not same(rule.kind, here[1], there):
            yield _finding(
                name, f"the value that {here[0]} has", f"{_where(name, sources)} differs from {here[0]}",
                "correct one of them, or say that it is meant: per_place = true in target.toml",
            )  # fmt: skip
        elif sources.render is not None and not rule.required and not (there or "").strip():
            yield _finding(
                name, f"set on Render, as in {here[0]}", "Render does not set it",
                "set it on Render, or leave it out here: what was checked here is not what will run",
            )  # fmt: skip
        elif sources.render is None and planned is not None and not same(rule.kind, here[1], planned):
            yield _finding(
                name, f"the value that {here[0]} has", f"{FILE} differs from {here[0]}",
                "correct one of them, or say that it is meant: per_place = true in target.toml",
            )  # fmt: skip
    left_out = sources.plan.variables and not sources.plan.groups and name not in sources.plan.variables
    if rule.required and left_out and there:
        yield _finding(
            name, f"{FILE} names it, as Render sets it", f"{FILE} leaves it out",
            f"add it to envVars of {FILE} (sync: false for a secret): a service made from the file lacks it",
        )  # fmt: skip


def _of_the_plan(name: str, kind: str, sources: Sources) -> Iterable[Finding]:
    there, planned = sources.on_render(name), sources.planned(name)
    if planned is None or there is None or same(kind, planned, there):
        return
    before = sources.plan_before.variables.get(name)
    if before is not None and before != sources.plan.variables[name]:
        # The merge itself brings the new value to Render.
        return
    yield _finding(
        name, f"the value that {FILE} gives it", f"{_where(name, sources)} differs from {FILE}",
        f"write Render's value into {FILE}, or set that of {FILE} on Render: the next sync of the file overwrites it",
    )  # fmt: skip


def not_on_render(declared: Mapping[str, Variable], sources: Sources) -> list[Finding]:
    """What Render must set and does not, and values on Render that break a rule and stand only there."""
    assert sources.render is not None
    findings = []
    for name, variable in sources.plan.variables.items():
        coming = name not in sources.plan_before.variables and variable.how != "by_hand"
        if coming or name == _OF_THE_BUILD or (sources.on_render(name) or "").strip():
            continue
        if variable.how == "by_hand":
            findings.append(
                _finding(
                    name, f"filled in on Render: {FILE} says sync: false", "nobody filled it in",
                    "Render asks for it only when a service is first made: set it by hand, before the merge",
                    id="variables.not_filled_in",
                )
            )  # fmt: skip
        elif name in declared or variable.how != "linked":
            findings.append(_missing(name, f"set on Render, as {FILE} says"))
    told = {finding.place for finding in findings}
    findings += [
        _missing(name, "set on Render")
        for name, rule in declared.items()
        if rule.required and name not in told and not (sources.on_render(name) or "").strip()
        and name not in sources.plan.variables
    ]  # fmt: skip
    return findings + _broken_there(declared, sources)


def _broken_there(declared: Mapping[str, Variable], sources: Sources) -> list[Finding]:
    """Rules that a value breaks which the gate was not given: the given ones are judged by checks of their own."""
    assert sources.render is not None
    only_there = {}
    for name, rule in declared.items():
        there, here = sources.on_render(name), sources.given(name)
        if there and there.strip() and (here is None or here[1].strip() != there.strip()):
            only_there[name] = rule.model_copy(update={"together": None})
    found = sources.render.found
    values = Variables(Given(name, found[name].secret, found[name].source) for name in only_there)
    return [
        *absent(only_there, values),
        *malformed(only_there, values),
        *weak(only_there, values),
    ]


def same(kind: str, one: str, other: str) -> bool:
    """Whether two values mean the same; of a database's address host, name, user and password count.

    Inside its network Render writes the host without its domain.
    """
    if kind != "postgres":
        return one.strip() == other.strip()
    return _database(one) == _database(other)


def table(declared: Mapping[str, Variable], sources: Sources) -> str:
    """Who sets each variable, as evidence."""
    lines = []
    for name in dict.fromkeys((*declared, *sources.plan.variables)):
        variable = sources.plan.variables.get(name)
        where = [
            ENVIRONMENT if sources.environment.get(name, "").strip() else "",
            sources.file_name if sources.file.get(name, "").strip() else "",
            f"{FILE} ({_HOW[variable.how]})" if variable else "",
            _where(name, sources) if (sources.on_render(name) or "").strip() else "",
        ]
        # No colon: "FLASK_SECRET_KEY: ..." would be scrubbed as a secret and its value.
        lines.append(f"{name} - {', '.join(filter(None, where)) or 'nowhere'}")
    if sources.render is None:
        lines.append(
            "Render itself was not asked: GATE_RENDER_KEY is not set, or target.toml has no [render]"
        )
    return "\n".join(lines)


_HOW = {
    "value": "its value stands there",
    "generated": "made by Render",
    "by_hand": "sync: false",
    "linked": "from a database, service or group",
}


def _database(address: str) -> tuple[str, ...]:
    try:
        parts = urlsplit(address.strip())
        host = parts.hostname or ""
        port = parts.port or 5432
    except ValueError:
        return (address.strip(),)
    host = re.sub(r"^(dpg-[0-9a-z]+-[a-z])\..*", r"\1", host)
    where = host or parts.query
    return (where, str(port), parts.path, unquote(parts.username or ""), unquote(parts.password or ""))


def _where(name: str, sources: Sources) -> str:
    assert sources.render is not None
    return sources.render.found[name].source


def _missing(name: str, expected: str) -> Finding:
    return _finding(
        name, expected, "Render does not set it", "set it on Render (Environment), before the merge",
        id="variables.absent_on_render",
    )  # fmt: skip


def _finding(name: str, expected: str, observed: str, hint: str, id: str = "variables.differs") -> Finding:
    return Finding(id=id, place=name, expected=expected, observed=observed, hint=hint)
