"""Adding pictures to the library: files, addresses and lists, or what lies in a bucket; into a collection if wanted."""

import streamlit as st

from workbench import sources
from workbench.models import Duplicates
from workbench.permissions import Actor, may
from workbench.ui import address, deeds, uploads
from workbench.ui.library import browsing, elsewhere, importing

NAME = "library"
WAYS = {"files": "Files", "addresses": "Addresses, lists", "bucket": "Bucket"}
#: what is done with a picture that the library has already, or nearly
TWINS: dict[Duplicates, str] = {"add": "Add it all the same", "skip": "Skip it", "version": "Make it the next version"}
TWINS_HELP = "The very same file is never added twice. The next version is for leads: it replaces the picture."


def show(actor: Actor, collections: list[str]) -> None:
    """Open the dialog."""
    uploads.empty(NAME)
    st.dialog("Add pictures", width="large", on_dismiss="rerun")(_body)(actor, collections)


def _body(actor: Actor, collections: list[str]) -> None:
    opened = sources.roots()
    way = st.segmented_control(
        "From", [way for way in WAYS if way != "bucket" or opened], default="files", format_func=WAYS.__getitem__,
        required=True, key="library-from", label_visibility="collapsed", width="stretch",
    )  # fmt: skip
    into = _into(actor, collections)
    deeds.refusal("importing")
    if way == "addresses":
        elsewhere.show(actor, into)
    elif way == "bucket" and opened:
        browsing.show(actor, opened, into)
    else:
        uploads.show(actor, NAME, into.collection, duplicates=into.duplicates)
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Done", type="primary", key="library-done"):
                address.put(after=None, before=None)
                st.rerun()


def _into(actor: Actor, collections: list[str]) -> importing.Into:
    left, right = st.columns(2)
    collection = left.selectbox(
        "Collection", collections, index=None, placeholder="None; choose or type one", accept_new_options=True,
        key="library-into",
    )  # fmt: skip
    twins = [twin for twin in TWINS if twin != "version" or may(actor, "version:import")]
    wanted = right.selectbox(
        "What looks like one that is here", twins, format_func=TWINS.__getitem__, key="library-twins", help=TWINS_HELP
    )
    return importing.Into(collection, wanted)
