"""Links that only reading programs must not follow."""

import pytest

from gate.denylist import denied, leaves


@pytest.mark.parametrize(
    "said",
    [
        "Salir",
        "Cerrar sesión",
        "Log out",
        "https://a.example/logout/",
        "/users/5/delete",
        "/envios/7/anular",
        "/sincronizacion",
        "Enviar por correo",
        "/jobs/run",
        "Anular",
        "/x?action=delete&id=1",
        "/admin/logout/",
        "/del?q=%65liminar",
    ],
)
def test_denied(said: str) -> None:
    assert denied(said)


@pytest.mark.parametrize(
    "said",
    ["Envíos", "/envios/nuevo", "Por estado", "/paneles/rutas", "Importes", "Trunk", "/runtime", "Ver PDF"],
)
def test_followed(said: str) -> None:
    assert denied(said) is None


def test_words_of_the_target_count() -> None:
    assert denied("/facturar/5", ["facturar"]) == "facturar"


@pytest.mark.parametrize(
    ("said", "out"),
    [("Salir", True), ("Sign out", True), ("https://a.example/logout?next=/", True), ("Cerrar sesión", True),
     ("Cerrar", False), ("Eliminar", False), ("/envios/7/anular", False)],
)  # fmt: skip
def test_what_ends_the_session(said: str, out: bool) -> None:
    assert leaves(said) is out
