"""gate.services.http: where it sends, how long it waits, what it tells."""

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from gate import __version__
from gate.services.http import (
    AddressRefused,
    Denied,
    Missing,
    ServiceClient,
    ServiceError,
    Throttled,
    Unexpected,
    Unreachable,
    json_object,
    refusal,
    retry_after,
)

Handler = Callable[[httpx.Request], httpx.Response]


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def client(
    handler: Handler, clock: Clock, patience_s: float = 10.0, throttled_s: float | None = None
) -> ServiceClient:
    return ServiceClient(
        "Example",
        "https://api.example/v1",
        "run-1",
        patience_s=patience_s,
        throttled_s=throttled_s,
        transport=httpx.MockTransport(handler),
        clock=clock,
        sleep=clock.sleep,
    )


def answers(*given: httpx.Response | Exception) -> Handler:
    left = iter(given)

    def handle(request: httpx.Request) -> httpx.Response:
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example",
        "ftp://api.example",
        "api.example",
        "",
        "https://",
        "https://[half",
        "https://host:port",
    ],
)
def test_only_https_or_this_machine_is_spoken_to(url: str) -> None:
    with pytest.raises(AddressRefused, match=r"Example is configured at"):
        ServiceClient("Example", url, "run-1")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://localhost:1/x", "http://[::1]:1", "https://api.example/v1"]
)
def test_https_and_this_machine_are_fine(url: str) -> None:
    ServiceClient("Example", url, "run-1").close()


def test_a_look_alike_of_this_machine_is_refused() -> None:
    with pytest.raises(AddressRefused):
        ServiceClient("Example", "http://localhost.example", "run-1")


def test_every_request_names_the_gate_and_the_run() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        assert request.headers["User-Agent"] == f"release-gate/{__version__} (run-1)"
        assert str(request.url) == "https://api.example/v1/things?a=1"
        return httpx.Response(200, json={})

    with client(handle, Clock()) as example:
        assert example.read("things", params={"a": "1"}).status_code == 200


@pytest.mark.parametrize(
    "path", ["https://elsewhere.example/v1/x", "http://api.example/v1/x", "https://api.example:8443/"]
)
def test_another_origin_never_gets_the_credentials(path: str) -> None:
    with client(answers(), Clock()) as example, pytest.raises(AddressRefused):
        example.read(path)


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    with client(
        answers(httpx.Response(302, headers={"Location": "https://elsewhere.example"})), Clock()
    ) as example:
        assert example.read("x").status_code == 302


@pytest.mark.parametrize(
    "first", [httpx.ConnectError("refused"), *(httpx.Response(c) for c in (429, 500, 502, 503, 504))]
)
def test_a_read_is_tried_again_and_tells_so(first: httpx.Response | Exception) -> None:
    clock = Clock()
    with client(answers(first, httpx.Response(200)), clock) as example:
        assert example.read("x").status_code == 200
    assert [attempt.wait_s for attempt in example.attempts] == [0.5, 0]
    assert clock.now == 0.5
    assert "next try after 0.5 s" in str(example.attempts[0])


def test_retry_after_is_respected_within_the_bound() -> None:
    clock = Clock()
    with client(
        answers(httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(200)), clock
    ) as example:
        assert example.read("x").status_code == 200
    assert clock.now == 7


def test_a_retry_after_beyond_the_bound_ends_at_once() -> None:
    clock = Clock()
    with client(answers(httpx.Response(429, headers={"Retry-After": "60"})), clock) as example:
        assert example.read("x").status_code == 429
    assert clock.now == 0


@pytest.mark.parametrize(("status", "then", "waited_s"), [(429, 200, 60), (503, 503, 0)])
def test_only_a_question_that_is_put_off_waits_for_the_next_minute(
    status: int, then: int, waited_s: float
) -> None:
    clock = Clock()
    first = httpx.Response(status, headers={"Retry-After": "60"})
    with client(answers(first, httpx.Response(200)), clock, throttled_s=65) as example:
        assert example.read("x").status_code == then
    assert clock.now == waited_s


def test_a_dead_service_ends_within_patience() -> None:
    clock = Clock()

    def dead(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("", request=request)

    with (
        client(dead, clock) as example,
        pytest.raises(Unreachable, match=r"no connection in time \(tried 5 times\)"),
    ):
        example.read("x")
    assert clock.now <= 10


def test_a_trickling_answer_is_cut_off() -> None:
    clock = Clock()

    class Trickle(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                clock.sleep(1)
                yield b"x"

    with (
        client(lambda _: httpx.Response(200, stream=Trickle()), clock) as example,
        pytest.raises(Unreachable),
    ):
        example.read("x")
    assert clock.now < 20


def test_a_change_is_sent_exactly_once() -> None:
    with client(answers(httpx.ReadTimeout("")), Clock()) as example, pytest.raises(Unreachable) as caught:
        example.change("DELETE", "x")
    assert len(example.attempts) == 1
    assert "unknown" in caught.value.hint


def test_a_compressed_answer_is_read_whole() -> None:
    packed = httpx.Response(200, content=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})
    with client(answers(packed), Clock()) as example:
        assert json_object("Example", example.read("x")) == {"a": 1}


def test_a_key_that_cannot_be_sent_is_named_before_any_request() -> None:
    with pytest.raises(Denied, match="cannot be sent"):
        ServiceClient("Example", "https://api.example", "run-1", headers={"Authorization": "Bearer a\nb"})


def test_the_service_tells_the_time() -> None:
    with client(
        answers(httpx.Response(200, headers={"Date": "Mon, 24 Nov 2025 12:00:00 GMT"})), Clock()
    ) as example:
        example.read("x")
    assert example.served_at == datetime(2025, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("3", 3),
        ("", 0),
        ("soon", 0),
        ("-4", 0),
        ("Mon, 24 Nov 2025 12:00:09 GMT", 9),
        ("Mon, 24 Nov 2025 11:00:00 GMT", 0),
    ],
)
def test_retry_after_is_a_number_or_a_date(said: str, seconds: float) -> None:
    answer = httpx.Response(429, headers={"Retry-After": said})
    assert retry_after(answer, now=lambda: datetime(2025, 11, 24, 12, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Unexpected),
        (401, Denied),
        (403, Denied),
        (404, Missing),
        (410, Missing),
        (429, Throttled),
        (503, Unreachable),
    ],
)
def test_a_status_becomes_the_error_it_stands_for(status: int, kind: type[ServiceError]) -> None:
    error = refusal("Example", httpx.Response(status), "no", code="nope")
    assert type(error) is kind
    assert str(error) == f"Example answered {status}: nope no"
    assert error.status == status


def test_a_page_instead_of_json_is_named() -> None:
    with pytest.raises(Unexpected, match="text/html instead of JSON"):
        json_object("Example", httpx.Response(200, html="<p>Sign in</p>"))
