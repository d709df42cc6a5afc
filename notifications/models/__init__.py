from notifications.models.event import Event, LogEpoch
from notifications.models.notification import Notification
from notifications.models.relay import Relay

__all__ = ["Event", "LogEpoch", "Notification", "Relay"]
