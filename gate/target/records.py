"""The records that people create, look for, change and cancel."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from gate.inputs import Input
from gate.target.locators import Locator, Where


class FormField(Input):
    """One field of a form: where it is, what is typed, what the app shows, what it stores."""

    label: str | None = Field(
        None, examples=["Peso (kg)"], description="Its label, as on the page; `at` where it has none."
    )
    at: Where | None = Field(
        None,
        examples=[{"placeholder": "Peso en kg"}],
        description="Where the field is, when its label does not say it.",
    )
    kind: Literal["text", "number", "date", "select", "radio", "checkbox", "textarea", "file"] = Field(
        "text",
        description="What it is made of; `date` also for a drawn calendar, `select` also for a drawn list.",
    )
    value: str | int | float | bool = Field(
        examples=[12.5],
        description="What is typed or chosen; `{run}`, `{today}` and `{today+2}` are filled in. For a file its name: "
        "one of the suite's folder, else a small one is made (.pdf, .png, or text).",
    )
    shown: str | None = Field(
        None, examples=["12,50 kg"], description="How the detail page shows it; default: as typed."
    )
    shown_at: str | None = Field(
        None, examples=["Peso"], description="Its label on the detail page; default: `label`."
    )
    column: str | None = Field(
        None, examples=["peso_kg"], description="Its database column, for the second witness."
    )
    stored: str | int | float | bool | None = Field(
        None, examples=["express"], description="What the database holds; default: the value."
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

    pattern: str = Field(
        description="A regular expression that matches the whole of it: where a letter or digit goes on, it is none."
    )
    after: str | None = Field(None, description="The label that the number stands behind.")
    field: str | None = Field(
        None,
        examples=["numero"],
        description="The field that holds it, where the user gives the number: its value holds {run}.",
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
        None,
        examples=["Siguiente"],
        description="The link to the list's next page, where a search may fill more than one.",
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
    shown: str | None = Field(
        None, examples=["4"], description="How the detail page shows it; default: as typed."
    )
    stored: str | int | float | bool | None = Field(
        None, examples=[4], description="What the database then holds; default: the value."
    )
    submit: Where | None = Field(None, examples=["Guardar cambios"], description="Default: shipment.submit.")


class Shipment(Input):
    """The record that the business cannot lose: how it is created, found, read and cancelled."""

    open: tuple[Where, ...] = Field(
        min_length=1, description="What is clicked to get to the form of a new record, in order."
    )
    steps: tuple[Where, ...] = Field(
        (),
        examples=[["Siguiente"]],
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
