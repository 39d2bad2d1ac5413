"""Configuración leída del entorno. La lista completa está en docs/variables.md."""

import os
import re

DATABASE_URL = os.environ.get("DATABASE_URL", "")
DB_SCHEMA = os.environ.get("DB_SCHEMA", "envios")
FLASK_SECRET_KEY = os.environ.get("FLASK_SECRET_KEY", "")

GRAPH_TENANT_ID = os.environ.get("GRAPH_TENANT_ID", "")
GRAPH_CLIENT_ID = os.environ.get("GRAPH_CLIENT_ID", "")
GRAPH_CLIENT_SECRET = os.environ.get("GRAPH_CLIENT_SECRET", "")
GRAPH_SENDER = os.environ.get("GRAPH_SENDER", "")
GRAPH_LOGIN_URL = os.environ.get("GRAPH_LOGIN_URL", "https://login.microsoftonline.com").rstrip("/")
GRAPH_BASE_URL = os.environ.get("GRAPH_BASE_URL", "https://graph.microsoft.com/v1.0").rstrip("/")

SHAREPOINT_TARIFAS_URL = os.environ.get("SHAREPOINT_TARIFAS_URL", "")
SHAREPOINT_SEGUIMIENTO_URL = os.environ.get("SHAREPOINT_SEGUIMIENTO_URL", "")

# Render define RENDER y RENDER_GIT_COMMIT en cada despliegue.
EN_RENDER = os.environ.get("RENDER") == "true"
COMMIT = os.environ.get("RENDER_GIT_COMMIT", "")

if not re.fullmatch(r"[a-z_][a-z0-9_]*", DB_SCHEMA):
    raise RuntimeError(f"DB_SCHEMA no es un nombre de esquema válido: {DB_SCHEMA!r}")


def variables_faltantes():
    """Variables sin las que la aplicación no puede atender."""
    obligatorias = {"DATABASE_URL": DATABASE_URL, "FLASK_SECRET_KEY": FLASK_SECRET_KEY}
    return [nombre for nombre, valor in obligatorias.items() if not valor]
