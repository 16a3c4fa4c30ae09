"""Proposing a template: a file or pasted text, what it would change, and then a revision that waits."""

import streamlit as st
from sqlmodel import Session

from workbench import db, recipes, templates
from workbench.errors import NotAllowed, NotFound, RejectedFile
from workbench.models import TemplateRevision
from workbench.permissions import Actor
from workbench.ui import address, deeds, drafts, empty, shell, words
from workbench.ui.templates import sheet

TEXT = "propose-text"
#: bytes; a template file holds at most 100,000 characters
LARGEST = 400_000


def show(actor: Actor, begun: str) -> None:
    """Open the dialog, with the text of the revision that is looked at to begin with."""
    st.dialog("Propose a template", width="large")(body)(actor, begun)


def body(actor: Actor, begun: str) -> None:
    """Draw what is in the dialog."""
    deeds.refusal("propose", "Not proposed")
    text = _text(begun)
    template = _read(text) if text.strip() else None
    if template is None and not text.strip():
        shell.muted("The file says what is asked for, what happens and which numbers pass. A lead approves it.")
    changes = _compare(template) if template else None
    with st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        if st.button("Keep things as they are", key="propose-no"):
            address.put(draft=None)
            st.rerun()
        ready = template is not None and changes != []
        if st.button("Propose this revision", type="primary", key="propose-yes", disabled=not ready):
            row = deeds.attempt("propose", lambda: templates.propose(actor, text))
            if row is None:
                st.rerun(scope="fragment")
            else:
                deeds.say(f"Revision {row.revision} of **{row.name}** waits for approval.")
                address.put(template=row.name, revision=str(row.revision), draft=None)
                st.rerun()


def _text(begun: str) -> str:
    file = st.file_uploader("A template file (.toml)", type=["toml"], max_upload_size=1, key="propose-file")
    if file is not None:
        if file.size > LARGEST:
            empty.error("The file is far too large for a template. Choose the TOML file of one template.", "Not read")
            return ""
        try:
            return file.getvalue().decode("utf-8")
        except UnicodeDecodeError:
            empty.error("The file isn't text in UTF-8; save it as a plain TOML text file.", "Not read")
            return ""
    draft = drafts.remembered()
    st.session_state.setdefault(TEXT, draft or begun)
    text = st.text_area("Or its text, to be changed here", height=280, key=TEXT) or ""
    drafts.remember(text, begun)
    if draft and draft != begun:
        shell.muted("This is your draft; the page’s address brings it back after a reload.")
    return text


def _read(text: str) -> recipes.Template | None:
    try:
        return recipes.parse_template(text)
    except RejectedFile as error:
        empty.error(str(error)[:1].upper() + str(error)[1:], "This can't be a template yet")
        return None


def _compare(template: recipes.Template) -> list[sheet.Difference] | None:
    """Show what `template` would change of the approved revision; None when there is none yet."""
    with db.transaction() as tx:
        former = _approved(tx, template.name)
    if former is None:
        shell.label(template.title, "a new template")
        shell.muted("Nothing runs under this name yet. Once it is approved, it appears on the Edit page.")
        return None
    changes = recipes.differences(templates.definition(former), template)
    shell.label(f"What it changes of “{former.title}”, revision {former.revision}", words.count(len(changes), "place"))
    if changes:
        st.html(sheet.table(changes))
    else:
        shell.muted("Nothing: this is what runs already. Change something, or keep things as they are.")
    return changes


def _approved(tx: Session, name: str) -> TemplateRevision | None:
    try:
        return templates.approved(tx, name)
    except (NotFound, NotAllowed):
        return None
