"""The command line of `Benchmarks/run`."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from harness import machine, materials, saved_results
from harness.comparison import DIGITS_TARGETS
from harness.console import say
from harness.contender import Contender
from harness.errors import BenchmarkError
from harness.load import require_wrk
from harness.pets import measuring as pets
from harness.places import OUTPUT
from harness.report import Report
from harness.servers import DJANGO_ENVIRONMENT, FASTAPI_ENVIRONMENT, Server, chosen_servers
from harness.workloads import Plan, run_digits_round, run_rounds, run_starts

QUICK = Plan(rounds=1, seconds=2, starts=1)
#: Other programs using more of the machine than this make the figures doubtful.
BUSY = 0.1
SERVER_NAMES = (
    "servers: prunelle; of digits fastapi (fastapi-1, fastapi-2), django (django-plain, django-tuned); "
    "of pets onnx (onnx-1, onnx-2), keras"
)
EPILOGUE = """\
Exit code: 0 measured and all answers right, 1 wrong answers or missing rows, 2 could not measure.
Targets missed are shown in the table and do not change the exit code.
"""


def main(arguments: Sequence[str]) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.quick and options.save:
        parser.error("--quick is too short to be saved")
    if options.photos and options.app != "pets":
        parser.error("--photos is for --app pets")
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _run(options)
    except BenchmarkError as error:
        print(f"Benchmarks/run: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Benchmarks/run: interrupted, servers stopped", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace) -> int:
    plan = QUICK if options.quick else Plan(options.rounds, options.seconds, options.starts)
    require_wrk()
    if options.app == "pets":
        report = pets.measure(replace(plan, starts=0), options.only, options.photos, _busy_share())
    else:
        report = _measure_digits(plan, options.only)
    results = OUTPUT / "results.json"
    results.write_text(json.dumps(report.as_json(), indent=2) + "\n")
    print(report.tables())
    say(f"written to {results.relative_to(OUTPUT.parent.parent)}")
    if options.save:
        saved_results.save(report, options.app, pets.remark(options.photos) if options.app == "pets" else "")
        say("written to Benchmarks/results.md")
    return 1 if report.problems else 0


def _busy_share() -> float:
    busy = machine.busy_share()
    if busy > BUSY:
        say(f"other programs use {busy:.0%} of this machine: figures will be doubtful")
    return busy


def _measure_digits(plan: Plan, only: str | None) -> Report:
    contenders = _prepare(chosen_servers(only))
    busy = _busy_share()
    for contender in contenders:
        contender.introduce()
        say(f"{contender.server.title} reads {contender.right} of {len(contender.drawings)} drawings right")
    run_rounds(contenders, plan, run_digits_round)
    run_starts(contenders, plan)
    return Report(
        contenders,
        DIGITS_TARGETS,
        "every one with the digit expected of it and with its row in the database",
        "Drawings read as they were meant",
        plan,
        machine.description(),
        busy,
    )


def _prepare(servers: Sequence[Server]) -> list[Contender]:
    """Installs what the chosen servers need; training and drawing need both environments once."""
    DJANGO_ENVIRONMENT.install()
    materials.make_keras_model(DJANGO_ENVIRONMENT)
    drawings = materials.make_drawings(DJANGO_ENVIRONMENT)
    if any(server.key.startswith("fastapi") for server in servers):
        FASTAPI_ENVIRONMENT.install()
        materials.make_onnx_model()
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    return [Contender(server, drawings) for server in servers]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="Benchmarks/run",
        description="Measures Prunelle and its peers on this machine and compares them.",
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--app", choices=["digits", "pets"], default="digits", help="(default digits)")
    parser.add_argument("--photos", type=Path, metavar="FOLDER", help="pets: JPEG files instead of made ones")
    parser.add_argument("--only", metavar="NAMES", help=SERVER_NAMES)
    parser.add_argument("--rounds", type=_positive, default=3, help="alternating rounds (default 3)")
    parser.add_argument("--seconds", type=_duration, default=6.0, help="a workload's time (default 6)")
    parser.add_argument("--starts", type=_positive, default=5, help="starts timed per server (default 5)")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it works")
    parser.add_argument("--save", action="store_true", help="also write Benchmarks/results.md")
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, is {value}")
    return value


def _duration(text: str) -> float:
    value = float(text)
    if not 1 <= value <= 600:
        raise argparse.ArgumentTypeError(f"must be from 1 to 600 seconds, is {value:g}")
    return value


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
