"""The web process's log: Streamlit's and uvicorn's loggers write through ours, those that are made later as well."""

from streamlit import logger

from workbench import telemetry


def configure() -> None:
    """JSON lines for this process."""
    telemetry.configure("web")
    # every logger of Streamlit gets a handler of its own here, at its first use
    logger.setup_formatter = telemetry.join  # type: ignore[assignment]
    logger.update_formatter()
