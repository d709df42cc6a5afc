"""Collected files of ours are smaller and mean the same; vendored ones stay as they were published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage

from scheduler_site.static_files import MinifiedStaticFilesStorage, minifier

SCRIPT = """
/** A module. @type {string} */
// "quoted" comment
export const link = "https://lineup.example"; // not a comment inside the string
export const pattern = /[/*]+/;
export const text = `two // lines
  of text`;
"""


@pytest.fixture
def collected(tmp_path: Path) -> Any:
    """Processes files as collectstatic does: name -> content of the file that pages fetch."""
    found, root = tmp_path / "found", tmp_path / "root"
    root.mkdir()

    def collect(files: dict[str, str]) -> dict[str, str]:
        storage = MinifiedStaticFilesStorage(location=str(root), base_url="/static/")
        source = FileSystemStorage(location=str(found))
        for name, text in files.items():
            for place in (found / name, root / name):
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text)
        assert all(not isinstance(done, Exception) for _, _, done in storage.post_process(paths_of(files, source)))
        return {name: (root / storage.stored_name(name)).read_text() for name in files}

    return collect


def paths_of(files: dict[str, str], source: Any) -> dict[str, Any]:
    return {name: (source, name) for name in files}


def test_scripts_lose_their_comments_and_keep_strings_and_patterns(collected: Any):
    script = collected({"js/lib/page.js": SCRIPT})["js/lib/page.js"]

    assert "A module" not in script
    assert "comment" not in script
    assert '"https://lineup.example"' in script
    assert "/[/*]+/" in script
    assert "two // lines\n  of text" in script


def test_styles_lose_their_comments(collected: Any):
    style = collected({"css/board.css": "/* The board. */\n.row > .cell {\n  margin: calc(1px + 2px);\n}\n"})[
        "css/board.css"
    ]

    assert style == ".row>.cell{margin:calc(1px + 2px)}"


@pytest.mark.parametrize(
    "name", ["vendor/moment/moment.min.js", "admin/js/core.js", "admin/css/base.css", "icons/a.svg"]
)
def test_files_of_others_stay_as_they_are(collected: Any, name: str):
    assert minifier(name) is None
    assert collected({name: "/* licence */ a {}"}) == {name: "/* licence */ a {}"}


def test_maps_of_scripts_are_sent_as_they_are(collected: Any, tmp_path: Path) -> None:
    collected({"vendor/one.js": "a();" * 500, "vendor/one.js.map": "{}" * 500})

    compressed = {path.name.rpartition(".")[0] for ending in ("gz", "br") for path in tmp_path.rglob(f"*.{ending}")}
    assert "one.js" in compressed
    assert [name for name in compressed if "map" in name] == []
