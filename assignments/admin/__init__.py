"""The administration: data set-up for everything, and a look at what the machine has done."""

from django.contrib import admin

from assignments.admin import districts, machine, orders, people, subscriptions, tokens, workforce

__all__ = ["districts", "machine", "orders", "people", "subscriptions", "tokens", "workforce"]

admin.site.site_header = "Lineup administration"
admin.site.site_title = "Lineup administration"
admin.site.index_title = "Set-up"
