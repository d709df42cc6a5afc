# size: stories of open pages, all told through the same doors.
"""Open pages are kept up to date by their stream: rendered once for all, and nobody is told what is not theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from assignments import models
from assignments.services import presence
from assignments.services.records import events
from notifications.services import inbox, positions
from notifications.streams.fanout.pages import EVERYTHING, page_of
from tests import factories
from tests.streams.conftest import Server, Stream

DAY = "2026-06-15"
EPOCH = "a" * 10


def board(district: models.District, **more: str) -> str:
    asked = {"day": DAY, "district": district.pk, **more}
    return "board?" + "&".join(f"{key}={asked[key]}" for key in sorted(asked))


def address(district: models.District, *pages: str, since: str = "") -> str:
    cursor = since or positions.current_cursor()
    opened = "".join(f"&page={quote(f'{cursor}~{page}')}" for page in pages)
    return f"/events/?district={district.pk}&cursor={cursor}{opened}"


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def changed(order: models.WorkOrder, **facts: Any) -> None:
    """The order as a service would change it: row and event in one transaction."""
    with transaction.atomic():
        models.WorkOrder.objects.filter(pk=order.pk).update(**facts)
        events.order_changed(orders=[order.pk], cause="inputs.changed", now=timezone.now())


def pushed(stream: Stream) -> dict[str, Any]:
    """The next news of a page; what is told before it is passed over."""
    while (event := stream.next()).event != "page.changed":
        pass
    found: dict[str, Any] = event.json()
    return found


def pushed_with(stream: Stream, text: str) -> dict[str, Any]:
    """The first news of a page with the text.

    A page that something happened to while it was rendered for its first reader is told whole, as it was before.
    """
    while text not in str(found := pushed(stream)):
        pass
    return found


def pushed_altogether(stream: Stream, text: str) -> dict[str, Any]:
    """The news of a page up to the one with the text, laid over each other.

    A page that is rendered while something changes may show a part of that, and is told the rest with its next turn.
    """
    laid: dict[str, Any] = {"rows": {}, "parts": {}}
    is_there = False
    while not is_there:
        found = pushed(stream)
        laid = laid | found | {kind: laid[kind] | found.get(kind, {}) for kind in ("rows", "parts")}
        is_there = text in str(found)
    return laid


def begin(stream: Stream, order: models.WorkOrder) -> None:
    """Until the pages of the stream were rendered once: from then on it is told what differs, and nothing else."""
    assert stream.next().event == "hello"
    changed(order, address="Elm Street 1")
    pushed_with(stream, "Elm Street 1")


def tell(person: Any, title: str) -> None:
    now = timezone.now()
    inbox.notify(users=[person], kind="storm", title=title, body="", url="", by=None, now=now)


def begin_review(stream: Stream, order: models.WorkOrder) -> None:
    """As `begin`, for a review, which shows no address in its head."""
    assert stream.next().event == "hello"
    changed(order, title="Elm Street 1")
    pushed_with(stream, "Elm Street 1")


@pytest.fixture
def order(transactional_db: None, district: models.District) -> models.WorkOrder:
    return factories.OrderFactory(district=district, number="WO-1", title="Wire down")


class TestWhoIsTold:
    def test_members_are_sent_what_differs(self, direct: Server, vic: Any, order: models.WorkOrder) -> None:
        page = board(order.district)
        with direct.stream(client_of(vic), address(order.district, page)) as stream:
            begin(stream, order)
            changed(order, title="Pole leans")
            told = pushed(stream)

        assert told["page"] == page
        assert list(told["rows"]) == [str(order.pk)]
        assert "Pole leans" in told["rows"][str(order.pk)]
        assert "sequence" not in told
        assert "around" not in told
        # What was rendered for an earlier change may show this one already.
        assert told["through"] <= positions.current_cursor()

    def test_a_stranger_is_refused(
        self, direct: Server, stella: Any, elsewhere: models.District, order: models.WorkOrder
    ) -> None:
        for path in (address(order.district, board(order.district)), address(elsewhere, board(order.district))):
            with direct.browser(client_of(stella)) as browser:
                assert browser.get(path).status_code == 403

    def test_nobody_is_asked_to_sign_in(self, direct: Server, order: models.WorkOrder) -> None:
        with direct.browser(Client()) as browser:
            assert browser.get(address(order.district, board(order.district))).status_code == 401

    def test_a_page_that_there_is_not_is_refused_in_words(
        self, direct: Server, vic: Any, order: models.WorkOrder
    ) -> None:
        with direct.browser(client_of(vic)) as browser:
            answer = browser.get(address(order.district, "board?day=nonsense&district=1"))

        assert (answer.status_code, answer.text) == (400, "A page of a day names it, such as 2026-11-30.")

    def test_a_kind_of_another_release_is_left_to_it(self, direct: Server, vic: Any, order: models.WorkOrder) -> None:
        page, newer = board(order.district), f"heatmap?district={order.district_id}"
        with direct.stream(client_of(vic), address(order.district, newer, page)) as stream:
            begin(stream, order)
            changed(order, title="Pole leans")
            told = pushed(stream)

        assert told["page"] == page


class TestJoining:
    def test_a_page_that_shows_everything_is_told_nothing(
        self, direct: Server, vic: Any, order: models.WorkOrder
    ) -> None:
        changed(order, title="Before the page was made")
        with direct.stream(client_of(vic), address(order.district, board(order.district))) as stream:
            changed(order, title="Behind it")
            told = pushed_with(stream, "Behind it")

        assert "Behind it" in told["rows"][str(order.pk)]

    def test_what_came_between_page_and_stream_is_told(self, direct: Server, vic: Any, order: models.WorkOrder) -> None:
        made_at = positions.current_cursor()
        changed(order, title="While the page travelled")

        with direct.stream(client_of(vic), address(order.district, board(order.district), since=made_at)) as stream:
            told = pushed(stream)

        assert "While the page travelled" in told["rows"][str(order.pk)]
        assert told["sequence"] == [str(order.pk)]

    def test_who_comes_second_gets_what_it_lacks(
        self, direct: Server, vic: Any, mara: Any, order: models.WorkOrder
    ) -> None:
        page, other = board(order.district), factories.OrderFactory(district=order.district)
        with direct.stream(client_of(vic), address(order.district, page)) as first:
            begin(first, order)
            changed(other, title="Told to the first")
            assert "Told to the first" in pushed(first)["rows"][str(other.pk)]
            between = positions.current_cursor()
            changed(order, title="Told to both")
            assert "Told to both" in pushed(first)["rows"][str(order.pk)]

            with direct.stream(client_of(mara), address(order.district, page, since=between)) as second:
                told = pushed(second)

        # Of another process it gets the whole page: that one has not seen the row change.
        assert "Told to both" in told["rows"][str(order.pk)]


class TestWhatIsTold:
    def test_a_new_order_comes_in_its_place_and_is_counted(
        self, direct: Server, vic: Any, order: models.WorkOrder
    ) -> None:
        page = board(order.district)
        with direct.stream(client_of(vic), address(order.district, page)) as stream:
            begin(stream, order)
            with transaction.atomic():
                wire = factories.OrderFactory(district=order.district, priority=0)
                events.order_changed(orders=[wire.pk], cause="inputs.changed", now=timezone.now())
            told = pushed_altogether(stream, 'data-count="all">2<')

        assert told["sequence"] == [str(wire.pk), str(order.pk)]
        assert list(told["rows"]) == [str(wire.pk)]
        assert 'data-count="all">2<' in told["parts"]["tabs"]

    def test_the_last_order_leaves_words_and_the_first_brings_the_table(
        self, direct: Server, vic: Any, order: models.WorkOrder
    ) -> None:
        page = board(order.district)
        with direct.stream(client_of(vic), address(order.district, page)) as stream:
            begin(stream, order)
            changed(order, status="COMPLETED")
            gone = pushed(stream)
            changed(order, status="READY")
            back = pushed(stream)

        assert (gone["sequence"], "No orders yet" in gone["around"]) == ([], True)
        assert back["sequence"] == [str(order.pk)]
        assert "data-rows" in back["around"]
        assert str(order.pk) in back["rows"]

    def test_a_board_with_a_filter_has_its_own_news(self, direct: Server, vic: Any, order: models.WorkOrder) -> None:
        all_of_it, some = board(order.district), board(order.district, kind="TROUBLE")
        with direct.stream(client_of(vic), address(order.district, all_of_it, some)) as stream:
            begin(stream, order)
            changed(order, kind="TROUBLE")
            found: dict[str, dict[str, Any]] = {}
            while not {all_of_it, some} <= found.keys():
                if "Trouble" in str((told := pushed(stream)).get("rows")):
                    found[told["page"]] = told

        assert list(found[all_of_it]["rows"]) == list(found[some]["rows"]) == [str(order.pk)]
        assert "sequence" not in found[all_of_it]
        assert found[some]["sequence"] == [str(order.pk)]

    def test_what_concerns_another_district_costs_nothing(
        self, direct: Server, vic: Any, order: models.WorkOrder, elsewhere: models.District
    ) -> None:
        theirs = factories.OrderFactory(district=elsewhere)
        with direct.stream(client_of(vic), address(order.district, board(order.district))) as stream:
            begin(stream, order)
            changed(theirs, title="Elsewhere")
            changed(order, title="Here")
            told = pushed(stream)

        assert list(told["rows"]) == [str(order.pk)]


class TestReview:
    def review(self, order: models.WorkOrder) -> str:
        return f"review?day={DAY}&district={order.district_id}&order={order.pk}"

    def test_its_parts_come_with_forms_of_nobody(self, direct: Server, vic: Any, order: models.WorkOrder) -> None:
        with direct.stream(client_of(vic), address(order.district, self.review(order))) as stream:
            begin_review(stream, order)
            changed(order, title="Pole leans")
            told = pushed(stream)

        assert set(told["parts"]) == {"head"}
        assert "Pole leans" in told["parts"]["head"]

    def test_an_order_of_another_district_is_not_shown(
        self, direct: Server, vic: Any, order: models.WorkOrder, elsewhere: models.District
    ) -> None:
        theirs = factories.OrderFactory(district=elsewhere, title="Not for Vic")
        page = f"review?day={DAY}&district={order.district_id}&order={theirs.pk}"
        with direct.stream(client_of(vic), address(order.district, page)) as stream:
            told = pushed(stream)

        # Its own request is then refused.
        assert told == {"page": page, "ask": True}

    def test_whoever_has_it_open_goes_on_reviewing(self, order: models.WorkOrder, mara: Any) -> None:
        kind = page_of(self.review(order)).kind
        now = timezone.now()
        presence.keep(order=order, by=mara, now=now - timedelta(seconds=40))
        assert kind.looked_at is not None

        kind.looked_at([({"order": str(order.pk)}, mara.pk)])

        assert models.Reviewing.objects.get().expires_at >= now + presence.LIFE

    def test_another_order_is_looked_at_now_and_then(self, order: models.WorkOrder) -> None:
        page = page_of(self.review(order))

        assert page.kind.pause(page.query, {str(order.pk)}) == page.kind.pause(page.query, EVERYTHING) == 0
        assert page.kind.pause(page.query, {str(order.pk + 1)}) > 0


class TestInbox:
    def test_new_entries_come_and_read_ones_move(self, direct: Server, vic: Any, order: models.WorkOrder) -> None:
        page = f"inbox?person={vic.pk}"
        with direct.stream(client_of(vic), address(order.district, page)) as stream:
            assert stream.next().event == "hello"
            tell(vic, "First")
            first = pushed_with(stream, "First")
            tell(vic, "Second")
            second = pushed(stream)
            inbox.mark_all_read(by=vic, now=timezone.now())
            read = pushed(stream)

        assert "First" in str(first["rows"])
        assert "data-rows" in first["around"]
        assert [len(second["sequence"]), len(second["rows"])] == [2, 1]
        assert "disabled" in read["parts"]["all"]
        assert "Mark as read" not in str(read["rows"])

    def test_nobody_is_told_of_another_s(self, direct: Server, vic: Any, mara: Any, order: models.WorkOrder) -> None:
        with direct.browser(client_of(vic)) as browser:
            assert browser.get(address(order.district, f"inbox?person={mara.pk}")).status_code == 403
