"""A request whose file is larger than is taken is cut off, instead of filling the disk of the web server."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler

TOO_LARGE = "lineup.upload_too_large"
_REST = 100_000
"""Bytes of a request beside its file."""


class LimitedUploads(TemporaryFileUploadHandler):
    """Keeps files on disk, whatever their size; a request that says that it is too large is not read."""

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **options: Any) -> None:  # noqa: N803
        self.meta, self.left = META, int(settings.IMPORT_FILE_MB * 1e6) + _REST

    def receive_data_chunk(self, raw_data: bytes, start: int) -> Any:
        self.left -= len(raw_data)
        if self.left < 0:
            self.meta[TOO_LARGE] = True
            raise StopUpload(connection_reset=False)
        return super().receive_data_chunk(raw_data, start)
