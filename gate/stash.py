"""What the plugin and the fixtures keep with pytest: one key for each, typed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gate.browser.visitor import Visitor
from gate.finish import Gathered
from gate.recorder import Check
from gate.run import Run
from gate.verdict import Verdict

# of the session
RUN = pytest.StashKey[Run]()
GATHERED = pytest.StashKey[Gathered]()
VERDICTS = pytest.StashKey[Sequence[Verdict]]()

# of a test
CHECK = pytest.StashKey[Check]()
VISITORS = pytest.StashKey[list[Visitor]]()
TROUBLED = pytest.StashKey[bool]()
