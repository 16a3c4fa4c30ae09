"""The frame around every page: settings of the document, navigation, who is acting, and the one error boundary."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from workbench.ui import boundary, shell, who

PAGES = Path(__file__).resolve().parent.parent.parent / "pages"


def page(name: str) -> StreamlitPage:
    return st.Page(PAGES / f"{name}.py", title=name.capitalize(), url_path=name)


def home() -> None:
    # a default page has no path of its own, so /edit would say "Page not found" if Edit were the default
    st.switch_page(PAGES / "edit.py")


st.set_page_config(page_title="Loupe", page_icon=str(shell.HERE / "static/mark.svg"), layout="wide")
shell.frame()
chosen = st.navigation(
    {
        "": [
            st.Page(home, title="Loupe", default=True, visibility="hidden"),
            *map(page, ("edit", "review", "history", "library")),
        ],
        "Brand": [*map(page, ("templates", "guidelines"))],
        "Proof": [*map(page, ("audit", "insights"))],
    },
    position="top",
)
with boundary.calm():
    who.switch()
    chosen.run()
