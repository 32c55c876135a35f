-- Counts answers to GET requests; their status is checked by wrk, their size by the harness.
function done(summary, latency)
    local errors = summary.errors
    print(string.format(
        'RESULT {"answers": %d, "wrong": 0, "failed": %d, "broken": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, '
            .. '"transferred_bytes": %d}',
        summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
        summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.bytes))
end
