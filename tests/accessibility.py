"""axe-core, the accessibility checker, run on a page or on parts of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page


def results(page: Page, parts: Sequence[str] = (), without: Sequence[str] = ()) -> Any:
    """All that axe-core answers: what is wrong, what is right, and what it cannot tell.

    Args:
        page: A page that is open.
        parts: CSS selectors of what to look at; by default the whole page.
        without: The names of rules to leave out.
    """
    from axe_playwright_python.sync_playwright import Axe

    # axe-core fails when no selector finds anything, and is silent when only some do not.
    include = [[part] for part in parts if page.locator(part).count()]
    context = {"include": include} if parts else None
    options = {
        "resultTypes": ["violations", "passes"],
        "rules": {rule: {"enabled": False} for rule in without},
    }
    return Axe().run(page, context, options).response


def violations(answer: Any) -> list[str]:
    """What axe-core finds wrong, one line for each element."""
    return [
        f"{found['id']} ({found['impact']}): {found['help']}: {node['html'][:300]}"
        for found in answer["violations"]
        for node in found["nodes"]
    ]
