"""The start page sends strangers to a sign-in on another path, which sends them back to where they wanted to go."""

import os

from flask import Flask, redirect, request, session

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
HEAD = """<!doctype html><html lang="es"><head><title>Rutas</title></head><body>"""
MENU = """<header><a href="/tablero/">Tablero</a> <a href="/tablero/rutas">Rutas</a>
<a href="/cuenta/cerrar-sesion">Salir</a></header>"""


@app.before_request
def only_people_who_are_in():
    if request.path.startswith("/tablero") and not session.get("name"):
        return redirect(f"/cuenta/acceso?volver={request.path}")
    return None


@app.get("/")
def start():
    return redirect("/tablero/")


@app.route("/cuenta/acceso", methods=["GET", "POST"])
def sign_in():
    error = ""
    if request.method == "POST":
        if (request.form["u"], request.form["p"]) == ("admin", os.environ["ADMIN_PASSWORD"]):
            session["name"] = "admin"
            back = request.args.get("volver", "")
            return redirect(back if back.startswith("/tablero") else "/tablero/")
        error = "<p class='error'>Datos incorrectos</p>"
    return f"""{HEAD}<h2>Bienvenido</h2>{error}<form method="post"><div>Usuario</div><input name="u">
    <div>Clave</div><input name="p" type="password"><input type="submit" value="Continuar"></form>"""


@app.get("/cuenta/cerrar-sesion")
def sign_out():
    session.clear()
    return redirect("/cuenta/acceso")


@app.get("/tablero/")
def board():
    return f"{HEAD}{MENU}<h2>Tablero de hoy</h2><table><tr><td>Camiones</td><td>7</td></tr></table>"


@app.get("/tablero/rutas")
def routes():
    return f"{HEAD}{MENU}<h2>Rutas en curso</h2><table><tr><td>Lima – Ica</td><td>2</td></tr></table>"
