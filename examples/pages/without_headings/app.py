"""Tables without a head on pages without a heading: the title of the tab tells them apart, placeholders the fields."""

import os

from flask import Flask, redirect, request, session

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
MENU = """<div class="menu"><a href="/pedidos">Pedidos</a> <a href="/existencias">Existencias</a>
<a href="/salir">Salir</a></div>"""
PAGES = {
    "pedidos": ("Pedidos – Depósito", [("A-1001", "Embalado"), ("A-1002", "Enviado")]),
    "existencias": ("Existencias – Depósito", [("Palets", "14"), ("Cajones", "230")]),
}


def page(title, body):
    return f'<!doctype html><html lang="es"><head><title>{title}</title></head><body>{body}</body></html>'


@app.route("/", methods=["GET", "POST"])
def start():
    if session.get("name"):
        return redirect("/pedidos")
    error = ""
    if request.method == "POST":
        if (request.form["correo"], request.form["clave"]) == ("admin", os.environ["ADMIN_PASSWORD"]):
            session["name"] = "admin"
            return redirect("/pedidos")
        error = '<div class="alert">Correo o clave incorrectos.</div>'
    return page(
        "Depósito",
        f"""{error}<form method="post"><input name="correo" placeholder="Correo">
    <input name="clave" type="password" placeholder="Clave"><button>Ingresar</button></form>""",
    )


@app.get("/salir")
def leave():
    session.clear()
    return redirect("/")


@app.get("/<name>")
def panel(name):
    if not session.get("name") or name not in PAGES:
        return redirect("/") if name in PAGES else (page("No encontrado", ""), 404)
    title, rows = PAGES[name]
    cells = "".join(f"<tr><td>{left}</td><td>{right}</td></tr>" for left, right in rows)
    return page(title, f"{MENU}<table>{cells}</table>")
