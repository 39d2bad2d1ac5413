"""The pages that every app has: sign-in, panels, who may open what, and what no page may show."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from gate.inputs import Input
from gate.target.locators import Proof, Where


class Login(Input):
    """How a person signs in."""

    path: str = Field(description="Where the sign-in form is; not one that leads to single sign-on.")
    home: str = Field("/", description="The path where a signed-in person begins; it shows the navigation.")
    user: Where = Field(description="The field for the user's name or address.")
    password: Where = Field(description="The field for the password.")
    next: Where | None = Field(
        None,
        examples=["Siguiente"],
        description="The button between user and password, where the form asks for them one by one.",
    )
    submit: Where = Field(description="The button.")
    then: tuple[Where, ...] = Field(
        (),
        examples=[["Sucursal Lima", "Entrar"]],
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
    offered: dict[str, str] = Field(
        {},
        examples=[{"/usuarios": "the menu is the same for every role"}],
        description="Pattern that pages may link to for roles that may not open it = why.",
    )
    refusal: str | None = Field(
        None,
        examples=["No tiene permiso"],
        description="What a refused page says, where the app answers 200 to a refusal.",
    )
    skip: tuple[str, ...] = Field(
        (), examples=[["archivar"]], description="Words of links not to be followed, besides the deny list."
    )

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
    title: str | None = Field(
        None,
        examples=["Resumen del mes"],
        description="What the browser's tab says, where the page has no heading.",
    )
    text: str | None = Field(
        None,
        examples=["Últimos 30 días"],
        description="A text that only this page shows, where it has no heading.",
    )
    rows: Where | None = Field(
        None, examples=[{"css": ".tarjeta"}], description="What is counted as content; default: table rows."
    )
    chart: Where | None = Field(
        None,
        examples=[{"css": "canvas"}],
        description="A chart that must be drawn, such as {css = 'canvas'}.",
    )
    chart_data: str | None = Field(
        None,
        pattern="^/",
        examples=["/api/paneles/mensual"],
        description="The path at which a script asks for the chart's data: axes are drawn without any. Its answer must "
        "hold something.",
    )
    empty_ok: bool = Field(False, description="True where the page is right without any content.")
    budget_ms: int = Field(
        5000, gt=0, description="Its time budget: until it is loaded, and its figures and chart are there."
    )
    server_ms: int | None = Field(
        None,
        gt=0,
        examples=[1500],
        description="The server's own part of it: the longest that the page, and each piece of data that its scripts "
        "ask for, may take to be answered; a request that is meant to wait is named in guard.ignore. Default: none, "
        "only budget_ms counts.",
    )
    max_statements: int | None = Field(
        None,
        gt=0,
        examples=[12],
        description="The most statements that opening it may run on the data of [candidate]; default: no more than "
        "cost_factor times the base's.",
    )
    max_rows: int | None = Field(
        None,
        gt=0,
        examples=[20000],
        description="The most rows that they may read, likewise.",
    )

    @model_validator(mode="after")
    def _can_be_told(self) -> Panel:
        if not (self.heading or self.title or self.text):
            raise ValueError("a panel needs heading, or title or text where the page has none")
        return self

    @property
    def proof(self) -> Proof:
        """What shows that the page is the right one."""
        return Proof(heading=self.heading, title=self.title, text=self.text)


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
    ignore: dict[str, str] = Field(
        {},
        examples=[{"/metrics": "a counter that ad blockers stop"}],
        description="Part of a URL or of a message = the reason to ignore it.",
    )
    budget_ms: int = Field(8000, gt=0, description="Time budget of any page.")
    dismiss: Where | None = Field(
        None,
        examples=["Aceptar"],
        description="What is clicked away wherever it appears, such as the button of a cookie banner.",
    )
