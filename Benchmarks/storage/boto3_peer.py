"""The peer: boto3, a client shared by as many threads as there are callers, as its documentation says."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import boto3
from botocore.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness.callers import in_threads  # noqa: E402


def main() -> None:
    endpoint, key, secret, bucket = sys.argv[1:5]
    clients, seconds, size = int(sys.argv[5]), float(sys.argv[6]), int(sys.argv[7])
    store = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret,
        config=Config(signature_version="s3v4", max_pool_connections=clients, s3={"addressing_style": "path"}))
    body = bytes((number * 2654435761 >> 9) & 255 for number in range(size))

    def name(client: int, number: int) -> str:
        return f"bench/{client}/{number % 50}"

    def put(client: int, number: int) -> None:
        store.put_object(Bucket=bucket, Key=name(client, number), Body=body)

    def get(client: int, number: int) -> None:
        assert len(store.get_object(Bucket=bucket, Key=name(client, number))["Body"].read()) == size

    def run(call: Callable[[int, int], None], limit: float) -> tuple[float, float]:
        start, used = time.monotonic(), time.process_time()
        count = in_threads(clients, limit, call)
        cpu = (time.process_time() - used) * 1000 / max(1, count)
        return count / (time.monotonic() - start), cpu

    run(put, 1)
    (puts, put_cpu), (gets, get_cpu) = run(put, seconds), run(get, seconds)
    json.dump({"put": puts, "get": gets, "put_cpu": put_cpu, "get_cpu": get_cpu}, sys.stdout)


main()
