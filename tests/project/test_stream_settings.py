"""Limits of the streams and trusted proxies, as operators write them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from notifications.streams.fanout import limits, peers


class TestLimits:
    def test_numbers_go_by_their_names(self) -> None:
        assert limits.from_text({"per_address": "5000", "heartbeat": "2.5"}) == {"per_address": 5000, "heartbeat": 2.5}

    @pytest.mark.parametrize(
        ("name", "text", "why"),
        [
            ("per_adress", "5", "is none of"),
            ("trusted_proxies", "10.0.0.1", "is none of"),
            ("per_user", "many", "cannot be 'many'"),
            ("per_user", "1.5", "cannot be"),
            ("heartbeat", "0", "more than 0"),
            ("heartbeat", "-1", "more than 0"),
            ("heartbeat", "nan", "more than 0"),
            ("heartbeat", "inf", "more than 0"),
        ],
    )
    def test_nonsense_is_refused_by_its_name(self, name: str, text: str, why: str) -> None:
        with pytest.raises(limits.LimitUnknown, match=why):
            limits.from_text({name: text})


class TestAddress:
    @pytest.mark.parametrize(
        ("peer", "named", "found"),
        [
            ("198.51.100.7", "", "198.51.100.7"),
            ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
            ("10.0.4.7", "203.0.113.9", "203.0.113.9"),
            ("10.0.4.7", "192.0.2.1, 203.0.113.9", "203.0.113.9"),
            ("10.0.4.7", "203.0.113.9, 10.0.8.200", "203.0.113.9"),
            ("10.0.4.7", "10.0.8.200", "10.0.8.200"),
            ("10.0.4.7", "nonsense", "nonsense"),
            ("", "203.0.113.9", "203.0.113.9"),
            ("2001:db8::1", "203.0.113.9", "203.0.113.9"),
        ],
    )
    def test_it_is_the_last_that_no_trusted_proxy_speaks_for(
        self, settings: Any, peer: str, named: str, found: str
    ) -> None:
        settings.STREAMS = {"trusted_proxies": ("10.0.4.7", "10.0.8.0/24", "2001:db8::/64")}
        request = RequestFactory().get("/events/")
        request.META |= {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": named}

        assert peers.address_of(request) == found
