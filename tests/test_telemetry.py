"""Log lines: JSON, one a record, without anything that belongs to people; and the same events as pushed metrics."""

import ast
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from tests import flows
from tests.test_worker import state, until
from workbench import telemetry
from workbench.errors import InvalidInput, ModelFault
from workbench.permissions import Actor
from workbench.settings import settings
from workbench.telemetry.logs import formatter

ROOT = Path(__file__).resolve().parent.parent
EDIT = "0192f0c1-2345-7abc-8def-0123456789ab"


def line(
    message: Any, *args: object, by: str = "loupe.edits", because: BaseException | None = None, **extra: object
) -> dict[str, Any]:
    """What the log holds of one record."""
    found = (type(because), because, because.__traceback__) if because else None
    record = logging.getLogger(by).makeRecord(by, logging.WARNING, "x.py", 1, message, args, found, extra=extra)
    text = formatter("worker").format(record)
    assert "\n" not in text
    said: dict[str, Any] = json.loads(text)
    return said


def raised(error: BaseException) -> BaseException:
    try:
        secret = "Anna's picture"
        assert secret
        raise error
    except type(error) as caught:
        return caught


def test_an_event_is_one_line_with_its_fields() -> None:
    said = line(
        "edit_failed",
        edit=EDIT,
        stage="lock",
        error="model",
        template="colour-swap",
        model="flux/2:pro",
        attempt=2,
        seconds=1.25,
    )
    assert said.pop("at").endswith("Z")
    assert said == {
        "level": "warning", "process": "worker", "logger": "loupe.edits", "event": "edit_failed", "edit": EDIT, "stage": "lock",
        "error": "model", "template": "colour-swap", "model": "flux/2:pro", "attempt": 2, "seconds": 1.25,
    }  # fmt: skip


@pytest.mark.parametrize(
    "key", ["prompt", "values", "operator", "email", "name", "path", "key", "sentence", "failure", "asset", "url"]
)
def test_a_key_that_is_not_on_the_list_is_dropped(key: str) -> None:
    assert key not in telemetry.KEYS
    assert "Aster" not in json.dumps(line("edit_ready", edit=EDIT, **{f"{key}_" if key == "name" else key: "Aster"}))


@pytest.mark.parametrize("value", [
    "a sentence with words", "anna@aster.example", "/home/anna/poster.png", "two\nlines", "x" * 121, "", {"prompt": "Aster"}, ["Aster"], None,
    "C:\\pictures", "“Aster”",
])  # fmt: skip
def test_a_value_that_is_no_single_word_is_dropped_whatever_its_key(value: object) -> None:
    for key in ("error", "model", "request_id"):
        assert key not in line("edit_failed", **{key: value}), value


def test_a_key_of_ours_that_a_server_sends_back_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOUPE_IMAGE_KEY", "sk-very-secret")
    settings.cache_clear()
    try:
        assert "request_id" not in line("model_call", request_id="req-sk-very-secret")
        assert line("model_call", request_id="req-1")["request_id"] == "req-1"
    finally:
        settings.cache_clear()


def test_a_message_is_told_without_what_fills_its_gaps() -> None:
    assert line("took %s for %s", "poster.png", "Anna")["event"] == "took %s for %s"


@pytest.mark.parametrize(("message", "event"), [
    ("Uncaught app execution", "Uncaught app execution"),
    ("Task exception was never retrieved\nfuture: <Task exception=ValueError('Anna')>", "Task exception was never retrieved"),
    ("GET /blob/anna.png", "GET"), ("'Anna' has no picture", "log"), (ValueError("Anna"), "ValueError"),
])  # fmt: skip
def test_others_messages_are_told_up_to_where_a_value_may_begin(message: object, event: str) -> None:
    assert line(message, by="asyncio")["event"] == event


def test_an_error_is_told_by_kind_and_place_never_by_its_words_or_variables() -> None:
    cause = raised(ValueError("poster.png of Anna"))
    error = raised(InvalidInput("“Anna” is not a colour."))
    error.__cause__ = cause
    said = line("edit_failed", because=error)
    assert "Anna" not in json.dumps(said)
    assert [one["kind"] for one in said["raised"]] == ["invalid", "ValueError"]
    assert said["raised"][0]["places"][-1].startswith("test_telemetry.py:")
    assert said["raised"][0]["places"][-1].endswith(" raised")


def test_an_error_says_no_folder_above_its_package() -> None:
    try:
        settings.__wrapped__.__globals__["Settings"](LOUPE_MAX_MB="many")
    except ValueError as error:
        places = line("crashed", because=error)["raised"][0]["places"]
    assert places[-1].startswith("pydantic_settings/") or places[-1].startswith("pydantic/"), places
    assert str(Path.home()) not in json.dumps(places)


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of a logger in the program."""
    verbs = {"debug", "info", "warning", "error", "exception", "critical"}
    for path in sorted((ROOT / "workbench").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in verbs):
                continue
            owner = ast.unparse(node.func.value)
            if owner in ("log", "logger", "_log") or owner.startswith("logging."):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_our_own_code_logs_fixed_words_and_fields_of_the_list_only() -> None:
    found = dict(calls())
    assert len(found) > 5
    for place, call in found.items():
        message = call.args[0]
        assert isinstance(message, ast.Constant) and isinstance(message.value, str), (
            f"{place}: words that are put together"
        )
        assert len(call.args) == 1, f"{place}: name what you tell in extra"
        for word in call.keywords:
            if word.arg == "extra" and isinstance(word.value, ast.Dict):
                keys = {key.value for key in word.value.keys if isinstance(key, ast.Constant)}
                assert keys <= telemetry.KEYS, f"{place}: {keys - telemetry.KEYS} would be dropped; see telemetry.KEYS"


def test_every_event_that_is_counted_is_logged_somewhere() -> None:
    said = {call.args[0].value for _, call in calls() if isinstance(call.args[0], ast.Constant)}
    assert said >= telemetry.EVENTS


def test_every_event_and_every_field_has_its_row_in_the_documents() -> None:
    text = (ROOT / "docs" / "reference" / "metrics.md").read_text("utf-8")
    for name in telemetry.EVENTS | telemetry.KEYS:
        assert f"`{name}`" in text, name


# ---- as processes: what configure() does to one ----


def ran(program: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """A process that configures itself as the worker and runs `program`."""
    words = f"import logging\nfrom workbench import telemetry\ntelemetry.configure('worker')\nlog = logging.getLogger('loupe.test')\n{program}\nlogging.shutdown()"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, env={**kept, **environment}, capture_output=True, text=True, timeout=60
    )


def test_everything_a_process_logs_is_a_json_line_and_nothing_else_is_printed() -> None:
    done = ran(
        "import structlog, threading\n"
        "log.info('worker_ready', extra={'number': 2, 'prompt': 'Anna'})\n"
        "structlog.get_logger('loupe.other').warning('edit_lost', edit='abc', email='anna@x.y')\n"
        "logging.getLogger('asyncio').error('wrong: %d', 'Anna')\n"
        "t = threading.Thread(target=lambda: 1 / len(''))\nt.start()\nt.join()\n"
        "raise ValueError('Anna')"
    )  # fmt: skip
    assert "Anna" not in done.stdout + done.stderr
    said = [json.loads(one) for one in done.stdout.splitlines()]
    assert [one["event"] for one in said] == ["worker_ready", "edit_lost", "wrong", "crashed", "crashed"]
    assert said[1]["edit"] == "abc"
    assert [one["raised"][0]["kind"] for one in said[3:]] == ["ZeroDivisionError", "ValueError"]
    assert (done.stderr, done.returncode) == ("", 1)


def test_a_line_that_cannot_be_written_is_not_printed_elsewhere() -> None:
    done = ran("import sys\nsys.stdout.close()\nlog.warning('took %s', 'Anna', extra={'prompt': 'Anna'})")
    assert done.stderr == ""


def test_without_a_collector_nothing_of_opentelemetry_is_imported() -> None:
    done = ran("import sys\nprint([name for name in sys.modules if name.startswith('opentelemetry')])")
    assert done.stdout == "[]\n", done.stderr


def test_a_collector_without_the_packages_costs_a_line_and_nothing_else() -> None:
    hide = "import sys\nsys.modules['opentelemetry'] = None\n"
    words = f"{hide}from workbench import telemetry\ntelemetry.configure('worker')\nprint(telemetry.collector())"
    env = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector.example:4318"}
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert "the packages that push metrics are not installed" in done.stdout, done.stderr
    assert done.stdout.endswith("('collector.example', False)\n")


class Collector(ThreadingHTTPServer):
    """Keeps what is pushed to it."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], ExportMetricsServiceRequest]] = []

        class Handler(BaseHTTPRequestHandler):
            server: "Collector"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.server.got.append((self.path, dict(self.headers), ExportMetricsServiceRequest.FromString(body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args: object) -> None: ...

        super().__init__(("127.0.0.1", 0), Handler)

    def points(self) -> dict[str, list[Any]]:
        """The last push's points by metric."""
        metrics = self.got[-1][2].resource_metrics[0].scope_metrics[0].metrics
        return {one.name: list(one.sum.data_points or one.histogram.data_points) for one in metrics}


@contextmanager
def collecting() -> Iterator[tuple[Collector, str]]:
    with Collector() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_events_arrive_at_a_collector_as_counters_and_seconds_without_ids() -> None:
    with collecting() as (server, url):
        done = ran(
            "for seconds in (1.5, 3):\n"
            f"    log.info('edit_ready', extra={{'edit': '{EDIT}', 'template': 'colour-swap', 'engine': 'exact', 'seconds': seconds, 'prompt': 'Anna'}})\n"
            "log.warning('edit_failed', extra={'stage': 'model', 'error': 'timeout', 'model': 'm-1', 'request_id': 'req_1'})\n"
            "log.info('something else')",
            OTEL_EXPORTER_OTLP_ENDPOINT=url, OTEL_EXPORTER_OTLP_HEADERS="x-team=brand",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        path, headers, _ = server.got[-1]
        points = server.points()
    assert (path, headers["x-team"]) == ("/v1/metrics", "brand")
    assert points.keys() == {"edit_ready", "edit_ready.seconds", "edit_failed"}
    assert points["edit_ready"][0].as_int == 2
    assert (points["edit_ready.seconds"][0].count, points["edit_ready.seconds"][0].sum) == (2, 4.5)
    assert {one.key: one.value.string_value for one in points["edit_failed"][0].attributes} == {
        "stage": "model",
        "error": "timeout",
        "model": "m-1",
    }
    assert "Anna" not in str(server.got) and EDIT not in str(server.got)


def test_a_collector_that_never_answers_hurts_no_edit_and_holds_nobody_up(me: Actor, rules: None) -> None:
    edit = flows.proposed(me)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        env = {
            **os.environ,
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
            "OTEL_METRIC_EXPORT_INTERVAL": "100",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "60000",
            "LOUPE_DRAIN_SECONDS": "8",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "workbench", "worker"],
            cwd=ROOT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            until(lambda: state(edit) == "ready", 60, "the edit was not run")
            process.send_signal(signal.SIGTERM)
            output, _ = process.communicate(timeout=60)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    assert process.returncode == 0
    assert [json.loads(one)["process"] for one in output.splitlines()], "a worker's log is JSON"


def test_a_fault_of_a_model_is_told_by_its_kind() -> None:
    said = line("edit_failed", because=raised(ModelFault("The model of Anna was busy.", "rate_limit", wait=3.0)))
    assert said["raised"][0]["kind"] == "model"
