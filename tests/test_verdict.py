"""The verdict, rule by rule, and once over many random runs."""

from __future__ import annotations

import random
from typing import Any

import pytest

from gate.checklist import Checklist
from gate.results import Cause, CheckResult, Outcome
from gate.verdict import CommitFacts, ExitCode, Run, TargetFacts, Verdict, decide, unfinished

ITEMS: list[dict[str, Any]] = [
    {"id": "login.admin", "stages": ["smoke", "postdeploy"], "section": "3.3", "title": "Admin login"},
    {"id": "pdf.content", "stages": ["postdeploy"], "section": "4", "title": "PDF", "capability": "pdf"},
    {
        "id": "speed.panels",
        "stages": ["postdeploy"],
        "section": "4",
        "title": "Panels are quick",
        "severity": "advisory",
    },
    {"id": "deploy.commit", "stages": ["postdeploy"], "section": "5.3", "title": "Commit is live"},
]
IDS = tuple(item["id"] for item in ITEMS)


def checklist(*waived: str) -> Checklist:
    waivers = [
        {"item": item, "reason": "known", "author": "Operador Uno", "expires": "2099-01-01"}
        for item in waived
    ]
    return Checklist.model_validate({"schema": 1, "item": ITEMS, "waiver": waivers})


def run(**changes: Any) -> Run:
    facts = {
        "run_id": "r1",
        "stage": "postdeploy",
        "target": TargetFacts(name="Envíos"),
        "started_at": "2026-11-24T13:05:01Z",
    }
    return Run.model_validate(facts | changes)


def result(name: str, outcome: str = "passed", **changes: Any) -> CheckResult:
    facts = {"id": name, "outcome": outcome, "examined": 1, "expected": "yes", "observed": "no"}
    return CheckResult.model_validate(facts | changes)


def judge(
    *changed: CheckResult, absent: tuple[str, ...] = (), waived: tuple[str, ...] = (), **facts: Any
) -> Verdict:
    """A run in which everything passed but what is told."""
    results = {name: result(name) for name in IDS if name not in absent} | {one.id: one for one in changed}
    return decide(results.values(), checklist(*waived), run(**facts))


CONFIRMED = CommitFacts(expected="a" * 40, live="a" * 40, confirmed=True)
FAILED = result("login.admin", "failed", cause=Cause.PRODUCT)
BROKEN = {"broken": ("smoke/test_login.py: SyntaxError",)}


THIRD_PARTY_DOWN = result("login.admin", "inconclusive", cause="third_party")

# Verdict, exit code, cause and next of a run.
RULES = {
    "all passed": (judge(), "GO 0 none none"),
    "failed, commit not confirmed": (judge(FAILED), "NO-GO 1 product fix"),
    "failed, commit confirmed": (judge(FAILED, commit=CONFIRMED), "NO-GO 1 product rollback"),
    "failed in smoke": (judge(FAILED, commit=CONFIRMED, stage="smoke"), "NO-GO 1 product fix"),
    "failed, cause not told": (judge(result("login.admin", "failed")), "NO-GO 1 product fix"),
    "the release is configured wrongly": (
        judge(result("login.admin", "failed", cause="configuration")),
        "NO-GO 1 configuration fix",
    ),
    "the gate failed": (judge(result("login.admin", "failed", cause="gate")), "INCONCLUSIVE 3 gate retry"),
    "a third party failed": (
        judge(result("login.admin", "failed", cause="third_party")),
        "INCONCLUSIVE 3 third_party retry",
    ),
    "a third party is down": (judge(THIRD_PARTY_DOWN), "INCONCLUSIVE 3 third_party retry"),
    "credentials refused": (
        judge(result("login.admin", "inconclusive", cause="configuration")),
        "INCONCLUSIVE 3 configuration fix",
    ),
    "closed world": (judge(absent=("login.admin",)), "INCONCLUSIVE 3 gate retry"),
    "unclear, commit confirmed": (
        judge(absent=("login.admin",), commit=CONFIRMED),
        "INCONCLUSIVE 3 gate retry",
    ),
    "nothing ran": (judge(absent=IDS), "INCONCLUSIVE 3 gate retry"),
    "nothing examined": (judge(result("login.admin", examined=0)), "INCONCLUSIVE 3 gate retry"),
    "skipped": (judge(result("login.admin", "skipped")), "INCONCLUSIVE 3 gate retry"),
    "blocked": (judge(result("login.admin", "blocked")), "INCONCLUSIVE 3 gate retry"),
    "not run": (judge(result("login.admin", "not_run")), "INCONCLUSIVE 3 gate retry"),
    "broken": (judge(**BROKEN), "INCONCLUSIVE 3 gate retry"),
    "failed and broken": (judge(FAILED, **BROKEN), "NO-GO 1 product fix"),
    "unclear and broken": (judge(THIRD_PARTY_DOWN, **BROKEN), "INCONCLUSIVE 3 gate retry"),
    "leftovers": (judge(leftovers=("shipment 7",)), "INCONCLUSIVE 3 gate retry"),
    "declared remainders": (judge(remainders=("shipment 7",)), "GO 0 none none"),
    "void": (judge(void="a deploy began"), "INCONCLUSIVE 3 third_party retry"),
    "void comes before failed": (
        judge(FAILED, void="a deploy began", commit=CONFIRMED),
        "INCONCLUSIVE 3 third_party retry",
    ),
    "interrupted comes first": (
        judge(FAILED, void="a deploy began", interrupted=True),
        "INCONCLUSIVE 2 gate retry",
    ),
    "interrupted, all passed": (judge(interrupted=True), "INCONCLUSIVE 2 gate retry"),
    "advisory failed": (judge(result("speed.panels", "failed")), "GO 0 none none"),
    "advisory not run": (judge(result("speed.panels", "not_run")), "INCONCLUSIVE 3 gate retry"),
    "advisory skipped": (judge(result("speed.panels", "skipped")), "INCONCLUSIVE 3 gate retry"),
    "advisory unclear": (judge(result("speed.panels", "inconclusive")), "GO 0 none none"),
    "waived": (judge(FAILED, waived=("login.admin",)), "GO 0 none none"),
    "another failed than the waived": (
        judge(FAILED, result("deploy.commit", "failed"), waived=("login.admin",)),
        "NO-GO 1 product fix",
    ),
    "declared gap": (judge(not_proven={"login.admin": "SSO"}), "GO 0 none none"),
    "a declared gap is not judged": (judge(FAILED, not_proven={"login.admin": "SSO"}), "GO 0 none none"),
    "capability absent": (judge(absent=("pdf.content",), capabilities={"pdf": False}), "GO 0 none none"),
    "stage without items": (judge(stage="preflight"), "INCONCLUSIVE 3 gate retry"),
    "nothing owed": (judge(not_proven=dict.fromkeys(IDS, "later")), "INCONCLUSIVE 3 gate retry"),
}


@pytest.mark.parametrize(("verdict", "judged"), RULES.values(), ids=RULES.keys())
def test_rule(verdict: Verdict, judged: str) -> None:
    assert f"{verdict.verdict} {verdict.exit_code} {verdict.cause} {verdict.next}" == judged


def test_reason_names_the_root_cause_first() -> None:
    blocked = [result(name, "blocked", blocked_by="login.admin") for name in ("pdf.content", "deploy.commit")]
    verdict = judge(FAILED, *blocked)
    assert verdict.reason == "login.admin: Admin login: expected yes; observed no"
    assert verdict.root_causes == ("login.admin", "pdf.content", "deploy.commit")


def test_what_could_not_be_told_comes_before_what_it_blocks() -> None:
    verdict = judge(
        result("login.admin", "blocked"), result("deploy.commit", "inconclusive", cause="third_party")
    )
    assert verdict.root_causes == ("deploy.commit", "login.admin")


def test_a_failure_comes_before_what_could_not_be_told() -> None:
    verdict = judge(result("login.admin", "inconclusive"), result("deploy.commit", "failed"))
    assert verdict.root_causes[0] == "deploy.commit"
    assert verdict.reason.startswith("deploy.commit: ")


def test_the_worst_of_several_results_counts_in_any_order() -> None:
    bad, good = result("login.admin", "failed"), [result(name) for name in IDS]
    assert decide([bad, *good], checklist(), run()).verdict == "NO-GO"
    assert decide([*good, bad], checklist(), run()).verdict == "NO-GO"


def test_a_result_that_the_stage_does_not_owe_changes_nothing() -> None:
    stray = result("stray.check", "failed")
    assert decide([stray, *(result(name) for name in IDS)], checklist(), run()) == judge()


def test_checklist_shows_what_was_judged_not_what_was_claimed() -> None:
    verdict = judge(
        result("login.admin", examined=0), absent=("pdf.content",), not_proven={"deploy.commit": "no host"}
    )
    lines = {line.id: line for line in verdict.checklist}
    assert lines["login.admin"].outcome is Outcome.INCONCLUSIVE
    assert lines["pdf.content"].outcome is Outcome.NOT_RUN
    assert not lines["deploy.commit"].applies
    assert lines["deploy.commit"].why == "not proven here: no host"


def test_why_an_item_does_not_apply_is_always_told() -> None:
    without = judge(capabilities={"pdf": False}, without={"pdf": "this app prints none"}).checklist[1]
    assert without.why == "does not apply: this app prints none"
    assert (
        judge(capabilities={"pdf": False}).checklist[1].why == "does not apply: target.toml describes no pdf"
    )


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (
            judge(result("speed.panels", "failed")),
            "advisory, failed: speed.panels: Panels are quick: expected yes",
        ),
        (judge(FAILED, waived=("login.admin",)), "waived, failed: login.admin: Admin login: expected yes"),
        (judge(not_proven={"login.admin": "SSO"}), "not proven: Admin login (not proven here: SSO)"),
        (judge(warnings=("no commit was given",)), "no commit was given"),
    ],
)
def test_go_with_warnings(verdict: Verdict, said: str) -> None:
    assert verdict.verdict == "GO"
    assert any(said in warning for warning in verdict.warnings)


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (judge(), "4 of 4 checks that apply were executed and passed"),
        (
            judge(result("speed.panels", "inconclusive")),
            "3 of 4 checks that apply passed; 1 advisory did not: speed.panels",
        ),
        (
            judge(result("speed.panels", "failed"), FAILED, waived=("login.admin",)),
            "2 of 4 checks that apply passed; 2 advisories did not: login.admin, speed.panels",
        ),
    ],
)
def test_a_go_says_what_it_stands_on(verdict: Verdict, reason: str) -> None:
    assert (verdict.verdict, verdict.reason) == ("GO", reason)


def test_what_examined_nothing_speaks_to_whoever_runs_it_and_to_whoever_wrote_it() -> None:
    hint = judge(result("login.admin", examined=0)).checks[0].hint
    assert hint.startswith("the check found nothing to look at")
    assert "a check of your own calls check.examined(n)" in hint


def test_unfinished_proves_nothing_and_says_so() -> None:
    so_far = unfinished([result(name) for name in IDS], checklist(), run())
    assert (so_far.verdict, so_far.exit_code, so_far.next) == ("UNFINISHED", 3, "retry")
    assert "killed" in so_far.reason
    assert unfinished([FAILED], checklist(), run()).root_causes == ("login.admin",)


def test_go_needs_every_owed_blocker_passed_and_examined() -> None:
    dice = random.Random(20261124)
    went = 0
    for _ in range(5000):
        outcomes = [Outcome.PASSED] * 12 + list(Outcome)
        results = [
            result(dice.choice(IDS), dice.choice(outcomes), examined=dice.choice((0, 1, 2, 3, 4, 5)))
            for _ in range(dice.randrange(12))
        ]
        facts: dict[str, Any] = {
            "interrupted": dice.random() < 0.05,
            "void": dice.choice((None, None, None, None, "deploy changed")),
            "broken": dice.choice(((), (), (), ("x",))),
            "leftovers": dice.choice(((), (), (), ("x",))),
            "capabilities": {"pdf": dice.random() < 0.5},
            "commit": dice.choice((CONFIRMED, CommitFacts())),
            "not_proven": dice.choice(({}, {}, {"deploy.commit": "later"})),
        }
        waived = dice.choice(((), ("login.admin",)))
        verdict = decide(results, checklist(*waived), run(**facts))
        owed = [line.id for line in verdict.checklist if line.applies and line.severity == "blocker"]
        proven = all(name in waived or _proven(name, results) for name in owed)
        stopped = facts["interrupted"] or facts["void"] or facts["broken"] or facts["leftovers"]
        if verdict.verdict == "GO":
            went += 1
            assert proven
            assert not stopped
        assert (verdict.verdict == "GO") == (verdict.exit_code == ExitCode.GO) == (verdict.next == "none")
        assert (verdict.verdict == "GO") == (verdict.cause is Cause.NONE)
        assert verdict.next != "rollback" or (verdict.verdict == "NO-GO" and verdict.commit.confirmed)
    assert went > 50


def _proven(name: str, results: list[CheckResult]) -> bool:
    own = [one for one in results if one.id == name]
    return bool(own) and all(one.outcome is Outcome.PASSED and one.examined > 0 for one in own)


IN_CI: dict[str, Any] = {
    "id": "change.reviewed",
    "stages": ["preflight"],
    "section": "2",
    "title": "The change was reviewed",
    "where": "ci",
    "anywhere_with": "GATE_GITHUB_TOKEN",
}


@pytest.mark.parametrize(
    ("where", "places", "at_hand", "why"),
    [
        ("ci", {"ci"}, set(), ""),
        ("ci", {"local"}, set(), "decided in CI (here too with GATE_GITHUB_TOKEN)"),
        ("ci", {"local"}, {"GATE_RENDER_KEY"}, "decided in CI (here too with GATE_GITHUB_TOKEN)"),
        ("ci", {"local"}, {"GATE_GITHUB_TOKEN"}, ""),
        ("live", {"ci"}, set(), "decided on the live app (here too with GATE_GITHUB_TOKEN)"),
        ("live", {"ci", "live"}, set(), ""),
        ("local", {"ci"}, set(), "decided on a developer's machine (here too with GATE_GITHUB_TOKEN)"),
        (None, {"local"}, set(), ""),
    ],
)
def test_an_item_is_owed_where_it_is_decided(
    where: str | None, places: set[str], at_hand: set[str], why: str
) -> None:
    item = {**IN_CI, "where": where}
    items = Checklist.model_validate({"schema": 1, "item": [item, {**IN_CI, "id": "a.b", "where": None}]})
    facts = run(stage="preflight", places=places, at_hand=at_hand)
    verdict = decide([result("a.b"), *([] if why else [result("change.reviewed")])], items, facts)
    line = verdict.checklist[0]
    assert (line.why, line.applies) == (why, not why)
    assert verdict.verdict == "GO"


def test_where_it_is_decided_an_item_that_did_not_run_is_no_pass() -> None:
    items = Checklist.model_validate({"schema": 1, "item": [IN_CI]})
    assert decide([], items, run(stage="preflight", places={"ci"})).verdict == "INCONCLUSIVE"
