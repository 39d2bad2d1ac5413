"""Acceso a Postgres: una conexión por petición, con el esquema de DB_SCHEMA."""

import psycopg
from flask import g
from psycopg.rows import dict_row

import config


def conectar():
    return psycopg.connect(
        config.DATABASE_URL,
        autocommit=True,
        row_factory=dict_row,
        connect_timeout=5,
        application_name="envios",
        options=f"-c search_path={config.DB_SCHEMA}",
    )


def conexion():
    if "conexion" not in g:
        g.conexion = conectar()
    return g.conexion


def cerrar(_error=None):
    abierta = g.pop("conexion", None)
    if abierta is not None:
        abierta.close()


def transaccion():
    return conexion().transaction()


def filas(sql, parametros=None):
    return conexion().execute(sql, parametros).fetchall()


def fila(sql, parametros=None):
    return conexion().execute(sql, parametros).fetchone()


def valor(sql, parametros=None):
    encontrada = fila(sql, parametros)
    return next(iter(encontrada.values())) if encontrada else None


def ejecutar(sql, parametros=None):
    return conexion().execute(sql, parametros).rowcount
