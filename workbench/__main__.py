"""`python -m workbench`: the command line."""

import os
import sys

# Before numpy loads it: OpenBLAS's threads spin over small matrices and cost twice the time that they save.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from workbench.cli import main

sys.exit(main(sys.argv[1:]))
