"""Verdict -> JUnit XML for CI viewers. A suite has failures or errors exactly when the verdict is not GO."""

from __future__ import annotations

from xml.etree import ElementTree

from gate.report.untrusted import for_xml, one_line
from gate.results import CheckResult, Outcome
from gate.verdict import Line, Verdict


def junit_xml(verdict: Verdict) -> bytes:
    """One test suite named after the stage: a case per check, a skipped case per item that does not apply.

    A failed check is a failure; one that was blocked, did not run or could not tell is an error; one that is
    advisory or waived is skipped, with what it found, because it does not close the gate.
    """
    suite = ElementTree.Element("testsuite", name=verdict.stage, timestamp=verdict.started_at)
    suite.set("time", f"{verdict.duration_s:.3f}")
    _properties(suite, verdict)
    for check in verdict.checks:
        _case(suite, verdict.stage, check)
    for line in verdict.checklist:
        if not line.applies:
            _absent(suite, verdict.stage, line)
    if verdict.verdict != "GO" and not suite.findall("testcase/failure") + suite.findall("testcase/error"):
        _verdict_case(suite, verdict)
    for name, kind in (
        ("tests", ""),
        ("failures", "/failure"),
        ("errors", "/error"),
        ("skipped", "/skipped"),
    ):
        suite.set(name, str(len(suite.findall(f"testcase{kind}"))))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _properties(suite: ElementTree.Element, verdict: Verdict) -> None:
    known = {
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "cause": str(verdict.cause),
        "next": verdict.next,
        "run_id": verdict.run_id,
        "environment": verdict.environment,
        "target.name": verdict.target.name,
        "target.base_url": verdict.target.base_url,
        "commit.expected": verdict.commit.expected,
        "commit.live": verdict.commit.live,
        "commit.tree": verdict.commit.tree,
    }
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in known.items():
        if value:
            ElementTree.SubElement(properties, "property", name=name, value=for_xml(value))


def _case(suite: ElementTree.Element, stage: str, check: CheckResult) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=stage, name=check.id)
    case.set("time", f"{check.duration_s:.3f}")
    if check.outcome is Outcome.PASSED:
        return
    if check.severity == "advisory":
        kind, reason = "skipped", f"{'waived' if check.waived else 'advisory'}, {check.outcome}"
    else:
        kind, reason = "failure" if check.outcome is Outcome.FAILED else "error", str(check.outcome)
    told = {"expected": check.expected, "observed": check.observed, "hint": check.hint}
    message = "; ".join(f"{word}: {text}" for word, text in told.items() if text)
    bad = ElementTree.SubElement(case, kind, type=reason, message=for_xml(one_line(message or reason)))
    lines = [f"{word}: {text}" for word, text in told.items() if text]
    lines += [f"{one.place}: expected {one.expected}; observed {one.observed}" for one in check.findings]
    bad.text = for_xml("\n".join(lines))


def _absent(suite: ElementTree.Element, stage: str, line: Line) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=stage, name=line.id, time="0")
    ElementTree.SubElement(case, "skipped", type="does not apply", message=for_xml(one_line(line.why)))


def _verdict_case(suite: ElementTree.Element, verdict: Verdict) -> None:
    """A run can fail without a failed check: interrupted, void, a broken gate, something left behind."""
    case = ElementTree.SubElement(suite, "testcase", classname=verdict.stage, name="verdict", time="0")
    reason = for_xml(one_line(verdict.reason))
    ElementTree.SubElement(case, "error", type=verdict.verdict, message=reason)
