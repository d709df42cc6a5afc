# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""The files of states and what their law says of excavation tickets."""

from __future__ import annotations

from assignments import models
from assignments.admin.exchange import columns, resource

_DAYS = models.State.Days


class StateResource(resource.ExchangeResource):
    key = ("code",)
    code = columns.column("code", columns.Text())
    name = columns.column("name", columns.Text())
    ticket_life = columns.column("ticket_life", columns.Whole())
    ticket_life_in = columns.column("ticket_life_in", columns.Choice(_DAYS), default=_DAYS.CALENDAR.value)
    begin_within = columns.column("begin_within", columns.Whole())
    begin_within_in = columns.column("begin_within_in", columns.Choice(_DAYS), default=_DAYS.CALENDAR.value)

    class Meta:
        model = models.State
        fields = ("code", "name", "ticket_life", "ticket_life_in", "begin_within", "begin_within_in")
        import_id_fields = ("code",)
        skip_unchanged = True
        clean_model_instances = True

    def find(self, row: columns.Row) -> models.State | None:
        return models.State.objects.filter(code=self.cleaned("code", row)).first()
