"""Journeys that need the whole of Lineup: pages, worker and downstream systems."""
