"""Wrong answers to the exercises of lesson 12, and what their checks say about each."""

from __future__ import annotations

import re

import pytest
from exercises import answered, solution, wrong

pytest.importorskip("aiohttp")
pytest.importorskip("aiolimiter")
pytest.importorskip("aiosqlite")
pytest.importorskip("tenacity")

LESSON = "12_build_robust_clients"


@pytest.mark.parametrize("exercise", ["ex1", "ex2"])
def test_the_solution_solves_it(exercise: str) -> None:
    feedback = answered(LESSON, exercise, solution(LESSON, exercise))
    assert feedback.solved, repr(feedback)


MOCHA = """
async def mocha():
    manners = {{"stop": stop_after_attempt({tries}), "wait": {wait}}}
    async with visit(manners) as guest:
        return await guest.order("/flaky/mocha")
"""


def told(answer: str) -> list[str]:
    """What is wrong with an answer to the first exercise; how long a pause was is left out."""
    found = wrong(answered(LESSON, "ex1", answer))
    return [re.sub(r"[\d.]+ (µs|ms|s)\b", "…", line) for line in found]


AGAIN = "Guest.fetch('/flaky/mocha') was made again after …, … and …."


@pytest.mark.parametrize(
    "wait",
    ["wait_fixed(0)", "wait_fixed(0.1)", "wait_exponential(0.01)"],
    ids=["at once", "the same each time", "too soon"],
)
def test_a_guest_who_does_not_back_off_is_told_the_pauses(wait: str) -> None:
    assert told(MOCHA.format(tries=4, wait=wait)) == [AGAIN]


def test_a_guest_who_gives_up_too_early_is_told() -> None:
    found = told(MOCHA.format(tries=3, wait="wait_exponential(0.1)"))
    assert found[0] == (
        "Guest.fetch('/flaky/mocha') raised ClientResponseError, and was not made again."
    )
    assert found[1] == "It returned nothing, for it raised ClientResponseError."
    assert found[2].startswith("It raised ClientResponseError: 503")


BY_HAND = """
async def mocha():
    async with visit({}) as guest:
        for pause in 0.1, 0.2, 0.4, 0:
            try:
                return await guest.fetch("/flaky/mocha")
            except Exception:
                PAUSE
"""


def test_a_loop_of_ones_own_is_as_good() -> None:
    feedback = answered(LESSON, "ex1", BY_HAND.replace("PAUSE", "await asyncio.sleep(pause)"))
    assert feedback.solved, repr(feedback)


def test_a_pause_that_is_not_awaited_is_told() -> None:
    with pytest.warns(RuntimeWarning, match="'sleep' was never awaited"):
        assert told(BY_HAND.replace("PAUSE", "asyncio.sleep(pause)")) == [AGAIN]


def test_a_mocha_that_is_made_up_is_told() -> None:
    assert told('async def mocha(): return "mocha"') == [
        "fetch never ran. Calling it only makes a coroutine object; await it.",
        "fetch never ran. Calling it only makes a coroutine object; await it.",
    ]


def test_a_guest_who_is_patient_as_in_the_lesson_is_as_good() -> None:
    answer = """
async def mocha():
    async with visit(patience(0.1)) as guest:
        return await guest.order("/flaky/mocha")
"""
    feedback = answered(LESSON, "ex1", answer)
    assert feedback.solved, repr(feedback)


CRAWL = """
async def crawl():
    async def visit_page(path):
        {page}
        {store}
        for link in {links}:
            {put}

    async with open_site() as site:
        async with patterns.worker_pool(visit_page, workers={workers}) as frontier:
            await frontier.put("/site/0")
        return await site.report()
"""
RIGHT = {
    "page": "page = await site.guest.order(path)",
    "store": "await site.store(path, page)",
    "links": "links_in(page) - site.seen",
    "put": "site.seen.add(link); await frontier.put(link)",
    "workers": "8",
}


def crawled(*, within: float | None = None, **parts: str) -> list[str]:
    """What is wrong with a crawler that differs from the right one in these parts."""
    return wrong(answered(LESSON, "ex2", CRAWL.format(**RIGHT | parts), within=within))


def test_a_crawler_without_a_bound_is_told_how_many_were_in_flight() -> None:
    (found,) = crawled(workers="100")
    most = re.fullmatch(r"At one moment (\d+) of them were in flight\.", found)
    assert most
    assert int(most[1]) > 8


A_TASK_FOR_EACH = """
async def crawl():
    async def visit_page(path):
        page = await site.guest.order(path)
        await site.store(path, page)
        for link in links_in(page) - site.seen:
            site.seen.add(link)
            group.create_task(visit_page(link))

    async with open_site() as site:
        async with asyncio.TaskGroup() as group:
            group.create_task(visit_page("/site/0"))
        return await site.report()
"""


def test_a_task_for_each_page_is_told_how_many_were_in_flight() -> None:
    (found,) = wrong(answered(LESSON, "ex2", A_TASK_FOR_EACH))
    assert re.fullmatch(r"At one moment \d\d+ of them were in flight\.", found)


def test_a_crawler_that_asks_for_one_page_at_a_time_is_told() -> None:
    found = crawled(workers="1", within=1.5)
    assert "There were never more than 1." in found


def test_a_crawler_that_does_not_try_again_is_told_which_page_failed() -> None:
    found = crawled(page="page = await site.guest.fetch(path)")
    assert re.fullmatch(
        r"Guest\.fetch\('/site/\d+'\) raised ClientResponseError, and was not made again\.",
        found[-4],
    )
    assert found[-2] == "It returned nothing, for it raised ExceptionGroup."
    assert found[-1].startswith("It raised ExceptionGroup: unhandled errors in a TaskGroup")


SWALLOWS = """
        try:
            page = await site.guest.fetch(path)
        except Exception:
            return
"""


def test_a_crawler_that_passes_over_failures_is_told_what_is_missing() -> None:
    found = crawled(page=SWALLOWS.strip())
    assert any(
        line.endswith("raised ClientResponseError, and was not made again.") for line in found
    )
    assert any(re.fullmatch(r"It returned for \d+\.", line) for line in found)
    assert any(re.match(r"It returned \{'rows': \d+, 'pages': \d+, ", line) for line in found)


def test_a_crawler_that_looks_too_late_is_told_of_a_page_fetched_twice() -> None:
    # A page is only known to be seen once it is visited, and may be in the frontier again.
    found = crawled(store=f"{RIGHT['store']}; site.seen.add(path)", put="await frontier.put(link)")
    assert any(
        re.fullmatch(r"Guest\.fetch\('/site/\d+'\) returned \d+ times\.", line) for line in found
    )
    (rows,) = re.findall(r"It returned \{'rows': (\d+), 'pages': 200, ", found[-1])
    assert int(rows) > 200


def test_a_crawler_in_circles_is_ended_and_told() -> None:
    feedback = answered(
        LESSON, "ex2", CRAWL.format(**RIGHT | {"links": "links_in(page)"}), within=1.5
    )
    assert feedback.headline.startswith(
        "Not yet: crawl had not ended after 1.5 s, so it was ended."
    )
    assert any(
        re.fullmatch(r"Guest\.fetch\('/site/\d+'\) returned \d+ times\.", line)
        for line in wrong(feedback)
    )


def test_a_parse_that_blocks_the_loop_is_told_by_its_line() -> None:
    parse = "path == '/site/0' and [n * n for n in range(4_000_000)]"
    found = crawled(page=f"{RIGHT['page']}; {parse}")
    assert len(found) == 1
    assert re.fullmatch(r"It was blocked for .* s by line 4: page = .*\.", found[0])


def test_a_page_stored_twice_is_told_by_the_count_of_rows() -> None:
    found = crawled(store=f"{RIGHT['store']}; {RIGHT['store']}")
    assert found == ["It returned {'rows': 400, 'pages': 200, 'requests': 263}."]


def test_pages_that_are_not_stored_are_told_by_the_count_of_rows() -> None:
    found = crawled(store="pass")
    assert found == ["It returned {'rows': 0, 'pages': 0, 'requests': 263}."]


def test_a_crawl_half_written_is_no_more_than_begun() -> None:
    feedback = answered(LESSON, "ex2", CRAWL.format(**RIGHT | {"links": "..."}))
    assert feedback.headline.startswith("Not solved yet: replace the ... in crawl")


def test_a_frontier_without_room_for_what_is_found_is_told_where_it_hangs() -> None:
    # Every worker waits for room that only a worker could make.
    answer = CRAWL.format(**RIGHT).replace("workers=8", "workers=8, room=1")
    feedback = answered(LESSON, "ex2", answer, within=1.5)
    assert "at await frontier.put(link)" in feedback.headline
