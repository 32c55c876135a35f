"""Callers that each wait for one call before the next; for the peers, which run in environments of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


def in_threads(clients: int, seconds: float, call: Callable[[int, int], None]) -> int:
    """Calls from a thread for each client until the time is up; how many calls were made.

    `call` is told the client and how many calls it has made before.
    """
    counts = [0] * clients
    end = time.monotonic() + seconds

    def client(number: int) -> None:
        while time.monotonic() < end:
            call(number, counts[number])
            counts[number] += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)
