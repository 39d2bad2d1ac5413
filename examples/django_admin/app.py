"""Django's admin with two models in one file: the case of an app that is not Flask."""

import datetime as dt
import os
import sys

import django
from django.conf import settings

settings.configure(
    SECRET_KEY=os.environ["SECRET_KEY"],
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE_FILE"]}},
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.messages",
        "django.contrib.sessions",
        "django.contrib.staticfiles",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    STATIC_URL="/static/",
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    USE_TZ=True,
    DEBUG=False,
)
django.setup()

from django.contrib import admin  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.staticfiles.handlers import StaticFilesHandler  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.generic import RedirectView  # noqa: E402


class Carrier(models.Model):
    name = models.CharField(max_length=80)

    class Meta:
        app_label = "auth"
        db_table = "carrier"

    def __str__(self):
        return self.name


class Shipment(models.Model):
    number = models.CharField(max_length=40, unique=True)
    recipient = models.CharField(max_length=120)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT)
    weight = models.DecimalField(max_digits=8, decimal_places=2)
    delivery = models.DateField(null=True, blank=True)
    fragile = models.BooleanField(default=False)
    notes = models.TextField(blank=True)

    class Meta:
        app_label = "auth"
        db_table = "shipment"

    def __str__(self):
        return self.number


class ShipmentAdmin(admin.ModelAdmin):
    list_display = ["number", "recipient", "carrier", "weight", "delivery"]
    search_fields = ["number", "recipient", "notes"]


admin.site.register(Shipment, ShipmentAdmin)
admin.site.register(Carrier)

urlpatterns = [path("admin/", admin.site.urls), path("", RedirectView.as_view(url="/admin/"))]


class Static(StaticFilesHandler):
    """Serves the admin's own files, as a web server in front would."""

    def serve(self, request):
        from django.contrib.staticfiles.views import serve

        return serve(request, self.file_path(request.path), insecure=True)


def seed():
    call_command("migrate", verbosity=0)
    if "shipment" in connection.introspection.table_names():
        return
    with connection.schema_editor() as editor:
        editor.create_model(Carrier)
        editor.create_model(Shipment)
    User.objects.create_superuser("admin", "admin@example.com", os.environ["ADMIN_PASSWORD"])
    User.objects.create_user("lockme", "lockme@example.com", os.environ["NEGATIVE_PASSWORD"])
    carriers = [Carrier.objects.create(name=name) for name in ("Andes Cargo", "Pacific Lines")]
    for rank in range(1, 31):
        Shipment.objects.create(
            number=f"SHP-{rank:04}",
            recipient=f"Company {rank}",
            carrier=carriers[0],
            weight=rank * 1.5,
            delivery=dt.date(2026, 1, 1),
            notes="Ring twice",
        )


seed()
sys.stderr.write("started\n")
app = Static(get_wsgi_application())
