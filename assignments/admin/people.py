"""Users and their roles; whoever gains or loses a role has open streams checked at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from assignments import models
from assignments.admin import base, separated
from assignments.admin.exchange.pages import ExchangeMixin
from assignments.services.accounts import passwords, scopes, second_steps, sessions
from assignments.services.files.tables import districts
from notifications.services import access

User = get_user_model()


class MembershipInline(base.SetUpInline):
    model = models.Membership
    formset = separated.RoleForms
    autocomplete_fields = ("user", "district")

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        return separated.sent_by(super().get_formset(request, obj, **options), request)


class MembershipReview(base.AuditedAdmin):
    """A page with roles among its inlines; they end with its row."""

    def save_formset(self, request: HttpRequest, form: base.ModelForm, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is models.Membership and formset.has_changed():
            # The people before and after: a role may have been given to somebody else.
            kept = {one.initial.get("user") for one in formset.initial_forms if one.has_changed()}
            review(kept | {one.instance.user_id for one in formset.forms if one.has_changed()})

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            self._end_roles([obj], request)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            self._end_roles(queryset, request)
            super().delete_queryset(request, queryset)

    def _end_roles(self, rows: Iterable[Any], request: HttpRequest) -> None:
        for row in rows:
            roles = list(row.memberships.select_related("user", "district"))
            for role in roles:
                base.audit(role, "deleted", request, goes_with=row)
            review({role.user_id for role in roles})


@admin.register(models.Membership)
class MembershipAdmin(separated.SentByMixin, ExchangeMixin, base.FollowedAdmin):
    form = separated.RoleForm
    resource_classes = [districts.MembershipResource]
    list_display = ("user", "district", "role")
    list_filter = ("role", "district")
    list_select_related = ("user", "district")
    search_fields = ("user__username", "user__first_name", "user__last_name", "district__code", "district__name")
    autocomplete_fields = ("user", "district")

    def has_import_permission(self, request: HttpRequest) -> bool:
        # A file gives roles to anybody, to the one who sends it too.
        return bool(request.user.is_superuser)

    def save_model(self, request: HttpRequest, obj: models.Membership, form: base.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        review({form.initial.get("user"), obj.user_id})

    def delete_model(self, request: HttpRequest, obj: models.Membership) -> None:
        super().delete_model(request, obj)
        review({obj.user_id})

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[models.Membership]) -> None:
        with transaction.atomic():
            users: set[int | None] = set(queryset.values_list("user", flat=True))
            super().delete_queryset(request, queryset)
            review(users)


@admin.register(models.FileColumn)
class FileColumnAdmin(base.SetUpAdmin):
    """Remembered by imports; to be corrected or forgotten here."""

    list_display = ("table", "theirs", "ours")
    list_filter = ("table",)
    search_fields = ("theirs", "ours")
    readonly_fields = ("table", "theirs")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(Group)
class StaffGroupAdmin(base.BoundedSearch, GroupAdmin):
    """Rights of many at once: for administrators with all rights to change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def save_related(self, request: HttpRequest, form: base.ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        base.audit(form.instance, "changed" if change else "added", request, fields=form.changed_data)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            base.audit(obj, "deleted", request)
            super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            for row in queryset:
                base.audit(row, "deleted", request)
            super().delete_queryset(request, queryset)


class NewPersonForm(base.ModelForm):
    """A person who cannot sign in with a password yet."""

    class Meta:
        model = User
        fields = ("username", "first_name", "last_name", "email")

    def save(self, commit: bool = True) -> Any:
        self.instance.set_unusable_password()
        return super().save(commit)


@admin.register(User)
class PersonAdmin(separated.SentByMixin, MembershipReview, UserAdmin):  # type: ignore[type-arg]  # not generic at run time
    list_display = ("username", "first_name", "last_name", "email", "is_active", "is_staff")
    inlines = (MembershipInline,)
    form = separated.PersonForm
    add_form = NewPersonForm
    add_form_template = None
    actions = ("remove_second_steps",)
    add_fieldsets = ((None, {"fields": ("username", "first_name", "last_name", "email")}),)

    @admin.action(description="Remove the second steps of the selected people", permissions=["change"])
    def remove_second_steps(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """For those who have lost telephone and key; without a second step their password is enough."""
        rows = models.SecondStep.objects.filter(user__in=queryset).exclude(kind=models.SecondStep.Kind.PAPER)
        try:
            with transaction.atomic():
                removed = second_steps.remove(rows=rows.select_related("user"), by=request.user, now=timezone.now())
        except scopes.AccountAbove as refused:
            messages.error(request, f"{refused.sentence} {refused.next_step}")
        else:
            messages.success(request, f"Second steps removed: {removed}.")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Deactivated instead: what they did stays theirs.
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: base.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data and not obj.is_active:
            # Or they would go on with them when they are made active again.
            sessions.end(rows=list(obj.sign_ons.all()), by=request.user, now=timezone.now())

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """Gives the person a temporary password, shown once, instead of letting the administrator type one."""
        user = self.get_object(request, id)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if user is None:
            raise Http404("There is no such person.")
        password = refused = None
        if request.method == "POST":
            try:
                password = passwords.give_temporary(user=user, by=request.user, now=timezone.now())
            except scopes.AccountAbove as refusal:
                refused = refusal
        context = self.admin_site.each_context(request) | {
            "title": f"Temporary password of {user}", "opts": self.opts, "person": user, "password": password,
            "refused": refused,
        }  # fmt: skip
        page = "admin/auth/user/temporary_password.html"
        return TemplateResponse(request, page, context, status=403 if refused else 200)


def review(user_ids: set[int | None]) -> None:
    for user_id in user_ids - {None}:
        if user_id is not None:
            access.review(user_id=user_id, now=timezone.now())
