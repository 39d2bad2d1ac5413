"""What templates and views name: other templates, filters, endpoints. Pure: facts in, findings out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gate.repo.app_facts import AppFacts, Served, Template
from gate.repo.python_source import Source
from gate.repo.scopes import Foreign, World
from gate.results import Finding

# What else lies in a templates folder (scripts, pictures) may never be rendered.
_PAGES = (".html", ".htm", ".xml", ".txt", ".svg", ".j2", ".jinja", ".jinja2")
_RENDERS = ("render_template", "stream_template")
# What Jinja says of tags, filters and tests that only another environment has.
_STRANGE = re.compile(r"unknown tag|No (filter|test) named")
# url_for's own, which are no arguments of a route.
_OF_URL_FOR = ("_anchor", "_external", "_method", "_scheme")


@dataclass(frozen=True)
class Named:
    """A name in a view's source: a template that it renders, or an endpoint that it links to.

    `given` are the arguments of url_for, `more` whether others may come (**values).
    """

    kind: str
    name: str
    place: str
    given: tuple[str, ...] = ()
    more: bool = False


def named_in(world: World, files: Iterable[str]) -> list[Named]:
    """What the views of these files name by a constant in render_template and url_for of Flask."""
    sources = world.sources.by_path
    return [one for path in files if path in sources for one in _named(world, sources[path])]


def _named(world: World, source: Source) -> Iterator[Named]:
    scope = world.scopes[source.path]
    for node in source.nodes:
        if (
            not isinstance(node, ast.Call)
            or not node.args
            or not isinstance(node.func, ast.Name | ast.Attribute)
        ):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        first = node.args[0]
        if called not in (*_RENDERS, "url_for") or not isinstance(first, ast.Constant):
            continue
        of_flask = any(
            isinstance(value, Foreign) and value.name == f"flask.{called}"
            for value in world.values(node.func, scope)
        )
        if of_flask and isinstance(first.value, str):
            words = [one.arg for one in node.keywords]
            kind = "endpoint" if called == "url_for" else "template"
            given = tuple(word for word in words if word)
            yield Named(kind, first.value, f"{source.path}:{node.lineno}", given, None in words)


def rendered(app: AppFacts, named: Iterable[Named]) -> list[Template]:
    """The app's templates that are pages or mails by their ending, or that a view or another one of them names."""
    pages = [one.name for one in app.templates if one.file.endswith(_PAGES)]
    found = _taken_in(app, [*pages, *_by_views(named)])
    return [one for one in app.templates if one.name in found]


def makes_environments(world: World, files: Iterable[str]) -> bool:
    """Whether these files make environments of Jinja besides Flask's, with tags and filters of their own."""
    return any(
        isinstance(node, ast.Call)
        and any(
            isinstance(value, Foreign)
            and value.name.startswith("jinja2")
            and value.name.endswith("Environment")
            for value in world.values(node.func, world.scopes[path])
        )
        for path in files
        if path in world.sources.by_path and b"Environment" in world.sources.by_path[path].content
        for node in world.sources.by_path[path].nodes
    )


def wrong_names(
    app: AppFacts, named: Sequence[Named], optional: Iterable[str] = (), *, own_environments: bool = False
) -> list[Finding]:
    """Everything that a template or a view names and that is not there.

    `optional` are blueprints, and endpoints, that are registered under a condition only: where the app serves none of
    such a blueprint, or not that endpoint, what links to it stands behind the same condition. `own_environments`: tags
    and filters that Flask's environment does not know are findings only in what Flask renders.
    """
    known = set(app.template_names or ())
    ends = _endpoints(app.served)
    absent = {*optional} - {*ends} - {one.rpartition(".")[0] for one in ends}
    findings: list[Finding] = []
    of_flask = _taken_in(app, _by_views(named)) if own_environments else known
    for template in rendered(app, named):
        if template.name not in of_flask:
            strange = template.error is not None and _STRANGE.search(template.error[1]) is not None
            template = replace(template, unknown=(), error=None if strange else template.error)
        findings += _of_template(template, app, known, ends, absent)
    for one in named:
        if one.kind == "template" and app.template_names is not None and not _known(one.name, known):
            findings.append(_missing(one.place, "template", one.name))
        elif one.kind == "endpoint" and not absent & {one.name, one.name.rpartition(".")[0]}:
            link = _link(one.place, one.name, one.given, one.more or app.url_defaults, ends)
            findings += [link] if link else []
    return findings


def _by_views(named: Iterable[Named]) -> list[str]:
    return [one.name for one in named if one.kind == "template"]


def _taken_in(app: AppFacts, names: Iterable[str]) -> set[str]:
    """These templates and what they take in."""
    known, by_name = set(app.template_names or ()), {one.name: one for one in app.templates}
    waiting = [_known(one, known) for one in names]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name and name not in found:
            found.add(name)
            needs = by_name[name].needs if name in by_name else ()
            waiting += [_known(one, known) for _, names, _ in needs for one in names]
    return found


def _of_template(
    template: Template, app: AppFacts, known: set[str], ends: Mapping[str, list[Served]], absent: set[str]
) -> Iterator[Finding]:
    if template.error:
        line, said = template.error
        yield Finding(
            id="templates.syntax",
            place=f"{template.file}:{line}",
            expected="a template that compiles",
            observed=said,
            hint="correct that line",
        )
        return
    by_name = {one.name: one for one in app.templates}
    for line, names, taken in template.needs:
        place = f"{template.file}:{line}"
        found = next(filter(None, (_known(name, known) for name in names)), "")
        if not found:
            yield _missing(place, "template", " or ".join(names))
        elif found in by_name and not by_name[found].error:
            for name in taken:
                if name not in by_name[found].defines:
                    yield _missing(place, "macro", f"{name} in {found}")
    for line, name in template.unknown:
        yield _missing(f"{template.file}:{line}", "filter or test", name)
    for line, endpoint, given, more in template.urls:
        if absent & {endpoint, endpoint.rpartition(".")[0]}:
            continue
        link = _link(f"{template.file}:{line}", endpoint, given, more or app.url_defaults, ends)
        if link:
            yield link


def _known(name: str, known: set[str]) -> str:
    """The template that a name stands for, or empty: Jinja passes over empty parts of a path and single dots."""
    plain = "/".join(part for part in name.split("/") if part not in ("", "."))
    return next((one for one in (name, plain) if one in known), "")


def _link(
    place: str, endpoint: str, given: Sequence[str], more: bool, ends: Mapping[str, list[Served]]
) -> Finding | None:
    if endpoint.startswith("."):
        # Relative to the blueprint of the request, which only a request has; a view outside of any has no prefix.
        there = endpoint[1:] in ends or any(one.endswith(endpoint) for one in ends)
        return None if there else _missing(place, "endpoint", endpoint)
    if endpoint not in ends:
        last = endpoint.rpartition(".")[2]
        return _missing(place, "endpoint", endpoint, [one for one in ends if one.rpartition(".")[2] == last])
    passed = {one for one in given if one not in _OF_URL_FOR}
    needed = [set(rule.arguments) - set(rule.defaults) - passed for rule in ends[endpoint]]
    if more or not all(needed):
        return None
    fewest: list[str] = min(map(sorted, needed), key=len)
    return Finding(
        id="templates.argument",
        place=place,
        expected=f"url_for({endpoint!r}) with what its rule needs",
        observed=f"{', '.join(fewest)} is not given",
        hint=f"the rule is {ends[endpoint][0].rule}",
    )


def _missing(place: str, what: str, name: str, instead: Sequence[str] = ()) -> Finding:
    """`instead` are names that may be meant."""
    remedy = "register it with the app" if what.startswith("filter") else "commit what is missing"
    return Finding(
        id=f"templates.{what.split(' ', maxsplit=1)[0]}",
        place=place,
        expected=f"a {what} of that name" if what[0] not in "aeiou" else f"an {what} of that name",
        observed=f"no {what} {name}",
        hint=f"is {' or '.join(instead[:3])} meant?" if instead else f"correct the name, or {remedy}",
    )


def _endpoints(served: Sequence[Served]) -> dict[str, list[Served]]:
    found: dict[str, list[Served]] = {}
    for one in served:
        found.setdefault(one.endpoint, []).append(one)
    return found
