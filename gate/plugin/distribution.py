"""Which worker runs what (`-n 2`): in the checklist's order, as one process would, and neighbours stay together.

xdist's own ways sort the files by size, which would send the mail last and then wait for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from gate.stash import RUN


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> InOrder | None:
    """The gate's own order, whatever `--dist` says; None for a run that is none of the gate's."""
    run = config.stash.get(RUN, None)
    return InOrder(config, log) if run is not None and run.stages else None


class InOrder(LoadScopeScheduling):
    """Hands out runs of checks that stand in one file and follow each other in the checklist."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # xdist's default: the biggest first
        self._unit_of: dict[str, str] = {}

    def schedule(self) -> None:
        """Begin, or go on with a worker that came later."""
        self._unit_of = self._unit_of or units(next(iter(self.registered_collections.values()), ()))
        super().schedule()

    def _split_scope(self, nodeid: str) -> str:
        return self._unit_of[nodeid]


def units(nodeids: Sequence[str]) -> dict[str, str]:
    """Each check = the first one of its unit, `nodeids` being in the order of running.

    A file whose checks the checklist names at two places (the mail: sent early, looked for at the end) is two units.
    """
    found: dict[str, str] = {}
    for _, group in groupby(nodeids, key=lambda nodeid: nodeid.partition("::")[0]):
        unit = list(group)
        found |= dict.fromkeys(unit, unit[0])
    return found
