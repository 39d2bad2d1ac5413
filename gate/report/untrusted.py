"""Text from the target is data: what could steer a page, a terminal or a CI log becomes visible or inert."""

from __future__ import annotations

import re

# C0 and C1 controls but tab and newline, what reorders or hides text (bidirectional and zero-width marks,
# variation tags), line separators that are not newlines, and halves of surrogate pairs.
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
# ::command:: and ##[command] are read by CI runners from any line of a log.
_CI_COMMAND = re.compile(r"(^\s*:|##)(?=:|\[|vso\[)")
_FENCE = re.compile("`+")


def visible(text: str) -> str:
    """`text` with steering characters spelled out, such as <U+202E>; lines and tabs stay."""
    return _STEERING.sub(_spelled, text.replace("\r\n", "\n"))


def one_line(text: str, longest: int = 500) -> str:
    """`text` on one line of at most `longest` characters, steering characters spelled out."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def for_terminal(text: str, longest: int = 500) -> str:
    """One line that no terminal and no CI runner takes for a command."""
    return _CI_COMMAND.sub(r"\1 ", one_line(text, longest))


def for_markdown(text: str) -> str:
    """One line as a Markdown code span: no link, mention, image, table cell or HTML comes out of it."""
    line = one_line(text)
    if not line:
        return ""
    fence = "`" * (max((len(run) for run in _FENCE.findall(line)), default=0) + 1)
    # A space inside the fence keeps a backtick at the edge of the text apart from it.
    return f"{fence} {line} {fence}" if "`" in line else f"{fence}{line}{fence}"


def for_xml(text: str) -> str:
    """`text` without the characters that XML 1.0 cannot hold, not even escaped."""
    return re.sub("[\ufffe\uffff]", "\ufffd", visible(text))


def _spelled(match: re.Match[str]) -> str:
    return f"<U+{ord(match.group()):04X}>"
