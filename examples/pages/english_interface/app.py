"""An order desk in English: month before day, decimal points, a record with a form, a native confirm dialog."""

import datetime as dt
import os

from flask import Flask, abort, redirect, render_template_string, request, session

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
CARRIERS = ("Andes Cargo", "Pacific Lines")
ORDERS = {
    f"ORD-{rank:05}": {
        "recipient": f"Company {rank}",
        "carrier": CARRIERS[rank % 2],
        "due": dt.date(2026, 3, rank),
        "amount": rank * 1250.5,
        "express": rank % 2 == 0,
        "notes": "Ring twice",
        "status": "Cancelled" if rank == 3 else "Open",
    }
    for rank in range(1, 9)
}

PAGE = """<!doctype html><html lang="en"><head><title>{{ title }} – Order desk</title></head><body>
{% if session.name %}<nav><a href="/">Home</a> <a href="/orders">Orders</a> <a href="/carriers">Carriers</a>
<details><summary>Admin One</summary><a href="/sign-out">Sign out</a></details></nav>{% endif %}
<main><h1>{{ title }}</h1>{% if error %}<p role="alert">{{ error }}</p>{% endif %}"""
SIGN_IN = """<form method="post"><label>Email address <input name="email"></label>
<label>Password <input name="password" type="password"></label><button>Sign in</button></form>"""
FORM = """<form method="post">
<p><label for="recipient">Recipient</label>
<input id="recipient" name="recipient" required value="{{ order.recipient }}">
<p><label for="carrier">Carrier</label> <select id="carrier" name="carrier"><option value="">Choose a carrier</option>
{% for one in carriers %}<option {{ 'selected' if one == order.carrier }}>{{ one }}</option>{% endfor %}</select>
<p><label for="due">Due date</label> <input id="due" name="due" type="date" value="{{ order.due }}">
<p><label for="amount">Amount</label>
<input id="amount" name="amount" type="number" step="0.01" value="{{ order.amount }}">
<p><label><input name="express" type="checkbox" {{ 'checked' if order.express }}> Express</label>
<p><label for="notes">Notes</label> <textarea id="notes" name="notes">{{ order.notes }}</textarea>
<p><button>Save order</button></form>"""
LIST = """<form><label>Search orders <input name="q" value="{{ q }}"></label> <button>Search</button></form>
<a href="/orders/new">New order</a>{% if not orders %}<p>No orders found</p>{% else %}<table><thead><tr>
<th>Order no.</th><th>Recipient</th><th>Due date</th><th>Amount</th><th>Status</th></tr></thead><tbody>
{% for number, one in orders %}<tr><td><a href="/orders/{{ number }}">{{ number }}</a></td><td>{{ one.recipient }}</td>
<td>{{ one.due.strftime('%m/%d/%Y') }}</td><td>{{ '${:,.2f}'.format(one.amount) }}</td><td>{{ one.status }}</td></tr>
{% endfor %}</tbody></table>{% endif %}"""
ONE = """<dl><dt>Order no.</dt><dd>{{ number }}</dd><dt>Recipient</dt><dd>{{ order.recipient }}</dd>
<dt>Carrier</dt><dd>{{ order.carrier }}</dd><dt>Due date</dt><dd>{{ order.due.strftime('%m/%d/%Y') }}</dd>
<dt>Amount</dt><dd>{{ '${:,.2f}'.format(order.amount) }}</dd>
<dt>Express</dt><dd>{{ 'Yes' if order.express else 'No' }}</dd>
<dt>Notes</dt><dd>{{ order.notes }}</dd><dt>Status</dt><dd>{{ order.status }}</dd></dl>
<a href="/orders/{{ number }}/edit">Edit order</a>{% if order.status == 'Open' %}
<form method="post" action="/orders/{{ number }}/cancel" onsubmit="return confirm('Cancel this order?')">
<button>Cancel order</button></form>{% endif %}"""


def page(title, body="", **values):
    return render_template_string(PAGE + body, title=title, **values)


@app.before_request
def only_people_who_are_in():
    return None if session.get("name") or request.path == "/sign-in" else redirect("/sign-in")


@app.route("/sign-in", methods=["GET", "POST"])
def sign_in():
    if request.method == "GET":
        return page("Welcome", SIGN_IN)
    if (request.form["email"], request.form["password"]) == ("admin", os.environ["ADMIN_PASSWORD"]):
        session["name"] = "admin"
        return redirect("/")
    return page("Welcome", SIGN_IN, error="Invalid email or password."), 401


@app.get("/sign-out")
def sign_out():
    session.clear()
    return redirect("/sign-in")


@app.get("/")
def start():
    return page("Today at the desk")


@app.get("/carriers")
def carriers():
    rows = "".join(f"<tr><td>{name}</td></tr>" for name in CARRIERS)
    return page("Our carriers", f"<table><thead><tr><th>Name</th></tr></thead><tbody>{rows}</tbody></table>")


@app.get("/orders")
def orders():
    q = request.args.get("q", "").strip().lower()
    found = [
        (number, one)
        for number, one in sorted(ORDERS.items(), reverse=True)
        if q in f"{number} {one['recipient']} {one['notes']}".lower()
    ]
    return page("All orders", LIST, orders=found, q=q)


@app.route("/orders/new", methods=["GET", "POST"])
@app.route("/orders/<number>/edit", methods=["GET", "POST"])
def form(number=None):
    order = ORDERS.get(number, {"status": "Open"})
    if request.method == "GET":
        return page(f"Edit {number}" if number else "New order", FORM, order=order, carriers=CARRIERS)
    number = number or f"ORD-{len(ORDERS) + 1:05}"
    ORDERS[number] = {
        "recipient": request.form["recipient"],
        "carrier": request.form["carrier"],
        "due": dt.date.fromisoformat(request.form["due"]),
        "amount": float(request.form["amount"]),
        "express": "express" in request.form,
        "notes": request.form["notes"],
        "status": order["status"],
    }
    return redirect(f"/orders/{number}")


@app.get("/orders/<number>")
def one(number):
    return page(f"Order {number}", ONE, number=number, order=ORDERS.get(number) or abort(404))


@app.post("/orders/<number>/cancel")
def cancel(number):
    ORDERS[number]["status"] = "Cancelled"
    return redirect(f"/orders/{number}")
