"""Where something is on a page, and what proves a page to be the right one."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from gate.inputs import Input


class Locator(Input):
    """Where something is on a page. Give `text`, or `label`, or `role` with `name`, or `placeholder`, or `css`."""

    text: str | None = Field(None, examples=["Guardar"], description="What a person reads on it.")
    label: str | None = Field(
        None, examples=["Peso (kg)"], description="The form label tied to it, or standing beside it."
    )
    role: str | None = Field(None, examples=["button"], description="ARIA role, such as 'button' or 'link'.")
    name: str | None = Field(
        None, examples=["Cerrar"], description="Accessible name with `role`; else the HTML name attribute."
    )
    placeholder: str | None = Field(
        None, examples=["Buscar"], description="The grey text inside an empty field."
    )
    css: str | None = Field(
        None, examples=["#guardar"], description="Last resort, where nothing visible tells it apart."
    )
    within: str | None = Field(
        None, examples=["#detalle"], description="CSS of the part of the page to look in."
    )
    frame: str | None = Field(None, examples=["iframe#panel"], description="CSS of the iframe to look in.")
    nth: int | None = Field(None, ge=0, examples=[1], description="Which of several matches, from 0.")

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


class Proof(Input):
    """What shows that a page is the right one: its heading, or any visible text or element."""

    heading: str | None = Field(None, examples=["Panel general"], description="Its heading.")
    text: str | None = Field(None, examples=["Bienvenido"], description="A text that it shows.")
    title: str | None = Field(None, examples=["Operaciones"], description="What the browser's tab says.")
    element: Where | None = Field(
        None, examples=[{"role": "navigation"}], description="An element that it shows."
    )

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
