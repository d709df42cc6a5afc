"""manage.py reconcile: prints what differs and says so by its exit code."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command

from assignments import models
from tests.downstream.conftest import Answer, ScriptedSystem
from tests.services.reconciling.workforce import SOON, Workforce, spoil

pytestmark = pytest.mark.django_db


class TestTheCommand:
    def run(self, capsys: Any, *args: str) -> tuple[int, str]:
        code = 0
        try:
            call_command("reconcile", *args)
        except SystemExit as ended:
            code = int(str(ended.code))
        return code, capsys.readouterr().out

    @pytest.fixture(autouse=True)
    def _clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("django.utils.timezone.now", lambda: SOON)

    def test_prints_what_differs_and_repairs_it(
        self, told: Any, target: Any, workforce: Workforce, crews: Any, capsys: Any
    ) -> None:
        assert self.run(capsys)[0] == 0
        spoil(workforce, crews, told)

        code, said = self.run(capsys, "workforce", "--repair")

        assert code == 1
        assert said.splitlines()[0] == "Workforce: 3 bookings in its book, 1 as it was told."
        assert "    missing there: WO-1, here Line 1, Mon 15 Jun 08:00–09:00" in said
        assert said.splitlines()[-1] == "  Told again: 2, by a worker. Left alone: 1."
        self.run(capsys, "--repair")
        assert models.WriteBack.objects.filter(repair__gt=0).count() == 2

    def test_a_book_that_cannot_be_read_is_another_code(self, target: Any, served: ScriptedSystem, capsys: Any) -> None:
        served.respond = lambda asked: Answer(403)
        assert self.run(capsys) == (2, "Workforce: answered 403.\n")

        served.respond = lambda asked: Answer(404)
        assert self.run(capsys) == (0, "Workforce: answers 404 when its bookings are asked for.\n")
