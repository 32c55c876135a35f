"""A whole run of the pets app: from making photos to the report."""

from __future__ import annotations

import shutil
from pathlib import Path

from harness import machine, postgresql
from harness.comparison import PETS_TARGETS
from harness.console import say
from harness.pets.contender import PetsContender, require_agreement
from harness.pets.materials import ENVIRONMENT, make_models, make_photos, read_photos
from harness.pets.servers import chosen_servers
from harness.places import OUTPUT
from harness.report import Report
from harness.workloads import Plan, run_rounds


def measure(plan: Plan, only: str | None, photos: Path | None, busy: float) -> Report:
    """Measures the chosen servers with the photos of a folder, or with pictures made here."""
    ENVIRONMENT.install()
    asked = make_photos()  # the network is made with these in any case, so that it is always the same
    make_models()
    if photos:
        asked = read_photos(photos)
    shutil.rmtree(OUTPUT, ignore_errors=True)
    OUTPUT.mkdir(parents=True)
    with postgresql.running(ENVIRONMENT) as server:
        contenders = [PetsContender(chosen, asked) for chosen in chosen_servers(only, server)]
        for contender in contenders:
            contender.introduce()
        difference = require_agreement(contenders)
        say(f"all servers agree about {len(asked)} photos, within {difference:.2f} percentage points")
        run_rounds(contenders, plan, PetsContender.run_round)
    saved = sum(contender.saved for contender in contenders)
    return Report(
        contenders,
        PETS_TARGETS,
        f"every one as that server answered at first, with its line in the monitoring file; {saved:,} feedbacks "
        "acknowledged, each with its row in PostgreSQL; no two servers further apart about a photo than "
        f"{difference:.2f} percentage points",
        "Photos said to show a dog",
        plan,
        machine.description(),
        busy,
    )


def remark(photos: Path | None) -> str:
    """What the saved results say of the pictures."""
    kind = "real photos of cats and dogs" if photos else "pictures made by the benchmark"
    return f" Asked about: {kind}."
