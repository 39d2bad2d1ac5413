"""Lectura de los libros de Excel de la sincronización."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from io import BytesIO


class ArchivoInvalido(Exception):
    """El libro no se puede leer o no tiene lo esperado. El texto se puede mostrar al usuario."""


def leer_filas(nombre, contenido, columnas):
    """Filas de la primera hoja como diccionarios, con `fila` como número de fila."""
    # openpyxl tarda en importarse y no hace falta para arrancar.
    from openpyxl import load_workbook

    try:
        libro = load_workbook(BytesIO(contenido), read_only=True, data_only=True)
        hoja = list(libro.worksheets[0].iter_rows(values_only=True))
    except Exception as error:
        # Según cómo esté dañado el archivo, openpyxl lanza excepciones de muchos tipos.
        raise ArchivoInvalido(f"El archivo de {nombre} no es un libro de Excel válido.") from error

    cabecera = [str(celda or "").strip() for celda in hoja[0]] if hoja else []
    for columna in columnas:
        if columna not in cabecera:
            raise ArchivoInvalido(f"El archivo de {nombre} no tiene la columna «{columna}».")

    filas = [
        {"fila": numero} | dict(zip(cabecera, celdas, strict=False))
        for numero, celdas in enumerate(hoja[1:], start=2)
        if any(celda is not None for celda in celdas)
    ]
    if not filas:
        raise ArchivoInvalido(f"El archivo de {nombre} no tiene filas.")
    return filas


def texto(nombre, fila, columna):
    leido = str(fila[columna] or "").strip()
    if not leido:
        raise ArchivoInvalido(f"Archivo de {nombre}, fila {fila['fila']}: falta «{columna}».")
    return leido


def decimal(nombre, fila, columna):
    try:
        leido = Decimal(str(fila[columna])).quantize(Decimal("0.01"))
    except InvalidOperation:
        leido = None
    if leido is None or leido < 0:
        raise ArchivoInvalido(f"Archivo de {nombre}, fila {fila['fila']}: «{columna}» no es un importe.")
    return leido


def entero(nombre, fila, columna):
    leido = decimal(nombre, fila, columna)
    if leido != int(leido):
        raise ArchivoInvalido(f"Archivo de {nombre}, fila {fila['fila']}: «{columna}» no es un entero.")
    return int(leido)


def fecha(nombre, fila, columna):
    celda = fila[columna]
    if isinstance(celda, datetime):
        return celda.date()
    if isinstance(celda, date):
        return celda
    try:
        return datetime.strptime(str(celda), "%d/%m/%Y").date()
    except ValueError as error:
        raise ArchivoInvalido(
            f"Archivo de {nombre}, fila {fila['fila']}: «{columna}» no es una fecha."
        ) from error
