"""A portal that shows its reports inside frames."""

import os

from flask import Flask, redirect, request, session

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
HEAD = '<!doctype html><html lang="es"><head><title>Portal</title></head><body>'
MENU = '<nav><a href="/informes">Informes</a> <a href="/tiempos">Tiempos</a> <a href="/salir">Salir</a></nav>'


@app.route("/login", methods=["GET", "POST"])
def login():
    error = ""
    if request.method == "POST":
        if (request.form["usuario"], request.form["clave"]) == ("admin", os.environ["ADMIN_PASSWORD"]):
            session["name"] = "admin"
            return redirect("/")
        error = '<p class="mensaje-error">No se pudo ingresar</p>'
    return f"""{HEAD}{error}<form method="post"><label for="a">Usuario</label><input id="a" name="usuario">
    <label for="b">Clave</label><input id="b" name="clave" type="password"><button>Ingresar</button></form>"""


@app.before_request
def only_people_who_are_in():
    return None if session.get("name") or request.path == "/login" else redirect("/login")


@app.get("/")
def start():
    return f"{HEAD}{MENU}<h1>Portal de informes</h1>"


@app.get("/salir")
def leave():
    session.clear()
    return redirect("/login")


@app.get("/<name>")
def framed(name):
    titles = {"informes": "Informes del mes", "tiempos": "Tiempos de entrega"}
    if name not in titles:
        return f"{HEAD}<h1>No encontrado</h1>", 404
    return (
        f'{HEAD}{MENU}<h1>{titles[name]}</h1><iframe src="/cuadro/{name}" width="600" height="300"></iframe>'
    )


@app.get("/cuadro/<name>")
def figures(name):
    return f"{HEAD}<table><tr><td>{name}</td><td>12</td></tr><tr><td>otro</td><td>5</td></tr></table>"
