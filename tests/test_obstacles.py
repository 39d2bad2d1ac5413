"""What stands between the gate and an app is told by name."""

import pytest

from gate.results import Cause
from gate.services.obstacles import Asks, in_answer, in_failure, in_page, led_away

APP = "https://app.example/login"


@pytest.mark.parametrize(
    ("answered", "status", "headers", "body", "kind"),
    [
        (APP, 200, {}, "<form><input type=password></form>", None),
        (APP, 401, {"www-authenticate": 'Basic realm="staging"'}, "", "basic_auth"),
        (APP, 401, {}, "", None),
        (APP, 503, {}, "<h1>Sitio en mantenimiento</h1>", "maintenance"),
        (APP, 503, {"retry-after": "600"}, "", "maintenance"),
        (APP, 503, {}, "<h1>Error</h1>", None),
        (APP, 503, {"x-render-routing": "hibernate-wake-error"}, "", "cold_start"),
        (APP, 200, {}, "<title>Service waking up</title>", "cold_start"),
        (APP, 200, {}, "<script src='https://www.google.com/recaptcha/api.js'>", "captcha"),
        (APP, 200, {}, "<div class='cf-turnstile'>", "captcha"),
        ("https://login.microsoftonline.com/x/oauth2/authorize", 200, {}, "", "single_sign_on"),
        ("https://id.other.example/saml/start", 200, {}, "", "single_sign_on"),
        ("https://www.app.example/login", 200, {}, "", "other_host"),
    ],
)
def test_an_answer(answered: str, status: int, headers: dict[str, str], body: str, kind: str | None) -> None:
    found = in_answer(APP, answered, status, headers, body)
    assert (found.kind if found else None) == kind
    if found:
        assert found.observed
        assert found.hint
        assert found.cause is not Cause.PRODUCT


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("ConnectError: [SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", "certificate"),
        ("net::ERR_CERT_AUTHORITY_INVALID at https://app.example/", "certificate"),
        ("TooManyRedirects: Exceeded maximum allowed redirects.", "endless_redirect"),
        ("net::ERR_TOO_MANY_REDIRECTS at https://app.example/", "endless_redirect"),
        ("ReadTimeout: The read operation timed out", "cold_start"),
        ("ConnectTimeout: timed out", None),
        ("ConnectError: [Errno 111] Connection refused", None),
    ],
)
def test_no_answer(error: str, kind: str | None) -> None:
    found = in_failure(error, APP, 15)
    assert (found.kind if found else None) == kind


def test_an_endless_redirect_is_the_app_s_fault() -> None:
    found = in_failure("TooManyRedirects: Exceeded", APP, 1)
    assert found
    assert found.cause is Cause.PRODUCT


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        (Asks(2, 1, False, "Iniciar sesión. ¿Olvidó su contraseña? ¿Contraseña caducada?"), None),
        (Asks(3, 3, False, "Su contraseña ha caducado. Nueva contraseña"), "expired_password"),
        (Asks(2, 2, False, "Your password has expired"), "expired_password"),
        (Asks(2, 2, False, "You must change your password"), "expired_password"),
        (Asks(2, 1, False, "Sign in", "Your password has expired."), "expired_password"),
        (Asks(2, 1, False, "Acceso", "Su clave venció, solicite otra"), "expired_password"),
        (Asks(2, 1, False, "Acceso", "Usuario o clave incorrectos"), None),
        (Asks(2, 2, False, "Usuarios"), None),
        (Asks(2, 1, True, ""), "captcha"),
        (Asks(0, 0, False, "Estamos en mantenimiento"), "maintenance"),
        (Asks(2, 1, False, "Mantenimiento programado el domingo"), None),
    ],
)
def test_a_page(page: Asks, kind: str | None) -> None:
    found = in_page(page)
    assert (found.kind if found else None) == kind


def test_the_same_host_is_not_away() -> None:
    assert led_away("http://127.0.0.1:8000", "http://127.0.0.1:8000/login?next=/") is None
