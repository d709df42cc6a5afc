"""Input of the engine: frozen values, validated on construction.

Times are whole seconds since the horizon's start, so local time, daylight saving and shifts across midnight are settled
before the engine sees them. Periods are half-open, [start, end). Distances are metres, positions are WGS 84 degrees.
"""

# size: every value of the input in one place

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from assignments.engine.domain.roads import Roads
from assignments.engine.domain.shown import ShownWork

FOREVER = 10**9
"""A time, in seconds, later than any horizon: an end that is not known to come."""


# Place.key: hundred-thousandths of a degree from the south pole and the date line; a row holds all of 360 degrees.
_PER_DEGREE, _ROW = 100_000, 40_000_000


class InvalidProblem(ValueError):
    """A value the engine cannot plan with; the message names the object and the field."""


class Level(IntEnum):
    """IEC 61968 SkillLevelKind, ordered so that a higher level satisfies a lower need."""

    APPRENTICE = 1
    STANDARD = 2
    MASTER = 3


class PriorityClass(IntEnum):
    """Lower is more urgent; a job is never left out for jobs of a later class that it could displace."""

    EMERGENCY = 0
    URGENT = 1
    HIGH = 2
    NORMAL = 3
    LOW = 4


class PermitState(StrEnum):
    """Meaning of a permit's status for planning."""

    LIVE = "live"  # issued or extended: work may go on inside the window
    PENDING = "pending"  # requested: may be issued, work may be approved tentatively
    DEAD = "dead"  # suspended, expired, rejected, handed back, closed or cancelled


@dataclass(frozen=True, slots=True)
class Place:
    """A WGS 84 position."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise InvalidProblem(f"Place ({self.lat}, {self.lon}) is not on Earth.")

    @property
    def key(self) -> int:
        """One number for the place, to 0.00001 degrees (about a metre), as travel times are remembered by."""
        return round((self.lat + 90) * _PER_DEGREE) * _ROW + round((self.lon + 180) * _PER_DEGREE)

    @classmethod
    def of_key(cls, key: int) -> Place:
        """The place that has this key and no further digits."""
        lat, lon = divmod(key, _ROW)
        return cls(round(lat / _PER_DEGREE - 90, 5), round(lon / _PER_DEGREE - 180, 5))


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open period [start, end) in seconds since the horizon's start; may begin before it."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise InvalidProblem(f"Window ends at {self.end} before it starts at {self.start}.")


@dataclass(frozen=True, slots=True)
class QualificationNeed:
    """`people` different members must hold `code` at `level` or above, unexpired until the work ends."""

    code: str
    level: Level = Level.STANDARD
    people: int = 1


@dataclass(frozen=True, slots=True)
class HeldQualification:
    """A qualification of one person; valid in [issued, expires)."""

    code: str
    level: Level
    expires: int = FOREVER
    issued: int = -FOREVER


@dataclass(frozen=True, slots=True)
class Booking:
    """Work approved with another crew, where one person of it will be."""

    job_id: int
    number: str
    crew: str
    window: Window
    place: Place


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a crew on the day of the shift."""

    id: int
    name: str
    qualifications: tuple[HeldQualification, ...] = ()
    absences: tuple[Window, ...] = ()
    worked: tuple[Window, ...] = ()
    """Duty before and around the shift (other shifts, call-outs): what the rest rule counts."""
    booked: tuple[Booking, ...] = ()
    """Work with other crews of theirs; nobody can be with two crews at once."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """A vehicle or tool of the crew, with the periods in which it is out of service."""

    code: str
    name: str = ""
    out_of_service: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Commitment:
    """A job already approved, pinned or dispatched on the shift: fixed start; no plan moves it."""

    job_id: int
    number: str
    window: Window
    place: Place
    feeder: str = ""
    movable: bool = False
    """Approved, but neither pinned nor on its way: it may give way to an emergency, and to nothing else."""


@dataclass(frozen=True, slots=True)
class CrewShift:
    """The unit of supply: one crew for one shift."""

    id: int
    crew_id: int
    crew: str
    window: Window
    base: Place
    members: tuple[Member, ...]
    equipment: tuple[Equipment, ...] = ()
    territories: frozenset[str] = frozenset()
    """District codes the crew may work in."""
    commitments: tuple[Commitment, ...] = ()
    on_call: bool = False
    """On-call shifts take emergencies only."""

    def __post_init__(self) -> None:
        starts = [c.window.start for c in self.commitments]
        if starts != sorted(starts):
            raise InvalidProblem(f"Shift {self.id}: commitments are not in order of time.")


@dataclass(frozen=True, slots=True)
class Permit:
    """A permit the job needs; the work must lie inside `window` while `state` is live."""

    id: int
    kind: str
    number: str
    state: PermitState
    window: Window | None
    status: str = ""
    """The register's own word (requested, suspended ...), for explanations."""
    begin_before: int | None = None
    """Work must have begun before this time; None when the law does not say."""


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """Work that must be complete before the job starts; `done` is its (planned) end, None when unplanned."""

    job_id: int
    number: str
    done: int | None = None


@dataclass(frozen=True, slots=True)
class CrewNeed:
    """Needs of a further crew, which works beside the job's own crew for all of the work."""

    title: str
    """Name of the crew until one is chosen: `traffic crew`."""
    needs: tuple[QualificationNeed, ...] = ()
    crew_size: int = 1
    equipment: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Binding:
    """The crew that another part of the same work is given to, so that this part is its work as well."""

    crew_id: int
    crew: str
    number: str
    """Of that part."""


@dataclass(frozen=True, slots=True)
class Job:
    """One work order as the engine sees it."""

    id: int
    number: str
    kind: str
    priority: PriorityClass
    place: Place
    duration: int
    territory: str
    needs: tuple[QualificationNeed, ...] = ()
    crew_size: int = 1
    equipment: frozenset[str] = frozenset()
    voltage: int = 0
    """Nominal volts of what is worked on."""
    energised: bool = False
    customers_out: int = 0
    feeder: str = ""
    earliest: int = 0
    due: int = FOREVER
    appointment: Window | None = None
    materials_at: int | None = 0
    """When the materials are on hand; None when nobody knows."""
    required_permits: frozenset[str] = frozenset()
    permits: tuple[Permit, ...] = ()
    """Of every kind; kind `clearance` is the switching clearance."""
    prerequisites: tuple[Prerequisite, ...] = ()
    ring: tuple[str, ...] = ()
    """Numbers of the orders that wait for each other in a ring, this one's first; empty where it is in none."""
    further_crews: tuple[CrewNeed, ...] = ()
    """Further crews, needed at the same time; the fields above are about the lead crew."""
    part_of: int | None = None
    """Id of the longer work that it is a part of, if one crew has to do all parts; each waits for the one before."""
    bound: Binding | None = None
    """By a decision about another part; a plan binds a part to the crew of the part that it waits for."""

    def __post_init__(self) -> None:
        if self.duration <= 0:
            raise InvalidProblem(f"Job {self.number}: the duration must be positive.")


@dataclass(frozen=True, slots=True)
class Break:
    """A meal or rest break that the agreement gives a crew; seconds since the start of its shift."""

    name: str
    """As in `meal break`."""
    length: int
    earliest: int
    """It begins no sooner, and no later than `latest`."""
    latest: int
    after: int = 0
    """Shifts longer than this owe it."""
    paid: bool = False
    """Whether it counts as duty."""
    at_base: bool = False
    """Taken at the crew's base, with the drives there and back; else wherever the crew is."""

    def __post_init__(self) -> None:
        if self.length <= 0 or self.latest < self.earliest:
            raise InvalidProblem(f"Break {self.name}: it must have a length, and may not begin after the latest time.")


@dataclass(frozen=True, slots=True)
class RuleData:
    """Limits an administrator edits per district; the defaults are the normal rule set."""

    name: str = "normal"
    max_work_in_24h: int = 16 * 3600
    min_rest: int = 8 * 3600
    rest_agreement: str = ""
    """Where these two limits are agreed, as the utility cites it."""
    rest_authority: str = ""
    """Authority that may let people work beyond them with a recorded reason; empty without one."""
    rest_override_for_any_work: bool = False
    """Whether they may for any work, and not for emergencies alone."""
    two_person_volts: int = 600
    """OSHA 1910.269(l): two qualified people where lines above this are energised."""
    two_person_qualification: str = "LINE"
    two_person_exempt_kinds: frozenset[str] = frozenset({"switching"})
    speed: float = 13.0
    """Metres a second on the road, for the built-in travel estimate."""
    circuity: float = 1.3
    """Road distance over great-circle distance."""
    max_overtime: int = 0
    weights: Mapping[str, float] = field(default_factory=dict)
    """Overrides of the soft register's weights by rule name."""
    strict_emergencies: bool = True
    """Whether no work of a later class may make an emergency begin later; else its wait has a price like any other."""
    breaks: tuple[Break, ...] = ()

    def breaks_of(self, shift: CrewShift) -> tuple[Break, ...]:
        """The breaks of the shift, in the order in which they are taken: that of their latest times. On call none is
        owed, because nothing is duty until the call."""
        long = shift.window.end - shift.window.start
        given = () if shift.on_call else (one for one in self.breaks if long > one.after)
        return tuple(sorted(given, key=lambda one: (one.latest, one.earliest, one.name, one.length)))


@dataclass(frozen=True, slots=True)
class Problem:
    """A snapshot: everything one run plans with."""

    jobs: tuple[Job, ...]
    shifts: tuple[CrewShift, ...]
    horizon: int
    """Seconds from the horizon's start to its end."""
    now: int = 0
    """When planning happens; nothing starts before it."""
    rules: RuleData = field(default_factory=RuleData)
    roads: Roads | None = None
    """Travel times from a routing server; None when none is set up, and then all travel is estimated."""
    rejected: frozenset[tuple[int, ...]] = frozenset()
    """Pairs that a manager has rejected and no plan may bring again, though the rules allow them: a job's id and those
    of the shifts, the lead crew's first. The checker asks no manager, so it knows nothing of them."""
    shown: tuple[ShownWork, ...] = ()
    """The plan that people see, as far as nobody has decided on it: what is approved is a commitment."""
    unchanged: bool = False
    """Whether nothing but the time has changed since that plan was made."""

    def __post_init__(self) -> None:
        if self.horizon <= 0:
            raise InvalidProblem("The horizon must have a positive length.")
        for name, ids in (("job", [j.id for j in self.jobs]), ("shift", [s.id for s in self.shifts])):
            if len(ids) != len(set(ids)):
                raise InvalidProblem(f"Two {name}s share an id.")
