"""What must not be followed by anything that only reads: a link may write, and its words usually say so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

LEAVING = (
    "logout", "log-out", "log_out", "log out", "signout", "sign-out", "sign_out", "sign out",
    "logoff", "log off",
    "salir", "cerrar-sesion", "cerrar_sesion", "cerrar sesion", "cerrar sesión", "desconectar",
)  # fmt: skip
WORDS = (
    *LEAVING,
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


def _one_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(
        "|".join(
            rf"(?<![a-záéíóúñ]){re.escape(word)}" + (r"(?![a-záéíóúñ])" if len(word) < 5 else "")
            for word in sorted(words, key=len, reverse=True)
        )
    )


_WORD, _LEAVING = _one_of(WORDS), _one_of(LEAVING)


def denied(said: str, extra: Iterable[str] = ()) -> str | None:
    """The word for which a link or button must not be followed, or None.

    `said` is what a person reads on it, or its URL, of which path and query count. `extra` are words of the
    target's own.
    """
    text = _read(said)
    found = _WORD.search(text)
    if found:
        return found.group(0)
    return next((word for word in extra if word.lower() in text), None)


def leaves(said: str) -> bool:
    """Whether a link or button ends the session, by what a person reads on it or by its URL."""
    return _LEAVING.search(_read(said)) is not None


def _read(said: str) -> str:
    parts = urlsplit(said) if "://" in said or said.startswith("/") else None
    return unquote(f"{parts.path}?{parts.query}" if parts else said).lower()
