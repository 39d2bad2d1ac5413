"""Formatos en español para pantallas y documentos, y lectura de lo que escribe el usuario."""

import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

# Perú no tiene horario de verano.
LIMA = timezone(timedelta(hours=-5))

MESES = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")


def hoy():
    return datetime.now(LIMA).date()


def numero(valor, decimales=0):
    if valor is None:
        return "—"
    ingles = f"{valor:,.{decimales}f}"
    return ingles.replace(",", " ").replace(".", ",").replace(" ", ".")


def soles(valor):
    return "—" if valor is None else f"S/ {numero(valor, 2)}"


def kilos(valor):
    return "—" if valor is None else f"{numero(valor, 2)} kg"


def fecha(valor):
    return "—" if valor is None else f"{valor:%d/%m/%Y}"


def fecha_hora(valor):
    return "—" if valor is None else f"{valor.astimezone(LIMA):%d/%m/%Y %H:%M:%S}"


def mes(valor):
    return f"{MESES[valor.month - 1]} {valor.year}"


def si_no(valor):
    return "Sí" if valor else "No"


def leer_decimal(texto):
    """Acepta 1234,50, 1.234,50 y 1234.50. Devuelve None si no es un número."""
    texto = texto.strip()
    if "," in texto or re.fullmatch(r"\d{1,3}(\.\d{3})+", texto):
        texto = texto.replace(".", "").replace(",", ".")
    try:
        leido = Decimal(texto)
    except InvalidOperation:
        return None
    return leido if leido.is_finite() else None


def leer_entero(texto):
    texto = texto.strip()
    return int(texto) if re.fullmatch(r"\d{1,9}", texto) else None


def leer_fecha(texto):
    try:
        return date.fromisoformat(texto.strip())
    except ValueError:
        return None


def registrar(app):
    for filtro in (numero, soles, kilos, fecha, fecha_hora, mes, si_no):
        app.add_template_filter(filtro)
