"""Collected scripts and styles without their comments: these are a fifth of what a first visit fetches of ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import rcssmin
import rjsmin
from django.core.files.base import ContentFile
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS: dict[tuple[str, str], Callable[[str], str]] = {
    ("js/", ".js"): rjsmin.jsmin,
    ("css/", ".css"): rcssmin.cssmin,
}
"""Minifiers by folder and ending; vendored files stay as they were published."""


# Maps of other people's scripts are a third of all bytes, and only somebody who debugs those scripts fetches one.
AS_THEY_ARE = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")


class MinifiedStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Minifies before files are hashed and compressed, so that names follow what is sent."""

    def create_compressor(self, **options: Any) -> Compressor:
        return super().create_compressor(**options | {"extensions": AS_THEY_ARE})

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            for name, (source, place) in list(paths.items()):
                minify = minifier(name)
                if minify is not None:
                    with source.open(place) as file:
                        smaller = minify(file.read().decode())
                    self.delete(name)
                    self.save(name, ContentFile(smaller.encode()))
                    paths[name] = (self, name)
        yield from super().post_process(paths, dry_run=dry_run, **options)


def minifier(name: str) -> Callable[[str], str] | None:
    """Minifier for a collected file, or None when it is to stay as it is."""
    folder, _, _ = name.partition("/")
    return next((minify for (ours, end), minify in OURS.items() if ours == f"{folder}/" and name.endswith(end)), None)
