"""Guidelines: the brand's palette, fonts and marks, in revisions that are proposed, approved and succeeded."""

from workbench.guidelines.bundles import FILE, Brought, export, stored, unzipped, zipped
from workbench.guidelines.comparing import Comparison, Pair, compare, distance
from workbench.guidelines.effects import Affected, affected
from workbench.guidelines.files import Checked, check
from workbench.guidelines.revisions import approve, current, definition, everything, names, propose, show

__all__ = [
    "FILE", "Affected", "Brought", "Checked", "Comparison", "Pair", "affected", "approve", "check",
    "compare", "current", "definition", "distance", "everything", "export", "names", "propose", "show", "stored",
    "unzipped", "zipped",
]  # fmt: skip
