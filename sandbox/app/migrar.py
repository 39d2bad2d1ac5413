"""Aplica las migraciones pendientes: los archivos de migraciones/, por orden de nombre, cada uno una sola vez.

    DATABASE_URL=... DB_SCHEMA=envios python migrar.py

Render lo ejecuta antes de cada despliegue. Un archivo que ya se aplicó no se edita: el cambio va en uno nuevo.
"""

import sys
from pathlib import Path

import psycopg

import config

CARPETA = Path(__file__).with_name("migraciones")


def aplicar_pendientes(conexion):
    """Deja el esquema al día y devuelve los nombres de lo aplicado: o entra todo o no cambia nada."""
    conexion.execute(f'CREATE SCHEMA IF NOT EXISTS "{config.DB_SCHEMA}"')
    conexion.execute(f'SET search_path TO "{config.DB_SCHEMA}"')
    conexion.execute(
        """CREATE TABLE IF NOT EXISTS migraciones (
               archivo     text PRIMARY KEY,
               aplicada_en timestamptz NOT NULL DEFAULT now()
           )"""
    )
    conexion.execute("LOCK TABLE migraciones")
    aplicadas = {archivo for (archivo,) in conexion.execute("SELECT archivo FROM migraciones")}
    pendientes = [archivo for archivo in sorted(CARPETA.glob("*.sql")) if archivo.name not in aplicadas]
    for archivo in pendientes:
        try:
            conexion.execute(archivo.read_text(encoding="utf-8"))
        except psycopg.Error as error:
            sys.exit(f"{archivo.name}: {error.diag.message_primary or error}")
        conexion.execute("INSERT INTO migraciones (archivo) VALUES (%s)", (archivo.name,))
    return [archivo.name for archivo in pendientes]


def main():
    if not config.DATABASE_URL:
        sys.exit("DATABASE_URL no está definido")
    with psycopg.connect(config.DATABASE_URL) as conexion:
        aplicadas = aplicar_pendientes(conexion)
    print(f"Migraciones aplicadas: {', '.join(aplicadas) or 'ninguna pendiente'}")


if __name__ == "__main__":
    main()
