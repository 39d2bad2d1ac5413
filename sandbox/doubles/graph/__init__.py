"""Microsoft Graph (mail, sharing links) and the Entra token endpoint, played locally."""

from sandbox.doubles.graph.app import GraphDouble
from sandbox.doubles.graph.behaviour import GraphBehaviour
from sandbox.doubles.graph.state import LinkTarget, Registration

__all__ = ["GraphBehaviour", "GraphDouble", "LinkTarget", "Registration"]
