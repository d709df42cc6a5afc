from assignments.models.accounts import Account, SecondStep, SignOn
from assignments.models.api_requests import KeyedAnswer, RequestCount
from assignments.models.audits import AuditEntry
from assignments.models.batches import Batch, BatchItem
from assignments.models.bookings import Assignment
from assignments.models.calendars import CalendarFeed
from assignments.models.comparisons import BookComparison, Difference
from assignments.models.districts import District, Membership
from assignments.models.file_columns import FileColumn
from assignments.models.file_imports import FileImport, FilePiece, StagedRow
from assignments.models.following import FollowedSource, ReadingMark, WaitingRecord
from assignments.models.moved import MovedOrder
from assignments.models.notes import Note
from assignments.models.orders import OrderNeed, OrderPart, WorkOrder
from assignments.models.outages import Outage
from assignments.models.permits import Permit, PermitWindow
from assignments.models.quarantine import RefusedRecord
from assignments.models.rejections import Rejection
from assignments.models.restoring import Certainty, SetRestoration, ToldRestoration
from assignments.models.reviewing import Reviewing
from assignments.models.rules import RuleSet, RuleSetBreak, State
from assignments.models.runs import FurtherCrew, SourceProgress, Suggestion, SuggestionRun
from assignments.models.saved_views import SavedView
from assignments.models.storms import Storm
from assignments.models.subscriptions import OutgoingEvent, Subscription
from assignments.models.systems import DownstreamSystem
from assignments.models.tokens import ApiToken
from assignments.models.travel import TravelTime
from assignments.models.verdicts import Verdict
from assignments.models.workers import WorkerBeat
from assignments.models.workforce import (
    Absence,
    Crew,
    CrewMembership,
    Employee,
    Equipment,
    EquipmentOutage,
    HeldQualification,
    Level,
    Qualification,
    Shift,
)
from assignments.models.writebacks import WriteBack, WriteBackLane

__all__ = [
    "Absence",
    "Account",
    "ApiToken",
    "Assignment",
    "AuditEntry",
    "Batch",
    "BatchItem",
    "BookComparison",
    "CalendarFeed",
    "Certainty",
    "Crew",
    "CrewMembership",
    "Difference",
    "District",
    "DownstreamSystem",
    "Employee",
    "Equipment",
    "EquipmentOutage",
    "FileColumn",
    "FileImport",
    "FilePiece",
    "FollowedSource",
    "FurtherCrew",
    "HeldQualification",
    "KeyedAnswer",
    "Level",
    "Membership",
    "MovedOrder",
    "Note",
    "OrderNeed",
    "OrderPart",
    "Outage",
    "OutgoingEvent",
    "Permit",
    "PermitWindow",
    "Qualification",
    "ReadingMark",
    "RefusedRecord",
    "Rejection",
    "RequestCount",
    "Reviewing",
    "RuleSet",
    "RuleSetBreak",
    "SavedView",
    "SecondStep",
    "SetRestoration",
    "Shift",
    "SignOn",
    "SourceProgress",
    "StagedRow",
    "State",
    "Storm",
    "Subscription",
    "Suggestion",
    "SuggestionRun",
    "ToldRestoration",
    "TravelTime",
    "Verdict",
    "WaitingRecord",
    "WorkOrder",
    "WorkerBeat",
    "WriteBack",
    "WriteBackLane",
]
