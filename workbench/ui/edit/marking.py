"""The region: its row in the form, and the box that is drawn over the picture."""

import streamlit as st

from workbench import recipes
from workbench.ui import shell, words
from workbench.ui.edit import address
from workbench.ui.edit.desk import Desk
from workbench.ui.region import Box, region


def box(desk: Desk) -> Box | None:
    """The region as the address or, before anything was changed, the shown edit's recipe has it."""
    if desk.template is None or desk.template.region.rule == "none":
        return None
    if desk.asked.region or "region" in st.query_params:
        return desk.asked.region
    kept = (desk.recipe.get("region") or {}).get("box")
    same = desk.shown and desk.row and desk.shown.template.name == desk.row.name
    return tuple(kept) if kept and same else None


def wanted(desk: Desk) -> bool:
    """Whether the middle shows the box instead of the comparison."""
    if desk.template is None or desk.source is None or desk.running or desk.template.region.rule == "none":
        return False
    return desk.asked.marking or (desk.template.region.rule == "required" and desk.shown is None)


def row(desk: Desk) -> None:
    """The form's row: what is marked, and the way to mark, change or clear it."""
    if desk.template is None or desk.source is None or desk.template.region.rule == "none":
        return
    required = desk.template.region.rule == "required"
    found = box(desk)
    label = next((one.words for one in desk.template.parameters if isinstance(one, recipes.RegionParameter)), "Region")
    said = words.size(found[2], found[3]) if found else "required" if required else "the whole picture"
    shell.label(label, said)
    with st.container(horizontal=True, gap="small"):
        if wanted(desk):
            if desk.asked.marking and st.button("Done", key="region-done", width="stretch"):
                address.put(marking=None)
                st.rerun()
            if not desk.asked.marking and found is None:
                shell.muted("Draw a box on the picture: only what lies in it may change.")
        elif st.button("Change the region" if found else "Mark a region", key="region-mark", width="stretch"):
            address.put(marking="1")
            st.rerun()
        if found and not required and st.button("Whole picture", key="region-clear", width="stretch"):
            address.put(region="none", marking=None)
            st.rerun()


def draw(desk: Desk, height: str) -> Box | None:
    """The box over the picture; a change of it is kept in the address."""
    source = desk.source
    if source is None:
        return None
    before = box(desk)
    picture = source.picture
    drawn = region(
        words.blob(picture.sha256),
        picture.width,
        picture.height,
        value=before,
        key=f"region-{source.asset.id}",
        room=height,
    )
    if drawn != before:
        address.put(region=",".join(map(str, drawn)) if drawn else "none")
        st.rerun()
    return drawn
