"""An English back office whose pages have no heading: tables alone, told apart by the title of the tab."""

import os

from flask import Flask, redirect, request, session

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
MENU = '<div class="menu"><a href="/orders">Orders</a> <a href="/stock">Stock</a> <a href="/logout">Log out</a></div>'
PAGES = {
    "orders": ("Orders – Depot", [("A-1001", "Packed"), ("A-1002", "Sent")]),
    "stock": ("Stock – Depot", [("Pallets", "14"), ("Crates", "230")]),
}


def page(title, body):
    return f'<!doctype html><html lang="en"><head><title>{title}</title></head><body>{body}</body></html>'


@app.route("/", methods=["GET", "POST"])
def start():
    if session.get("name"):
        return redirect("/orders")
    error = ""
    if request.method == "POST":
        if (request.form["email"], request.form["password"]) == ("admin", os.environ["ADMIN_PASSWORD"]):
            session["name"] = "admin"
            return redirect("/orders")
        error = '<div class="alert">Invalid email or password.</div>'
    return page(
        "Depot",
        f"""{error}<form method="post"><input name="email" placeholder="Email">
    <input name="password" type="password" placeholder="Password"><button>Sign in</button></form>""",
    )


@app.get("/logout")
def logout():
    session.clear()
    return redirect("/")


@app.get("/<name>")
def panel(name):
    if not session.get("name") or name not in PAGES:
        return redirect("/") if name in PAGES else (page("Not found", ""), 404)
    title, rows = PAGES[name]
    cells = "".join(f"<tr><td>{left}</td><td>{right}</td></tr>" for left, right in rows)
    return page(title, f"{MENU}<table>{cells}</table>")
