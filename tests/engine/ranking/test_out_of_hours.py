"""Why not, where the best start lies outside the shift: held over, or called back."""

from __future__ import annotations

from assignments.engine.domain.problem import PriorityClass, Window
from assignments.engine.ranking import explain
from assignments.engine.rules import checker
from tests.builders import DAY, HOUR, a_job, a_member, a_problem, a_shift


class TestOutOfHours:
    """At 20:08, five hours after the shift, with customers out."""

    EVENING = 20 * HOUR + 8 * 60

    def refused(self, **fields):
        job = a_job(priority=PriorityClass.EMERGENCY)
        return explain.why_not(a_problem(job, now=self.EVENING), job, a_shift(**fields))

    def test_a_crew_is_held_over_as_soon_as_it_can_be_there(self):
        refusal = self.refused()

        assert [v.rule for v in refusal.violations] == ["shift"]
        assert self.EVENING < refusal.start <= self.EVENING + HOUR / 4
        assert refusal.override == refusal.start

    def test_the_call_back_itself_is_duty(self):
        # Fifteen hours of today and two more are too much before eight hours of rest.
        crew = tuple(a_member(number, worked=(Window(5 * HOUR, self.EVENING),)) for number in (1, 2))
        tomorrow = a_shift(window=Window(31 * HOUR, 39 * HOUR), members=crew)
        job = a_job(priority=PriorityClass.EMERGENCY, duration=2 * HOUR)

        broken = checker.check(a_problem(job, now=self.EVENING), job, tomorrow, self.EVENING + HOUR // 4)

        assert "rest" in [violation.rule for violation in broken]

    def test_one_of_two_who_is_away_is_no_harder_than_a_crew_of_one(self):
        away = (a_member(1), a_member(2, absences=(Window(0, 2 * DAY),)))
        job = a_job(priority=PriorityClass.EMERGENCY, crew_size=2)

        refusal = explain.why_not(a_problem(job, now=self.EVENING), job, a_shift(members=away))

        assert [v.rule for v in refusal.violations] == ["crew-size", "shift"]
        assert refusal.override == refusal.start

    def test_a_start_that_has_gone_by_is_never_the_best(self):
        refusal = self.refused(members=(a_member(1, "GAS"),))

        assert "earliest-start" not in [v.rule for v in refusal.violations]
