"""Shared behaviour of every route of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import md5
from typing import Any, ClassVar

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.utils.http import quote_etag, urlsafe_base64_decode, urlsafe_base64_encode
from django.views.decorators.http import conditional_page
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import authentication, exceptions, generics, pagination, permissions, serializers
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from assignments.api import access, parameters, problems
from assignments.models import ApiToken
from notifications.services.paging import SteadyPaginator

PROBLEM = inline_serializer(
    "Problem",
    {
        "type": serializers.CharField(),
        "title": serializers.CharField(),
        "status": serializers.IntegerField(),
        "detail": serializers.CharField(help_text="Who, what and when, for a person."),
        "code": serializers.CharField(help_text="For a program; stable."),
        "next_step": serializers.CharField(allow_blank=True),
        "errors": inline_serializer(
            "FieldError",
            {"field": serializers.CharField(allow_blank=True), "detail": serializers.CharField()},
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
    throttle_classes = (access.PerCaller,)
    scope = ApiToken.Scope.DECIDE
    """Needed of a token for anything but reading."""

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return problems.handle

    def finalize_response(self, request: Request, response: Any, *args: Any, **options: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **options)
        for name, value in access.limit_headers(request).items():
            answer[name] = value
        if getattr(answer, "content_type", "") == problems.CONTENT_TYPE:
            # Whatever kind of answer was asked for, such as YAML.
            answer.accepted_renderer = JSONRenderer()
        return answer


def rendered(data: Any) -> bytes:
    """The bytes that an answer with these data has."""
    return bytes(JSONRenderer().render(data))


def _digest(data: Any) -> str:
    return md5(rendered(data), usedforsecurity=False).hexdigest()


class Pages(pagination.PageNumberPagination):
    """By number in the order that people read, or with `cursor` by id, which neither skips nor doubles a row that is
    there from the first page to the last, however many come, go and change meanwhile."""

    django_paginator_class = SteadyPaginator
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    cursor_query_param = "cursor"
    _next: str | None
    _is_by_cursor = False

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        cursor = request.query_params.get(self.cursor_query_param)
        if cursor is None:
            return super().paginate_queryset(queryset, request, view)
        if self.page_query_param in request.query_params:
            raise exceptions.NotFound("A cursor has no page numbers.")
        self._is_by_cursor = True
        size = self.get_page_size(request)
        rows = queryset.filter(pk__gt=_key_in(cursor, queryset.model)) if cursor else queryset
        found = list(rows.order_by("pk")[: size + 1])
        more = len(found) > size
        url = request.build_absolute_uri()
        self._next = replace_query_param(url, self.cursor_query_param, _cursor_at(found[size - 1].pk)) if more else None
        return found[:size]

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get(self.page_size_query_param, str(self.page_size))
        if not asked.isdecimal() or not 1 <= int(asked[:9]) <= self.max_page_size:
            raise exceptions.ValidationError({self.page_size_query_param: f"A number from 1 to {self.max_page_size}."})
        return int(asked)

    def get_paginated_response(self, data: Any) -> Response:
        if self._is_by_cursor:
            return Response({"next": self._next, "results": data})
        return super().get_paginated_response(data)

    def get_paginated_response_schema(self, schema: Any) -> Any:
        described = super().get_paginated_response_schema(schema)
        described["required"] = ["next", "results"]
        for name in ("count", "previous"):
            described["properties"][name]["description"] = "Missing when the list is read with a cursor."
        return described

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        cursor = {
            "name": self.cursor_query_param, "in": "query", "required": False, "schema": {"type": "string"},
            "description": "Empty for the first page, then follow `next`: rows by id, none skipped, none twice.",
            "allowEmptyValue": True,
        }  # fmt: skip
        numbers = super().get_schema_operation_parameters(view)
        for one, most in zip(numbers, (None, self.max_page_size), strict=True):
            one["schema"] = {"type": "integer", "minimum": 1, **({"maximum": most} if most else {})}
        return [*numbers, cursor]


def _cursor_at(pk: Any) -> str:
    return urlsafe_base64_encode(str(pk).encode())


def _key_in(cursor: str, model: type[Model]) -> Any:
    """The key that the cursor names. Raises NotFound, as for the number of a page that is not there."""
    try:
        return model._meta.pk.to_python(urlsafe_base64_decode(cursor).decode())
    except (ValueError, ValidationError) as error:
        raise exceptions.NotFound("There is no such cursor. Follow `next` as it is.") from error


class KnownFilters(DjangoFilterBackend):
    """Refuses a misspelt parameter, which would otherwise silently select everything."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        filterset: type[FilterSet] | None = getattr(view, "filterset_class", None)
        paged = {Pages.page_query_param, Pages.page_size_query_param, Pages.cursor_query_param}
        known = {*paged, *(filterset.base_filters if filterset else ())}
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            raise exceptions.ValidationError(
                {name: f"Unknown. Known are: {', '.join(sorted(known))}." for name in unknown}
            )
        if filterset and (unsure := parameters.neither_true_nor_false(request.query_params, filterset)):
            raise exceptions.ValidationError(dict.fromkeys(unsure, "Either true or false."))
        return super().filter_queryset(request, queryset, view)


# Else a hash of what is sent: it changes exactly when the answer does, with the rows' versions in it.
with_etag = method_decorator(conditional_page, name="dispatch")


@with_etag
class File(ApiView):
    """One row by its address; shown by GET, and compared with `If-Match` before it is changed."""

    serializer_class: ClassVar[type[serializers.BaseSerializer[Any]]]
    column = "pk"
    parameter: ClassVar[str]
    """Of the address."""
    guard: ClassVar[tuple[type[Model], str]]
    """The table and the relation from the row to what decisions about it lock first."""

    @classmethod
    def rows(cls, user: Any) -> QuerySet[Any]:
        raise NotImplementedError

    @classmethod
    def decided_on(cls, data: Any) -> Any:
        """The part of the row's data that somebody who changes it decides on: all but what moves beside it."""
        return data

    @classmethod
    def etag(cls, data: Any) -> str:
        """Of all that is shown; before the dot of what is decided on, where that is less."""
        decided_on = cls.decided_on(data)
        parts = [data] if decided_on is data else [decided_on, data]
        return quote_etag(".".join(map(_digest, parts)))

    @classmethod
    def present(cls, request: Request, address: Mapping[str, Any]) -> Any:
        """The row's data. Raises Http404."""
        return cls.serializer_class(cls.found(request, address)).data

    @classmethod
    def found(cls, request: Request, address: Mapping[str, Any]) -> Any:
        """The row. Raises Http404."""
        return get_object_or_404(cls.rows(request.user), **{cls.column: address[cls.parameter]})

    @classmethod
    def lock(cls, request: Request, address: Mapping[str, Any]) -> None:
        """Keeps others from changing the row until the transaction ends. Raises Http404."""
        table, path = cls.guard
        wanted = cls.rows(request.user).filter(**{cls.column: address[cls.parameter]}).order_by()
        pk = get_object_or_404(wanted.values_list(path, flat=True))
        list(table._default_manager.filter(pk=pk).select_for_update(no_key=True))

    def get(self, request: Request, **address: Any) -> Response:
        data = self.present(request, address)
        return Response(data, headers={"ETag": self.etag(data)})


class NotHere(ApiView):
    """Any other address below /api/: a person or program without rights learns nothing from it."""

    schema = None

    def initial(self, request: Request, *args: Any, **options: Any) -> None:
        super().initial(request, *args, **options)
        raise NotFound


@with_etag
class Listing(ApiView, generics.ListAPIView[Any]):
    """Rows of your districts, in pages."""

    pagination_class = Pages
    filter_backends = (KnownFilters,)
