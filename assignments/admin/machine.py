"""Read-only rows that services write. Decisions are made on the pages and through the API only."""

from __future__ import annotations

from django.contrib import admin

from assignments import models
from assignments.admin import base
from assignments.engine.domain.problem import Place
from notifications.models import Event, Notification


class SourceProgressInline(base.MachineInline):
    model = models.SourceProgress


class MovedOrderInline(base.MachineInline):
    model = models.MovedOrder
    fields = ("order", "shown_crews", "shown_starts_at", "crews", "starts_at", "why")


class FurtherCrewInline(base.MachineInline):
    model = models.FurtherCrew
    fields = ("part", "crew", "departs_at", "travel_minutes")


class WriteBackInline(base.MachineInline):
    model = models.WriteBack
    fields = ("target", "action", "status", "attempts", "last_error", "acknowledged_at")


@admin.register(models.SuggestionRun)
class SuggestionRunAdmin(base.MachineAdmin):
    list_display = ("id", "district", "day", "status", "requested_by", "requested_at", "finished_at", "orders_in_plan")
    list_filter = ("status", "district")
    list_select_related = ("district", "requested_by")
    search_fields = ("id", "district__code", "district__name")
    date_hierarchy = "requested_at"
    inlines = (SourceProgressInline, MovedOrderInline)


@admin.register(models.WaitingRecord)
class WaitingRecordAdmin(base.MachineAdmin):
    list_display = ("reference", "resource", "system", "reason", "since", "tried_at")
    list_filter = ("system", "resource")
    list_select_related = ("system",)
    search_fields = ("reference", "reason")
    date_hierarchy = "since"


@admin.register(models.RefusedRecord)
class RefusedRecordAdmin(base.MachineAdmin):
    list_display = ("reference", "resource", "system", "district", "field", "reason", "first_seen_at", "last_seen_at")
    list_filter = ("system", "resource", "district", "is_grave", "waits")
    list_select_related = ("system", "district")
    search_fields = ("reference", "reason", "field")
    date_hierarchy = "last_seen_at"


@admin.register(models.FileImport)
class FileImportAdmin(base.MachineAdmin):
    list_display = ("name", "table", "status", "rows", "refused", "started_by", "started_at", "ended_at")
    list_filter = ("status", "table")
    list_select_related = ("started_by",)
    search_fields = ("name", "started_by__username")
    date_hierarchy = "started_at"


@admin.register(models.Outage)
class OutageAdmin(base.MachineAdmin):
    list_display = ("source_reference", "order", "feeder", "customers_out", "started_at", "restored_at", "source")
    list_filter = ("source", "order__district")
    list_select_related = ("order", "source")
    search_fields = ("source_reference", "order__number", "feeder")
    date_hierarchy = "started_at"


@admin.register(models.Verdict)
class VerdictAdmin(base.MachineAdmin):
    list_display = ("order", "run", "legal", "text")
    list_filter = ("run__district",)
    list_select_related = ("order", "run__district")
    search_fields = ("order__number", "text")


@admin.register(models.Suggestion)
class SuggestionAdmin(base.MachineAdmin):
    list_display = ("order", "crew", "rank", "starts_at", "score", "in_plan", "tentative", "status", "stale_cause")
    list_filter = ("status", "in_plan", "tentative", "order__district")
    list_select_related = ("order", "crew")
    search_fields = ("order__number", "crew__name")
    date_hierarchy = "starts_at"
    inlines = (FurtherCrewInline,)


@admin.register(models.Rejection)
class RejectionAdmin(base.MachineAdmin):
    list_display = ("order", "crew_names", "code", "reason", "rejected_by", "rejected_at", "taken_back_at", "lapsed_at")
    list_filter = ("code", "order__district")
    list_select_related = ("order", "rejected_by")
    search_fields = ("order__number", "crew_names")
    date_hierarchy = "rejected_at"


@admin.register(models.SetRestoration)
class SetRestorationAdmin(base.MachineAdmin):
    list_display = ("order", "back_at", "reason", "set_by", "set_at", "taken_back_at", "lapsed_at")
    list_filter = ("order__district",)
    list_select_related = ("order", "set_by")
    search_fields = ("order__number", "reason")
    date_hierarchy = "set_at"


@admin.register(models.Note)
class NoteAdmin(base.MachineAdmin):
    list_display = ("written_at", "written_by", "order", "crew", "district", "text", "taken_back_at")
    list_filter = ("district", "written_by")
    list_select_related = ("written_by", "order", "crew", "district")
    search_fields = ("order__number", "crew__name", "text", "written_by__username")
    date_hierarchy = "written_at"


@admin.register(models.ToldRestoration)
class ToldRestorationAdmin(base.MachineAdmin):
    list_display = ("order", "back_at", "certainty", "is_set", "told_at")
    list_filter = ("certainty", "order__district")
    list_select_related = ("order",)
    search_fields = ("order__number",)
    date_hierarchy = "told_at"


class BatchItemInline(base.MachineInline):
    model = models.BatchItem
    fields = ("place", "order", "status", "sentence")


@admin.register(models.Batch)
class BatchAdmin(base.MachineAdmin):
    list_display = ("id", "act", "district", "day", "started_by", "started_at", "undo_asked_by", "undo_asked_at")
    list_filter = ("act", "district")
    list_select_related = ("district", "started_by", "undo_asked_by")
    search_fields = ("id", "district__code", "started_by__username")
    date_hierarchy = "started_at"
    inlines = (BatchItemInline,)


@admin.register(models.Assignment)
class AssignmentAdmin(base.MachineAdmin):
    list_display = ("order", "crew", "starts_at", "ends_at", "status", "approved_by", "approved_at", "red_cause")
    list_filter = ("status", "pinned", "order__district")
    list_select_related = ("order", "crew", "approved_by")
    search_fields = ("id", "order__number", "crew__name")
    date_hierarchy = "starts_at"
    inlines = (WriteBackInline,)


@admin.register(models.WriteBack)
class WriteBackAdmin(base.MachineAdmin):
    list_display = ("number", "crew", "target", "action", "status", "attempts", "next_attempt_at", "last_error")
    list_filter = ("status", "target", "action")
    list_select_related = ("order", "assignment__order", "assignment__crew", "target")
    search_fields = ("order__number", "assignment__order__number", "idempotency_key", "trace_id", "reference")
    date_hierarchy = "created_at"

    @admin.display(description="order", ordering="assignment__order__number")
    def number(self, write_back: models.WriteBack) -> str:
        return write_back.about.number

    @admin.display(ordering="assignment__crew__name")
    def crew(self, write_back: models.WriteBack) -> models.Crew | None:
        return write_back.assignment.crew if write_back.assignment else None


class DifferenceInline(base.MachineInline):
    model = models.Difference
    fields = ("kind", "district", "order", "crews", "their_crews", "theirs", "write_back", "left_because")
    raw_id_fields = ("order", "write_back")


@admin.register(models.BookComparison)
class BookComparisonAdmin(base.MachineAdmin):
    list_display = ("target", "status", "asked_at", "ended_at", "entries", "agreed", "waiting", "untaken", "error")
    list_filter = ("status", "target")
    list_select_related = ("target",)
    search_fields = ("target__code", "target__name")
    inlines = (DifferenceInline,)


@admin.register(models.TravelTime)
class TravelTimeAdmin(base.MachineAdmin):
    list_display = ("start", "end", "seconds", "fetched_at")

    @admin.display(description="from")
    def start(self, told: models.TravelTime) -> str:
        return _coordinates(told.origin)

    @admin.display(description="to")
    def end(self, told: models.TravelTime) -> str:
        return _coordinates(told.destination)


def _coordinates(key: int) -> str:
    place = Place.of_key(key)
    return f"{place.lat:.5f}, {place.lon:.5f}"


@admin.register(models.AuditEntry)
class AuditEntryAdmin(base.MachineAdmin):
    list_display = ("at", "actor_name", "token_name", "verb", "district", "order", "object_type", "object_id", "reason")
    list_filter = ("verb", "district")
    list_select_related = ("district", "order", "actor")
    search_fields = (
        "actor_name",
        "token_name",
        "credential",
        "address",
        "trace_id",
        "verb",
        "order__number",
        "object_id",
        "reason",
    )
    date_hierarchy = "at"


@admin.register(Event)
class EventAdmin(base.MachineAdmin):
    """Events pushed to open pages and integrations, as long as the log keeps them."""

    list_display = ("position", "type", "channel", "created_at")
    list_filter = ("type",)
    search_fields = ("channel",)
    ordering = ("-position",)
    date_hierarchy = "created_at"


@admin.register(Notification)
class NotificationAdmin(base.MachineAdmin):
    list_display = ("user", "kind", "title", "actor", "created_at", "read_at")
    list_filter = ("kind",)
    list_select_related = ("user", "actor")
    search_fields = ("user__username", "title")
    date_hierarchy = "created_at"
