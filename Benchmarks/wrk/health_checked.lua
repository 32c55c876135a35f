-- Like health.lua, and reads every answer. Reading costs wrk more than asking, so this is not the measurement.
local threads = {}

function setup(thread)
    threads[#threads + 1] = thread
end

function init()
    wrong, failed = 0, 0
end

function response(status, _, body)
    if status ~= 200 then
        failed = failed + 1
    elseif not body:find('"status":%s*"ok"') then
        wrong = wrong + 1
    end
end

function done(summary, latency)
    local errors = summary.errors
    local wrongTotal, failedTotal = 0, 0
    for _, thread in ipairs(threads) do
        wrongTotal = wrongTotal + thread:get("wrong")
        failedTotal = failedTotal + thread:get("failed")
    end
    print(string.format(
        'RESULT {"answers": %d, "wrong": %d, "failed": %d, "broken": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, '
            .. '"transferred_bytes": %d}',
        summary.requests, wrongTotal, failedTotal, errors.connect + errors.read + errors.write + errors.timeout,
        summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.bytes))
end
