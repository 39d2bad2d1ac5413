"""What a change of target.toml takes off that is proven: one list of the keys that can, each with its reason. Pure.

What the list does not name is the app's own: a label that reads otherwise, a new panel, a route that is meant to be
public. Reviewers see it in the change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from gate.target import Target

Told = Callable[[Any, Any], str | None]


@dataclass(frozen=True)
class Rule:
    """`path` is a key of target.toml, `*` every name at its place. `told` says what became of it, given its value
    on the base and in the change; None where nothing is taken off. `new`: also where the base lacks what it is of."""

    path: str
    told: Told
    reason: str
    new: bool = False


def _gone(was: Any, now: Any) -> str | None:
    return "drops {path}" if was and not now else None


def _fewer(was: Any, now: Any) -> str | None:
    gone = _lacking(was, now)
    return f"drops {', '.join(gone)} from {{path}}" if gone else None


def _fewer_facts(was: Any, now: Any) -> str | None:
    """Texts with a placeholder; the others are the app's words."""
    return _fewer([one for one in _names(was) if "{" in one], now)


def _shorter(was: Any, now: Any) -> str | None:
    return "shortens {path}" if len(_names(was)) > len(_names(now)) else None


def _more(was: Any, now: Any) -> str | None:
    added = _lacking(now, was)
    return f"adds {', '.join(added)} to {{path}}" if added else None


def _higher(was: Any, now: Any) -> str | None:
    if was is None or now is None:
        return _gone(was, now)
    return f"raises {{path}} from {was} to {now}" if now > was else None


def _lower(was: Any, now: Any) -> str | None:
    if was is None or now is None:
        return _gone(was, now)
    return f"lowers {{path}} from {was} to {now}" if now < was else None


def _on(was: Any, now: Any) -> str | None:
    return "sets {path}" if now and not was else None


def _off(was: Any, now: Any) -> str | None:
    return "unsets {path}" if was and not now else None


def _other(was: Any, now: Any) -> str | None:
    return "alters {path}" if was and was != now else None


def _lacking(these: Any, those: Any) -> list[str]:
    return [one for one in _names(these) if one not in _names(those)]


def _names(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple | dict) else []


RULES = (
    Rule("without", _more, "what the app does not have is not asked for", new=True),
    Rule("environments.*.not_proven", _more, "a gap that is stated lets the rest be GO", new=True),
    Rule("guard.ignore", _more, "what is known noise is no error of a page", new=True),
    Rule("environments", _fewer, "a place that is not described is production, where nothing is written"),
    Rule("environments.*.urls", _fewer, "an address listed nowhere is production, where nothing is written"),
    Rule("environments.*.allow", _fewer, "what may not be done is not proven"),
    Rule("repository", _gone, "the agreed branches and approvals stand there"),
    Rule("repository.approvals", _lower, "fewer people must agree"),
    Rule("repository.merges", _other, "which branches may go where is agreed on there"),
    Rule("repository.base", _other, "what a change is compared with"),
    Rule("repository.github", _other, "whose pull requests are asked for"),
    Rule("render", _gone, "settings, deploys and the way back are read there"),
    Rule("render.service", _other, "another service is read"),
    Rule("render.recovery_elsewhere", _on, "a way back that nobody looks at"),
    Rule("render.backup_within_h", _higher, "an older backup is enough"),
    *(
        Rule(f"render.{key}", _gone, "the render.yaml of the change says it instead")
        for key in ("build_command", "start_command", "health_path", "auto_deploy", "plan", "python_version")
    ),
    Rule("version", _gone, "the app's own word on its commit"),
    Rule("version.reads", _lower, "fewer answers need agree"),
    Rule("roles", _fewer, "what this role may open is not looked at"),
    Rule("login.error", _gone, "what a refused person reads"),
    Rule("login.logout", _gone, "signing out is not tried"),
    Rule("access.paths", _fewer, "a path that no link leads to is not tried"),
    Rule("access.foreign", _fewer, "other people's records are not tried as this role"),
    Rule("access.foreign.*", _fewer, "this record of other people is not tried"),
    Rule("access.offered", _more, "a link to what is refused is not told"),
    Rule("access.writes", _fewer, "this write is tried only where a form leads to it"),
    Rule("access.skip", _more, "links with this word are not followed"),
    Rule("panels", _fewer, "this panel is not opened"),
    Rule("panels.*.chart", _gone, "that the chart is drawn is not looked at"),
    Rule("panels.*.empty_ok", _on, "a panel without content is right"),
    Rule("panels.*.budget_ms", _higher, "it may take longer"),
    Rule("panels.*.server_ms", _higher, "the server may take longer"),
    Rule("panels.*.max_statements", _higher, "it may ask the database more often"),
    Rule("panels.*.max_rows", _higher, "it may read more rows"),
    Rule("guard.errors", _fewer, "a page may say it"),
    Rule("guard.budget_ms", _higher, "any page may take longer"),
    Rule("shipment", _gone, "the record that the business cannot lose is not created"),
    Rule("shipment.fields", _fewer, "this field is not filled in, shown or stored"),
    Rule("shipment.fields.*.column", _gone, "what is stored of it is not read"),
    Rule("shipment.fields.*.detail", _off, "what the record's page shows of it is not read"),
    Rule("shipment.minimal", _gone, "the least that the form takes is not tried"),
    Rule("shipment.invalid", _gone, "a form that must be refused is not sent"),
    Rule("shipment.edit", _gone, "no record is changed"),
    Rule("shipment.query.filters", _shorter, "fewer filters are tried"),
    Rule("shipment.query.by", _gone, "the search by a field's text is not tried"),
    Rule("pdf", _gone, "the document is not made"),
    Rule("pdf.contains", _fewer_facts, "the document need not hold it"),
    Rule("pdf.contains", _shorter, "the document need hold less"),
    Rule("pdf.max_pages", _higher, "it may be longer"),
    Rule("pdf.max_kb", _higher, "it may weigh more"),
    Rule("pdf.within_ms", _higher, "it may take longer"),
    Rule("pdf.only_its_number", _off, "it may name other records"),
    Rule("mail", _gone, "no mail is sent"),
    Rule("mail.sent", _gone, "what the app says of the mail is not read"),
    Rule("mail.from_address", _gone, "it may come from anybody"),
    Rule("mail.sender", _gone, "what bounced or was never sent is not looked for"),
    Rule("mail.attachment", _off, "the document need not come with it"),
    Rule("mail.contains", _fewer_facts, "the mail need not name it"),
    Rule("mail.arrives_within_s", _higher, "it may take longer"),
    Rule("mail.settle_s", _lower, "a second copy is looked for less long"),
    Rule("sync", _gone, "the sync is not run"),
    Rule("sync.changed", _fewer, "a second run may change it"),
    Rule("sync.error", _gone, "what the app says of a failed sync is not looked for"),
    Rule("sync.within_s", _higher, "it may take longer"),
    Rule("sync.log", _gone, "the counts have no second witness"),
    Rule("sync.log.counts", _fewer, "this count has no second witness"),
    Rule("sync.log.rows", _lower, "a part of it may be left out"),
    Rule("sync.log.result", _gone, "how it went has no second witness"),
    Rule("database", _gone, "records have no second witness"),
    Rule("database.schema", _gone, "they may stand in any schema"),
    Rule("logs.file", _gone, "the app's log is not read"),
    Rule("logs.command", _gone, "the app's log is not read"),
    Rule("logs.forbidden", _fewer, "a line of the log may say it"),
    Rule("logs.required", _fewer, "the log need not say it"),
    Rule("logs.ignore", _more, "a line of the log that says it is harmless"),
    Rule("logs.begins", _other, "the line by which a start is known"),
    Rule("logs.boots", _other, "the line by which a restart is known"),
    Rule("logs.settles_within_s", _higher, "a restart counts as part of the start for longer"),
    Rule("logs.late_s", _lower, "late lines are not waited for"),
    Rule("variables", _fewer, "nothing must hold for this variable"),
    Rule("variables.*.required", _off, "it may be missing"),
    Rule("variables.*.kind", _other, "its form is another"),
    Rule("variables.*.min_length", _lower, "it may be shorter"),
    Rule("variables.*.pattern", _other, "it may look otherwise"),
    Rule("variables.*.forbidden", _fewer, "it may have this value"),
    Rule("variables.*.together", _other, "it may be set without the others"),
    Rule("variables.*.file", _other, "its link may lead to another kind of file"),
    Rule("variables.*.per_place", _on, "Render may have another value"),
    Rule("start.check", _other, "another command says that the app starts"),
    Rule("candidate.accounts", _fewer, "nobody signs in to the change as this role"),
    Rule("candidate.upgrade", _gone, "migrations are not run on the base's data"),
    Rule("candidate.cost_factor", _higher, "panels may cost more than on the base"),
    Rule("routes.guards", _more, "a route with this decorator is guarded"),
)


def weaker(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What the change of target.toml takes off, one clause each with its reason; both as parsed."""
    was, now = _comparable(before, after)
    told = []
    for rule in RULES:
        old = dict(_at(was, rule.path))
        for path, value in _at(now, rule.path):
            if path in old or rule.new:
                said = rule.told(old.get(path), value)
                told += [f"{said.replace('{path}', path)}: {rule.reason}"] if said else []
    return told


def _at(data: Any, path: str, walked: str = "") -> Iterator[tuple[str, Any]]:
    """Every key that the path names, where what holds it is there; a value that is not there is None."""
    name, _, rest = path.partition(".")
    if not isinstance(data, Mapping):
        return
    for key in data if name == "*" else (name,):
        here = f"{walked}.{key}".lstrip(".")
        if rest:
            yield from _at(data.get(key), rest, here)
        else:
            yield here, data.get(key)


def _comparable(*files: Mapping[str, Any]) -> list[dict[str, Any]]:
    """With what holds where a key is left out; as they stand where one is no target of today's format."""
    try:
        read = [Target.model_validate(one).model_dump(mode="json", by_alias=True) for one in files]
    except ValidationError:
        read = [dict(one) for one in files]
    return [_named(one) for one in read]


def _named(target: dict[str, Any]) -> dict[str, Any]:
    """Panels by their id; whether a variable is required is left out where it follows from what is described."""
    panels, variables = target.get("panels"), target.get("variables")
    if isinstance(panels, list | tuple):
        target["panels"] = {str(one.get("id")): one for one in panels if isinstance(one, dict)}
    if isinstance(variables, dict):
        target["variables"] = {
            name: {key: value for key, value in rule.items() if key != "required"}
            if isinstance(rule, dict) and rule.get("required_when")
            else rule
            for name, rule in variables.items()
        }
    return target
