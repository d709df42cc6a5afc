"""Python that several journeys run beside the web server."""

from __future__ import annotations

BEGIN = """
import time
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from assignments import models
from assignments.services.inputs import consequences
from assignments.services.records import events
from assignments.services.writebacks import delivering, writing_back
now = timezone.now()
mara = get_user_model().objects.get(username="mara")
district = models.District.objects.managed_by(mara).order_by("code").first()
"""
DECIDED = """
for crew, order in zip(models.Crew.objects.filter(district=district)[:3], models.WorkOrder.objects.assignable().filter(
        district=district)[:3]):
    starts = now + timedelta(days=9)
    with transaction.atomic():
        assignment = models.Assignment.objects.create(
            order=order, crew=crew, departs_at=starts, starts_at=starts, ends_at=starts + timedelta(hours=1),
            status="APPROVED", approved_by=mara, approved_at=now)
        writing_back.assign(assignment=assignment, by=mara, now=now)
        events.order_changed(orders=[order], cause="assignment.approved", now=now)
"""
