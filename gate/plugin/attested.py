"""Items that a person attests: the one test that takes `attested` stands for each of them."""

from __future__ import annotations

import pytest

from gate.stash import RUN

ARGUMENT = "attested"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each attested item of the list in force, with the item's id."""
    if ARGUMENT in metafunc.fixturenames:
        run = metafunc.config.stash.get(RUN, None)
        listed = run.checklist.item if run else ()
        metafunc.parametrize(
            ARGUMENT,
            [
                pytest.param(item, id=item.id, marks=pytest.mark.check(item.id))
                for item in listed
                if item.attested
            ]
            or [pytest.param(None, id="none")],
        )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where the list has no such item, there is nothing to run."""
    items[:] = [item for item in items if not (stands_for_items(item) and _of_nothing(item))]


def stands_for_items(item: pytest.Item) -> bool:
    """Whether the test is the one for what people attest."""
    return ARGUMENT in getattr(item, "fixturenames", ())


def _of_nothing(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and item.callspec.params[ARGUMENT] is None
