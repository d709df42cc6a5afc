from notifications.models.event import Event, LogEpoch
from notifications.models.notification import Notification
from notifications.models.preference import Preference
from notifications.models.relay import Relay
from notifications.models.visit import Visit

__all__ = ["Event", "LogEpoch", "Notification", "Preference", "Relay", "Visit"]
