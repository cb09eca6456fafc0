"""The subject of a report: the province, a pillar, a lead agency's targets, a charge, a district, one agency."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from agencies.models import Agency, Level, User
from agencies.models.agency import AgencyQuerySet
from indicators.models import Charge, IndicatorParty, Pillar, Plan, Scope, Target
from reports.models import CHARGE, PROVINCE, subject_of_charge

PILLAR, LEAD, DISTRICT, AGENCY = "tru-cot", "chu-tri", "huyen", "don-vi"
TYPES = {
    PROVINCE: "Toàn tỉnh",
    PILLAR: "Trụ cột",
    LEAD: "Cơ quan chủ trì",
    CHARGE: "Nhiệm vụ theo dõi, đôn đốc",
    DISTRICT: "Địa bàn cấp huyện",
    AGENCY: "Đơn vị",
}
# The subjects that are some of the province's targets: how the agencies report is not their matter.
PARTS = (PILLAR, LEAD, CHARGE)


@dataclass(frozen=True)
class Subject:
    """The subject of a report. agency: the node of its figures; targets: those of the plan that it covers, None for
    all; belongs_to: the agency that the report concerns and that may read it once it is published, None for the whole
    province; charge: of the subject *a charge* only."""

    type: str
    code: str
    name: str
    agency: Agency
    targets: frozenset[int] | None = None
    belongs_to: Agency | None = None
    charge: Charge | None = None

    @property
    def key(self) -> str:
        """`huyen:h1`: the subject in addresses and in the table of reports."""
        return f"{self.type}:{self.code}" if self.code else self.type

    @property
    def of(self) -> str:
        """` của UBND huyện Yên Sơn`, ` thuộc trụ cột II. Kinh tế số`; empty for the province."""
        return {
            PROVINCE: "",
            PILLAR: f" {self.share}",
            LEAD: f" do {self.name} chủ trì",
            CHARGE: f" thuộc nhiệm vụ {self.name[:1].lower()}{self.name[1:]}",
            DISTRICT: f" trên địa bàn {self.name}",
            AGENCY: f" của {self.name}",
        }[self.type]

    @property
    def share(self) -> str:
        """`do Sở Y tế chủ trì`: which targets or projects of the plan it covers, after their name; empty for a whole
        area."""
        return {
            PROVINCE: "",
            PILLAR: f"trụ cột {self.code} ({self.name.removeprefix(f'{self.code}. ')})",
            LEAD: f"do {self.name} chủ trì",
            CHARGE: f"thuộc nhiệm vụ {self.name[:1].lower()}{self.name[1:]}",
            DISTRICT: "",
            AGENCY: f"giao cho {self.name}",
        }[self.type]

    @property
    def scope(self) -> Scope:
        """The scope of its figures: the whole area, or an agency's own."""
        return Scope.OWN if self.type == AGENCY else Scope.AREA

    def reporters(self, day: dt.date) -> AgencyQuerySet:
        """Return the agencies that may have to report within it, as the tree was on a day."""
        if self.type == AGENCY:
            return Agency.objects.filter(pk=self.agency.pk)
        return Agency.objects.placed_within(self.agency, day)

    @property
    def is_province(self) -> bool:
        """True where the figures are the whole province's, of all targets or of some."""
        return self.agency.level == Level.PROVINCE


def subject_of(plan: Plan, key: str) -> Subject | None:
    """Return the subject with a key, None where the plan has none such."""
    type_, _, code = key.partition(":")
    province = Agency.objects.get(level=Level.PROVINCE)
    if type_ == PROVINCE and not code:
        return Subject(PROVINCE, "", "toàn tỉnh", province)
    if type_ == PILLAR:
        pillar = plan.pillars.filter(code=code).first()
        targets = Target.objects.filter(plan=plan, indicator__pillar=pillar)
        return Subject(PILLAR, code, str(pillar), province, _keys(targets)) if pillar is not None else None
    if type_ == CHARGE:
        charge = charge_of(plan, key)
        if charge is None:
            return None
        return Subject(CHARGE, code, charge.title, province, _keys(charge.covered), charge.agency, charge)
    agency = Agency.objects.select_related("parent").filter(code=code).first()
    if agency is None:
        return None
    if type_ == LEAD:
        led = _keys(Target.objects.filter(plan=plan).led_by(agency))
        return Subject(LEAD, code, agency.name, province, led, agency) if led else None
    if type_ == DISTRICT and agency.level == Level.DISTRICT:
        return Subject(DISTRICT, code, agency.name.removeprefix("UBND "), agency, None, agency)
    if type_ == AGENCY and agency.level != Level.PROVINCE:
        return Subject(AGENCY, code, agency.full_name, agency, None, agency)
    return None


def charge_of(plan: Plan, key: str) -> Charge | None:
    """Return the charge with a subject's key; None where the key is that of another subject, without a query."""
    type_, _, code = key.partition(":")
    charges = Charge.objects.filter(plan=plan, covers_plan=False).select_related("agency__parent")
    return charges.filter(code=code).first() if type_ == CHARGE else None


def may_read(user: User, subject: Subject) -> bool:
    """Return whether a user may read a report on a subject as it would be now. One query."""
    if subject.charge is not None:
        return Charge.objects.read_in_full_by(user).filter(pk=subject.charge.pk).exists()
    return Agency.objects.visible_to(user).filter(pk=subject.agency.pk).exists()


def own_of(agency: Agency) -> str:
    """Return the key of an agency's own subject: the province, a district's area, one agency."""
    if agency.level == Level.PROVINCE:
        return PROVINCE
    return f"{DISTRICT if agency.level == Level.DISTRICT else AGENCY}:{agency.code}"


def choices(plan: Plan, user: User) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return (group, [(key, name)]) of every subject of a report that the user may read. Four queries at most."""
    agencies = list(Agency.objects.visible_to(user).select_related("parent").in_order())
    groups = [
        (TYPES[DISTRICT], [(own_of(a), a.name.removeprefix("UBND ")) for a in agencies if a.level == Level.DISTRICT]),
        (TYPES[AGENCY], [(f"{AGENCY}:{a.code}", a.full_name) for a in agencies if a.level != Level.PROVINCE]),
    ]
    if any(agency.level == Level.PROVINCE for agency in agencies):
        pillars = [(f"{PILLAR}:{pillar.code}", str(pillar)) for pillar in Pillar.objects.filter(plan=plan)]
        leads = Agency.objects.filter(
            Q(indicator_parts__part=IndicatorParty.Part.LEAD, indicator_parts__indicator__pillar__plan=plan)
        ).distinct()
        groups = [
            (TYPES[PROVINCE], [(PROVINCE, "Toàn tỉnh")]),
            (TYPES[PILLAR], pillars),
            (TYPES[LEAD], [(f"{LEAD}:{agency.code}", agency.name) for agency in leads.in_order()]),
            *groups,
        ]
    in_full = Charge.objects.read_in_full_by(user).filter(plan=plan, covers_plan=False)
    charges = [(subject_of_charge(charge), str(charge)) for charge in in_full]
    return [group for group in [*groups, (TYPES[CHARGE], charges)] if group[1]]


def _keys(targets: QuerySet[Target]) -> frozenset[int]:
    return frozenset(targets.values_list("pk", flat=True))
