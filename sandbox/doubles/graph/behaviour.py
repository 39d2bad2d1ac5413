"""How the played Graph behaves: the ways in which the service, or its configuration, goes wrong."""

from dataclasses import dataclass
from typing import Literal

Delivery = Literal["inbox", "junk", "lost", "twice", "bounce"]


@dataclass(frozen=True)
class GraphBehaviour:
    """Switches of the Graph double. The defaults are a healthy tenant.

    Delivery: `delivery_delay` in seconds from the 202 to the mailbox; `deliver` says where the mail ends
    ("bounce" is an undeliverable notice in the sender's inbox).
    Refusals: `refuse_send` answers sendMail with 403; `send_503` answers it with 503, and
    `send_503_delivers` delivers the mail nonetheless, as has been reported of the service; `throttle`
    answers the next n Graph calls with 429 and `retry_after` seconds; `token_fails` lets every secret be
    expired; `withdrawn` are permissions whose consent was taken back from every app.
    Service: `slow` seconds before each answer; `filter_ignored` lists a folder as if no `$filter` were given;
    `clock_skew` seconds by which the service's clock is ahead; `token_lifetime` in seconds.

    Not settled by Microsoft's documentation, so both ways can be played: `invalid_client_status` of a bad
    secret, `delete_to` (where DELETE puts a message), `app_only_sharing_links` (whether a token without a
    user resolves `/:x:/s/...` links at all), `shares_take_read_roles` (whether Files.Read.All is enough for
    /shares).
    """

    delivery_delay: float = 0.5
    deliver: Delivery = "inbox"
    refuse_send: bool = False
    send_503: bool = False
    send_503_delivers: bool = False
    throttle: int = 0
    retry_after: int = 1
    token_fails: bool = False
    withdrawn: tuple[str, ...] = ()
    slow: float = 0.0
    filter_ignored: bool = False
    clock_skew: float = 0.0
    token_lifetime: int = 3599
    invalid_client_status: Literal[401, 400] = 401
    delete_to: Literal["deleteditems", "nowhere"] = "deleteditems"
    app_only_sharing_links: bool = True
    shares_take_read_roles: bool = True
