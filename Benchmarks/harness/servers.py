"""The servers under comparison: how each is installed, set up and started."""

from __future__ import annotations

import os
import secrets
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

from harness.environments import Command, Environment, run
from harness.errors import BenchmarkError
from harness.http import HOST, Client
from harness.materials import KERAS_MODEL, ONNX_MODEL
from harness.places import OUTPUT, PEERS, ROOT, prunelle_program

DJANGO_ENVIRONMENT = Environment("django")
FASTAPI_ENVIRONMENT = Environment("fastapi")
CORES = len(os.sched_getaffinity(0))


class Server(ABC):
    """One way to run one server program; `key` names it in commands and results."""

    key: str
    title: str
    #: Table with one row a prediction.
    table: str
    #: Answers 200 as soon as the server can predict.
    health = "/api/v1/health"

    @property
    def data(self) -> Path:
        """Folder of the database and all else the server writes."""
        return OUTPUT / "data" / self.key

    @property
    def log(self) -> Path:
        return OUTPUT / f"{self.key}.log"

    def set_up(self) -> None:
        """Begins with an empty data folder; to be extended by servers which need a database made."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(parents=True)
        self.log.unlink(missing_ok=True)

    def teach(self, client: Client) -> None:  # noqa: B027 (nothing to do for most)
        """Hands over the network once the server runs for the first time, where it is not a setting."""

    @property
    def folder(self) -> Path:
        """Where the program is started."""
        return ROOT

    @abstractmethod
    def command(self, port: int) -> Command: ...

    def environment(self, port: int) -> Mapping[str, str]:
        return {}

    @abstractmethod
    def versions(self) -> Mapping[str, str]: ...


class Prunelle(Server):
    """The release build, started as a user starts it; the network arrives through the API."""

    key = "prunelle"
    title = "Prunelle"
    table = "digits_drawings"

    def set_up(self) -> None:
        super().set_up()
        program = prunelle_program()
        if not program.exists():
            raise BenchmarkError(
                f"there is no {program.name} program to measure: run `make build`, or set PRUNELLE_BIN"
            )

    def teach(self, client: Client) -> None:
        fields = {"name": "benchmark", "algo": "cnn", "format": "h5", "is_default": "true"}
        model = client.upload("/api/v1/models", fields, KERAS_MODEL)
        if model.get("is_default") is not True:
            raise BenchmarkError(f"the uploaded network did not become the default one: {model}")

    def command(self, port: int) -> Command:
        address = ["--host", HOST, "--port", str(port)]
        return [prunelle_program(), "serve", "digits", *address, "--data", self.data]

    def versions(self) -> Mapping[str, str]:
        output = run([prunelle_program(), "--version"], "asking prunelle for its version")
        return {"prunelle": output.strip().removeprefix("prunelle ")}


class FastAPI(Server):
    """uvicorn with uvloop and httptools, without an access log."""

    table = "drawings"

    def __init__(self, workers: int) -> None:
        self.key = f"fastapi-{workers}"
        self.title = f"FastAPI, {workers} worker{'s' if workers > 1 else ''}"
        self._workers = workers

    @property
    def folder(self) -> Path:
        return PEERS / "fastapi_digits"

    def set_up(self) -> None:
        super().set_up()
        python = FASTAPI_ENVIRONMENT.program("python")
        settings = self.environment(port=0)
        run([python, self.folder / "drawing_store.py"], "making FastAPI's database", settings)

    def command(self, port: int) -> Command:
        speed = ["--loop", "uvloop", "--http", "httptools", "--no-access-log"]
        return [
            FASTAPI_ENVIRONMENT.program("uvicorn"),
            *["--factory", "digits_app:create_app", "--host", HOST, "--port", str(port)],
            *["--workers", str(self._workers), "--log-level", "warning", *speed],
        ]

    def environment(self, port: int) -> Mapping[str, str]:
        return {
            "PYTHONPATH": f"{PEERS / 'shared'}:{self.folder}",
            "DIGITS_MODEL": str(ONNX_MODEL),
            "DIGITS_DATABASE": str(self.data / "digits.sqlite"),
        }

    def versions(self) -> Mapping[str, str]:
        return FASTAPI_ENVIRONMENT.versions()


class Django(Server):
    """gunicorn with a worker a core and four threads in each; `call` is the Keras method that predicts."""

    table = "predictions_drawing"

    def __init__(self, key: str, call: str) -> None:
        self.key = key
        self.title = f"Django + Keras, {call}"
        self._call = call

    @property
    def folder(self) -> Path:
        return PEERS / "django_digits"

    def set_up(self) -> None:
        super().set_up()
        python = DJANGO_ENVIRONMENT.program("python")
        manage: Command = [python, self.folder / "manage.py", "migrate", "-v0"]
        run(manage, "migrating Django's database", self.environment(port=0))

    def command(self, port: int) -> Command:
        return [DJANGO_ENVIRONMENT.program("gunicorn"), "--config", "gunicorn.conf.py"]

    def environment(self, port: int) -> Mapping[str, str]:
        return {
            "PYTHONPATH": f"{PEERS / 'shared'}:{self.folder}",
            "DIGITS_MODEL": str(KERAS_MODEL),
            "DIGITS_CALL": self._call,
            "DIGITS_DATABASE": str(self.data / "digits.sqlite"),
            "DIGITS_SECRET": secrets.token_urlsafe(40),
            "DIGITS_BIND": f"{HOST}:{port}",
            "DIGITS_WORKERS": str(CORES),
            "TF_CPP_MIN_LOG_LEVEL": "2",
        }

    def versions(self) -> Mapping[str, str]:
        return DJANGO_ENVIRONMENT.versions()


def all_servers() -> list[Server]:
    django = [Django("django-plain", "predict"), Django("django-tuned", "predict_on_batch")]
    return [Prunelle(), FastAPI(1), FastAPI(2), *django]


def chosen_servers(names: str | None) -> list[Server]:
    """Servers by comma-separated keys; `fastapi` and `django` stand for all of their settings."""
    servers = all_servers()
    if names is None:
        return servers
    wanted = [name.strip() for name in names.split(",")]
    known = {server.key for server in servers} | {"fastapi", "django"}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise BenchmarkError(f"no server is called '{unknown[0]}'; there are {', '.join(sorted(known))}")
    return [s for s in servers if s.key in wanted or s.key.partition("-")[0] in wanted]
