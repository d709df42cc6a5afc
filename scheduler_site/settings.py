# size: every setting stands in this one file, so that an operator has one place to look.
"""One settings file; everything that differs between installations comes from the environment (.env.example)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from environs import validate

from assignments.downstream import hosts
from notifications.streams.fanout import limits
from notifications.streams.proxy import address
from scheduler_site.environment import env, group_role, is_file_or_empty, matches, network, read, required

BASE_DIR = Path(__file__).resolve().parent.parent
env.read_env(str(BASE_DIR / ".env"), recurse=False)

DEBUG: bool = read("bool", "DEBUG", False, remedy="Use DEBUG=1 on a developer's machine, otherwise leave it out.")
SECRET_KEY: str = read("str", "SECRET_KEY", "", remedy="Use 50 random characters.")
SECRET_KEY_FALLBACKS: list[str] = read(
    "list",
    "SECRET_KEY_FALLBACKS",
    [],
    subcast=matches(r".{50,}"),
    remedy="Use former values of SECRET_KEY, of at least 50 characters without a comma, separated by commas.",
)
ALLOWED_HOSTS: list[str] = read(
    "list",
    "ALLOWED_HOSTS",
    [],
    # No "*": with any host accepted, a forged Host header ends up in links that Lineup writes.
    subcast=matches(r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9a-fA-F:]+\]"),
    remedy="Use host names without scheme or port, separated by commas, such as lineup.example,10.0.0.7.",
)
if DEBUG:
    SECRET_KEY = SECRET_KEY or "only-for-development-" + "x" * 40
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]
required("SECRET_KEY", SECRET_KEY, remedy="Set it to 50 random characters, or set DEBUG=1 on a developer's machine.")
required("ALLOWED_HOSTS", ALLOWED_HOSTS, remedy="Set the host names people type, separated by commas, or DEBUG=1.")
if not DEBUG and len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("SECRET_KEY is too short. Set it to at least 50 random characters.")

INSTALLED_APPS = [
    "assignments.apps.AssignmentsConfig",
    "notifications.apps.NotificationsConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_filters",
    "django_tasks",
    "django_tasks_db",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "scheduler_site.traced.Traces",
    "scheduler_site.privacy.PrivateAnswers",
    "scheduler_site.compressing.CompressedPages",
    "csp.middleware.CSPMiddleware",
    "scheduler_site.sessions.PatientSessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "scheduler_site.logged_out.LoginRequired",
    "scheduler_site.account.limits.Activity",
    "scheduler_site.account.limits.Confirmation",
    "scheduler_site.visits.Visits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "scheduler_site.urls"
WSGI_APPLICATION = "scheduler_site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "notifications.context.shown_of_the_inbox",
            ],
        },
    }
]

_DATABASE_REMEDY = "Use sqlite:///path/to/file or postgres://user:password@host:5432/name."
_database: dict[str, Any] = read(
    "dj_db_url",
    "DATABASE_URL",
    f"sqlite:///{BASE_DIR / 'var' / 'lineup.sqlite3'}",
    remedy=_DATABASE_REMEDY,
)
if _database["ENGINE"] not in {"django.db.backends.sqlite3", "django.db.backends.postgresql"}:
    raise ImproperlyConfigured(f"DATABASE_URL cannot be used: Lineup runs on SQLite and PostgreSQL. {_DATABASE_REMEDY}")
if _database["NAME"] in {"", ":memory:"}:
    # Every process would have a database of its own.
    raise ImproperlyConfigured(f"DATABASE_URL cannot be used: it names no database. {_DATABASE_REMEDY}")
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["ENGINE"] = "scheduler_site.sqlite"
    # IMMEDIATE: a transaction that reads and then writes cannot fail half-way for want of the write lock. SQLite itself
    # waits at most while a connection is made, for others that open or close the file; see scheduler_site/sqlite.
    _database["OPTIONS"] = {
        "timeout": 5,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=0;",
    }
    Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
# Connections belong to a greenlet, so keeping them between requests would only leak them.
_database["CONN_MAX_AGE"] = 0
# Of each process, besides the one of its log reader and the one that listens.
DATABASE_POOL: int = read(
    "int", "DATABASE_POOL", 3, validate=validate.Range(1, 100), remedy="Use a number of connections, from 1 to 100."
)
DATABASE_WAIT_SECONDS: float = read(
    "float", "DATABASE_WAIT_SECONDS", 5.0, validate=validate.Range(0.1, 60), remedy="Use seconds, from 0.1 to 60."
)
_seconds: dict[str, Any] = {"validate": validate.Range(min=0, max=86_400), "remedy": "Use seconds, or 0 for no limit."}
DATABASE_LOCK_SECONDS: float = read("float", "DATABASE_LOCK_SECONDS", 5.0, **_seconds)
DATABASE_STATEMENT_SECONDS: float = read("float", "DATABASE_STATEMENT_SECONDS", 60.0, **_seconds)
DATABASE_IDLE_SECONDS: float = read("float", "DATABASE_IDLE_SECONDS", 30.0, **_seconds)
DATABASE_SILENT_SECONDS: int = read(
    "int", "DATABASE_SILENT_SECONDS", 20, validate=validate.Range(4, 3600), remedy="Use whole seconds, from 4 to 3600."
)
DATABASE_LIMITS: dict[str, dict[str, int | str]] = {
    # How long the server lets a connection wait, compute and say nothing within a transaction; and when it takes a
    # client for dead, which would else keep its locks.
    "session": {
        "lock_timeout": round(DATABASE_LOCK_SECONDS * 1000),
        "statement_timeout": round(DATABASE_STATEMENT_SECONDS * 1000),
        "idle_in_transaction_session_timeout": round(DATABASE_IDLE_SECONDS * 1000),
        "tcp_keepalives_idle": DATABASE_SILENT_SECONDS // 2,
        "tcp_keepalives_interval": max(1, DATABASE_SILENT_SECONDS // 4),
        "tcp_keepalives_count": 2,
        "tcp_user_timeout": DATABASE_SILENT_SECONDS * 1000,
    },
    # The same from this end.
    "network": {
        "connect_timeout": 5,
        "keepalives_idle": DATABASE_SILENT_SECONDS // 2,
        "keepalives_interval": max(1, DATABASE_SILENT_SECONDS // 4),
        "keepalives_count": 2,
        "tcp_user_timeout": DATABASE_SILENT_SECONDS * 1000,
    },
}
if _database["ENGINE"] == "django.db.backends.postgresql":
    _database["ENGINE"] = "scheduler_site.postgresql"
    # Asked before it is given to somebody: after a restart of the server, what was connected is connected anew.
    _database["CONN_HEALTH_CHECKS"] = True
    _database["OPTIONS"] = {
        **_database.get("OPTIONS", {}),
        "pool": {
            "name": "lineup",
            "min_size": 0,
            "max_size": DATABASE_POOL,
            "timeout": DATABASE_WAIT_SECONDS,
            "max_waiting": 100 * DATABASE_POOL,
            # Tried anew by whoever comes next, instead of at growing intervals while everybody waits.
            "reconnect_timeout": 1.0,
        },
    }
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
WRITE_BACK_DAYS: float = read(
    "float", "WRITE_BACK_DAYS", 7.0, validate=validate.Range(min=0.01, max=365), remedy="Use days, from 0.01 to 365."
)
# Of one answer of a downstream system, as it travels and unpacked.
SOURCE_ANSWER_MB: float = read(
    "float", "SOURCE_ANSWER_MB", 32.0, validate=validate.Range(min=0.01, max=1000), remedy="Use megabytes, to 1000."
)
SOURCE_UNPACKED_MB: float = read(
    "float", "SOURCE_UNPACKED_MB", 64.0, validate=validate.Range(min=0.01, max=1000), remedy="Use megabytes, to 1000."
)
# Of a file that is imported: as it is sent, of a workbook once it is unpacked, and of its rows.
IMPORT_FILE_MB: float = read(
    "float", "IMPORT_FILE_MB", 32.0, validate=validate.Range(min=0.001, max=1000), remedy="Use megabytes, to 1000."
)
# Files are their owner's alone. What is collected is public, and a proxy may send it.
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = ["scheduler_site.uploads.LimitedUploads"]
IMPORT_UNPACKED_MB: float = read(
    "float", "IMPORT_UNPACKED_MB", 256.0, validate=validate.Range(min=0.001, max=4000), remedy="Use megabytes, to 4000."
)
IMPORT_ROWS: int = read(
    "int", "IMPORT_ROWS", 200_000, validate=validate.Range(1, 2_000_000), remedy="Use a number of rows, to 2000000."
)
# Whether the name of a downstream system may lead to a link-local address, or to where clouds keep credentials.
DOWNSTREAM_LINK_LOCAL: bool = read("bool", "DOWNSTREAM_LINK_LOCAL", False, remedy="Use 1 or 0.")
IMPROVE_SECONDS: float = read(
    "float", "IMPROVE_SECONDS", 10.0, validate=validate.Range(min=0, max=600), remedy="Use seconds, from 0 to 600."
)
# Systems, proxies, subscriptions, routing and tiles on other hosts are refused; every host is taken without a list.
OUTBOUND_HOSTS: list[str] = read(
    "list",
    "OUTBOUND_HOSTS",
    [],
    subcast=matches(r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9a-fA-F:]+\]"),
    remedy="Use host names without scheme or port, separated by commas, such as work.example,.utility.example.",
)
# Events are sent to no other host, unless an administrator says so by hand.
WEBHOOK_HOSTS: list[str] = read(
    "list",
    "WEBHOOK_HOSTS",
    [],
    subcast=matches(r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9a-fA-F:]+\]"),
    remedy="Use host names without scheme or port, separated by commas, such as gis.example,.utility.example.",
)
# For how long after an approval it can be undone without a reason.
UNDO_MINUTES: float = read(
    "float", "UNDO_MINUTES", 10.0, validate=validate.Range(min=0, max=1440), remedy="Use minutes, from 0 to 1440."
)
# Of each token, and of each person whose browser asks the API.
API_REQUESTS_PER_MINUTE: int = read(
    "int",
    "API_REQUESTS_PER_MINUTE",
    600,
    validate=validate.Range(0, 1_000_000),
    remedy="Use a whole number, or 0 for no limit.",
)
REDIS_URL: str = read(
    "str",
    "REDIS_URL",
    "",
    validate=validate.Regexp(r"^$|^(redis|rediss|unix)://\S+$"),
    remedy="Use redis://host:6379/0 or leave it out.",
)

# Travel times from a routing server; without one they are estimated.
ROUTING_URL: str = read(
    "str",
    "ROUTING_URL",
    "",
    validate=validate.Regexp(r"^$|^https?://[^\s?#]+$"),
    remedy="Use the address of an OSRM or Valhalla server, such as http://osrm.example:5000, or leave it out.",
)
ROUTING_KIND: str = read(
    "str", "ROUTING_KIND", "osrm", validate=validate.OneOf(["osrm", "valhalla"]), remedy="Use osrm or valhalla."
)
ROUTING_PROFILE: str = read(
    "str",
    "ROUTING_PROFILE",
    "",
    validate=validate.Regexp(r"^[A-Za-z0-9_-]*$"),
    remedy="Use a profile of OSRM such as driving or a costing model of Valhalla such as truck, or leave it out.",
)
ROUTING_TOKEN: str = read("str", "ROUTING_TOKEN", "", remedy="Use the server's bearer token, or leave it out.")
ROUTING_TIMEOUT: int = read(
    "int", "ROUTING_TIMEOUT", 10, validate=validate.Range(1, 300), remedy="Use whole seconds from 1 to 300."
)
ROUTING_DEADLINE: int = read(
    "int", "ROUTING_DEADLINE", 20, validate=validate.Range(1, 600), remedy="Use whole seconds from 1 to 600."
)
ROUTING_TABLE: int = read(
    "int", "ROUTING_TABLE", 50, validate=validate.Range(1, 500), remedy="Use a number of places from 1 to 500."
)
ROUTING_AT_ONCE: int = read(
    "int", "ROUTING_AT_ONCE", 4, validate=validate.Range(1, 32), remedy="Use a number of requests from 1 to 32."
)
ROUTING_DAYS: int = read(
    "int", "ROUTING_DAYS", 30, validate=validate.Range(1, 365), remedy="Use whole days from 1 to 365."
)

# The picture below the map; without one the district's territory is drawn.
MAP_TILES_URL: str = read(
    "str",
    "MAP_TILES_URL",
    "",
    validate=validate.Regexp(
        r"^$|^(?=.*\{z\})(?=.*\{x\})(?=.*\{-?y\})(https?://[A-Za-z0-9.-]+(:\d+)?)?/[^\s\"'<>/][^\s\"'<>]*$"
    ),
    remedy="Use an address with {z}, {x} and {y} behind the host, such as https://tiles.example/{z}/{x}/{y}.png.",
)
MAP_TILES_ATTRIBUTION: str = read(
    "str",
    "MAP_TILES_ATTRIBUTION",
    "",
    validate=validate.Length(max=300),
    remedy="Use the words that the owner of the tiles asks for, at most 300 characters.",
)
for name, url in (("ROUTING_URL", ROUTING_URL), ("MAP_TILES_URL", MAP_TILES_URL)):
    if host := hosts.unlisted(url, OUTBOUND_HOSTS):
        raise ImproperlyConfigured(f"{name} leads to {host}. Add that host to OUTBOUND_HOSTS, or use another address.")

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "scheduler_site.known_passwords.GuessableValidator"},
    {"NAME": "scheduler_site.known_passwords.BreachedValidator"},
]
# The company's own accounts, by OpenID Connect.
OIDC_URL: str = read(
    "str",
    "OIDC_URL",
    "",
    validate=validate.Regexp(r"^$|^https?://[^\s?#]+$"),
    remedy="Use the provider's issuer, such as https://login.utility.example/realms/staff, or leave it out.",
)
OIDC_CLIENT_ID: str = read("str", "OIDC_CLIENT_ID", "", remedy="Use the name that the provider gave to Lineup.")
OIDC_CLIENT_SECRET: str = read("str", "OIDC_CLIENT_SECRET", "", remedy="Use the secret that the provider gave.")
OIDC_SCOPES: str = read("str", "OIDC_SCOPES", "openid profile email", remedy="Use words separated by blanks.")
OIDC_NAME: str = read("str", "OIDC_NAME", "your company account", remedy="Use a few words for the button.")
OIDC_GROUPS_CLAIM: str = read("str", "OIDC_GROUPS_CLAIM", "groups", remedy="Use the name of one claim.")
OIDC_ROLES: list[tuple[str, str, str]] = read(
    "list",
    "OIDC_ROLES",
    [],
    subcast=group_role,
    remedy="Use group=DISTRICT:ROLE separated by commas, such as crews-north=NORTH:MANAGER or crews-*-read=*:VIEWER.",
)
if OIDC_URL and not OIDC_CLIENT_ID:
    raise ImproperlyConfigured("OIDC_URL needs OIDC_CLIENT_ID. Use the name that the provider gave to Lineup.")
PASSWORD_SIGN_IN: bool = read("bool", "PASSWORD_SIGN_IN", True, remedy="Use 1 or 0.")
if not PASSWORD_SIGN_IN and not OIDC_URL:
    raise ImproperlyConfigured("PASSWORD_SIGN_IN=0 would let nobody in. Set OIDC_URL, or use PASSWORD_SIGN_IN=1.")
BREACHED_PASSWORDS: str = read(
    "str",
    "BREACHED_PASSWORDS",
    "",
    validate=is_file_or_empty,
    remedy="Use the path of a file of SHA-1 hashes in order, as the downloader of Have I Been Pwned writes it.",
)
# Beside the event loop; the second for passwords that were set before there was the first.
PASSWORD_HASHERS = ["scheduler_site.hashing.Argon2Beside", "scheduler_site.hashing.PBKDF2Beside"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "login"

LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
# No other site has to read our files.
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "scheduler_site.static_files.MinifiedStaticFilesStorage",
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
HTTPS: bool = read(
    "bool", "HTTPS", not DEBUG, remedy="Use HTTPS=0 only where no browser reaches Lineup over a network."
)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Other hosts of the domain are not Lineup's to bind, nor is the list that browsers are shipped with.
SECURE_HSTS_INCLUDE_SUBDOMAINS: bool = HTTPS and read(
    "bool", "HSTS_INCLUDE_SUBDOMAINS", False, remedy="Use 1 only when every host below this one speaks HTTPS."
)
SECURE_HSTS_PRELOAD: bool = HTTPS and read(
    "bool", "HSTS_PRELOAD", False, remedy="Use 1 only when the domain is to be on the browsers' own list."
)
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
# By this name a browser takes them from this host alone, over HTTPS: no other host of the domain can set them.
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SESSION_ENGINE = "scheduler_site.session_store"
# From the sign-in, whatever is done meanwhile; and from what its person did last.
SESSION_HOURS: float = read(
    "float", "SESSION_HOURS", 12.0, validate=validate.Range(0.1, 744), remedy="Use hours, from 0.1 to 744."
)
SESSION_IDLE_MINUTES: float = read(
    "float", "SESSION_IDLE_MINUTES", 240.0, validate=validate.Range(1, 44_640), remedy="Use minutes, from 1 to 44640."
)
SESSION_COOKIE_AGE = int(SESSION_HOURS * 3600)
# After how long a password is asked for again before storm, tokens and roles are changed.
CONFIRM_MINUTES: float = read(
    "float", "CONFIRM_MINUTES", 15.0, validate=validate.Range(1, 1440), remedy="Use minutes, from 1 to 1440."
)
# Only behind a proxy that ends TLS and overwrites the header; without one, anybody could send it.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
CSRF_TRUSTED_ORIGINS: list[str] = read(
    "list",
    "CSRF_TRUSTED_ORIGINS",
    [],
    subcast=matches(r"https?://[^/\s]+"),
    remedy="Use origins such as https://lineup.example separated by commas.",
)

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "writeback"]}}

REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "assignments.api.headers.ApiSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["assignments.api.parsing.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Lineup",
    "DESCRIPTION": "Crew assignment for energy utilities. Refusals are problem details (RFC 9457).",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENFORCE_NON_BLANK_FIELDS": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "assignments.api.describing.complete",
    ],
    "ENUM_NAME_OVERRIDES": {
        "OrderKind": "assignments.models.WorkOrder.Kind",
        "OrderPriority": "assignments.api.serializers.PRIORITIES",
        "OrderStatus": "assignments.models.WorkOrder.Status",
        "PermitKind": "assignments.models.Permit.Kind",
        "PermitStatus": "assignments.models.Permit.Status",
        "SuggestionStatus": "assignments.models.Suggestion.Status",
        "AssignmentStatus": "assignments.models.Assignment.Status",
        "OverrideCode": "assignments.models.Assignment.OverrideCode",
        "RejectionCode": "assignments.models.Rejection.Code",
        "WriteBackStatus": "assignments.models.WriteBack.Status",
        "RunStatus": "assignments.models.SuggestionRun.Status",
        "SourceStatus": "assignments.models.SourceProgress.Status",
    },
}

STREAMS: dict[str, Any] = read(
    "dict", "STREAMS", {}, remedy="Use name=value, separated by commas, such as per_address=5000,per_process=1600."
)
try:
    STREAMS = limits.from_text(STREAMS)
except limits.LimitUnknown as error:
    raise ImproperlyConfigured(f"STREAMS cannot be used: {error} docs/streams.md lists them.") from error
STREAMS["trusted_proxies"] = tuple(
    read(
        "list",
        "TRUSTED_PROXIES",
        ["127.0.0.1", "::1"],
        subcast=network,
        remedy="Use addresses or networks of the proxies in front, such as 10.0.4.7,10.0.8.0/24.",
    )
)
EVENTSTREAM_CHANNELMANAGER_CLASS = "notifications.streams.fanout.channels.ChannelManager"
EVENTSTREAM_STORAGE_CLASS = "notifications.streams.library.storage.LogStorage"

# A GRIP proxy (Pushpin) may hold the readers' connections. django-grip gets its key alone: it verifies requests and
# writes holds, and publishes nothing, for it would do that before the commit.
_grip_url: str = read(
    "str",
    "GRIP_URL",
    "",
    validate=validate.Regexp(r"^$|^https?://[^\s/]+\S*$"),
    remedy="Use the proxy's control address, http://host:5561, or leave it out.",
)
_grip_key: str = read(
    "str", "GRIP_KEY", "", remedy="Use 32 random characters or more, the same as the proxy's sig_key."
)
GRIP_CONTROL: dict[str, Any] = {}
GRIP_PROXIES: list[dict[str, Any]] = []
if _grip_url:
    try:
        GRIP_CONTROL = address.control(_grip_url, _grip_key)
    except address.KeyTooShort as error:
        raise ImproperlyConfigured(
            "GRIP_URL needs GRIP_KEY, which is missing or too short. Use 32 random characters, the proxy's sig_key too."
        ) from error
    GRIP_PROXIES = [{"key": GRIP_CONTROL["key"], "verify_key": GRIP_CONTROL.get("verify_key", GRIP_CONTROL["key"])}]
    MIDDLEWARE.append("django_grip.GripMiddleware")

# Who may read /metrics; nobody, unless one of these is set.
METRICS_TOKEN: str = read(
    "str",
    "METRICS_TOKEN",
    "",
    validate=validate.Regexp(r"^$|^[!-~]{32,}$"),
    remedy="Use 32 random characters or more, or leave it out.",
)
METRICS_ADDRESSES: list[str] = read(
    "list",
    "METRICS_ADDRESSES",
    [],
    subcast=network,
    remedy="Use addresses or networks of those who collect metrics, such as 10.0.4.7,10.0.8.0/24.",
)
LOG_LEVEL: str = read(
    "str",
    "LOG_LEVEL",
    "INFO",
    validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
    remedy="Use one of these words or leave it out.",
)
LOG_FORMAT: str = read(
    "str", "LOG_FORMAT", "line", validate=validate.OneOf(["line", "json"]), remedy="Use line or json."
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "scheduler_site.log_lines.LogLines",
            "format": "{asctime} {levelname:<7} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "scheduler_site.log_lines.JsonLines"},
    },
    "filters": {"once": {"()": "scheduler_site.log_lines.OncePerOutage"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["once"]}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        # Django would add its own console handler and say every request twice.
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # One line per request to each downstream system is noise; our own progress lines tell it.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        # The relay to the GRIP proxy says in its own words, and once, that the proxy is away.
        "urllib3": {"level": "ERROR"},
        # Whoever waited for the connection says that the database is away.
        "psycopg.pool": {"level": "ERROR"},
        # Hints come and go several times a run; the worker says in its own words what was done.
        "django_tasks": {"level": "WARNING"},
        "django_tasks_db": {"level": "WARNING"},
    },
}
