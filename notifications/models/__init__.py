from notifications.models.event import Event, LogEpoch
from notifications.models.leased import Leased, LeasedQuerySet
from notifications.models.notification import Notification
from notifications.models.preference import Preference
from notifications.models.relay import Relay
from notifications.models.trimming import Trimming
from notifications.models.visit import Visit

__all__ = [
    "Event",
    "Leased",
    "LeasedQuerySet",
    "LogEpoch",
    "Notification",
    "Preference",
    "Relay",
    "Trimming",
    "Visit",
]
