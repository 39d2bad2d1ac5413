"""The change on data that the base has made, as its deploy finds it: set up by the base, upgraded by the change."""

from __future__ import annotations

from gate.booted.postgres import Server
from gate.booted.side import Given, Side, run, set_up, variables
from gate.results import CouldNotTell, Failed
from gate.target import Target

FITS = (
    "a migration must fit the rows that are there: fill a column before it is demanded, or give it a default"
)


def data_of_the_base(base: Side, target: Target, server: Server, given: Given) -> str:
    """A database as the base's own commands fill it; the URL of its owner.

    Raises CouldNotTell where they do not: that is not the change's fault.
    """
    try:
        return set_up(base, target, server, given)
    except Failed as stop:
        raise CouldNotTell(f"the base: {stop.expected}", stop.observed, "mend the base first") from None


def upgrade(database: str, side: Side, target: Target, given: Given) -> None:
    """Bring it to the change's version by the change's own commands.

    Raises Failed where one fails, CouldNotTell where target.toml's description does not fit.
    """
    env = variables(target, database, given, side.port)
    for command in target.candidate.upgrade:
        try:
            run(command, "upgrades a database that the base has filled", side, env)
        except Failed as stop:
            raise Failed(stop.expected, stop.observed, FITS) from None
