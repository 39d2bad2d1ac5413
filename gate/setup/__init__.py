"""Set-up of a machine that has nothing but Python: environment, requirements, system packages."""
