"""Validación del formulario de envíos."""

import re
from decimal import Decimal

import db
from formatos import hoy, leer_decimal, leer_entero, leer_fecha

CAMPOS = (
    "cliente_id",
    "destinatario",
    "documento",
    "direccion",
    "departamento_id",
    "distrito_id",
    "fecha_entrega",
    "peso_kg",
    "bultos",
    "servicio",
    "valor_declarado",
    "fragil",
    "observaciones",
)
SERVICIOS = {"normal": "Normal", "express": "Express"}


def valores_iniciales():
    return dict.fromkeys(CAMPOS, "") | {"bultos": "1", "servicio": "normal"}


def valores_enviados(formulario):
    return {campo: formulario.get(campo, "").strip() for campo in CAMPOS}


def valores_de(envio):
    """Lo guardado, tal como se vuelve a mostrar en el formulario de edición."""
    valores = {campo: str(envio[campo]) for campo in CAMPOS}
    valores["valor_declarado"] = str(envio["valor_declarado"]).replace(".", ",")
    valores["fragil"] = "1" if envio["fragil"] else ""
    return valores


def validar(valores, fecha_anterior=None):
    """Devuelve (datos listos para guardar, errores por campo)."""
    errores = {}
    datos = {
        "cliente_id": leer_entero(valores["cliente_id"]),
        "destinatario": valores["destinatario"],
        "documento": valores["documento"],
        "direccion": valores["direccion"],
        "distrito_id": leer_entero(valores["distrito_id"]),
        "fecha_entrega": leer_fecha(valores["fecha_entrega"]),
        "peso_kg": leer_decimal(valores["peso_kg"]),
        "bultos": leer_entero(valores["bultos"]),
        "servicio": valores["servicio"],
        "valor_declarado": leer_decimal(valores["valor_declarado"]),
        "fragil": valores["fragil"] == "1",
        "observaciones": valores["observaciones"].replace("\r\n", "\n"),
    }

    if not db.valor("SELECT 1 FROM clientes WHERE id = %s", (datos["cliente_id"],)):
        errores["cliente_id"] = "Elija un cliente de la lista."
    if not datos["destinatario"]:
        errores["destinatario"] = "Indique el destinatario."
    elif len(datos["destinatario"]) > 120:
        errores["destinatario"] = "El destinatario no puede superar 120 caracteres."
    if not re.fullmatch(r"\d{8}|\d{11}", datos["documento"]):
        errores["documento"] = "El documento debe tener 8 dígitos (DNI) u 11 dígitos (RUC)."
    if not datos["direccion"]:
        errores["direccion"] = "Indique la dirección de entrega."
    elif len(datos["direccion"]) > 200:
        errores["direccion"] = "La dirección no puede superar 200 caracteres."

    departamento_id = leer_entero(valores["departamento_id"])
    if departamento_id is None:
        errores["departamento_id"] = "Elija un departamento."
    if not db.valor(
        "SELECT 1 FROM distritos WHERE id = %s AND departamento_id = %s",
        (datos["distrito_id"], departamento_id),
    ):
        errores["distrito_id"] = "Elija un distrito del departamento."

    if datos["fecha_entrega"] is None:
        errores["fecha_entrega"] = "Indique una fecha válida."
    elif datos["fecha_entrega"] < hoy() and datos["fecha_entrega"] != fecha_anterior:
        errores["fecha_entrega"] = "La fecha de entrega no puede ser anterior a hoy."
    if datos["peso_kg"] is None or not 0 < datos["peso_kg"] <= 30000:
        errores["peso_kg"] = "El peso debe ser un número mayor que cero y hasta 30.000 kg."
    if datos["bultos"] is None or not 1 <= datos["bultos"] <= 999:
        errores["bultos"] = "Los bultos deben ser un número entero entre 1 y 999."
    if datos["servicio"] not in SERVICIOS:
        errores["servicio"] = "Elija un servicio."
    if datos["valor_declarado"] is None or not 0 <= datos["valor_declarado"] <= 9999999:
        errores["valor_declarado"] = "El valor declarado debe ser un importe, por ejemplo 1.234,50."
    if len(datos["observaciones"]) > 500:
        errores["observaciones"] = "Las observaciones no pueden superar 500 caracteres."

    if not errores:
        datos["peso_kg"] = datos["peso_kg"].quantize(Decimal("0.01"))
        datos["valor_declarado"] = datos["valor_declarado"].quantize(Decimal("0.01"))
    return datos, errores
