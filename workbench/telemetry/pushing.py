"""Events as metrics, pushed to an OpenTelemetry collector; only where one is set up and its packages are installed.

A counter for every event, and a histogram of its seconds where it has them. Pushing happens in a thread of its own: a
collector that is slow or gone costs the numbers of that time and nothing else.
"""

import importlib.util
import logging
import os
import threading
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

#: where the collector is, by OpenTelemetry's own names; all their other variables count as well
ENDPOINTS = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
#: what the numbers are told apart by: each has few values, unlike an edit or a request
APART = ("template", "model", "engine", "stage", "error", "state", "fault", "status", "billed", "verdict", "reused")
#: upper bounds in seconds: a swap takes tenths, a model minutes
BOUNDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 90, 120, 180, 300, 600)
#: seconds that a leaving worker spends on its last push
GOODBYE = 1.5


def collector() -> tuple[str, bool] | None:
    """The collector's host and whether the packages that push are installed; None where none is set up."""
    address = next((os.environ[name] for name in ENDPOINTS if os.environ.get(name)), "")
    if not address or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    installed = importlib.util.find_spec("opentelemetry") is not None
    return urlsplit(address).hostname or "?", installed and _exporter_there()


def _exporter_there() -> bool:
    try:
        return importlib.util.find_spec("opentelemetry.exporter.otlp.proto.http.metric_exporter") is not None
    except ModuleNotFoundError:
        return False


def handler(events: Collection[str]) -> logging.Handler | None:
    """What counts `events` and pushes the counts; None where nothing is set up. Imports nothing in that case."""
    found = collector()
    if found is None:
        return None
    if not found[1]:
        logging.getLogger("loupe.telemetry").warning("the packages that push metrics are not installed")
        return None
    return Pushing(events)


class Pushing(logging.Handler):
    """Counts records by their event."""

    def __init__(self, events: Collection[str]) -> None:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource

        super().__init__()
        self._reader = PeriodicExportingMetricReader(OTLPMetricExporter())
        resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "loupe-worker")})
        self._provider = MeterProvider([self._reader], resource=resource, shutdown_on_exit=False)
        meter = self._provider.get_meter("loupe")
        self._counters = {name: meter.create_counter(name) for name in events}
        self._seconds = {
            name: meter.create_histogram(f"{name}.seconds", unit="s", explicit_bucket_boundaries_advisory=BOUNDS)
            for name in events
        }

    def emit(self, record: logging.LogRecord) -> None:
        """Count the record when it is one of the events."""
        if record.msg not in self._counters:
            return
        fields: dict[str, Any] = {key: record.__dict__[key] for key in APART if record.__dict__.get(key) is not None}
        apart = {key: value if isinstance(value, bool | int) else str(value)[:120] for key, value in fields.items()}
        self._counters[record.msg].add(1, apart)
        seconds = record.__dict__.get("seconds")
        if isinstance(seconds, int | float):
            self._seconds[record.msg].record(seconds, apart)

    def close(self) -> None:
        """Push what is left, for at most GOODBYE seconds."""
        last = threading.Thread(target=self._provider.shutdown, daemon=True)
        last.start()
        last.join(GOODBYE)
        super().close()
