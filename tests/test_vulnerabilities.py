"""gate.repo.vulnerabilities: what pip-audit reports, and what it prints where it reports nothing, by table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gate.repo.vulnerabilities import (
    Audited,
    NoReport,
    Vulnerability,
    auditable,
    last_words,
    read_report,
    told_together,
)
from preflight.auditing import remedy

FOUND = Vulnerability("demo", "1.0", "CVE-2000-0001", ("GHSA-demo-demo-demo",), ("2.0",))
WARNED = "WARNING:pip_audit._service.osv:OSV vuln entry 'X' is missing 'affected' list\n"


def _report(*dependencies: dict[str, Any]) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


def _known(**changes: Any) -> dict[str, Any]:
    vuln = {"id": "CVE-2000-0001", "fix_versions": ["2.0"], "aliases": ["GHSA-demo-demo-demo"], **changes}
    return {"name": "demo", "version": "1.0", "vulns": [vuln]}


NONE = {"name": "other", "version": "3", "vulns": []}
SKIPPED = {"name": "own-package", "skip_reason": "Dependency not found on PyPI and could not be audited"}


@pytest.mark.parametrize(
    ("code", "report", "asked", "expected"),
    [
        (0, _report(NONE), ["other==3"], Audited(("other==3",), (), {})),
        (
            1,
            _report(_known(), NONE),
            ["Demo==1.0", "other==3"],
            Audited(("demo==1.0", "other==3"), (FOUND,), {}),
        ),
        (
            0,
            _report(SKIPPED),
            ["own_package==1"],
            Audited((), (), {"own-package": SKIPPED["skip_reason"]}),
        ),
        (0, _report(), [], Audited((), (), {})),
    ],
)
def test_a_report_is_read(code: int, report: str, asked: list[str], expected: Audited) -> None:
    assert read_report(code, report, "", asked) == expected


@pytest.mark.parametrize(
    ("code", "report", "output", "said", "service"),
    [
        (None, "", "", "it had not come to its end in time", True),
        (None, _report(NONE), "", "it had not come to its end in time", True),
        (0, "{", "", "its report cannot be read (JSONDecodeError)", False),
        (0, "[]", "", "its report cannot be read (TypeError)", False),
        (0, "{}", "", "its report cannot be read (KeyError)", False),
        (0, _report({"name": "other"}), "", "its report cannot be read (KeyError)", False),
        (1, _report(_known(fix_versions="2.0")), "", "its report cannot be read (TypeError)", False),
        (1, _report(_known(fix_versions=["two"])), "", "its report cannot be read (InvalidVersion)", False),
        (0, _report(), "", "its report does not name other", False),
        (1, _report(NONE), "", "it ended with 1, and its report names 0", False),
        (0, _report(NONE, _known()), "", "it ended with 0, and its report names 1", False),
        (2, _report(NONE), "", "it ended with 2, and its report names 0", False),
        (
            0,
            _report(NONE),
            WARNED,
            "an answer was not understood: OSV vuln entry 'X' is missing 'affected' list",
            True,
        ),
        (1, "", "", "exit status 1", False),
    ],
)
def test_a_report_that_does_not_answer_for_everything_is_none(
    code: int | None, report: str, output: str, said: str, service: bool
) -> None:
    with pytest.raises(NoReport) as none:
        read_report(code, report, output, ["other==3"])
    assert (str(none.value), none.value.service) == (said, service)


@pytest.mark.parametrize(
    ("output", "said", "service"),
    [
        (
            "urllib3.exceptions.MaxRetryError: no\n\nrequests.exceptions.ConnectionError: HTTPConnectionPool\n",
            "it could not be reached",
            True,
        ),
        ("requests.exceptions.ReadTimeout: HTTPConnectionPool(...)\n", "it did not answer in time", True),
        ("requests.exceptions.SSLError: [SSL: X]\n", "its certificate is not trusted here", True),
        (
            "requests.exceptions.HTTPError: 503 Server Error: Down for url: https://x.example/v1\n\nServiceError\n",
            "it answered 503 Server Error: Down",
            True,
        ),
        ("requests.exceptions.JSONDecodeError: Expecting value: line 1\n", "its answer is no JSON", True),
        ("requests.exceptions.InvalidURL: no host\n", "no host", True),
        (
            "ERROR:pip_audit._cli:Could not connect to OSV's vulnerability feed\nERROR:pip_audit._cli:Tip: no\n",
            "it could not be reached",
            True,
        ),
        (
            "/usr/bin/python: No module named pip_audit.__main__\n",
            "/usr/bin/python: No module named pip_audit.__main__",
            False,
        ),
        ("", "exit status 1", False),
    ],
)
def test_last_words_say_whose_fault_it_is(output: str, said: str, service: bool) -> None:
    none = last_words(1, output)
    assert (str(none), none.service) == (said, service)


def test_what_is_no_name_and_version_is_named_and_not_asked_for() -> None:
    packages = ("flask==3.1.3", "own==1.0+local.1", "odd==unknown", "-r x==1", "a\n-r b==1")
    asked, unknown = auditable(packages)
    assert asked == ["flask==3.1.3", "own==1.0+local.1"]
    assert unknown == {
        "odd": "'unknown' is no version",
        "-r x": "'1' is no version",
        "a\n-r b": "'1' is no version",
    }


@pytest.mark.parametrize(
    ("version", "fixed", "oldest"),
    [
        ("1.0", ("2.0",), "2.0"),
        ("2.2.1", ("1.26.19", "2.2.2"), "2.2.2"),
        ("1.9", ("1.10", "1.8"), "1.10"),
        ("1.0", (), None),
        ("3.0", ("2.0",), None),
    ],
)
def test_the_remedy_is_the_oldest_newer_version(
    version: str, fixed: tuple[str, ...], oldest: str | None
) -> None:
    assert Vulnerability("demo", version, "X", (), fixed).remedy == oldest


@pytest.mark.parametrize(
    ("fixed", "listed", "hint"),
    [
        (("2.0",), True, "raise the pin of demo to 2.0 or newer"),
        (("2.0",), False, "demo comes with another package: list it as demo==2.0 or newer"),
        ((), True, "no newer version of demo is without it yet: read X, and replace or avoid it"),
    ],
)
def test_the_hint_says_what_to_do(fixed: tuple[str, ...], listed: bool, hint: str) -> None:
    assert remedy(Vulnerability("demo", "1.0", "X", (), fixed), listed=listed) == hint


NOT_FOUND = "Dependency not found on PyPI and could not be audited"


@pytest.mark.parametrize(
    ("unknown", "told"),
    [
        (
            {name: f"{NOT_FOUND}: {name} (8.1.7)" for name in ("click", "blinker", "flask")},
            f"3 packages could not be looked up: blinker, click, flask ({NOT_FOUND})",
        ),
        ({"click": f"{NOT_FOUND}: click (8.1.7)"}, f"click could not be looked up ({NOT_FOUND})"),
        (
            {"own": "from a folder", "a": NOT_FOUND, "b": NOT_FOUND},
            f"2 packages could not be looked up: a, b ({NOT_FOUND}); own could not be looked up (from a folder)",
        ),
    ],
)
def test_alike_reasons_are_told_once(unknown: dict[str, str], told: str) -> None:
    assert told_together(unknown) == told
