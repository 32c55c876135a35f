"""The peer of the cache: redis-py, as a synchronous handler uses it (threads) and as an asynchronous one (tasks)."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import redis
import redis.asyncio

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness.callers import in_threads  # noqa: E402

VALUE = b"v" * 200


def with_threads(url: str, clients: int, seconds: float) -> int:
    pool = redis.ConnectionPool.from_url(url, max_connections=clients)
    store = redis.Redis(connection_pool=pool)

    def set_and_get(client: int, number: int) -> None:
        key = f"bench:{client}:{2 * number % 1000}"
        store.set(key, VALUE, px=60_000)
        if store.get(key) != VALUE:
            sys.exit("another value came back")

    return 2 * in_threads(clients, seconds, set_and_get)


def with_tasks(url: str, clients: int, seconds: float) -> int:
    async def main() -> int:
        store = redis.asyncio.Redis.from_url(url, max_connections=clients)
        end = time.monotonic() + seconds

        async def client(number: int) -> int:
            count = 0
            while time.monotonic() < end:
                key = f"bench:{number}:{count % 1000}"
                await store.set(key, VALUE, px=60_000)
                if await store.get(key) != VALUE:
                    sys.exit("another value came back")
                count += 2
            return count

        counts = await asyncio.gather(*(client(number) for number in range(clients)))
        await store.aclose()
        return sum(counts)

    return asyncio.run(main())


def main(mode: str, url: str, clients: int, seconds: float) -> None:
    run = {"threads": with_threads, "tasks": with_tasks}[mode]
    run(url, clients, 1)
    start = time.monotonic()
    count = run(url, clients, seconds)
    taken = time.monotonic() - start
    print(json.dumps({"operations": count, "seconds": taken, "rate": count / taken}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
