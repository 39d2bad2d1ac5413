"""Cálculo del flete a partir de la tarifa de la ruta."""

from decimal import ROUND_HALF_UP, Decimal

ORIGEN = "Lima"
RECARGO_EXPRESS = Decimal("1.50")


def nombre_ruta(departamento):
    return f"{ORIGEN} - {departamento}"


def calcular_flete(precio_base, precio_kg, peso_kg, servicio):
    flete = precio_base + precio_kg * peso_kg
    if servicio == "express":
        flete *= RECARGO_EXPRESS
    return flete.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
