"""The web process: `streamlit run app.py`, `uvicorn app:app` or `python app.py`, from any folder."""

from pathlib import Path

import streamlit as st
from streamlit import config

from workbench.settings import settings
from workbench.ui import boundary
from workbench.web.app import parts

HERE = Path(__file__).resolve()
# st.App looks for .streamlit/ beside the script it is given, and `uvicorn` from another folder has no other hint
config._main_script_path = config._main_script_path or str(HERE)

# Not this file: beside it lies pages/, and Streamlit would run those directly, past everything that main.py decides.
app = st.App(HERE.parent / "workbench" / "ui" / "main.py", on_script_error=boundary.show, **parts())

# AppTest runs files as __main__ too
if __name__ == "__main__" and not st.runtime.exists():
    app.run(config={"server.maxUploadSize": settings().max_mb})
