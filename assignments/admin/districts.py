from __future__ import annotations

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminURLFieldWidget

from assignments import models
from assignments.admin import base
from assignments.admin.people import MembershipInline, MembershipReview


class RuleSetForm(base.ModelForm):
    two_person_exempt_kinds = forms.MultipleChoiceField(
        choices=models.WorkOrder.Kind.choices, required=False, widget=forms.CheckboxSelectMultiple
    )


@admin.register(models.RuleSet)
class RuleSetAdmin(base.FollowedAdmin):
    form = RuleSetForm
    list_display = ("name", "storm", "max_work_hours_in_24", "min_rest_hours", "two_person_volts", "speed_kmh")
    list_filter = ("storm",)
    search_fields = ("name",)


@admin.register(models.District)
class DistrictAdmin(MembershipReview, base.FollowedAdmin):
    list_display = ("code", "name", "time_zone", "service_centre", "rule_set")
    list_filter = ("rule_set", "time_zone")
    list_select_related = ("rule_set",)
    search_fields = ("code", "name", "service_centre")
    autocomplete_fields = ("rule_set",)
    inlines = (MembershipInline,)


class SystemForm(base.ModelForm):
    base_url = forms.URLField(assume_scheme="https", widget=AdminURLFieldWidget)


@admin.register(models.DownstreamSystem)
class DownstreamSystemAdmin(base.SetUpAdmin):
    form = SystemForm
    list_display = ("code", "name", "kind", "base_url", "enabled", "is_source", "is_target", "last_gathered_at")
    list_filter = ("kind", "enabled", "is_source", "is_target")
    search_fields = ("code", "name", "base_url")
    readonly_fields = ("last_gathered_at", "versions")
