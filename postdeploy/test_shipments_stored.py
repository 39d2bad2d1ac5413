"""The second witness: what was saved stands in Postgres, once, in the right schema, with these values."""

from collections.abc import Callable

import pytest

from gate.recorder import Check
from gate.records import CreatedShipment
from gate.results import Finding
from gate.services.witness import Witness
from gate.target import Target
from gate.values import same_stored

pytestmark = pytest.mark.postdeploy


@pytest.mark.check("shipments.stored")
def test_the_row_in_the_database(
    check: Check, target: Target, new_shipment: Callable[..., CreatedShipment], witness: Witness
) -> None:
    made, table = new_shipment(), witness.table
    assert target.shipment is not None
    tag = target.shipment.fields[target.shipment.tag].column
    with check.step(f"Read {table.schema}.{table.name}"):
        rows = witness.rows(made.number)
        marked = witness.marked(tag, made.mark) if tag else rows
        # A number alone may be another record's there.
        elsewhere = [one for one in table.others if tag and witness.marked(tag, made.mark, one)]
    check.expect(
        not elsewhere,
        expected=f"{made.number} in the schema {table.schema!r} and in no other",
        observed=f"it stands in {', '.join(elsewhere)}" + ("" if rows else f" and not in {table.schema}"),
        hint="the app writes into another schema: look at DB_SCHEMA and DATABASE_URL of the live service",
    )
    check.expect(
        len(rows) == 1 and len(marked) == 1,
        expected=f"exactly one row for {made.number} in {table.schema}.{table.name}",
        observed=f"{len(rows)} with its number, {len(marked)} with its mark {made.mark}",
        hint="not stored, stored twice, or stored in another database than the gate reads",
    )
    columns = {name: entry for name, entry in made.entries.items() if entry.field.column}
    check.examined(len(columns), "columns")
    check.no_findings(
        [
            Finding(
                id="shipments.column",
                place=f"{name} ({entry.field.column})",
                expected=repr(entry.stored),
                observed=repr(rows[0][str(entry.field.column)])
                if entry.field.column in rows[0]
                else "no such column",
                hint="the screen shows what was typed, the table holds something else",
            )
            for name, entry in columns.items()
            if not same_stored(rows[0].get(str(entry.field.column)), entry.stored)
        ],
        expected=f"all {len(columns)} columns of {made.number} as typed",
    )
