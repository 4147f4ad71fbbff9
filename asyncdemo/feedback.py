"""What an exercise check answers: each requirement with a sign, in words, with the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asyncdemo.timeline import Timeline


@dataclass(frozen=True)
class Finding:
    """One requirement and what was found: the empty string when it is met."""

    says: str
    wrong: str


@dataclass(frozen=True, repr=False)
class Feedback:
    """The answer to an attempt; in a notebook it shows itself with the picture of the run.

    Attributes:
        headline: One sentence: solved, not yet, or what stood in the way.
        findings: One for each requirement that was looked at.
        timeline: How the answer ran, or None when it did not run.
    """

    headline: str
    findings: tuple[Finding, ...] = ()
    timeline: Timeline | None = None

    @property
    def solved(self) -> bool:
        """Whether every requirement is met."""
        return bool(self.findings) and not any(finding.wrong for finding in self.findings)

    def lines(self) -> list[str]:
        """Each finding as one line: a sign, what is asked, and what is wrong with it."""
        return [
            f"✗ {f.says}: not yet. {f.wrong}" if f.wrong else f"✓ {f.says}" for f in self.findings
        ]

    def __repr__(self) -> str:
        parts = [self.headline, *(f"  {line}" for line in self.lines())]
        if self.timeline is not None:
            parts += ["", repr(self.timeline)]
        return "\n".join(parts)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        import html

        items = "".join(f"<li>{html.escape(line)}</li>" for line in self.lines())
        shown = f"<p><strong>{html.escape(self.headline)}</strong></p>"
        if items:
            shown += f'<ul style="list-style:none;padding-left:1em">{items}</ul>'
        if self.timeline is not None:
            shown += self.timeline._repr_mimebundle_().get("text/html", "")
        return {"text/plain": repr(self), "text/html": shown}
