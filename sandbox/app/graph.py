"""Llamadas a Microsoft Graph con las credenciales de la aplicación."""

import base64
import logging

import requests

import config

logger = logging.getLogger("envios.graph")

ESPERA_S = (5, 30)
PERMISO = "https://graph.microsoft.com/.default"


class GraphError(Exception):
    """Graph no respondió o rechazó la petición. El texto se puede mostrar al usuario."""


def pedir(metodo, url, **opciones):
    try:
        return requests.request(metodo, url, timeout=ESPERA_S, **opciones)
    except requests.RequestException as error:
        logger.error("Sin respuesta de Microsoft Graph: %s", type(error).__name__)
        raise GraphError("Microsoft Graph no responde.") from error


def codigo_de_error(respuesta):
    try:
        error = respuesta.json()["error"]
    except (ValueError, KeyError, TypeError):
        return f"HTTP {respuesta.status_code}"
    return error["code"] if isinstance(error, dict) else error


def obtener_token():
    respuesta = pedir(
        "POST",
        f"{config.GRAPH_LOGIN_URL}/{config.GRAPH_TENANT_ID}/oauth2/v2.0/token",
        data={
            "grant_type": "client_credentials",
            "client_id": config.GRAPH_CLIENT_ID,
            "client_secret": config.GRAPH_CLIENT_SECRET,
            "scope": PERMISO,
        },
    )
    if respuesta.status_code != 200:
        codigo = codigo_de_error(respuesta)
        logger.error("Microsoft Graph rechazó las credenciales: %s %s", respuesta.status_code, codigo)
        raise GraphError(f"Microsoft Graph rechazó las credenciales ({codigo}).")
    return respuesta.json()["access_token"]


def autorizacion():
    return {"Authorization": f"Bearer {obtener_token()}"}


def enviar_correo(mensaje):
    respuesta = pedir(
        "POST",
        f"{config.GRAPH_BASE_URL}/users/{config.GRAPH_SENDER}/sendMail",
        headers=autorizacion(),
        json={"message": mensaje, "saveToSentItems": True},
    )
    if respuesta.status_code != 202:
        codigo = codigo_de_error(respuesta)
        logger.error("Microsoft Graph no aceptó el correo: %s %s", respuesta.status_code, codigo)
        raise GraphError(f"Microsoft Graph no aceptó el correo ({codigo}).")


def descargar_enlace(enlace):
    """Contenido del archivo al que apunta un enlace para compartir de SharePoint."""
    codificado = base64.urlsafe_b64encode(enlace.strip().encode()).decode().rstrip("=")
    respuesta = pedir(
        "GET",
        f"{config.GRAPH_BASE_URL}/shares/u!{codificado}/driveItem/content",
        headers=autorizacion(),
    )
    if respuesta.status_code != 200:
        codigo = codigo_de_error(respuesta)
        logger.error("Microsoft Graph no entregó el archivo: %s %s", respuesta.status_code, codigo)
        raise GraphError(f"SharePoint no entregó el archivo ({codigo}).")
    return respuesta.content
