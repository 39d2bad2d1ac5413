"""target.toml: the application under test as a person sees it.

Every locator is a visible string or a table that says more; every field separates what is typed, what the app
shows and what it stores. Python outside this file knows no label, path or selector of any app.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BeforeValidator, Field, field_validator, model_validator

from gate.inputs import Input, InputError, read_toml, validate

CAPABILITIES = (
    "panels",
    "shipment",
    "query",
    "pdf",
    "mail",
    "database",
    "render",
    "version",
    "logs",
    "mailbox",
)
ALLOWED = ("create", "edit", "cancel", "mail", "sync", "write_probe")


class Locator(Input):
    """Where something is on a page. Give `text`, or `label`, or `role` with `name`, or `placeholder`, or `css`."""

    text: str | None = Field(None, description="What a person reads on it.")
    label: str | None = Field(None, description="The form label tied to it, or standing beside it.")
    role: str | None = Field(None, description="ARIA role, such as 'button' or 'link'.")
    name: str | None = Field(None, description="Accessible name with `role`; else the HTML name attribute.")
    placeholder: str | None = Field(None, description="The grey text inside an empty field.")
    css: str | None = Field(None, description="Last resort, where nothing visible tells it apart.")
    within: str | None = Field(None, description="CSS of the part of the page to look in.")
    frame: str | None = Field(None, description="CSS of the iframe to look in.")
    nth: int | None = Field(None, ge=0, description="Which of several matches, from 0.")

    @model_validator(mode="after")
    def _says_where(self) -> Locator:
        if not (self.text or self.label or self.role or self.name or self.placeholder or self.css):
            raise ValueError("a locator needs one of text, label, role, name, placeholder, css")
        return self

    def __str__(self) -> str:
        said = [f"{key} {value!r}" for key, value in self if value is not None and key not in ("nth", "text")]
        return (
            repr(self.text)
            if self.text and not said
            else " ".join(([repr(self.text)] if self.text else []) + said)
        )


def _locator(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


Where = Annotated[Locator, BeforeValidator(_locator)]


class Repository(Input):
    """The app's repository and the branch it is released from."""

    path: Path = Field(description="Its folder, from this file's folder on.")
    base: str = Field("main", description="The branch that is released.")
    github: str | None = Field(
        None,
        pattern=r"^[\w.-]+/[\w.-]+$",
        description="owner/name on GitHub; default: GITHUB_REPOSITORY, else the address of the remote origin.",
    )
    merges: dict[str, tuple[str, ...]] = Field(
        {"main": ("develop",), "develop": ("feature/*",)},
        description="Branch that changes go into = patterns of the branches that they may come from.",
    )
    approvals: int = Field(1, ge=0, description="How many people besides the author must have approved.")


class Render(Input):
    """The Render service, if the app runs there."""

    service: str = Field(
        pattern=r"^(srv|crn)-[0-9a-z]{20}$",
        description="The service's id: the last part of its address in Render's dashboard.",
    )
    api: str = Field("https://api.render.com/v1", description="Base URL of Render's API.")
    repo: str | None = Field(
        None, description="The repository it must be connected to; default: render.yaml's, else git's origin."
    )
    build_command: str | None = Field(None, description="What must build it; default: what render.yaml says.")
    start_command: str | None = Field(None, description="What must start it; default: what render.yaml says.")
    health_path: str | None = Field(None, description="What Render must ask; default: what render.yaml says.")
    auto_deploy: Literal["commit", "checksPass", "off"] | None = Field(
        None, description="When it must deploy by itself; default: what render.yaml says."
    )
    plan: str | None = Field(None, description="The plan it must have; default: what render.yaml says.")
    database: str | None = Field(
        None,
        pattern=r"^dpg-[0-9a-z]+-[a-z]$",
        description="The id of its database on Render; default: the one that DATABASE_URL or render.yaml names.",
    )
    recovery_elsewhere: str | None = Field(
        None, description="How the data is brought back where the database is not Render's own."
    )
    backup_within_h: float = Field(
        48, gt=0, description="How old the newest export or disk snapshot may be where it is the way back."
    )
    python_version: str | None = Field(
        None, description="The Python it must have; default: what render.yaml or .python-version says."
    )
    deploy_within_s: float = Field(900, ge=0, description="How long a deploy in progress is waited for.")
    listed_within_s: float = Field(
        30, ge=0, description="How long a deploy may take to show up in Render's list after the merge."
    )


class Version(Input):
    """The app's own statement of the commit it runs."""

    path: str = Field(description="Where it is asked.")
    key: str | None = Field(
        "commit", description="Key of the JSON answer; null: the whole body is the commit."
    )
    reads: int = Field(3, ge=1, description="How many agreeing answers in a row prove it.")
    swap_window_s: float = Field(
        90, ge=0, description="How long old and new instance may both answer after a deploy."
    )


class Environment(Input):
    """One place where the target runs, and what may be done there."""

    urls: tuple[str, ...] = Field(
        (),
        description="Its addresses; on this machine the port may be `*`. An address listed nowhere is production.",
    )
    allow: tuple[Literal["create", "edit", "cancel", "mail", "sync", "write_probe"], ...] = Field(
        (), description="What the gate may do here; nothing that is not named."
    )
    mail_to: tuple[str, ...] = Field((), description="The only addresses that mail may go to.")
    not_proven: dict[str, str] = Field(
        {}, description="Check = the reason why it cannot be proven here: GO then states the gap."
    )
    wakes_within_s: float = Field(
        15, gt=0, description="How long the first answer is waited for; 90 where a free plan stops idle apps."
    )

    @model_validator(mode="after")
    def _puts_away_what_it_creates(self) -> Environment:
        if "create" in self.allow and "cancel" not in self.allow:
            raise ValueError(
                "allow has create without cancel: what is created could not be put away; add cancel"
            )
        return self

    @field_validator("urls")
    @classmethod
    def _are_urls(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        for url in urls:
            parts = urlsplit(url.replace("*", "0"))
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"{url!r} is not an http(s) URL")
        return urls


class Proof(Input):
    """What shows that a page is the right one: its heading, or any visible text or element."""

    heading: str | None = Field(None, description="Its heading.")
    text: str | None = Field(None, description="A text that it shows.")
    title: str | None = Field(None, description="What the browser's tab says.")
    element: Where | None = Field(None, description="An element that it shows.")

    @model_validator(mode="after")
    def _says_what(self) -> Proof:
        if not (self.heading or self.text or self.title or self.element):
            raise ValueError("a proof needs one of heading, text, title, element")
        return self

    def __str__(self) -> str:
        if self.heading:
            return f"the heading {self.heading!r}"
        if self.title:
            return f"the title {self.title!r}"
        return f"the text {self.text!r}" if self.text else f"the element {self.element}"


class Login(Input):
    """How a person signs in."""

    path: str = Field(description="Where the sign-in form is; not one that leads to single sign-on.")
    home: str = Field("/", description="The path where a signed-in person begins; it shows the navigation.")
    user: Where = Field(description="The field for the user's name or address.")
    password: Where = Field(description="The field for the password.")
    next: Where | None = Field(
        None, description="The button between user and password, where the form asks for them one by one."
    )
    submit: Where = Field(description="The button.")
    then: tuple[Where, ...] = Field(
        (),
        description="What is clicked, or chosen in a select, after the password, such as a branch or a tenant and "
        "the button that goes on.",
    )
    proof: Proof = Field(description="What only somebody who is signed in sees.")
    error: str | None = Field(None, description="What the app says to a wrong password.")
    logout: tuple[Where, ...] = Field(
        (), description="What is clicked to sign out, menus first, such as ['Operador Uno', 'Salir']."
    )


class Access(Input):
    """Who may open what. What is not named here must be refused to everybody but the admin.

    In a pattern `{n}` (any name in braces) stands for one part of a path, `*` for any rest; a query counts only
    when the pattern has one.
    """

    roles: dict[str, tuple[str, ...]] = Field(
        {}, description="Role = the patterns that it may open, and must be able to open."
    )
    public: dict[str, str] = Field(
        {}, description="Pattern that anybody may open, and must be able to open = why."
    )
    paths: tuple[str, ...] = Field(
        (),
        description="Paths to try besides those that links lead to, such as those that scripts ask for. A path "
        "that the deny list would skip is tried when it stands here: say so only where a GET changes nothing.",
    )
    foreign: dict[str, tuple[str, ...]] = Field(
        {},
        description="Role = paths of records that belong to others, refused although a pattern covers them.",
    )
    writes: dict[str, tuple[str, ...]] = Field(
        {},
        description="Path of a writing POST with {missing} where a record's id stands = the roles besides the "
        "admin that may send it. It is tried with an id that does not exist, where write_probe is allowed.",
    )
    refusal: str | None = Field(
        None, description="What a refused page says, where the app answers 200 to a refusal."
    )
    skip: tuple[str, ...] = Field((), description="Words of links not to be followed, besides the deny list.")

    @field_validator("foreign")
    @classmethod
    def _foreign_paths_are_real(cls, foreign: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for paths in foreign.values():
            for path in paths:
                if "{" in path or "*" in path:
                    raise ValueError(f"{path!r} must be the path of one real record")
        return foreign

    @field_validator("writes")
    @classmethod
    def _writes_miss_their_record(cls, writes: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for path in writes:
            if "{missing}" not in path:
                raise ValueError(f"{path!r} must hold {{missing}} where the record's id stands")
        return writes


class Panel(Input):
    """One page that the business looks at, reached by clicking as a person would."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Its name in reports.")
    open: tuple[Where, ...] = Field(
        min_length=1,
        description="What is clicked to get there, in order: menu, then entry. A path such as '/panel' is gone to.",
    )
    heading: str | None = Field(None, description="Its heading, as on the page.")
    title: str | None = Field(None, description="What the browser's tab says, where the page has no heading.")
    text: str | None = Field(None, description="A text that only this page shows, where it has no heading.")
    rows: Where | None = Field(None, description="What is counted as content; default: table rows.")
    chart: Where | None = Field(None, description="A chart that must be drawn, such as {css = 'canvas'}.")
    empty_ok: bool = Field(False, description="True where the page is right without any content.")
    budget_ms: int = Field(5000, gt=0, description="Its time budget.")

    @model_validator(mode="after")
    def _can_be_told(self) -> Panel:
        if not (self.heading or self.title or self.text):
            raise ValueError("a panel needs heading, or title or text where the page has none")
        return self

    @property
    def proof(self) -> Proof:
        """What shows that the page is the right one."""
        return Proof(heading=self.heading, title=self.title, text=self.text)


class FormField(Input):
    """One field of a form: where it is, what is typed, what the app shows, what it stores."""

    label: str | None = Field(None, description="Its label, as on the page; `at` where it has none.")
    at: Where | None = Field(None, description="Where the field is, when its label does not say it.")
    kind: Literal["text", "number", "date", "select", "radio", "checkbox", "textarea", "file"] = Field(
        "text",
        description="What it is made of; `date` also for a drawn calendar, `select` also for a drawn list.",
    )
    value: str | int | float | bool = Field(
        description="What is typed or chosen; `{run}`, `{today}` and `{today+2}` are filled in. For a file its name: "
        "one of the suite's folder, else a small one is made (.pdf, .png, or text)."
    )
    shown: str | None = Field(None, description="How the detail page shows it; default: as typed.")
    shown_at: str | None = Field(None, description="Its label on the detail page; default: `label`.")
    column: str | None = Field(None, description="Its database column, for the second witness.")
    stored: str | int | float | bool | None = Field(
        None, description="What the database holds; default: the value."
    )
    detail: bool = Field(True, description="False where the detail page does not show it.")
    step: int = Field(1, ge=1, description="The step of the form in which it stands; see shipment.steps.")

    @model_validator(mode="after")
    def _can_be_found(self) -> FormField:
        if self.label is None and self.at is None:
            raise ValueError("a field needs label or at")
        if self.detail and self.label is None and self.shown_at is None:
            raise ValueError("a field without label needs shown_at, or detail = false")
        return self

    @property
    def where(self) -> Locator:
        """Where the field is in the form."""
        return self.at or Locator(label=self.label)


class Number(Input):
    """How a new record's number is read from the page after saving."""

    pattern: str = Field(description="A regular expression that it matches.")
    after: str | None = Field(None, description="The label that the number stands behind.")
    field: str | None = Field(
        None, description="The field that holds it, where the user gives the number: its value holds {run}."
    )


class Filter(Input):
    """A choice that narrows the list of records."""

    field: Where = Field(description="The select.")
    value: str = Field(description="The choice under which a new record is found.")
    other: str = Field(description="A choice under which it is not.")


class Query(Input):
    """How a record is looked for."""

    open: tuple[Where, ...] = Field(min_length=1, description="What is clicked to get to the list, in order.")
    field: Where = Field(description="The search box.")
    submit: Where | None = Field(
        None, description="The button; default: the Enter key. A list that follows the typing needs none."
    )
    next: Where | None = Field(
        None, description="The link to the list's next page, where a search may fill more than one."
    )
    result: str = Field("{number}", description="What a hit shows, and what is clicked to open it.")
    empty: str = Field(description="What the app says when nothing is found.")
    nonsense: str = Field("zz-no-such-record-zz", description="A search that must find nothing.")
    by: str | None = Field(
        None, description="The field whose text finds a record too; its value holds {run}. Default: the tag."
    )
    filters: tuple[Filter, ...] = Field((), description="Choices that narrow the list.")


class Cleanup(Input):
    """How a record that the gate created is put out of the way."""

    cancel: Where = Field(description="The button or link that cancels or deletes the record.")
    confirm: Where | None = Field(
        None, description="The button of a drawn dialog; native dialogs are accepted."
    )
    proof: str = Field(description="What the record, or the page after deleting it, shows.")
    in_list: bool = Field(False, description="True where `cancel` stands in the record's row of the list.")
    removes: bool = Field(False, description="True where the app deletes the record instead of marking it.")


class Invalid(Input):
    """A form that the app must refuse: the minimal one with these values instead."""

    fields: dict[str, str | int | float | bool] = Field(min_length=1, description="Field = value to refuse.")
    message: str = Field(description="What the form says then.")


class Edit(Input):
    """One field of a record changed, and every other one left as it is."""

    open: Where = Field(description="The link or button on the record's page that leads to the form.")
    field: str = Field(description="The field to change, one of shipment.fields.")
    value: str | int | float | bool = Field(description="Its new value.")
    shown: str | None = Field(None, description="How the detail page shows it; default: as typed.")
    stored: str | int | float | bool | None = Field(
        None, description="What the database then holds; default: the value."
    )
    submit: Where | None = Field(None, description="Default: shipment.submit.")


class Shipment(Input):
    """The record that the business cannot lose: how it is created, found, read and cancelled."""

    open: tuple[Where, ...] = Field(
        min_length=1, description="What is clicked to get to the form of a new record, in order."
    )
    steps: tuple[Where, ...] = Field(
        (),
        description="The buttons or tabs that lead from one step of the form to the next, in order; the last one may "
        "open a drawn dialog in which `submit` stands.",
    )
    submit: Where = Field(description="The button that saves it.")
    number: Number = Field(description="How it is told apart.")
    tag: str = Field(description="The field that carries the run's id.")
    fields: dict[str, FormField] = Field(
        min_length=1, description="Every field of the form, by a name of your choice."
    )
    saved_shows: Literal["record", "list"] = Field(
        "record", description="What the app shows after saving; from a list the record is looked for."
    )
    minimal: tuple[str, ...] = Field((), description="The fields without which the form is refused.")
    invalid: Invalid | None = Field(None, description="A form that must be refused.")
    edit: Edit | None = Field(None, description="A change of one field.")
    query: Query = Field(description="How it is looked for.")
    cleanup: Cleanup = Field(description="How it is put away.")

    @model_validator(mode="after")
    def _names_are_fields(self) -> Shipment:
        named = {
            "minimal": self.minimal,
            "invalid.fields": tuple(self.invalid.fields) if self.invalid else (),
            "edit.field": (self.edit.field,) if self.edit else (),
            "query.by": (self.query.by,) if self.query.by else (),
            "number.field": (self.number.field,) if self.number.field else (),
        }
        for key, names in named.items():
            unknown = [name for name in names if name not in self.fields]
            if unknown:
                raise ValueError(f"{key} names {unknown[0]!r}, which is not one of the fields")
        if far := [name for name, field in self.fields.items() if field.step > len(self.steps) + 1]:
            raise ValueError(f"the field {far[0]!r} stands in a step that steps does not lead to")
        given = self.number.field
        if given and "{run}" not in str(self.fields[given].value):
            raise ValueError(f"number.field: the field {given!r} must have {{run}} in its value")
        if self.query.by and "{run}" not in str(self.fields[self.query.by].value):
            raise ValueError(f"query.by: the field {self.query.by!r} must have {{run}} in its value")
        return self

    @model_validator(mode="after")
    def _tag_is_a_field_that_carries_the_run(self) -> Shipment:
        if self.tag not in self.fields:
            raise ValueError(f"tag {self.tag!r} is not one of the fields: {', '.join(self.fields)}")
        if "{run}" not in str(self.fields[self.tag].value):
            raise ValueError(
                f"the tag field {self.tag!r} must have {{run}} in its value, so that cleaning up is safe"
            )
        return self


class Pdf(Input):
    """The document of a shipment."""

    open: Where = Field(description="The link or button on the record's page.")
    then: Where | None = Field(
        None, description="What is clicked once the document is ready, where `open` only begins to make it."
    )
    contains: tuple[str, ...] = Field(
        min_length=1,
        description="What its text must hold; `{number}` and names of fields stand for what the record's page shows.",
    )
    max_pages: int = Field(3, ge=1, description="The most pages that it may have.")
    max_kb: int = Field(2048, gt=0, description="The most that the file may weigh, in KiB.")
    within_ms: int = Field(8000, gt=0, description="The longest that its last byte may take.")
    only_its_number: bool = Field(
        True, description="False where the document rightly names other records' numbers too."
    )


class Mail(Input):
    """The mail of a shipment's document."""

    open: Where = Field(description="The link or button on the record's page.")
    to: Where | None = Field(
        None, description="The field for the address; `address` where the app asks for none."
    )
    address: str | None = Field(
        None, description="The one of shipment.fields that holds the address, where it is not asked for."
    )
    fields: dict[str, FormField] = Field({}, description="Further fields of the form, such as a message.")
    submit: Where | None = Field(
        None, description="The button that sends it; default: `open` has sent it already."
    )
    sent: str | None = Field(None, description="What the app says once it has sent.")
    subject: str = Field(description="Its subject; `{number}` stands for the record's.")
    attachment: bool = Field(True, description="Whether the record's document comes with it.")
    sender: str | None = Field(
        None,
        description="The mailbox that it is sent from, where the gate may read it: what does not arrive is looked "
        "for in its Sent Items, and a notice that it bounced in its inbox.",
    )
    arrives_within_s: float = Field(180, gt=0, description="How long it is waited for.")
    settle_s: float = Field(20, ge=0, description="How long a second copy is looked for.")

    @model_validator(mode="after")
    def _knows_the_address(self) -> Mail:
        if (self.to is None) == (self.address is None):
            raise ValueError(
                "mail needs to, the field for the address, or else address, a field of the record"
            )
        return self


class SyncLog(Input):
    """The table in which the app notes its syncs, the second witness for the counts on the screen."""

    table: str = Field(description="The table's name.")
    newest: str = Field("id", description="The column that grows with every row.")
    counts: dict[str, str] = Field(
        {}, description="Group of sync.done = the column whose sum over this sync's rows it must equal."
    )
    result: str | None = Field(None, description="The column that says how it went.")
    ok: str = Field("ok", description="What stands there when it went well.")


class Sync(Input):
    """The sync that is started on a page and says what it did."""

    open: tuple[Where, ...] = Field(min_length=1, description="What is clicked to get to its page, in order.")
    submit: Where = Field(description="The button that runs it.")
    done: str = Field(
        description="What the app says after it: a regular expression with a named group for each count."
    )
    read: str = Field("read", description="The group that counts what was read; never zero.")
    changed: tuple[str, ...] = Field(
        ("inserted", "updated"), description="The groups that must be zero when it is run again."
    )
    error: str | None = Field(None, description="What the app says when it could not.")
    within_s: float = Field(60, gt=0, description="How long it may take.")
    log: SyncLog | None = Field(None, description="Where the app notes its syncs.")

    @model_validator(mode="after")
    def _groups_are_in_the_expression(self) -> Sync:
        try:
            groups = re.compile(self.done).groupindex
        except re.error as error:
            raise ValueError(f"sync.done is no regular expression: {error}") from None
        wanted = (self.read, *self.changed, *(self.log.counts if self.log else ()))
        missing = [name for name in wanted if name not in groups]
        if missing:
            raise ValueError(f"sync.done has no group {missing[0]!r}; write (?P<{missing[0]}>\\d+) there")
        return self


class Logs(Input):
    """What the boot logs must not and must hold, as regular expressions."""

    forbidden: tuple[str, ...] = Field(
        (
            r"DATABASE_URL no está definido",
            r"Traceback \(most recent call last\)",
            r"WORKER TIMEOUT",
            r"Out of memory|OOM|SIGKILL! Perhaps out of memory",
            r"Worker failed to boot",
            r"Worker \(pid:\s?\d+\) exited with code [1-9]",
        ),
        description="What no line may match.",
    )
    required: tuple[str, ...] = Field((r"Listening at: ",), description="What one line each must match.")
    within_s: float = Field(30, ge=0, description="How long a required line is waited for: logs arrive late.")
    ignore: tuple[str, ...] = Field((), description="What makes a line harmless.")
    begins: str = Field(
        r"Listening at: |Running on http", description="The line that a server writes once as it starts."
    )
    boots: str = Field(
        r"Booting worker with pid",
        description="The line of each worker; after settles_within_s it is a restart.",
    )
    settles_within_s: float = Field(
        10, ge=0, description="How long the workers of a start may take to come up."
    )
    late_s: float = Field(
        8,
        ge=0,
        description="How late a line may show up: so long the line of the run's last request is waited for.",
    )
    file: Path | None = Field(None, description="The app's log file, where Render does not keep the logs.")
    command: tuple[str, ...] = Field(
        (),
        description="A command that prints the log, where Render does not keep it; {since} stands for a time in UTC, "
        "such as ['journalctl', '-u', 'envios', '-o', 'cat', '--since', '{since}'].",
    )

    @field_validator("forbidden", "required", "ignore")
    @classmethod
    def _are_expressions(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            _is_expression(pattern)
        return patterns

    @field_validator("begins", "boots")
    @classmethod
    def _is_an_expression(cls, pattern: str) -> str:
        _is_expression(pattern)
        return pattern

    @model_validator(mode="after")
    def _one_source(self) -> Logs:
        if self.file and self.command:
            raise ValueError("give file or command, not both")
        if self.command and not any("{since}" in part for part in self.command):
            raise ValueError("command needs {since} where it is told from when on to print")
        return self


def _is_expression(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None


class Guard(Input):
    """What no page may show, and what is known noise."""

    errors: tuple[str, ...] = Field(
        (
            "Traceback (most recent call last)",
            "Internal Server Error",
            "jinja2.exceptions",
            "psycopg",
            "werkzeug",
        ),
        description="What no page may say, in any case of letters.",
    )
    ignore: dict[str, str] = Field({}, description="Part of a URL or of a message = the reason to ignore it.")
    budget_ms: int = Field(8000, gt=0, description="Time budget of any page.")
    dismiss: Where | None = Field(
        None, description="What is clicked away wherever it appears, such as the button of a cookie banner."
    )


class Database(Input):
    """The second witness for a record: the row in Postgres, read through GATE_DATABASE_URL."""

    table: str = Field(description="The table's name, with its schema where that is not the default.")
    number: str = Field(description="The column that holds the record's number.")
    schema_name: str | None = Field(
        None, alias="schema", description="The schema it must stand in; default: where the role finds it."
    )


class Variable(Input):
    """What must hold for one variable of the app."""

    required: bool = Field(True, description="False where the app runs without it.")
    required_when: Literal["mail", "sync", "pdf", "database"] | None = Field(
        None,
        description="Required only where target.toml describes this; instead of `required`.",
    )
    kind: Literal["text", "url", "postgres", "secret", "guid", "email", "sharepoint", "schema"] = Field(
        "text", description="The form that its value must have."
    )
    min_length: int = Field(1, description="The fewest characters.")
    pattern: str | None = Field(None, description="A regular expression that the whole value must match.")
    forbidden: tuple[str, ...] = Field(
        (),
        description="Values that it must not have, such as the defaults of an example; case does not count.",
    )
    together: str | None = Field(None, description="All variables of this name are set, or none.")
    file: Literal["xlsx", "xls", "csv", "docx", "pdf"] | None = Field(
        None, description="The kind of file that a SharePoint link must lead to; default: any file."
    )
    per_place: bool = Field(
        False,
        description="True where Render rightly has another value than the file or process given to the gate.",
    )

    @field_validator("pattern")
    @classmethod
    def _is_an_expression(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from None
        return pattern


class Graph(Input):
    """Names of the app's variables for Microsoft Graph."""

    tenant: str = Field("GRAPH_TENANT_ID", description="The tenant's id.")
    client: str = Field("GRAPH_CLIENT_ID", description="The registration's id.")
    secret: str = Field("GRAPH_CLIENT_SECRET", description="The registration's secret.")
    sender: str = Field("GRAPH_SENDER", description="The mailbox that mail is sent from.")
    login_url: str = Field("GRAPH_LOGIN_URL", description="Where tokens come from.")
    base_url: str = Field("GRAPH_BASE_URL", description="Where Graph is.")


class Start(Input):
    """How the app is installed and started, as on Render."""

    requirements: str = Field("requirements.txt", description="The file that is installed.")
    check: tuple[str, ...] = Field(
        (),
        description="The command that loads the app without serving it; default: that of render.yaml's "
        "startCommand, else `gunicorn --check-config app:app`.",
    )


class Routes(Input):
    """Which decorators guard a route in the app's source, and which routes need none."""

    guards: tuple[str, ...] = Field(
        (
            "role_required",
            "roles_required",
            "roles_accepted",
            "login_required",
            "admin_required",
            "permission_required",
            "auth_required",
            "jwt_required",
        ),
        description="Names of the decorators (or functions before every request) that let only some people in.",
    )
    public: dict[str, str] = Field(
        {},
        description="Rule, or method and rule, that needs no guard = why; the sign-in page and [access.public] "
        "are known already.",
    )


class Target(Input):
    """The whole of target.toml."""

    schema_: Literal[1] = Field(alias="schema", description="The version of this format.")
    name: str = Field(description="The app's name in reports.")
    language: str = Field("es", description="The language that the browser asks for.")
    timezone: str = Field("UTC", description="The time zone that decides which day is today.")
    repository: Repository | None = None
    roles: dict[str, str] = Field(
        {"admin": "GATE_ADMIN"}, description="Role = prefix of its _USER and _PASSWORD variables."
    )
    environments: dict[str, Environment] = {}
    render: Render | None = None
    version: Version | None = None
    login: Login
    access: Access = Access()
    panels: tuple[Panel, ...] = ()
    shipment: Shipment | None = None
    pdf: Pdf | None = None
    mail: Mail | None = None
    sync: Sync | None = None
    logs: Logs = Logs()
    guard: Guard = Guard()
    database: Database | None = None
    variables: dict[str, Variable] = {}
    graph: Graph = Graph()
    start: Start = Start()
    routes: Routes = Routes()
    without: dict[str, str] = Field({}, description="Capability = why this app does not have it.")

    @model_validator(mode="before")
    @classmethod
    def _variables_follow_capabilities(cls, data: Any) -> Any:
        """A variable with `required_when` is required exactly where that part is described."""
        variables = data.get("variables") if isinstance(data, dict) else None
        if not isinstance(variables, dict):
            return data
        settled = dict(variables)
        for name, rule in variables.items():
            if isinstance(rule, dict) and "required_when" in rule:
                if "required" in rule:
                    raise ValueError(f"variables.{name} has required and required_when; keep one of them")
                settled[name] = {**rule, "required": bool(data.get(str(rule["required_when"])))}
        return {**data, "variables": settled}

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name!r} is no time zone; use a name such as America/Lima")
        return name

    @model_validator(mode="after")
    def _is_whole(self) -> Target:
        if "admin" not in self.roles:
            raise ValueError("roles needs an entry admin = 'GATE_ADMIN'")
        fields = self.shipment.fields if self.shipment else {}
        if self.mail and self.mail.address and self.mail.address not in fields:
            raise ValueError(f"mail.address names {self.mail.address!r}, which is not one of shipment.fields")
        ids = [panel.id for panel in self.panels]
        if len(set(ids)) < len(ids):
            raise ValueError("two panels have the same id")
        named = {
            *self.access.roles,
            *self.access.foreign,
            *(r for may in self.access.writes.values() for r in may),
        }
        unknown = sorted(named - set(self.lesser_roles))
        if unknown:
            raise ValueError(f"access names {unknown[0]!r}, which is not one of the roles besides the admin")
        for capability in ("panels", "shipment", "pdf", "mail"):
            if not getattr(self, capability) and not self.without.get(capability):
                raise ValueError(
                    f"[{capability}] is missing; describe it, or say why the app has none: "
                    f"without.{capability} = 'reason'"
                )
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the app shows dates."""
        return ZoneInfo(self.timezone)

    @property
    def lesser_roles(self) -> tuple[str, ...]:
        """The roles besides the admin."""
        return tuple(role for role in self.roles if role != "admin")

    @property
    def log_source(self) -> bool:
        """Whether the app's logs can be read: at Render, from a file or by a command."""
        return bool(self.render or self.logs.file or self.logs.command) and "logs" not in self.without

    @property
    def csrf(self) -> bool:
        """Whether forms must carry a token against forgery."""
        return "csrf" not in self.without

    @property
    def revocable_sessions(self) -> bool:
        """Whether signing out must end a session on the server as well, not only in the browser."""
        return bool(self.login.logout) and "revocable_sessions" not in self.without

    @property
    def graph_workloads(self) -> bool:
        """Whether the app sends mail or reads files through Microsoft Graph."""
        return bool(self.mail or self.sync)

    def has(self, capability: str) -> bool:
        """Whether the target describes this capability, such as "pdf" or "shipment.edit"."""
        part: object = self
        for name in capability.split("."):
            part = getattr(part, name, None)
        return bool(part)

    def environment_of(self, base_url: str | None, name: str | None = None) -> tuple[str, Environment]:
        """The environment by name, else the one that lists the URL, else production with nothing allowed."""
        if name is not None:
            return name, self.environments.get(name, Environment())
        for known, environment in self.environments.items():
            if base_url and any(_covers(url, base_url) for url in environment.urls):
                return known, environment
        return "production", Environment()


def _covers(pattern: str, url: str) -> bool:
    """Whether a listed URL is this one. Only a port may be a `*`, and only on this machine."""
    listed, asked = urlsplit(pattern.replace(":*", ":0")), urlsplit(url)
    same_host = (listed.scheme, listed.hostname) == (asked.scheme, asked.hostname)
    any_port = ":*" in pattern and asked.hostname in ("127.0.0.1", "localhost", "::1")
    return same_host and (any_port or listed.port == asked.port)


MISSING = "`python -m gate discover` writes a first one, or name another with --target=FILE"


def can_have(capability: str) -> bool:
    """Whether some target can describe this capability: a name that none can must never read as "absent here"."""
    part = capability.partition(".")[0]
    return part in Target.model_fields or isinstance(getattr(Target, part, None), property)


def is_template(path: Path) -> bool:
    """Whether the file holds no key yet, as the one that comes with the suite."""
    return path.is_file() and not read_toml(path, MISSING)


def load_target(path: Path) -> Target:
    """Read and validate target.toml; raises InputError with every problem at once."""
    data = read_toml(path, MISSING)
    if not data:
        raise InputError([f"{path}: still the empty template; fill it in (docs/target.md), or {MISSING}"])
    return validate(path, data, Target)
