"""A system is shown no variable of the server but those that are named for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assignments.downstream import secret_values
from assignments.downstream.trouble import SystemUnavailable


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "GRIP_KEY", "PATH", "lineup_secret_work", ""])
def test_the_servers_own_variables_are_not_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name:
        monkeypatch.setenv(name, "of-the-server")

    with pytest.raises(SystemUnavailable, match="name the variable LINEUP_SECRET_") as refused:
        secret_values.read(name)

    assert "of-the-server" not in str(refused.value)


def test_nor_is_the_file_that_another_variable_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "key"
    file.write_text("of-the-server")
    monkeypatch.setenv("SECRET_KEY_FILE", str(file))

    for name in ("SECRET_KEY", "SECRET_KEY_FILE"):
        with pytest.raises(SystemUnavailable, match="LINEUP_SECRET_"):
            secret_values.read(name)
