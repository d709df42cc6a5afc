"""Vendored files stay as they were published, with their licences."""

from __future__ import annotations

import hashlib

from tests.project import house

VENDOR = house.ROOT / "static" / "vendor"
OURS = {"SHA256SUMS", "VENDORED.md"}


def test_every_vendored_file_is_the_one_whose_checksum_is_kept():
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    kept = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}

    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name not in OURS
    }
    assert found == kept


def test_every_vendored_package_is_listed_with_its_licence():
    listed = (VENDOR / "VENDORED.md").read_text()

    for folder in (path for path in VENDOR.iterdir() if path.is_dir()):
        assert f"`{folder.name}/`" in listed
        assert [path for path in folder.iterdir() if "LICEN" in path.name]
