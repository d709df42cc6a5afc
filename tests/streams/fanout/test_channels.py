"""Read rights of channels: denied, unless a rule allows it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from notifications.streams.fanout import channels, viewers
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> channels.ChannelManager:
    return channels.ChannelManager()


class TestOwnChannel:
    def test_is_for_its_owner_only(self, manager: channels.ChannelManager, mara: Any, jonas: Any) -> None:
        own = f"user:{mara.pk}"

        assert manager.can_read_channel(mara, own)
        assert not manager.can_read_channel(jonas, own)
        assert not manager.can_read_channel(AnonymousUser(), own)
        assert not manager.can_read_channel(None, own)

    def test_is_closed_to_a_deactivated_account(self, manager: channels.ChannelManager, mara: Any) -> None:
        mara.is_active = False

        assert not manager.can_read_channel(mara, f"user:{mara.pk}")


class TestPolicies:
    @pytest.mark.parametrize("channel", ["", "user:", "user", "secret:1", "secret", ":", "*"])
    def test_a_channel_without_a_policy_is_closed(
        self, manager: channels.ChannelManager, mara: Any, channel: str
    ) -> None:
        assert not manager.can_read_channel(mara, channel)

    def test_a_prefix_has_one_policy(self) -> None:
        def nobody(users: Any, key: str) -> tuple[()]:
            return ()

        channels.register_policy("vault", nobody)
        channels.register_policy("vault", nobody)

        with pytest.raises(channels.PolicyTaken):
            channels.register_policy("vault", lambda users, key: {user.pk for user in users})


class TestReview:
    def test_a_rule_that_fails_refuses_its_reader_and_no_other(
        self, mara: Any, jonas: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken() -> bool:
            raise LookupError

        failing = viewers.Viewer(mara.pk, frozenset({f"user:{mara.pk}"}), credential=broken)
        sound = viewers.Viewer(jonas.pk, frozenset({f"user:{jonas.pk}"}), credential=lambda: True)

        assert viewers.refused([failing, sound]) == {failing}
        assert "so it refuses" in caplog.text

    def test_costs_the_same_for_many_readers_as_for_one(self, district: Any, django_assert_num_queries: Any) -> None:
        people = [factories.MembershipFactory(district=district).user for _ in range(12)]
        names = frozenset({f"district:{district.pk}"})
        all_of_them = {viewers.Viewer(person.pk, names, credential=lambda: True) for person in people}

        # The users, and the members among them.
        with django_assert_num_queries(2):
            assert viewers.refused(all_of_them) == set()

    def test_a_reader_without_session_or_credential_is_refused(self, mara: Any) -> None:
        stray = viewers.Viewer(mara.pk, frozenset({f"user:{mara.pk}"}))

        assert viewers.refused([stray]) == {stray}


class TestDistrictStream:
    """GET /events/?district=<id>"""

    @pytest.mark.parametrize(("who", "answer"), [("mara", 200), ("vic", 200), ("stella", 403), (None, 401)], ids=str)
    def test_is_for_members(
        self, request: pytest.FixtureRequest, district: Any, client: Client, who: str | None, answer: int
    ) -> None:
        if who:
            client.force_login(request.getfixturevalue(who))

        assert client.get(f"/events/?district={district.pk}").status_code == answer

    @pytest.mark.parametrize("nonsense", ["abc", "-1", "999999999", "", "1:2"])
    def test_of_no_district_is_for_nobody(self, client: Client, mara: Any, nonsense: str) -> None:
        client.force_login(mara)

        assert client.get(f"/events/?district={nonsense}").status_code == 403

    @pytest.mark.parametrize("method", ["post", "put", "delete", "head"])
    def test_is_read_by_get_alone(self, client: Client, mara: Any, method: str) -> None:
        client.force_login(mara)

        assert getattr(client, method)("/events/").status_code == 405
