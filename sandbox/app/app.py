"""Back office de envíos. Se sirve con `gunicorn app:app`."""

import logging
from datetime import timedelta

import psycopg
from flask import Flask, abort, jsonify, render_template, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import auth
import config
import correo
import db
import envios
import formatos
import paneles
import sincronizacion
import usuarios

logging.basicConfig(
    level=logging.INFO,
    format="[%(asctime)s] [%(process)d] [%(levelname)s] %(name)s: %(message)s",
    datefmt="%Y-%m-%d %H:%M:%S %z",
)
logger = logging.getLogger("envios")

app = Flask(__name__)
app.config.update(
    SECRET_KEY=config.FLASK_SECRET_KEY,
    SESSION_COOKIE_HTTPONLY=True,
    SESSION_COOKIE_SAMESITE="Lax",
    SESSION_COOKIE_SECURE=config.EN_RENDER,
    PERMANENT_SESSION_LIFETIME=timedelta(hours=8),
    WTF_CSRF_TIME_LIMIT=None,
    MAX_CONTENT_LENGTH=2 * 1024 * 1024,
    SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=7),
)
if config.EN_RENDER:
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)


@app.context_processor
def version_de_los_archivos():
    # Cada despliegue cambia las direcciones, así que el navegador puede guardarlos.
    return {"VERSION": config.COMMIT[:7]}


faltantes = config.variables_faltantes()
for nombre in faltantes:
    logger.error("%s no está definido", nombre)


@app.before_request
def exigir_configuracion():
    if faltantes:
        return render_template("503.html", motivo="La aplicación no está configurada."), 503
    return None


@app.before_request
def rechazar_caracteres_nulos():
    # Postgres no los admite en un texto.
    if any("\0" in valor for valor in request.values.values()):
        abort(400)


CSRFProtect(app)
app.teardown_appcontext(db.cerrar)
formatos.registrar(app)
for modulo in (auth, paneles, envios, correo, usuarios, sincronizacion):
    app.register_blueprint(modulo.bp)


@app.after_request
def cabeceras(respuesta):
    respuesta.headers.setdefault("X-Content-Type-Options", "nosniff")
    respuesta.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    respuesta.headers.setdefault("Referrer-Policy", "same-origin")
    return respuesta


@app.get("/version")
def version():
    return jsonify(app="envios", commit=config.COMMIT)


@app.get("/healthz")
def healthz():
    db.valor("SELECT 1")
    return "ok", 200, {"Content-Type": "text/plain; charset=utf-8"}


PAGINAS_DE_ERROR = {
    400: ("Petición no válida", "Los datos enviados no se pueden procesar."),
    403: ("Acceso denegado", "Su usuario no tiene permiso para ver esta página."),
    404: ("Página no encontrada", "La página o el registro que busca no existe."),
    405: ("Petición no válida", "Esta página no admite esa operación."),
    413: ("Petición demasiado grande", "Los datos enviados superan el tamaño permitido."),
    500: ("Error interno", "Ocurrió un error inesperado. El equipo técnico fue avisado."),
}


def pagina_de_error(error):
    titulo, detalle = PAGINAS_DE_ERROR[error.code]
    return render_template("error.html", titulo=titulo, detalle=detalle), error.code


for codigo in PAGINAS_DE_ERROR:
    app.register_error_handler(codigo, pagina_de_error)


@app.errorhandler(CSRFError)
def error_csrf(_error):
    detalle = "Vuelva a cargar la página e inténtelo otra vez."
    return render_template("error.html", titulo="El formulario ha caducado", detalle=detalle), 400


@app.errorhandler(psycopg.OperationalError)
def error_base_de_datos(error):
    logger.error("La base de datos no responde: %s", error)
    return render_template("503.html", motivo="La base de datos no responde."), 503


if not faltantes:
    logger.info("Aplicación iniciada (esquema %s, commit %s)", config.DB_SCHEMA, config.COMMIT[:7] or "local")
