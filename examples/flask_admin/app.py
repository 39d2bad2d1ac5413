"""A thin app on Flask-Admin: two models and a sign-in; lists, forms and pages are the framework's."""

import datetime as dt
import os

from flask import Flask, redirect, render_template_string, request, url_for
from flask_admin import Admin, AdminIndexView
from flask_admin.contrib.sqla import ModelView
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config.update(SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"], SECRET_KEY=os.environ["SECRET_KEY"])
db = SQLAlchemy(app)
login = LoginManager(app)
login.login_view = "sign_in"
PASSWORDS = {"admin": os.environ["ADMIN_PASSWORD"], "lockme": os.environ["NEGATIVE_PASSWORD"]}

PAGE = """<!doctype html><title>Back office</title><form method="post">
{% if error %}<p class="error">{{ error }}</p>{% endif %}
<input name="user" placeholder="User name"> <input name="password" type="password" placeholder="Password">
<input type="submit" value="Log in"></form>"""


class User(UserMixin):
    def __init__(self, name):
        self.id = name


@login.user_loader
def load(name):
    return User(name) if name in PASSWORDS else None


@app.route("/login", methods=["GET", "POST"])
def sign_in():
    error = None
    if request.method == "POST":
        name = request.form["user"]
        if name == "admin" and PASSWORDS[name] == request.form["password"]:
            login_user(User(name))
            return redirect(url_for("admin.index"))
        error = "Wrong user name or password"
    return render_template_string(PAGE, error=error)


@app.route("/logout")
def sign_out():
    logout_user()
    return redirect(url_for("sign_in"))


@app.route("/")
def start():
    return redirect(url_for("admin.index"))


class Carrier(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(80), nullable=False)

    def __str__(self):
        return self.name


class Shipment(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    number = db.Column(db.String(40), nullable=False)
    recipient = db.Column(db.String(120), nullable=False)
    weight = db.Column(db.Numeric(8, 2), nullable=False)
    delivery = db.Column(db.Date)
    fragile = db.Column(db.Boolean, default=False)
    carrier_id = db.Column(db.Integer, db.ForeignKey("carrier.id"))
    carrier = db.relationship("Carrier")
    notes = db.Column(db.Text)

    def __str__(self):
        return self.number


class SignedIn:
    def is_accessible(self):
        return current_user.is_authenticated

    def inaccessible_callback(self, name, **kwargs):
        return redirect(url_for("sign_in"))


class Index(SignedIn, AdminIndexView):
    pass


class ShipmentView(SignedIn, ModelView):
    column_searchable_list = ["number", "recipient", "notes"]
    can_view_details = True


class CarrierView(SignedIn, ModelView):
    pass


admin = Admin(app, name="Back office", index_view=Index())
admin.add_view(ShipmentView(Shipment, db, name="Shipments"))
admin.add_view(CarrierView(Carrier, db, name="Carriers"))

with app.app_context():
    db.create_all()
    if not Carrier.query.count():
        carriers = [Carrier(name="Andes Cargo"), Carrier(name="Pacific Lines")]
        db.session.add_all(carriers)
        for rank in range(1, 31):
            db.session.add(
                Shipment(
                    number=f"SHP-{rank:04}",
                    recipient=f"Company {rank}",
                    weight=rank * 1.5,
                    delivery=dt.date(2026, 1, 1),
                    fragile=rank % 2 == 0,
                    carrier=carriers[0],
                    notes="Ring twice",
                )
            )
        db.session.commit()
