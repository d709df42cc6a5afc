"""Shared behaviour of every route of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import authentication, exceptions, pagination, permissions, serializers
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from assignments.api import access, problems
from assignments.models import ApiToken

PROBLEM = inline_serializer(
    "Problem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(help_text="Who, what and when, for a person."),
        "code": serializers.CharField(help_text="For a program; stable."),
        "next_step": serializers.CharField(),
        "errors": inline_serializer(
            "FieldError",
            {"field": serializers.CharField(), "detail": serializers.CharField()},
            many=True,
            required=False,
        ),
    },
)


def refused(description: str) -> OpenApiResponse:
    return OpenApiResponse(PROBLEM, description=description)


REFUSALS = {
    400: refused("A field or parameter cannot be accepted."),
    401: refused("Nobody: no valid token or session."),
    403: refused("Not with this token's scope, or not a manager of the district."),
    404: refused("Nothing here that you may see."),
}
REFUSED_BY_RULE = {409: refused("The domain refuses; `code` and `next_step` say why and what next.")}


# Nobody gets a 401 with problem details; the site's redirect to the login page is for people.
@method_decorator(login_not_required, name="dispatch")
class ApiView(APIView):
    # The first one names the challenge of a 401.
    authentication_classes = (access.BearerAuthentication, authentication.SessionAuthentication)
    permission_classes = (permissions.IsAuthenticated, access.HasScope)
    scope = ApiToken.Scope.DECIDE
    """Needed of a token for anything but reading."""

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return problems.handle

    def finalize_response(self, request: Request, response: Any, *args: Any, **options: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **options)
        if getattr(answer, "content_type", "") == problems.CONTENT_TYPE:
            # Whatever kind of answer was asked for, such as YAML.
            answer.accepted_renderer = JSONRenderer()
        return answer


class Pages(pagination.PageNumberPagination):
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class KnownFilters(DjangoFilterBackend):
    """Refuses a misspelt parameter, which would otherwise silently select everything."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        filterset: type[FilterSet] | None = getattr(view, "filterset_class", None)
        known = {Pages.page_query_param, Pages.page_size_query_param, *(filterset.base_filters if filterset else ())}
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            raise exceptions.ValidationError(
                {name: f"Unknown. Known are: {', '.join(sorted(known))}." for name in unknown}
            )
        return super().filter_queryset(request, queryset, view)


# A hash of what is sent: it changes exactly when the answer does, with the rows' versions in it.
with_etag = method_decorator(conditional_page, name="dispatch")


class NotHere(ApiView):
    """Any other address below /api/: a person or program without rights learns nothing from it."""

    schema = None

    def initial(self, request: Request, *args: Any, **options: Any) -> None:
        super().initial(request, *args, **options)
        raise NotFound
