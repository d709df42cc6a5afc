from __future__ import annotations

from typing import Any

from django.db import models

from assignments.downstream import tracing


class Traced(models.Model):
    """A row that goes on with what a request began: it keeps the request's trace."""

    trace_id = models.CharField("trace", max_length=32, blank=True, default="", db_default="", editable=False)
    is_sampled = models.BooleanField(default=False, db_default=False, editable=False)
    """Whether the caller of the request records the trace."""

    class Meta:
        abstract = True

    @staticmethod
    def present(trace: tracing.Trace | None = None) -> dict[str, Any]:
        """The columns of a row that is made now: of the trace, else of the request's, or of a new one."""
        trace = trace or tracing.current() or tracing.begun()
        return {"trace_id": trace.id, "is_sampled": trace.is_sampled}

    def trace(self) -> tracing.Trace:
        """The trace that it belongs to; one of its own where the row is older than traces."""
        return tracing.Trace(self.trace_id, self.is_sampled) if self.trace_id else tracing.begun()
