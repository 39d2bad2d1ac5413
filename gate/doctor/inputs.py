"""The inputs, read as a run would read them, with everything that is wrong told at once."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path

from gate.browser.executable import BrowserNotFound, find_browser
from gate.checklist import Checklist, load_checklist
from gate.doctor.trouble import Trouble, from_sentence
from gate.inputs import InputError
from gate.mailboxes import MAILBOX_NAMES
from gate.settings import Settings, load_settings
from gate.target import Environment, Target, load_target


@dataclass
class Inputs:
    """What could be read, and what was wrong. `browser` is the one named by hand, if any."""

    target_file: Path
    target: Target | None = None
    checklist: Checklist | None = None
    settings: Settings | None = None
    browser: str | None = None
    environment_name: str = "production"
    environment: Environment = field(default_factory=Environment)
    troubles: list[Trouble] = field(default_factory=list)


def read_inputs(
    target_file: Path,
    checklist_file: Path,
    env_file: Path | None,
    base_url: str | None,
    environment: str | None,
    browser: str | None,
) -> Inputs:
    """Read target, checklist, variables and look for a browser. Starts nothing, raises nothing."""
    read = Inputs(target_file)
    try:
        read.target = load_target(target_file)
    except InputError as error:
        read.troubles += [from_sentence(one) for one in error.problems]
    try:
        read.checklist = load_checklist(checklist_file, dt.date.today())
    except InputError as error:
        read.troubles += [from_sentence(one) for one in error.problems]
    try:
        read.settings = load_settings(env_file)
    except InputError as error:
        read.troubles += [from_sentence(one) for one in error.problems]
    read.browser = browser or (read.settings.get("GATE_BROWSER") if read.settings else None)
    try:
        find_browser(read.browser)
    except BrowserNotFound as error:
        read.troubles.append(Trouble("this machine", "the browser", str(error), "run `make`"))
    if read.target:
        read.environment_name, read.environment = read.target.environment_of(base_url, environment)
        read.troubles += _in_target(read.target, target_file.name)
        read.troubles += _in_environment(read, base_url, environment)
        if read.checklist:
            read.troubles += _not_proven(read, read.checklist)
    if read.target and read.settings:
        read.troubles += _variables(read, read.target, read.settings)
    return read


def _in_target(target: Target, file: str) -> list[Trouble]:
    patterns = {
        **{f"logs.forbidden[{rank}]": one for rank, one in enumerate(target.logs.forbidden)},
        **{f"logs.required[{rank}]": one for rank, one in enumerate(target.logs.required)},
    }
    if target.shipment:
        patterns["shipment.number.pattern"] = target.shipment.number.pattern
    troubles = []
    for key, pattern in patterns.items():
        try:
            re.compile(pattern)
        except re.error as error:
            troubles.append(
                Trouble(file, key, f"not a regular expression: {error}", "write it in 'single quotes'")
            )
    return troubles


def _in_environment(read: Inputs, base_url: str | None, named: str | None) -> list[Trouble]:
    assert read.target is not None
    file, name = read.target_file.name, read.environment_name
    key = f"environments.{name}"
    if wrong := read.target.wrongly_named(base_url, named):
        observed, _, remedy = wrong.partition("; ")
        return [Trouble(file, key, observed, remedy)]
    troubles = []
    if base_url and not any(
        read.target.environment_of(base_url)[1] is one for one in read.target.environments.values()
    ):
        troubles.append(
            Trouble(
                file,
                "environments",
                f"{base_url} is listed nowhere, so it is production with nothing allowed",
                "list it under urls of one of [environments.*], with what may be done there",
                note=True,
            )
        )
    if not (base_url or named):
        return troubles
    needed = {"shipment": "create", "mail": "mail", "sync": "sync"}
    for capability, permission in needed.items():
        if getattr(read.target, capability, None) and permission not in read.environment.allow:
            troubles.append(
                Trouble(
                    file,
                    f"{key}.allow",
                    f"{permission!r} is not allowed, so what [{capability}] describes cannot be proven here",
                    f"add {permission!r}, or name the checks in {key}.not_proven with a reason",
                    note=True,
                )
            )
    if "mail" in read.environment.allow and not read.environment.mail_to:
        troubles.append(
            Trouble(file, f"{key}.mail_to", "mail is allowed to nobody", "name the test mailbox there")
        )
    return troubles


def _not_proven(read: Inputs, checklist: Checklist) -> list[Trouble]:
    known = {item.id for item in checklist.item}
    return [
        Trouble(
            read.target_file.name,
            f"environments.{read.environment_name}.not_proven",
            f"{item!r} is no item of the checklist",
            "correct the id, or remove the line",
        )
        for item in read.environment.not_proven
        if item not in known
    ]


def _variables(read: Inputs, target: Target, settings: Settings) -> list[Trouble]:
    wanted = {
        f"{prefix}_{part}": f"the account of the role {role}"
        for role, prefix in target.roles.items()
        for part in ("USER", "PASSWORD")
    }
    wanted |= {f"GATE_NEGATIVE_{part}": "the account of the wrong password" for part in ("USER", "PASSWORD")}
    if target.render:
        wanted["GATE_RENDER_KEY"] = "commit, logs and settings, which [render] asks for"
    if target.database:
        wanted["GATE_DATABASE_URL"] = "the second witness, which [database] asks for"
    if target.mail and "mail" in read.environment.allow:
        wanted |= dict.fromkeys(MAILBOX_NAMES[target.mail.mailbox], "reading the test mailbox")
    return [
        Trouble(settings.source, name, f"not set; it is for {purpose}", f"set {name}; see .env.example")
        for name, purpose in wanted.items()
        if not settings.get(name)
    ]
