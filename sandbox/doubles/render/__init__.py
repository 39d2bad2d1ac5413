"""Render's REST API, played locally."""

from sandbox.doubles.render.app import RenderDouble
from sandbox.doubles.render.behaviour import DEPLOY_STATUSES, RenderBehaviour
from sandbox.doubles.render.config import (
    DatabaseConfig,
    DeploySpec,
    DiskConfig,
    EnvGroupConfig,
    LogLine,
    LogSource,
    Owner,
    ServiceConfig,
)
from sandbox.doubles.render.logfile import LogFile

__all__ = [
    "DEPLOY_STATUSES",
    "DatabaseConfig",
    "DeploySpec",
    "DiskConfig",
    "EnvGroupConfig",
    "LogFile",
    "LogLine",
    "LogSource",
    "Owner",
    "RenderBehaviour",
    "RenderDouble",
    "ServiceConfig",
]
