"""The OSV double: queries by version, batches, single records, and the errors of OSV's API."""

from typing import Any

import httpx
import pytest

from sandbox.doubles.osv import Known, OsvBehaviour, OsvDouble
from tests.doubles_client import in_process

DEMO = Known("GHSA-demo-demo-demo", "demo", "A demonstration", fixed="2.0", aliases=("CVE-2000-0001",))
LATER = Known("PYSEC-2000-2", "demo", "One that nothing fixes", introduced="1.5")
PACKAGE = {"name": "demo", "ecosystem": "PyPI"}


def _ask(path: str, body: Any, behaviour: OsvBehaviour | None = None) -> httpx.Response:
    return in_process(OsvDouble([DEMO, LATER], behaviour).app).post(path, json=body)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"package": PACKAGE, "version": "1.0"}, [DEMO.id]),
        ({"package": PACKAGE, "version": "1.5"}, [DEMO.id, LATER.id]),
        ({"package": PACKAGE, "version": "2.0"}, [LATER.id]),
        ({"package": PACKAGE}, [DEMO.id, LATER.id]),
        ({"package": PACKAGE, "version": "none"}, []),
        ({"package": {"name": "demo", "ecosystem": "npm"}, "version": "1.0"}, []),
        ({"package": {"name": "other", "ecosystem": "PyPI"}, "version": "1.0"}, []),
        ({"package": {"purl": "pkg:pypi/demo@1.0"}}, [DEMO.id]),
        ({"package": {"purl": "pkg:npm/demo@1.0"}}, []),
        ({"commit": "0" * 40}, []),
    ],
)
def test_a_query_finds_what_affects_the_version(query: dict[str, Any], ids: list[str]) -> None:
    answer = _ask("/v1/query", query)
    assert answer.status_code == 200
    # Where nothing is known OSV answers an empty object, also for a package that it has never heard of.
    assert answer.json() == {} if not ids else [one["id"] for one in answer.json()["vulns"]] == ids


@pytest.mark.parametrize(
    "query",
    [
        {},
        [],
        {"package": "demo"},
        {"package": {"name": "demo"}},
        {"version": "1.0"},
        {"package": {"purl": "demo"}},
        {"package": {"purl": "pkg:pypi/demo@1.0"}, "version": "1.0"},
        {"package": {**PACKAGE, "purl": "pkg:pypi/demo"}},
    ],
)
def test_a_query_that_says_too_little_or_too_much_is_invalid(query: Any) -> None:
    answer = _ask("/v1/query", query)
    assert (answer.status_code, answer.json()["code"]) == (400, 3)


def test_a_batch_answers_in_order_and_briefly() -> None:
    queries = [{"package": PACKAGE, "version": version} for version in ("0.1", "3.0")]
    queries.insert(1, {"package": {"name": "other", "ecosystem": "PyPI"}, "version": "1"})
    brief = [[{"id": one.id, "modified": one.modified}] for one in (DEMO, LATER)]
    assert _ask("/v1/querybatch", {"queries": queries}).json() == {
        "results": [{"vulns": brief[0]}, {}, {"vulns": brief[1]}]
    }
    refused = _ask("/v1/querybatch", {"queries": queries * 334})
    assert (refused.status_code, refused.json()["message"]) == (400, "Too many queries.")


def test_a_record_is_shown_by_its_own_id_alone() -> None:
    client = in_process(OsvDouble([DEMO]).app)
    record = client.get(f"/v1/vulns/{DEMO.id}").json()
    assert record["affected"][0]["ranges"] == [
        {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}
    ]
    assert record["aliases"] == ["CVE-2000-0001"]
    for asked, status, message in (
        ("CVE-2000-0001", 404, f"Bug not found, but the following aliases were: {DEMO.id}"),
        ("CVE-2000-0002", 404, "Bug not found."),
        ("C" * 101, 400, "ID too long"),
    ):
        answer = client.get(f"/v1/vulns/{asked}")
        assert (answer.status_code, answer.json()["message"]) == (status, message)


def test_it_can_be_down_or_speak_no_json() -> None:
    query = {"package": PACKAGE, "version": "1.0"}
    down = _ask("/v1/query", query, OsvBehaviour(unavailable=True))
    assert (down.status_code, down.json()["code"]) == (503, 14)
    garbled = _ask("/v1/query", query, OsvBehaviour(garbled=True))
    assert (garbled.status_code, garbled.headers["content-type"].partition(";")[0]) == (200, "text/html")
