"""Crea el esquema y lo llena con datos de ejemplo, siempre los mismos salvo las fechas.

    DATABASE_URL=... DB_SCHEMA=envios python seed.py

Las contraseñas se toman de SEED_ADMIN_PASSWORD, SEED_OPERADOR_PASSWORD, SEED_CLIENTE_PASSWORD y
SEED_BLOQUEO_PASSWORD; las que falten se generan al azar y se muestran. No toca un esquema que ya exista.
"""

import os
import random
import secrets
import sys
from datetime import timedelta
from decimal import Decimal

import psycopg

import config
from claves import generar_hash
from formatos import hoy
from migrar import aplicar_pendientes
from seed_datos import CALLES, CARGOS, CLIENTES, DEPARTAMENTOS, LUGARES, OBSERVACIONES, TARIFAS
from tarifas import calcular_flete, nombre_ruta

ENVIOS = 2000
DIAS = 360

USUARIOS = (
    ("admin@envios.example", "Administración", "admin", None),
    ("operador@envios.example", "Operador Uno", "operador", None),
    ("cliente@envios.example", "Cliente Uno", "cliente", 1),
    ("bloqueo@envios.example", "Cuenta de Reserva", "operador", None),
)

COLUMNAS = (
    "numero, cliente_id, destinatario, documento, direccion, distrito_id, fecha_registro, fecha_entrega, "
    "fecha_entregado, peso_kg, bultos, servicio, valor_declarado, fragil, observaciones, flete, estado, "
    "creado_por"
)


def clave_de(email):
    rol = email.split("@")[0]
    variable = f"SEED_{rol.upper()}_PASSWORD"
    clave = os.environ.get(variable)
    if not clave:
        clave = secrets.token_urlsafe(12)
        print(f"{email}: {clave}")
    return clave


def estado_y_entrega(azar, registro, entrega, dia):
    """Un estado verosímil para la antigüedad del envío, y la fecha real de entrega si la hubo."""
    if azar.random() < 0.04:
        return "anulado", None
    real = min(entrega + timedelta(days=azar.choice((-1, 0, 0, 0, 0, 1, 2))), dia)
    if entrega < dia and azar.random() < 0.97:
        return "entregado", max(real, registro)
    if registro >= dia - timedelta(days=1):
        return azar.choice(("registrado", "en_almacen")), None
    return azar.choice(("en_almacen", "en_transito", "en_transito")), None


def envios_de_ejemplo(azar, distritos, dia):
    """Genera los envíos del más antiguo al más reciente."""
    antiguedades = sorted((azar.randrange(DIAS) for _ in range(ENVIOS)), reverse=True)
    for indice, antiguedad in enumerate(antiguedades, start=1):
        distrito_id, departamento = azar.choice(distritos)
        precio_base, precio_kg, plazo = TARIFAS[departamento]
        servicio = "express" if azar.random() < 0.3 else "normal"
        peso = Decimal(azar.randint(50, 25000)) / 100
        registro = dia - timedelta(days=antiguedad)
        entrega = registro + timedelta(days=max(1, plazo // 2) if servicio == "express" else plazo)
        estado, entregado = estado_y_entrega(azar, registro, entrega, dia)
        yield (
            f"ENV-{indice:06d}",
            azar.randint(1, len(CLIENTES)),
            f"{azar.choice(CARGOS)} {azar.choice(LUGARES)}",
            str(azar.randint(20_100_000_000, 20_999_999_999))
            if azar.random() < 0.7
            else str(azar.randint(10**7, 10**8 - 1)),
            f"{azar.choice(CALLES)} {azar.randint(100, 2999)}",
            distrito_id,
            registro,
            entrega,
            entregado,
            peso,
            azar.randint(1, 12),
            servicio,
            Decimal(azar.randint(5000, 900000)) / 100,
            azar.random() < 0.2,
            azar.choice(OBSERVACIONES),
            calcular_flete(Decimal(precio_base), Decimal(precio_kg), peso, servicio),
            estado,
            azar.choice((1, 2)),
        )


def llenar(conexion):
    azar = random.Random(20240501)
    cursor = conexion.cursor()
    with cursor.copy("COPY clientes (razon_social, ruc, email) FROM STDIN") as copia:
        for indice, (razon_social, dominio) in enumerate(CLIENTES, start=1):
            copia.write_row((razon_social, f"20{indice:09d}", f"despachos@{dominio}"))
    with cursor.copy("COPY usuarios (email, nombre, clave_hash, rol, cliente_id) FROM STDIN") as copia:
        for email, nombre, rol, cliente_id in USUARIOS:
            copia.write_row((email, nombre, generar_hash(clave_de(email)), rol, cliente_id))
    with cursor.copy("COPY departamentos (nombre) FROM STDIN") as copia:
        for departamento in DEPARTAMENTOS:
            copia.write_row((departamento,))

    distritos = []
    with cursor.copy("COPY distritos (departamento_id, nombre) FROM STDIN") as copia:
        for departamento_id, (departamento, nombres) in enumerate(DEPARTAMENTOS.items(), start=1):
            for nombre in nombres:
                copia.write_row((departamento_id, nombre))
                distritos.append((len(distritos) + 1, departamento))
    with cursor.copy("COPY tarifas (ruta, precio_base, precio_kg, plazo_dias) FROM STDIN") as copia:
        for departamento, tarifa in TARIFAS.items():
            copia.write_row((nombre_ruta(departamento), *tarifa))
    with cursor.copy(f"COPY envios ({COLUMNAS}) FROM STDIN") as copia:
        for envio in envios_de_ejemplo(azar, distritos, hoy()):
            copia.write_row(envio)
    cursor.execute("SELECT setval('envios_numero_seq', %s)", (ENVIOS,))


def main():
    if not config.DATABASE_URL:
        sys.exit("DATABASE_URL no está definido")
    with psycopg.connect(config.DATABASE_URL) as conexion:
        if conexion.execute("SELECT to_regclass(%s)", (f"{config.DB_SCHEMA}.envios",)).fetchone()[0]:
            sys.exit(f"El esquema {config.DB_SCHEMA} ya tiene datos: no se cambió nada")
        aplicar_pendientes(conexion)
        llenar(conexion)
    # Sin estadísticas, el planificador elige mal los índices recién creados.
    with psycopg.connect(config.DATABASE_URL, autocommit=True) as conexion:
        conexion.execute(f'ANALYZE "{config.DB_SCHEMA}".envios')
    print(f"Esquema {config.DB_SCHEMA} creado con {ENVIOS} envíos")


if __name__ == "__main__":
    main()
