"""Adding a picture by its address, on a page."""

import pytest

from tests.pages import opened, said
from workbench import db, sources
from workbench.permissions import Actor

pytestmark = pytest.mark.usefixtures("rules")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("http://pictures.example/tea.png", "begin with https://"),
        ("https://127.0.0.1/tea.png", "private network"),
        ("https://nobody.invalid/tea.png", "no server"),
    ],
)
def test_an_address_that_gives_no_picture_says_why_and_is_not_asked_again(
    me: Actor, address: str, sentence: str
) -> None:
    page = opened("edit")
    field = next(one for one in page.text_input if one.label == "Or the address of a picture")
    page = field.set_value(address).run()
    assert sentence in said(page)
    assert sentence in said(page.run())
    with db.transaction() as tx:
        assert sources.library(tx).assets == []
