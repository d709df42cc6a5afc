from __future__ import annotations

from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

from assignments import addresses  # noqa: F401 - registers the converter
from assignments.api import (
    audits,
    base,
    batches,
    board,
    comparisons,
    contract,
    deciding,
    emergencies,
    moving,
    notes,
    notices,
    overriding,
    pushing,
    reading,
    refused_records,
    restoring,
    running,
    splitting,
    streaming,
    subscribing,
    untaken,
    workforce,
)

app_name = "api"


class SchemaView(base.ApiView, SpectacularAPIView):
    """OpenAPI 3 of everything below /api/v1/."""

    schema = None

    def _get_version_parameter(self, request: Request) -> None:
        """None: there is one version, and what is typed as another would stand in a header of the answer."""


OVERRIDE = "v1/orders/<name:number>/override/<int:shift_id>"
SUBSCRIPTION = "v1/subscriptions/<int:subscription_id>"
SUGGESTION = "v1/suggestions/<int:suggestion_id>"
urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("v1/districts/", reading.Districts.as_view(), name="districts"),
    path("v1/districts/<name:code>/storm/declare/", deciding.StormDeclare.as_view(), name="storm-declare"),
    path("v1/districts/<name:code>/storm/end/", deciding.StormEnd.as_view(), name="storm-end"),
    path("v1/districts/<name:code>/suggestions/", board.DistrictSuggestions.as_view(), name="district-suggestions"),
    path("v1/districts/<name:code>/", reading.DistrictFile.as_view(), name="district"),
    path("v1/orders/", reading.Orders.as_view(), name="orders"),
    path("v1/orders/<name:number>/emergency/", emergencies.Choices.as_view(), name="order-emergency"),
    path("v1/orders/<name:number>/emergency/accept/", emergencies.Accept.as_view(), name="order-emergency-accept"),
    path("v1/orders/<name:number>/why-not/", overriding.WhyNot.as_view(), name="order-why-not"),
    path("v1/orders/<name:number>/restoration/", restoring.RestorationSet.as_view(), name="order-restoration"),
    path(
        "v1/orders/<name:number>/restoration/take-back/",
        restoring.RestorationTakeBack.as_view(),
        name="order-restoration-take-back",
    ),
    path(f"{OVERRIDE}/", overriding.Override.as_view(), name="order-override"),
    path(f"{OVERRIDE}/approve/", overriding.OverrideApprove.as_view(), name="order-override-approve"),
    path("v1/orders/<name:number>/split/", splitting.OrderSplit.as_view(), name="order-split"),
    path("v1/orders/<name:number>/put-together/", splitting.OrderPutTogether.as_view(), name="order-put-together"),
    path("v1/orders/<name:number>/", reading.Order.as_view(), name="order"),
    path("v1/runs/", running.Runs.as_view(), name="runs"),
    path("v1/runs/<uuid:run_id>/", running.Run.as_view(), name="run"),
    path("v1/runs/<uuid:run_id>/cancel/", running.RunCancel.as_view(), name="run-cancel"),
    path("v1/runs/<uuid:run_id>/keep/", running.RunKeep.as_view(), name="run-keep"),
    path("v1/runs/<uuid:run_id>/go-on/", running.RunGoOn.as_view(), name="run-go-on"),
    path("v1/runs/<uuid:run_id>/events/", streaming.RunEvents.as_view(), name="run-events"),
    path("v1/suggestions/", reading.Suggestions.as_view(), name="suggestions"),
    path(f"{SUGGESTION}/", reading.SuggestionFile.as_view(), name="suggestion"),
    path(f"{SUGGESTION}/approve/", deciding.SuggestionApprove.as_view(), name="suggestion-approve"),
    path(f"{SUGGESTION}/reject/", deciding.SuggestionReject.as_view(), name="suggestion-reject"),
    path("v1/rejections/", reading.Rejections.as_view(), name="rejections"),
    path("v1/rejections/<int:rejection_id>/", reading.RejectionFile.as_view(), name="rejection"),
    path(
        "v1/rejections/<int:rejection_id>/take-back/", deciding.RejectionTakeBack.as_view(), name="rejection-take-back"
    ),
    path("v1/assignments/", reading.Assignments.as_view(), name="assignments"),
    path("v1/assignments/<uuid:assignment_id>/", reading.AssignmentDetail.as_view(), name="assignment"),
    path("v1/assignments/<uuid:assignment_id>/undo/", deciding.AssignmentUndo.as_view(), name="assignment-undo"),
    path("v1/assignments/<uuid:assignment_id>/revoke/", deciding.AssignmentRevoke.as_view(), name="assignment-revoke"),
    path("v1/assignments/<uuid:assignment_id>/move/", moving.AssignmentMove.as_view(), name="assignment-move"),
    path(
        "v1/assignments/<uuid:assignment_id>/reassign/", moving.AssignmentReassign.as_view(), name="assignment-reassign"
    ),
    path("v1/assignments/<uuid:assignment_id>/pin/", moving.AssignmentPin.as_view(), name="assignment-pin"),
    path("v1/assignments/<uuid:assignment_id>/unpin/", moving.AssignmentUnpin.as_view(), name="assignment-unpin"),
    path("v1/batches/", batches.Batches.as_view(), name="batches"),
    path("v1/batches/<uuid:batch_id>/", batches.BatchFile.as_view(), name="batch"),
    path("v1/batches/<uuid:batch_id>/take-back/", batches.BatchTakeBack.as_view(), name="batch-take-back"),
    path("v1/permits/", reading.Permits.as_view(), name="permits"),
    path("v1/permits/<int:permit_id>/", reading.PermitFile.as_view(), name="permit"),
    path("v1/employees/", workforce.Employees.as_view(), name="employees"),
    path("v1/employees/<int:employee_id>/", workforce.EmployeeFile.as_view(), name="employee"),
    path("v1/crews/", workforce.Crews.as_view(), name="crews"),
    path("v1/crews/<int:crew_id>/", workforce.CrewDetail.as_view(), name="crew"),
    path("v1/shifts/", workforce.Shifts.as_view(), name="shifts"),
    path("v1/shifts/<int:shift_id>/", workforce.ShiftFile.as_view(), name="shift"),
    path("v1/absences/", workforce.Absences.as_view(), name="absences"),
    path("v1/absences/<int:absence_id>/", workforce.AbsenceFile.as_view(), name="absence"),
    path("v1/equipment/", workforce.EquipmentListing.as_view(), name="equipment"),
    path("v1/equipment/<int:equipment_id>/", workforce.EquipmentFile.as_view(), name="equipment-item"),
    path("v1/write-backs/", reading.WriteBacks.as_view(), name="write-backs"),
    path("v1/write-backs/retry/", untaken.WriteBacksRetry.as_view(), name="write-backs-retry"),
    path("v1/write-backs/<int:write_back_id>/", reading.WriteBackFile.as_view(), name="write-back"),
    path("v1/write-backs/<int:write_back_id>/correct/", untaken.WriteBackCorrect.as_view(), name="write-back-correct"),
    path(
        "v1/write-backs/<int:write_back_id>/write-off/",
        untaken.WriteBackWriteOff.as_view(),
        name="write-back-write-off",
    ),
    path("v1/write-backs/<int:write_back_id>/retry/", untaken.WriteBackRetry.as_view(), name="write-back-retry"),
    path("v1/inbound/<slug:system_code>/<slug:resource>/", pushing.InboundBatch.as_view(), name="inbound-batch"),
    path(
        "v1/inbound/<slug:system_code>/<slug:resource>/<name:reference>/",
        pushing.InboundRecord.as_view(),
        name="inbound-record",
    ),
    path("v1/refused-records/", refused_records.RefusedRecords.as_view(), name="refused-records"),
    path("v1/refused-records/<int:record_id>/", refused_records.RefusedRecordFile.as_view(), name="refused-record"),
    path("v1/systems/", reading.Systems.as_view(), name="systems"),
    path("v1/systems/<slug:system_code>/", reading.SystemFile.as_view(), name="system"),
    path("v1/audit/", audits.Audit.as_view(), name="audit"),
    path("v1/audit/<int:entry_id>/", audits.AuditEntryFile.as_view(), name="audit-entry"),
    path("v1/comparisons/", comparisons.Comparisons.as_view(), name="comparisons"),
    path("v1/comparisons/<int:comparison_id>/", comparisons.ComparisonFile.as_view(), name="comparison"),
    path("v1/differences/", comparisons.Differences.as_view(), name="differences"),
    path("v1/differences/<int:difference_id>/", comparisons.DifferenceFile.as_view(), name="difference"),
    path("v1/subscriptions/", subscribing.Subscriptions.as_view(), name="subscriptions"),
    path(f"{SUBSCRIPTION}/", subscribing.SubscriptionFile.as_view(), name="subscription"),
    path(f"{SUBSCRIPTION}/end/", subscribing.SubscriptionEnd.as_view(), name="subscription-end"),
    path(
        f"{SUBSCRIPTION}/change-secret/",
        subscribing.SubscriptionChangeSecret.as_view(),
        name="subscription-change-secret",
    ),
    path(f"{SUBSCRIPTION}/test/", subscribing.SubscriptionTest.as_view(), name="subscription-test"),
    path(
        f"{SUBSCRIPTION}/start-from-now/",
        subscribing.SubscriptionStartFromNow.as_view(),
        name="subscription-start-from-now",
    ),
    path("v1/schemas/", contract.MessageSchemas.as_view(), name="message-schemas"),
    path("v1/schemas/<slug:message>/", contract.MessageSchema.as_view(), name="message-schema"),
    path("v1/notes/", notes.Notes.as_view(), name="notes"),
    path("v1/notes/<int:note_id>/", notes.NoteFile.as_view(), name="note"),
    path("v1/notes/<int:note_id>/take-back/", notes.NoteTakeBack.as_view(), name="note-take-back"),
    path("v1/notifications/", notices.Notifications.as_view(), name="notifications"),
    path("v1/notifications/read/", notices.NotificationsRead.as_view(), name="notifications-read"),
    path("v1/notifications/<int:notification_id>/", notices.NotificationFile.as_view(), name="notification"),
    path("v1/notifications/<int:notification_id>/read/", notices.NotificationRead.as_view(), name="notification-read"),
    path("v1/events/", streaming.Events.as_view(), name="events"),
    re_path("", base.NotHere.as_view(), name="not-here"),
]
