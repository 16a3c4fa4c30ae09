"""Everything the Insights page shows, read in one transaction, and what its address says."""

from dataclasses import dataclass

from workbench import db, insights
from workbench.budgets import By
from workbench.errors import InvalidInput
from workbench.insights import ImageModel, Insights
from workbench.permissions import Actor, may
from workbench.ui import address

#: days that the page looks back, and what each is called
DAYS = {7: "7 days", 30: "30 days", 90: "90 days"}
USUAL = 30
#: what money is told apart by
APART: dict[By, str] = {"model": "Model", "template": "Template", "person": "Person"}


@dataclass(frozen=True)
class Board:
    """What happened in the days that the address asks for."""

    actor: Actor
    days: int
    found: Insights
    #: the image model that is set up, or why the settings for one can't be right
    model: ImageModel | None
    wrong: str

    @property
    def apart(self) -> list[By]:
        """What this person may tell money apart by."""
        people = may(self.actor, "insights:people")
        return [name for name in APART if name != "person" or people]


def read(actor: Actor) -> Board:
    """What the address asks for; as many statements however much there is."""
    days = address.number("days") or USUAL
    days = days if days in DAYS else USUAL
    by: By = next((name for name in APART if name == address.said("by")), "model")
    with db.transaction() as tx:
        found = insights.read(tx, actor, days=days, by=by)
        try:
            model, wrong = insights.model(tx), ""
        except InvalidInput as error:  # the rest of the page is there all the same
            model, wrong = None, str(error)
    return Board(actor, days, found, model, wrong)
