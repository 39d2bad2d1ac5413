"""JUnit, terminal and CI summary: each agrees with the verdict; no text of the target steers its reader."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gate.report import next_step
from gate.report.ci_summary import ci_summary
from gate.report.junit import junit_xml
from gate.report.terminal import band
from gate.report.untrusted import for_markdown, for_terminal, for_xml, one_line, visible
from gate.verdict import Verdict, decide
from tests import report_samples as samples


def with_facts(**facts: object) -> Verdict:
    return decide(samples.results_passed().values(), samples.checklist(), samples.run(**facts))


VERDICTS: dict[str, Callable[[Path], Verdict]] = {
    "go": samples.go,
    "no-go": samples.no_go,
    "hostile": lambda folder: samples.hostile(),
    "void": lambda folder: with_facts(void="a deploy began"),
    "interrupted": lambda folder: with_facts(interrupted=True),
    "broken": lambda folder: with_facts(broken=("smoke/test_x.py",)),
    "leftovers": lambda folder: with_facts(leftovers=("shipment 7",)),
}


@pytest.mark.parametrize("make", VERDICTS.values(), ids=VERDICTS.keys())
def test_junit_is_red_exactly_when_the_verdict_is_not_go(
    make: Callable[[Path], Verdict], tmp_path: Path
) -> None:
    verdict = make(tmp_path)
    suite = ElementTree.fromstring(junit_xml(verdict))[0]
    cases = suite.findall("testcase")
    bad = suite.findall("testcase/failure") + suite.findall("testcase/error")
    assert bool(bad) == (verdict.verdict != "GO")
    assert suite.get("name") == "postdeploy"
    assert suite.get("tests") == str(len(cases))
    assert int(suite.get("failures", "")) + int(suite.get("errors", "")) == len(bad)
    properties = {one.get("name"): one.get("value") for one in suite.findall("properties/property")}
    assert properties["verdict"] == verdict.verdict
    assert {case.get("name") for case in cases} >= {line.id for line in verdict.checklist}
    assert {case.get("classname") for case in cases} == {"postdeploy"}


def test_junit_tells_each_outcome_apart(tmp_path: Path) -> None:
    suite = ElementTree.fromstring(junit_xml(samples.no_go(tmp_path)))[0]
    cases = {case.get("name"): case for case in suite.findall("testcase")}
    failure = cases["login.admin"].find("failure")
    assert failure is not None
    assert (failure.get("message") or "").startswith(
        "expected: the heading 'Panel general' after signing in; observed: "
    )
    assert "GET /usuarios.json" in (cases["access.anonymous"].findtext("failure") or "")
    blocked = cases["panels.estado"].find("error")
    assert blocked is not None
    assert blocked.get("type") == "blocked"
    assert len(cases["deploy.commit"]) == 0
    absent = cases["sync.run"].find("skipped")
    assert absent is not None
    assert absent.get("message") == "does not apply: SharePoint is out of reach from here"


def test_junit_shows_a_failed_advisory_without_turning_red(tmp_path: Path) -> None:
    suite = ElementTree.fromstring(junit_xml(samples.go(tmp_path)))[0]
    found = suite.find("testcase[@name='performance.panels']/skipped")
    assert found is not None
    assert found.get("type") == "advisory, failed"
    assert "2.3 s" in (found.get("message") or "")


def test_the_band_tells_verdict_reason_cause_next_and_report(tmp_path: Path) -> None:
    lines = band(samples.no_go(tmp_path), Path("reports/x/report.html"), colour=False).splitlines()
    assert lines[0] == "NO-GO postdeploy · Envíos · production"
    assert lines[1].startswith("  reason      | login.admin: The administrator signs in: expected ")
    assert lines[2].startswith("  root cause  | login.admin failed: ")
    assert lines[3].startswith("  also        | access.anonymous failed: ")
    assert "  also        | 15 blocked" in lines
    assert any(line.startswith("  next        | rollback: Roll back") for line in lines)
    assert lines[-1] == "  report      | reports/x/report.html"


@pytest.mark.parametrize("colour", [True, False])
def test_the_band_has_colour_only_when_asked(colour: bool, tmp_path: Path) -> None:
    text = band(samples.go(tmp_path), colour=colour)
    assert ("\x1b[" in text) == colour
    assert "\x1b" not in text.partition("\n")[2]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"stage": "preflight"}, "The change may be merged."),
        (
            {"stage": "preflight", "beside": ("smoke",)},
            "The repository is in order; the change may be merged once smoke, judged beside it, says GO too.",
        ),
        ({"stage": "smoke", "beside": ("preflight",)}, "The journeys hold here."),
        (
            {"stage": "preflight", "beside": ("smoke",), "next": "fix"},
            "Do not go on. Fix the cause named above, then run the whole stage again.",
        ),
    ],
)
def test_a_stage_lets_pass_only_with_those_judged_beside_it(facts: dict[str, object], told: str) -> None:
    verdict = with_facts().model_copy(update={"verdict": "GO", "next": "none", **facts})
    assert next_step.told(verdict) == told


def test_the_band_stays_short(tmp_path: Path) -> None:
    many = with_facts(leftovers=tuple(f"shipment {number}" for number in range(400)))
    text = band(many, colour=False)
    assert len(text.splitlines()) < 16
    assert "and 392 more in the report" in text


def test_a_go_says_in_one_line_what_does_not_apply(tmp_path: Path) -> None:
    verdict = samples.go(tmp_path)
    lines = band(verdict, colour=False).splitlines()
    assert lines[2] == "  not owed    | 1 does not apply: sync.run; the report says why"
    assert "not owed" not in band(samples.no_go(tmp_path), colour=False)
    out = [line.model_copy(update={"applies": False, "why": "x"}) for line in verdict.checklist[:8]]
    gap = verdict.checklist[8].model_copy(update={"applies": False, "why": "not proven here: x"})
    text = band(verdict.model_copy(update={"checklist": (*out, gap)}), colour=False)
    named = ", ".join(line.id for line in out[:6])
    assert f"| 8 do not apply: {named} and 2 more; the report says why" in text


def test_a_go_names_what_is_decided_elsewhere(tmp_path: Path) -> None:
    verdict = samples.go(tmp_path)
    verdict = verdict.model_copy(update={"stage": "preflight"})
    why = "decided in CI (here too with GATE_RENDER_KEY)"
    out = [line.model_copy(update={"applies": False, "why": why}) for line in verdict.checklist[:8]]
    text = band(verdict.model_copy(update={"checklist": tuple(out)}), colour=False)
    assert f"| decided in CI: {', '.join(line.id for line in out)}\n" in text
    assert "not apply" not in text
    assert "may be merged; 8 items are decided in CI." in text


def test_no_text_of_the_target_starts_a_line_or_steers_the_terminal() -> None:
    text = band(
        with_facts(void="::error::x\n::error::y\r##[error]z \x1b[2J\u202e", warnings=("##vso[task]",)),
        colour=False,
    )
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert all(re.match(r"  [a-z ]+\|", line) for line in text.splitlines()[1:])
    assert "##[" not in text
    assert "##vso[" not in text


def test_the_ci_summary_tells_what_did_not_pass(tmp_path: Path) -> None:
    text = ci_summary(samples.no_go(tmp_path))
    assert text.startswith("## ❌ NO-GO · postdeploy\n\n`login.admin: The administrator signs in: expected ")
    assert "**Next: rollback.**" in text
    assert "- **blocked** `panels.estado` `Panel: shipments by state`: blocked by `login.admin`" in text
    assert "`shipment ENV-002018, field observaciones 'g7k2m9'`" in text


def test_the_ci_summary_keeps_untrusted_text_inside_code_spans() -> None:
    text = ci_summary(samples.hostile())
    outside = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", text)
    assert "script" not in outside
    assert "http" not in outside
    assert "<" not in outside


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("plain", "`plain`"),
        ("", ""),
        ("a `b` c", "`` a `b` c ``"),
        ("``` @someone [x](http://y.example)", "```` ``` @someone [x](http://y.example) ````"),
        ("two\n\n# lines | <b>", "`two # lines | <b>`"),
    ],
)
def test_code_spans(text: str, span: str) -> None:
    assert for_markdown(text) == span


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a<U+202E>b"),
        ("\x1b[0m\x07", "<U+001B>[0m<U+0007>"),
        ("a\u200bb\ufeffc", "a<U+200B>b<U+FEFF>c"),
        ("line\r\nnext\tcell", "line\nnext\tcell"),
        ("over\rwritten", "over<U+000D>written"),
        ("Ñandú — «año» 10\u00a0kg €", "Ñandú — «año» 10\u00a0kg €"),
        ("\ud800", "<U+D800>"),
    ],
)
def test_steering_characters_are_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_one_line_is_cut() -> None:
    assert one_line("a\n b\tc") == "a b c"
    assert one_line("x" * 600) == "x" * 499 + "…"


@pytest.mark.parametrize(
    ("text", "harmless"), [("::error::x", ": :error::x"), ("a ##[group]", "a ## [group]"), ("a::b", "a::b")]
)
def test_ci_commands_are_broken_up(text: str, harmless: str) -> None:
    assert for_terminal(text) == harmless


def test_xml_holds_only_what_xml_can_hold() -> None:
    text = for_xml("".join(map(chr, range(0x3000))) + "\ufffe\uffff\ud800 \U0001f600")
    element = ElementTree.Element("x", a=text)
    element.text = text
    assert ElementTree.fromstring(ElementTree.tostring(element, encoding="utf-8")).text
