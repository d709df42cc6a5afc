"""Setting the restoration time of an order, and taking that back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from assignments.forms.restoring import RestorationForm
from assignments.presenters.shared import words
from assignments.queries import days
from assignments.services.decisions import restoring
from assignments.views import answers
from assignments.views.review import order_or_404


@require_POST
@answers.refusing
def set_time(request: HttpRequest, number: str) -> HttpResponse:
    order = order_or_404(request, number)
    form = RestorationForm(request.POST, district=order.district)
    if not form.is_valid():
        return answers.refused(request, "no-time", "No restoration time was set.", answers.first_error(form))
    now = timezone.now()
    word = restoring.set_time(order=order, by=request.user, now=now, **form.cleaned_data)
    at = words.moment(word.back_at, order.district.zone, days.today(order.district, now)).text
    sentence = f"{order.number}: customers are told that they are back by {at}."
    return answers.done(request, sentence, order.get_absolute_url(), order=order.pk)


@require_POST
@answers.refusing
def take_back(request: HttpRequest, number: str) -> HttpResponse:
    order = order_or_404(request, number)
    restoring.take_back(order=order, by=request.user, now=timezone.now())
    sentence = f"{order.number}: the estimate counts again."
    return answers.done(request, sentence, order.get_absolute_url(), order=order.pk)
