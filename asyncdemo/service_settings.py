"""How the lessons' HTTP service behaves, and what it draws from its seed."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How the service behaves; `serve` says what each setting means.

    Example:
        >>> Settings(pages=3).paths
        ('/site/0', '/site/1', '/site/2')
    """

    seed: int = 7
    pages: int = 200
    site_delay: float = 0.01
    rate: int = 10
    fail_site: bool = False

    def __post_init__(self) -> None:
        if self.pages < 1:
            raise ValueError("pages: a site has at least one page")
        if self.site_delay < 0:
            raise ValueError("site_delay: nobody can be answered before they ask")
        if self.rate < 1:
            raise ValueError("rate: at least one request a second must be let through")

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the site's pages."""
        return tuple(f"/site/{page}" for page in range(self.pages))

    def chance(self, path: str, attempt: int) -> float:
        """A number from 0 to 1 that is always the same for that attempt of a path."""
        return random.Random(f"{self.seed} {path} {attempt}").random()

    def links(self) -> list[list[int]]:
        """For each page of the site those that it links to; every one is reachable from 0."""
        draw = random.Random(f"{self.seed} links")
        links: list[list[int]] = [[] for _ in range(self.pages)]
        # Each page is linked from an earlier one, and now and then from any other.
        for page in range(1, self.pages):
            links[draw.randrange(page)].append(page)
        for page in range(self.pages):
            links[page] += [n for n in draw.choices(range(self.pages), k=2) if n != page]
        return [list(dict.fromkeys(found)) for found in links]
