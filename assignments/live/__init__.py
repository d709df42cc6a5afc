"""Open pages that the streams keep up to date: what each shows, for the page itself and for whoever has it open."""

from __future__ import annotations


def register() -> None:
    """To be called once, when the app registry is ready."""
    from assignments.live import board_page, map_page, register_pages, review_page, schedule_page, today_page

    for page in (board_page, map_page, register_pages, review_page, schedule_page, today_page):
        page.register()
