-- Posts bodies and checks every answer.
--
--   wrk -t CLIENTS -c CLIENTS -d LIMITs -s predict.lua -H HEADER URL -- REQUESTS SECONDS CLIENTS PATTERN TOLERANCE
--
-- REQUESTS is a file of records: a line "EXPECTED LENGTH", a body of that many bytes, a line feed. PATTERN finds in an
-- answer what is to be EXPECTED: the same text, or with a TOLERANCE above 0 a number no further away than that.
-- One connection a thread, so a thread knows which body an answer belongs to. A thread stops at its first
-- answer after SECONDS, with nothing left in flight: what is counted here is what the server has stored.
-- wrk itself times by its own -d, so the clock is read here, and the last thread to finish ends the program.
local ffi = require("ffi")
ffi.cdef([[
    struct bench_time { long seconds; long nanoseconds; };
    int clock_gettime(int clock, struct bench_time *time);
    int getpid(void);
    int kill(int process, int signal);
]])
local MONOTONIC, INTERRUPT = 1, 2
local instant = ffi.new("struct bench_time")

local function now()
    ffi.C.clock_gettime(MONOTONIC, instant)
    return tonumber(instant.seconds) + tonumber(instant.nanoseconds) * 1e-9
end

-- Main program: hands every thread its number and the address of the shared board.
local threads = {}
local board

function setup(thread)
    board = board or ffi.new("volatile int[?]", 1024)
    thread:set("number", #threads)
    thread:set("boardAddress", tonumber(ffi.cast("intptr_t", board)))
    threads[#threads + 1] = thread
end

-- A thread of its own from here on.
local requests, expected = {}, {}
local current, deadline, seconds, threadCount, pattern, tolerance, flags

function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    seconds, threadCount = tonumber(arguments[2]), tonumber(arguments[3])
    pattern, tolerance = arguments[4], tonumber(arguments[5])
    for line in file:lines() do
        local answer, length = line:match("^(%S+) (%d+)$")
        requests[#requests + 1] = wrk.format("POST", nil, nil, file:read(tonumber(length)))
        expected[#expected + 1] = answer
        file:read(1)
    end
    file:close()
    current = (number * 7) % #requests
    answers, wrong, failed, first, last = 0, 0, 0, 0, 0
    flags = ffi.cast("volatile int *", boardAddress)
end

function request()
    if first == 0 then
        first = now()
        deadline = first + seconds
    end
    current = current % #requests + 1
    return requests[current]
end

local function finish()
    flags[number] = 1
    wrk.thread:stop()
    for other = 0, threadCount - 1 do
        if flags[other] == 0 then return end
    end
    ffi.C.kill(ffi.C.getpid(), INTERRUPT)
end

local function isRight(told)
    if tolerance == 0 or not told then return told == expected[current] end
    return math.abs(tonumber(told) - tonumber(expected[current])) <= tolerance
end

function response(status, _, body)
    answers = answers + 1
    if status ~= 200 then
        failed = failed + 1
    elseif not isRight(body:match(pattern)) then
        wrong = wrong + 1
    end
    last = now()
    if last >= deadline then finish() end
end

function done(summary, latency)
    local total = { answers = 0, wrong = 0, failed = 0 }
    local from, to = math.huge, 0
    for _, thread in ipairs(threads) do
        for name in pairs(total) do total[name] = total[name] + thread:get(name) end
        if thread:get("first") > 0 then from = math.min(from, thread:get("first")) end
        to = math.max(to, thread:get("last"))
    end
    local errors = summary.errors
    print(string.format(
        'RESULT {"answers": %d, "wrong": %d, "failed": %d, "broken": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, '
            .. '"transferred_bytes": %d}',
        total.answers, total.wrong, total.failed, errors.connect + errors.read + errors.write + errors.timeout,
        to - from, latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.bytes))
end
