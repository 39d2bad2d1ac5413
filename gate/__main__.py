"""`python -m gate`: everything around the checks."""

from gate.cli import main

main()
