"""The tasks of the queue. Each only says "look now": rows say what is to be done, and sweeps find what no hint told."""

from __future__ import annotations

from django_tasks import task


@task()
def execute_run(run_id: str) -> str:
    """The status that a run was left with; empty when there was none to plan.

    Not always the run of the hint: managers who ask for many must not keep others waiting, see `sharing`.
    """
    # Imported where the work is done: whoever only leaves a hint, a web process, needs no compiler in its memory.
    from assignments.tasks import planning

    run = planning.claim_and_execute()
    return run.status if run else ""


@task(queue_name="writeback")
def deliver_due() -> None:
    """Wakes up the threads that tell."""
    from assignments.tasks import delivery

    delivery.look()
