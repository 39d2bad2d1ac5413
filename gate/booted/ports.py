"""A port that stays free until a server takes it: bound here, so that the system gives it to nobody meanwhile."""

from __future__ import annotations

import re
import socket

import psutil

HOST = "127.0.0.1"


def hold() -> socket.socket:
    """A free port of this machine, bound and not listening. Close it just before the server binds it."""
    held = socket.socket()
    held.bind((HOST, 0))
    return held


def port_of(held: socket.socket) -> int:
    """Its number."""
    return int(held.getsockname()[1])


def url_of(held: socket.socket) -> str:
    """The address of who will serve there."""
    return f"http://{HOST}:{port_of(held)}"


def taken(output: str) -> bool:
    """Whether a server's words say that another program has its port."""
    return bool(re.search(r"address (is )?already in use|connection in use", output, re.I))


def listens(pid: int, port: int) -> bool:
    """Whether this process or one that it started serves at the port; another program's answer there is no answer."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return any(
            one.status == psutil.CONN_LISTEN and one.laddr.port == port
            for member in family
            for one in member.net_connections("tcp")
        )
    except psutil.Error:  # it has ended, or is not ours to look into
        return False
