"""What stands on Render, in render.yaml and in target.toml about one service, compared. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gate.repo.blueprint import FILE, Blueprint
from gate.results import Finding
from gate.services.render import Service
from gate.target import Render

# A newer Python is found by its first two numbers; Render wants all three.
_WHOLE_VERSION = re.compile(r"\d+\.\d+\.\d+")


@dataclass(frozen=True)
class Setting:
    """One setting by every source; an empty text where a source says nothing. `before` is render.yaml on the base."""

    name: str
    on_render: str
    target: str = ""
    plan: str = ""
    before: str = ""

    @property
    def comes_with_the_merge(self) -> bool:
        """Whether the change alters it in render.yaml and Render still has what stood there before."""
        return self.plan != self.before and self._same(self.on_render, self.before)

    @property
    def named(self) -> bool:
        """Whether any source but Render says what it must be."""
        return bool(self.target or self.plan)

    def __str__(self) -> str:
        said = [(FILE, self.plan), ("target.toml", self.target)]
        others = ", ".join(f"{source} {value!r}" for source, value in said if value)
        return f"{self.name}: Render {self.on_render!r}, {others or 'no other source names it'}"

    def findings(self) -> Iterable[Finding]:
        """Where the sources differ: first the two files, then Render against each."""
        if self.target and self.plan and not self._same(self.target, self.plan):
            yield _finding(
                self.name, f"target.toml and {FILE} agree",
                f"target.toml says {self.target!r}, {FILE} says {self.plan!r}", "correct the one that is wrong",
            )  # fmt: skip
            return
        wanted, source = (self.plan, FILE) if self.plan else (self.target, "target.toml")
        if (
            wanted
            and not self._same(wanted, self.on_render)
            and not (self.plan and self.comes_with_the_merge)
        ):
            yield _finding(
                self.name, f"{wanted!r}, as {source} says", f"Render has {self.on_render!r}",
                f"correct it on Render (Settings), or in {source} if Render is right",
            )  # fmt: skip

    def _same(self, one: str, other: str) -> bool:
        return _plain(self.name, one) == _plain(self.name, other)


def settings(
    service: Service, plan: Blueprint, before: Blueprint, render: Render, *, branch: str, remote: str
) -> list[Setting]:
    """Every setting of the service that any source names. `branch` is the released one, `remote` git's address."""
    rows = (
        ("repository", service.repo, render.repo or "", "repo"),
        ("branch", service.branch, branch, "branch"),
        ("root folder", service.root_dir, "", "rootDir"),
        ("runtime", service.runtime, "", "runtime"),
        ("build command", service.build_command, render.build_command or "", "buildCommand"),
        ("start command", service.start_command, render.start_command or "", "startCommand"),
        ("pre-deploy command", service.pre_deploy_command, "", "preDeployCommand"),
        ("health path", service.health_path, render.health_path or "", "healthCheckPath"),
        ("auto-deploy", service.auto_deploy, render.auto_deploy or "", "autoDeployTrigger"),
        ("plan", service.plan, render.plan or "", "plan"),
        ("region", service.region, "", "region"),
    )
    found = [
        Setting(name, there, target, plan.settings.get(key, ""), before.settings.get(key, ""))
        for name, there, target, key in rows
    ]
    repository = found[0]
    if not repository.named and remote:
        found[0] = Setting(repository.name, repository.on_render, remote)
    return found


def python_version(
    on_render: str, plan: Blueprint, before: Blueprint, pinned: str, wanted: str
) -> list[Finding]:
    """What is wrong with the Python that Render would take.

    `on_render` is PYTHON_VERSION there, `pinned` what .python-version says, `wanted` what target.toml says.
    """
    name = "PYTHON_VERSION"
    variable, earlier = plan.variables.get(name), before.variables.get(name)
    planned = variable.value if variable else ""
    findings = list(Setting(name, on_render, wanted, planned, earlier.value if earlier else "").findings())
    if findings:
        return findings
    taken, source = (planned, FILE) if planned else (on_render, "Render")
    if taken and not _WHOLE_VERSION.fullmatch(taken):
        return [
            _finding(
                name,
                "three numbers, such as 3.13.5",
                f"{source} has {taken!r}",
                "write the whole version: Render takes no shorter one here",
            )
        ]
    if on_render and pinned and not planned and not f"{on_render}.".startswith(f"{pinned}."):
        return [
            _finding(
                name,
                f"{pinned!r}, as .python-version says",
                f"Render has {on_render!r}, and that wins",
                "remove one of them, or let them agree",
            )
        ]
    return []


def suspended(service: Service) -> list[Finding]:
    """A service that is switched off takes no deploy."""
    if not service.suspended:
        return []
    hint = f"resume it in Render's dashboard: {service.dashboard_url}"
    return [_finding("service", "it runs", "it is suspended", hint)]


def _plain(name: str, value: str) -> str:
    """A setting without what makes no difference."""
    value = " ".join(value.split())
    if name == "repository":
        path = re.sub(r"^(\w+://)?([^@/]*@)?", "", value).replace(":", "/")
        return path.removesuffix("/").removesuffix(".git").lower()
    if name == "plan":
        return re.sub(r"[ -]", "_", value.lower())
    if name == "auto-deploy":
        return {"yes": "commit", "no": "off"}.get(value, value)
    if name == "root folder":
        return value.strip("./")
    return value


def _finding(name: str, expected: str, observed: str, hint: str) -> Finding:
    word = re.sub(r"[^a-z]+", "_", name.lower())
    return Finding(id=f"render.{word}", place=name, expected=expected, observed=observed, hint=hint)
