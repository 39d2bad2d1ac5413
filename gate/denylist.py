"""What must not be followed by anything that only reads: a link may write, and its words usually say so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

WORDS = (
    # leaving
    "logout", "log-out", "log_out", "log out", "signout", "sign-out", "sign_out", "sign out",
    "logoff", "log off",
    "salir", "cerrar-sesion", "cerrar_sesion", "cerrar sesion", "cerrar sesión", "desconectar",
    # running something
    "sync", "sincroni", "importar", "import_", "do_import", "run", "ejecutar", "lanzar", "launch",
    "reindex", "rebuild", "procesar", "process",
    # sending
    "send", "enviar", "reenviar", "resend", "mailto", "correo", "email", "notify", "notificar",
    "publish", "publicar",
    # removing and changing state
    "delete", "remove", "destroy", "eliminar", "borrar", "quitar", "drop", "purge", "vaciar",
    "cancel", "cancelar",
    "anular", "void", "archive", "archivar", "approve", "aprobar", "reject", "rechazar", "toggle",
    "activate",
    "deactivate", "activar", "desactivar", "enable", "disable", "unlock", "desbloquear", "reset",
    "restablecer",
    "restore", "restaurar", "revert", "clone", "duplicar", "clonar", "impersonate", "switch-user",
)  # fmt: skip
_WORD = re.compile(
    "|".join(
        rf"(?<![a-záéíóúñ]){re.escape(word)}" + (r"(?![a-záéíóúñ])" if len(word) < 5 else "")
        for word in sorted(WORDS, key=len, reverse=True)
    )
)


def denied(said: str, extra: Iterable[str] = ()) -> str | None:
    """The word for which a link or button must not be followed, or None.

    `said` is what a person reads on it, or its URL, of which path and query count. `extra` are words of the
    target's own.
    """
    parts = urlsplit(said) if "://" in said or said.startswith("/") else None
    text = unquote(f"{parts.path}?{parts.query}" if parts else said).lower()
    found = _WORD.search(text)
    if found:
        return found.group(0)
    return next((word for word in extra if word.lower() in text), None)
