from notifications.models.event import Event, LogEpoch
from notifications.models.notification import Notification

__all__ = ["Event", "LogEpoch", "Notification"]
