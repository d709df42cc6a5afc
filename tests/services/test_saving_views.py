"""Views of a board that a person keeps: saved, renamed, deleted, and one that opens first."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.services import saving_views
from tests.racing import at_once

pytestmark = pytest.mark.django_db

TROUBLE = "kind=TROUBLE"


@pytest.fixture
def trouble(district, mara, now) -> models.SavedView:
    return saving_views.save(district=district, name="Trouble", query=TROUBLE, by=mara, now=now)


def names(person: Any) -> list[str]:
    return [view.name for view in models.SavedView.objects.of(person)]


def default(person: Any) -> list[str]:
    return [view.name for view in models.SavedView.objects.of(person).filter(is_default=True)]


class TestSaved:
    def test_under_a_name_in_the_sequence_of_the_alphabet(self, trouble, district, mara, now):
        saving_views.save(district=district, name="  my   feeder ", query="feeder=F-101", by=mara, now=now)

        assert names(mara) == ["my feeder", "Trouble"]

    def test_for_the_person_alone(self, trouble, district, jonas, now):
        assert names(jonas) == []
        saving_views.save(district=district, name="Trouble", query=TROUBLE, by=jonas, now=now)

        assert names(jonas) == ["Trouble"]

    def test_is_refused_under_a_name_that_is_taken_in_whatever_letters(self, trouble, district, mara, now):
        with pytest.raises(saving_views.NameTaken, match="a view of North called TROUBLE already"):
            saving_views.save(district=district, name="TROUBLE", query="q=x", by=mara, now=now)

        assert names(mara) == ["Trouble"]

    def test_is_refused_without_a_name_or_a_filter(self, district, mara, now):
        with pytest.raises(saving_views.NameMissing):
            saving_views.save(district=district, name="  ", query=TROUBLE, by=mara, now=now)
        with pytest.raises(saving_views.NothingToSave):
            saving_views.save(district=district, name="All", query="", by=mara, now=now)

    def test_is_refused_when_the_menu_is_full(self, district, mara, now):
        for number in range(saving_views.MOST):
            saving_views.save(district=district, name=f"View {number}", query=TROUBLE, by=mara, now=now)

        with pytest.raises(saving_views.TooManyViews, match="You have 20 views of North"):
            saving_views.save(district=district, name="One more", query=TROUBLE, by=mara, now=now)

    def test_leaves_nothing_when_it_is_refused_as_the_default(self, trouble, district, mara, now):
        saving_views.set_default(view=trouble, by=mara, now=now)

        with pytest.raises(saving_views.NameTaken):
            saving_views.save(district=district, name="trouble", query="q=x", is_default=True, by=mara, now=now)

        assert default(mara) == ["Trouble"]


class TestRenamed:
    def test_to_another_name_or_other_letters(self, trouble, mara, now):
        saving_views.rename(view=trouble, name="TROUBLE", by=mara, now=now)

        assert names(mara) == ["TROUBLE"]

    def test_is_refused_to_a_name_that_is_taken(self, trouble, district, mara, now):
        other = saving_views.save(district=district, name="Other", query="q=x", by=mara, now=now)

        with pytest.raises(saving_views.NameTaken):
            saving_views.rename(view=other, name="trouble", by=mara, now=now)

        assert names(mara) == ["Other", "Trouble"]


class TestDefault:
    def test_is_one_at_most(self, trouble, district, mara, now):
        saving_views.set_default(view=trouble, by=mara, now=now)
        saving_views.save(district=district, name="Late", query="q=late", is_default=True, by=mara, now=now)

        assert default(mara) == ["Late"]

    def test_can_be_none_again(self, trouble, district, mara, now):
        saving_views.set_default(view=trouble, by=mara, now=now)

        saving_views.unset_default(district=district, by=mara, now=now)

        assert default(mara) == []

    def test_goes_with_the_view_that_is_deleted(self, trouble, mara, now):
        saving_views.set_default(view=trouble, by=mara, now=now)

        for _ in range(2):
            saving_views.delete(view=trouble, by=mara, now=now)

        assert names(mara) == []

    def test_leaves_that_of_a_colleague_and_of_another_district_alone(
        self, trouble, district, elsewhere, mara, jonas, now
    ):
        models.Membership.objects.create(user=mara, district=elsewhere, role="VIEWER")
        for person, place in [(jonas, district), (mara, elsewhere)]:
            saving_views.save(district=place, name="Theirs", query="q=x", is_default=True, by=person, now=now)

        saving_views.set_default(view=trouble, by=mara, now=now)

        assert default(mara) == ["Theirs", "Trouble"]
        assert default(jonas) == ["Theirs"]


@pytest.mark.django_db(transaction=True)
class TestRaced:
    def test_one_of_two_with_the_same_name_is_refused(self, district, mara, now):
        def save() -> models.SavedView:
            return saving_views.save(district=district, name="Mine", query=TROUBLE, is_default=True, by=mara, now=now)

        outcomes = at_once(save, save)

        assert sorted(type(one).__name__ for one in outcomes) == ["NameTaken", "SavedView"]
        assert default(mara) == ["Mine"]

    def test_of_two_defaults_one_stands(self, district, mara, now):
        def save(name: str) -> Any:
            return lambda: saving_views.save(
                district=district, name=name, query=TROUBLE, is_default=True, by=mara, now=now
            )

        outcomes = at_once(save("One"), save("Two"))

        assert [type(one).__name__ for one in outcomes] == ["SavedView", "SavedView"]
        assert len(default(mara)) == 1
