"""The library the checks stand on: reads the target, talks to its services, decides and reports."""

__version__ = "0.1.0"
