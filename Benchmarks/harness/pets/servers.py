"""The servers that tell cats from dogs: how each is set up and started."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from harness.environments import Command, run
from harness.errors import BenchmarkError
from harness.http import HOST
from harness.pets.materials import ENVIRONMENT, KERAS_MODEL, ONNX_MODEL
from harness.places import PEERS, prunelle_program
from harness.postgresql import PostgreSQL
from harness.servers import Server

TOKEN = secrets.token_urlsafe(24)


class PetsServer(Server):
    """A server with a database of its own in the common PostgreSQL server."""

    health = "/health"
    #: Whether feedback is measured too.
    takes_feedback = True

    def __init__(self, postgresql: PostgreSQL) -> None:
        self.postgresql = postgresql

    @property
    def database(self) -> str:
        return f"pets-{self.key}"

    @property
    def inference_log(self) -> Path:
        """The file with a line for each prediction."""
        return self.data / "monitoring_inference.csv"

    def set_up(self) -> None:
        super().set_up()
        self.postgresql.make(self.database)

    def stored_predictions(self) -> int | None:
        """Predictions in the database; nil for a server that keeps none there."""
        return None


class PetsPrunelle(PetsServer):
    """The release build; the network lies where the original kept it, and is taken over from there."""

    key = "prunelle"
    title = "Prunelle"

    @property
    def inference_log(self) -> Path:
        return self.data / "processed" / "monitoring_inference.csv"

    def set_up(self) -> None:
        super().set_up()
        models = self.data / "processed" / "models"
        models.mkdir(parents=True)
        shutil.copy(KERAS_MODEL, models)

    def command(self, port: int) -> Command:
        address = ["--host", HOST, "--port", str(port)]
        return [prunelle_program(), "serve", "pets", *address, "--data", self.data]

    def environment(self, port: int) -> Mapping[str, str]:
        return {"API_TOKEN": TOKEN, "DATABASE_URL": self.postgresql.url(self.database)}

    def stored_predictions(self) -> int:
        return self.postgresql.count(self.database, "feedback_predictions")

    def versions(self) -> Mapping[str, str]:
        output = run([prunelle_program(), "--version"], "asking prunelle for its version")
        return {"prunelle": output.strip().removeprefix("prunelle ")}


class PetsFastAPI(PetsServer):
    """uvicorn with uvloop and httptools, without an access log."""

    def __init__(self, postgresql: PostgreSQL, model: Path, workers: int) -> None:
        super().__init__(postgresql)
        self._model = model
        self._workers = workers
        engine = "ONNX Runtime" if model == ONNX_MODEL else "Keras"
        self.key = f"onnx-{workers}" if model == ONNX_MODEL else "keras"
        self.title = f"FastAPI + {engine}, {workers} worker{'s' if workers > 1 else ''}"
        self.takes_feedback = model == ONNX_MODEL

    @property
    def folder(self) -> Path:
        return PEERS / "fastapi_pets"

    def set_up(self) -> None:
        super().set_up()
        tool = self.folder / "records.py"
        run([ENVIRONMENT.program("python"), tool], "making the peer's table", self.environment(port=0))

    def command(self, port: int) -> Command:
        speed = ["--loop", "uvloop", "--http", "httptools", "--no-access-log"]
        return [
            ENVIRONMENT.program("uvicorn"),
            *["--factory", "pets_app:create_app", "--host", HOST, "--port", str(port)],
            *["--workers", str(self._workers), "--log-level", "warning", *speed],
        ]

    def environment(self, port: int) -> Mapping[str, str]:
        return {
            "PYTHONPATH": str(self.folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PETS_MODEL": str(self._model),
            "PETS_DATABASE": self.postgresql.url(self.database, "postgresql+psycopg2"),
            "PETS_LOG": str(self.inference_log),
            "API_TOKEN": TOKEN,
            "TF_CPP_MIN_LOG_LEVEL": "2",
        }

    def versions(self) -> Mapping[str, str]:
        return ENVIRONMENT.versions()


def chosen_servers(names: str | None, postgresql: PostgreSQL) -> list[PetsServer]:
    """Servers by comma-separated keys; `onnx` stands for both of its settings."""
    servers: list[PetsServer] = [
        PetsPrunelle(postgresql),
        PetsFastAPI(postgresql, ONNX_MODEL, workers=1),
        PetsFastAPI(postgresql, ONNX_MODEL, workers=2),
        PetsFastAPI(postgresql, KERAS_MODEL, workers=1),
    ]
    if names is None:
        return servers
    wanted = [name.strip() for name in names.split(",")]
    known = {server.key for server in servers} | {"onnx"}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise BenchmarkError(f"no server is called '{unknown[0]}'; there are {', '.join(sorted(known))}")
    return [s for s in servers if s.key in wanted or s.key.partition("-")[0] in wanted]
