"""Contraseñas: se guardan solo como hash."""

from werkzeug.security import check_password_hash, generate_password_hash

METODO = "scrypt:16384:8:1"

# Se compara contra este hash cuando el correo no existe, para tardar lo mismo que con un usuario real.
HASH_DE_NADIE = (
    "scrypt:16384:8:1$envios$"
    "0000000000000000000000000000000000000000000000000000000000000000"
    "0000000000000000000000000000000000000000000000000000000000000000"
)


def generar_hash(clave):
    return generate_password_hash(clave, method=METODO)


def clave_correcta(hash_guardado, clave):
    return check_password_hash(hash_guardado or HASH_DE_NADIE, clave)
