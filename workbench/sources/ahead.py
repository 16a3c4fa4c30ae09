"""Work done ahead in several threads and handed over in order, so that fetching and storing overlap decoding."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Thing = TypeVar("Thing")
Done = TypeVar("Done")


def ahead(
    deed: Callable[[Thing], Done], things: Iterable[Thing], lanes: int
) -> Iterator[tuple[Thing, Callable[[], Done]]]:
    """Each thing in its order with a call that gives what `deed` made of it, or raises what it raised.

    `lanes` deeds run at once, and no more than twice as many are begun or wait to be handed over. Whoever stops
    reading waits for those that were begun.
    """
    waiting: deque[tuple[Thing, Future[Done]]] = deque()
    with ThreadPoolExecutor(lanes, thread_name_prefix="source") as pool:
        for thing in things:
            waiting.append((thing, pool.submit(deed, thing)))
            if len(waiting) >= 2 * lanes:
                first, future = waiting.popleft()
                yield first, future.result
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result
