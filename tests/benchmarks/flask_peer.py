"""flask-sse under gunicorn with gevent, over Redis, as its documentation shows; POST / with a JSON list publishes."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from typing import Any

from flask import Flask, request  # type: ignore[import-not-found,unused-ignore]
from flask_sse import sse  # type: ignore[import-not-found,unused-ignore]

flask = Flask(__name__)
flask.config["REDIS_URL"] = os.environ["PEER_REDIS"]
flask.register_blueprint(sse, url_prefix="/events")


@flask.post("/")
def publish() -> str:
    for text in request.get_json(force=True):
        sse.publish({"text": text}, type="tick")
    return ""


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """flask-sse says nothing before the first event, not even that it listens; the measuring readers wait for that."""
    answer = flask(environ, start_response)
    return itertools.chain([b": hello\n"], answer) if environ["PATH_INFO"] == "/events" else answer
