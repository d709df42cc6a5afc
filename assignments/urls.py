from __future__ import annotations

from django.urls import path

from assignments import addresses  # noqa: F401 - registers the converter
from assignments.views import (
    board,
    decisions,
    district_map,
    emergency,
    moving,
    permits,
    review,
    run_stream,
    runs,
    schedule,
    storm,
    write_backs,
)

app_name = "assignments"
urlpatterns = [
    path("", board.home, name="home"),
    path("districts/<name:code>/board/", board.board, name="board"),
    path("districts/<name:code>/board/counts/", board.counts, name="board-counts"),
    path("districts/<name:code>/board/approve/", board.bulk, name="board-bulk"),
    path("districts/<name:code>/permits/", permits.show, name="permits"),
    path("districts/<name:code>/write-backs/", write_backs.show, name="write-backs"),
    path("districts/<name:code>/write-backs/<slug:target>/dead/", write_backs.dead, name="write-backs-dead"),
    path("districts/<name:code>/write-backs/<slug:target>/retry/", write_backs.retry_dead, name="write-backs-retry"),
    path("districts/<name:code>/map/", district_map.show, name="map"),
    path("districts/<name:code>/map/places/", district_map.places, name="map-places"),
    path("districts/<name:code>/schedule/", schedule.page, name="schedule"),
    path("districts/<name:code>/schedule/crews/", schedule.crews, name="schedule-crews"),
    path("districts/<name:code>/schedule/check/", schedule.check, name="schedule-check"),
    path("districts/<name:code>/storm/", storm.show, name="storm"),
    path("districts/<name:code>/storm/declare/", storm.declare, name="storm-declare"),
    path("districts/<name:code>/storm/end/", storm.end, name="storm-end"),
    path("orders/<name:number>/why-not/", review.why_not, name="order-why-not"),
    path("orders/<name:number>/emergency/", emergency.crews, name="order-emergency"),
    path("orders/<name:number>/emergency/<int:shift_id>/", emergency.crew, name="order-emergency-crew"),
    path("orders/<name:number>/row/", board.row, name="order-row"),
    path("orders/<name:number>/", review.order, name="order-review"),
    path("runs/", runs.start, name="run-start"),
    path("runs/<uuid:run_id>/", runs.show, name="run"),
    path("runs/<uuid:run_id>/events/", run_stream.run_events, name="run-events"),
    path("runs/<uuid:run_id>/keep/", runs.keep, name="run-keep"),
    path("runs/<uuid:run_id>/cancel/", runs.cancel, name="run-cancel"),
    path("suggestions/approve/", decisions.approve_many, name="suggestion-approve-many"),
    path("suggestions/<int:suggestion_id>/approve/", decisions.approve, name="suggestion-approve"),
    path("suggestions/<int:suggestion_id>/reject/", decisions.reject, name="suggestion-reject"),
    path("assignments/<uuid:assignment_id>/undo/", decisions.undo, name="assignment-undo"),
    path("assignments/<uuid:assignment_id>/revoke/", decisions.revoke, name="assignment-revoke"),
    path("assignments/<uuid:assignment_id>/move/", moving.move, name="assignment-move"),
    path("assignments/<uuid:assignment_id>/pin/", moving.pin, name="assignment-pin"),
    path("assignments/<uuid:assignment_id>/unpin/", moving.unpin, name="assignment-unpin"),
    path("write-backs/<int:write_back_id>/retry/", write_backs.retry, name="write-back-retry"),
]
