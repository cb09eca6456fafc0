"""Reports that a user may open, and those that a user may draft, by the queries of the model."""

from agencies.roles import Role
from indicators.models import Charge
from reports.models import Report
from tests import factories


def report(province, subject, belongs_to=None):
    return Report.objects.create(
        plan=province.plan,
        kind="tien-do",
        span="2023-07",
        subject=subject,
        basis="official",
        title=subject,
        last_day=province.periods[7].window_last,
        belongs_to=belongs_to,
    )


def test_the_lead_agency_of_a_charge_drafts_the_reports_on_it_and_no_others(province):
    office = factories.agency("s2", "department", province.tree["tinh"])
    for code, agency in (("VI.2", office), ("VI.3", province.tree["s1"])):
        Charge.objects.create(
            plan=province.plan, code=code, title=code, agency=agency, sentence="x", legal_ground="x", report_to="x"
        )
    own = report(province, "nhiem-vu:VI.2", office)
    for subject in ("toan-tinh", "nhiem-vu:VI.3", "chu-tri:s2"):
        report(province, subject)
    lead = factories.person("chi", office, Role.LEAD)
    colleague = factories.person("hoa", office, Role.FOCAL)
    assert list(Report.objects.drafted_by(lead)) == list(Report.objects.visible_to(lead)) == [own]
    assert not Report.objects.drafted_by(colleague).exists() and not Report.objects.visible_to(colleague).exists()
    assert Report.objects.drafted_by(province.people["khanh"]).count() == 4
    lead.is_active = False
    assert not Report.objects.drafted_by(lead).exists() and not Report.objects.visible_to(lead).exists()
