"""Local doubles of the outside services: Microsoft Graph with SharePoint, Render's API, GitHub's API, OSV.

Each is one object with state, a request log and switches for the ways in which the real service fails:

    with serve(GraphDouble(...)) as url:
        ...

They listen on loopback only, speak plain http, and never touch the network themselves.
"""

from sandbox.doubles.double import Double
from sandbox.doubles.requestlog import LoggedRequest
from sandbox.doubles.serving import serve

__all__ = ["Double", "LoggedRequest", "serve"]
