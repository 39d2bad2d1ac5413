"""A thin app on Flask-AppBuilder: two models and two views; pages, menus, sign-in and forms are the framework's."""

import datetime as dt
import os

from flask import Flask
from flask_appbuilder import AppBuilder, Model, ModelView
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.utils.legacy import get_sqla_class
from sqlalchemy import Boolean, Column, Date, ForeignKey, Integer, Numeric, String, Text
from sqlalchemy.orm import relationship

db = get_sqla_class()()
appbuilder = AppBuilder()


class Carrier(Model):
    __tablename__ = "carrier"
    id = Column(Integer, primary_key=True)
    name = Column(String(80), unique=True, nullable=False)

    def __repr__(self):
        return self.name


class Shipment(Model):
    __tablename__ = "shipment"
    id = Column(Integer, primary_key=True)
    number = Column(String(40), unique=True, nullable=False)
    recipient = Column(String(120), nullable=False)
    weight = Column(Numeric(8, 2), nullable=False)
    delivery = Column(Date)
    fragile = Column(Boolean, default=False)
    carrier_id = Column(Integer, ForeignKey("carrier.id"), nullable=False)
    carrier = relationship("Carrier")
    notes = Column(Text)

    def __repr__(self):
        return self.number


class ShipmentView(ModelView):
    datamodel = SQLAInterface(Shipment)
    list_columns = ["number", "recipient", "weight", "carrier"]
    add_columns = edit_columns = show_columns = [
        "number",
        "recipient",
        "carrier",
        "weight",
        "delivery",
        "fragile",
        "notes",
    ]


class CarrierView(ModelView):
    datamodel = SQLAInterface(Carrier)
    list_columns = ["name"]


def seed():
    security = appbuilder.sm
    if not security.find_user("admin"):
        role = security.find_role(security.auth_role_admin)
        security.add_user("admin", "Admin", "One", "admin@example.com", role, os.environ["ADMIN_PASSWORD"])
        # An account that may be tried with wrong passwords.
        security.add_user(
            "lockme",
            "Lock",
            "Me",
            "lockme@example.com",
            security.find_role("Public"),
            os.environ["NEGATIVE_PASSWORD"],
        )
        for name in ("Andes Cargo", "Pacific Lines"):
            db.session.add(Carrier(name=name))
        db.session.flush()
        carrier = db.session.query(Carrier).first()
        for rank in range(1, 31):
            db.session.add(
                Shipment(
                    number=f"SHP-{rank:04}",
                    recipient=f"Company {rank}",
                    weight=rank * 1.5,
                    delivery=dt.date(2026, 1, 1),
                    fragile=rank % 2 == 0,
                    carrier=carrier,
                    notes="Ring twice",
                )
            )
        db.session.commit()


def create_app():
    app = Flask(__name__)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg2://"),
        SECRET_KEY=os.environ["SECRET_KEY"],
        WTF_CSRF_ENABLED=True,
        APP_NAME="Shipping",
        RATELIMIT_ENABLED=False,
    )
    with app.app_context():
        db.init_app(app)
        appbuilder.init_app(app, db.session)
        appbuilder.add_view(ShipmentView, "Shipments", category="Logistics")
        appbuilder.add_view(CarrierView, "Carriers", category="Logistics")
        Model.metadata.create_all(db.engine)
        seed()
    return app


app = create_app()
