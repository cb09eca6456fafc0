"""The parts of a report's version: its snapshot, an editor's sentences, its head."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urljoin

from django.db.models import Q, QuerySet, prefetch_related_objects
from django.urls import reverse

from agencies.models import Agency, Level, User
from agencies.roles import Role
from core import clock, formatting
from core.installation.queries import current
from indicators.analysis import snapshot as analysis_snapshot
from indicators.models import Basis, Charge, Plan, ReportingPeriod
from indicators.rollups import reconciliation
from indicators.selection import BASIS_NAMES, periods_begun
from reports import letterhead
from reports.dashboards.queries.target_rows import freshness_of
from reports.documents import layout, model, request, scopes, tables
from reports.documents.data.progress import issuer_of, standing_agency
from reports.documents.model import Document, Heading, Paragraph, Sentence, bind
from reports.documents.periods import ReportPeriod, period_of
from reports.documents.request import ReportRequest, Restated
from reports.documents.types import ReportType, all_types
from reports.models import Letterhead, Report, ReportState, ReportVersion, Signer

FORMAT = 1
# The title of an agency's head where it is not GIÁM ĐỐC, by how the agency's name begins.
HEADS = (("Văn phòng", "CHÁNH VĂN PHÒNG"), ("Thanh tra", "CHÁNH THANH TRA"))


@dataclass(frozen=True)
class Content:
    """The stored content of a version: the snapshot, and the data behind it."""

    snapshot: dict
    ledger: dict


def title_of(kind: ReportType, report_request: ReportRequest) -> str:
    """`Báo cáo tiến độ thực hiện chỉ tiêu trên địa bàn huyện Yên Sơn, tháng 8 năm 2026`; with the plan where it is not the
    first of its year."""
    basis = "" if report_request.basis == Basis.OFFICIAL else ", số tạm tính"
    of_plan = report_request.period.of_plan
    return f"{kind.title}{report_request.subject.of}, {report_request.report_period.title}{of_plan}{basis}"


def request_of(report: Report) -> ReportRequest | None:
    """Return the request of a stored report; None where its period or its subject does not exist any more."""
    report_period = period_of(periods_begun(report.plan), report.span)
    subject = scopes.subject_of(report.plan, report.subject)
    return (
        ReportRequest(report.plan, report_period, subject, Basis(report.basis)) if report_period and subject else None
    )


def _system_reader() -> User:
    """The reader of automatic drafts, who reads the whole province; an account that is never stored."""
    return User(is_active=True, is_superuser=True)


def content_of(
    kind: ReportType, report_request: ReportRequest, user: User | None, published: ReportVersion | None
) -> Content:
    """Return the figures as they are now, and the document about them. user: the reader, None for the system itself;
    published: the version that this one corrects."""
    with reconciliation.snapshot():
        figures = request.facts(report_request)
        document = _composed(kind, report_request, user or _system_reader())
        data_behind = analysis_snapshot.take_snapshot(
            report_request.plan, report_request.period, report_request.basis, targets=list(figures["lines"])
        )
    if published is not None:
        document = corrected(document, published, request.differences(published.snapshot["facts"], figures))
    stored = {"format": FORMAT, "facts": figures, "document": model.dump(document)}
    text = json.dumps(stored, sort_keys=True, ensure_ascii=False)
    return Content({**stored, "id": hashlib.sha256(text.encode()).hexdigest()[:12]}, data_behind)


def preview(kind: ReportType, report_request: ReportRequest, user: User) -> tuple[Document, letterhead.DocumentHead]:
    """Return what a version would show of what the user may read, under the head that it would have: the province's
    letterhead for those who read the whole province, the agency's own for others. Nothing is stored."""
    plan = report_request.plan
    charge = report_request.subject.charge
    if charge is not None:
        form, powers = proposed_letterhead(plan, charge=charge)
    elif not user.reads_everything:
        form, powers = proposed_letterhead(plan, report_request.subject.agency)
    elif default := _default_letterhead(plan):
        form, powers = default, [signer.powers for signer in default.signers.all()[:1]]
    else:
        form, powers = proposed_letterhead(plan)
    with reconciliation.snapshot():
        document = _composed(kind, report_request, user)
    head = letterhead.DocumentHead(
        **_from_letterhead(form),
        year=clock.today().year,
        powers=_lines(powers[0]) if powers else (),
        marks=("Bản xem trước", *_open_mark(report_request.report_period), *_demo_mark(plan)),
        made=_made(report_request.basis, freshness_of(plan).computed_at),
    )
    document = document.with_texts({}, head.issuer, receiver_of(head))
    return layout.printed(document, form.left_out), head


def _composed(kind: ReportType, report_request: ReportRequest, user: User) -> Document:
    earlier, period = _earlier(report_request, kind)
    return kind.compose(report_request, request.restatements(report_request, earlier, period), user)


def _earlier(report_request: ReportRequest, kind: ReportType) -> tuple[dict | None, ReportingPeriod | None]:
    """Return the facts of the last published report of the same type, subject and basis before this one, and their
    period."""
    before = ReportVersion.objects.filter(
        report__plan=report_request.plan,
        report__kind=kind.id,
        report__subject=report_request.subject.key,
        report__basis=report_request.basis,
        report__last_day__lt=report_request.report_period.last_day,
        state=ReportState.PUBLISHED,
    )
    version = before.order_by("-report__last_day", "-pk").defer("ledger").first()
    if version is None:
        return None, None
    facts = version.snapshot["facts"]
    return facts, next((p for p in report_request.periods if p.code == facts["period"]), None)


def corrected(document: Document, published: ReportVersion, rows: Sequence[Restated]) -> Document:
    """Add to a document how it differs from the version that it replaces."""
    head = published.frozen_head
    number = f" số {head.number}/{head.symbol}" if head.number else f" lần {published.number}"
    day = formatting.date(published.document_day or published.published_at)
    sentence = f"Báo cáo này thay thế Báo cáo{number} ngày {day}."
    sentence += " Số liệu điều chỉnh so với bản đó:" if rows else " Số liệu các chỉ tiêu không thay đổi so với bản đó."
    section_number = sum(isinstance(block, Heading) and block.level == 1 for block in document.body) + 1
    # The list of annexes and the closing sentence come last.
    body = list(document.body)
    is_list = [isinstance(block, Paragraph) and block.sentences[0].id == "kem-theo" for block in body]
    end = is_list.index(True) if any(is_list) else len(body) - 1
    added: list[model.Block] = [
        Heading(f"{model.ROMAN[section_number]}. ĐIỀU CHỈNH"),
        Paragraph((bind("thay-the", sentence),)),
    ]
    if rows:
        added.append(replace(tables.restated(rows), id="Điều chỉnh bản trước"))
    added.append(Paragraph((bind("them-thay-the", ""),)))
    return replace(document, body=(*body[:end], *added, *body[end:]))


def versions() -> QuerySet[ReportVersion]:
    """Return the versions with what their documents and heads are read from; without the data behind them, which are
    large."""
    related = ("report__plan", "letterhead", "signer")
    return ReportVersion.objects.select_related(*related).defer("ledger")


def document_of(version: ReportVersion) -> Document:
    """Return the document as its snapshot has it, without an editor's words."""
    return model.load(version.snapshot["document"])


def stale_texts(version: ReportVersion, document: Document) -> list[Sentence]:
    """Return the sentences that an editor wrote over others than the document has now (`was`: what it said before): the
    editor has to choose. Sentences that do not exist any more are left out."""
    return [s for s in document.editable if s.id in version.texts and _is_stale(version.texts[s.id], s)]


def undecided(version: ReportVersion) -> list[Sentence]:
    """Return the stale sentences of what is printed."""
    return stale_texts(version, model.without(document_of(version), version.letterhead.left_out))


def _is_stale(stored: Mapping[str, str], sentence: Sentence) -> bool:
    return "was" in stored or stored["base"] != sentence.text


def editable_texts(version: ReportVersion) -> dict[str, str]:
    """Return the texts of a draft as its editor reads them, by sentence."""
    return {
        sentence.id: replace(sentence, text=version.texts.get(sentence.id, {"text": sentence.text})["text"]).editable
        for sentence in document_of(version).editable
    }


def head_digest(values: ReportVersion | Mapping[str, Any]) -> str:
    """Return a checksum of the fields of a draft's head, of the draft or as a form read them."""
    read = values.get if isinstance(values, Mapping) else partial(getattr, values)
    letterhead, signer = read("letterhead"), read("signer")
    parts = (letterhead and letterhead.pk, signer and signer.pk, read("document_number"), read("document_day"))
    return model.digest(" | ".join(map(str, (*parts, " ".join((read("reason") or "").split())))))


def edited(version: ReportVersion, document: Document, head: letterhead.DocumentHead) -> Document:
    """Return the document as it is printed, in the words of its editor; words written over other sentences are not used."""
    stale = {sentence.id for sentence in stale_texts(version, document)}
    texts = {id: stored["text"] for id, stored in version.texts.items() if id not in stale}
    return layout.printed(document.with_texts(texts, head.issuer, receiver_of(head)), version.letterhead.left_out)


def receiver_of(head: letterhead.DocumentHead) -> str:
    """Return the agency that a report asks, its last addressee; words for whoever is competent where nobody is addressed."""
    return head.to[-1].rstrip(" .;") if head.to else "cấp có thẩm quyền"


def head_of(version: ReportVersion, *, code: str = "", base_url: str = "") -> letterhead.DocumentHead:
    """Return the head of a version by its letterhead as it is now, or as it was published."""
    if version.head is not None:
        return version.frozen_head
    form, facts = version.letterhead, version.snapshot["facts"]
    plan = version.report.plan
    made = facts["rolled_up_at"]
    return letterhead.DocumentHead(
        **_from_letterhead(form),
        year=(version.document_day or clock.today()).year,
        number=letterhead.padded(version.document_number),
        day=version.document_day.isoformat() if version.document_day else "",
        powers=_lines(version.signer.powers) if version.signer else (),
        signer=version.signer.name if version.signer else "",
        marks=(
            *(() if code else ("Dự thảo", *_open_mark(_report_period(plan, version.report.span)))),
            *_demo_mark(plan),
        ),
        code=code,
        check_url=urljoin(base_url, reverse("check", args=[bare(code)])) if code else "",
        snapshot=version.snapshot["id"],
        made=_made(Basis(facts["basis"]), dt.datetime.fromisoformat(made) if made else None),
    )


def _from_letterhead(form: Letterhead) -> dict[str, Any]:
    plain = {name: getattr(form, name) for name in ("above", "issuer", "symbol", "place")}
    recipients = tuple(_with_unit(line, form.unit) for line in _lines(form.recipients))
    return {**plain, "to": _lines(form.to), "recipients": recipients}


def _with_unit(line: str, unit: str) -> str:
    """Return a recipient's line, the one of the registry with the unit that drafted: `Lưu: VT, CNTT.`"""
    return re.sub(r"^(Lưu: VT)(?=[.;]?$)", lambda match: f"{match[1]}, {unit}", line) if unit else line


def _open_mark(report_period: ReportPeriod | None) -> tuple[str, ...]:
    """Return the mark on every sheet of a report period of which nothing may be published yet."""
    why = report_period.why_open(clock.today()) if report_period else ""
    return (why.capitalize(),) if why else ()


def _demo_mark(plan: Plan) -> tuple[str, ...]:
    return ("Số liệu minh họa",) if plan.is_demo else ()


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _made(basis: Basis, at: dt.datetime | None) -> str:
    kind = "số chính thức" if basis == Basis.OFFICIAL else "số tạm tính"
    return f"{kind}, tổng hợp lúc {formatting.datetime(at)}" if at else kind


def bare(code: str) -> str:
    """Return a code as it is in an address: without its hyphens."""
    return code.replace("-", "")


def letterhead_of(plan: Plan, charge: Charge | None = None) -> Letterhead:
    """Return the letterhead of a plan's reports where none is chosen; create it from the standing agency where there is
    none yet. charge: that the report is about, whose agency then issues it."""
    if charge is None:
        existing = _default_letterhead(plan)
    else:
        existing = plan.letterheads.filter(name=_charge_letterhead(charge)).first()
    if existing is not None:
        return existing
    made, powers = proposed_letterhead(plan, charge=charge)
    made.save()
    for position, power in enumerate(powers):
        Signer.objects.create(letterhead=made, powers=power, position=position)
    return made


def _default_letterhead(plan: Plan) -> Letterhead | None:
    return plan.letterheads.order_by("-is_default", "pk").first()


def _charge_letterhead(charge: Charge) -> str:
    return f"Nhiệm vụ {charge.code}, báo cáo {charge.report_to}"[:100]


def proposed_letterhead(
    plan: Plan, agency: Agency | None = None, *, charge: Charge | None = None
) -> tuple[Letterhead, list[str]]:
    """Return a letterhead, not stored, for an agency (None: the standing one), and the titles under which it may be
    signed. charge: that the report is about; its agency reports to whom the charge names."""
    if charge is not None:
        agency = charge.agency
    is_standing = agency is None
    # The province and its districts, read only where they are needed.
    areas = Agency.objects.in_force(clock.today()).filter(level__in=(Level.PROVINCE, Level.DISTRICT)).in_order()
    if agency is None:
        province = next(area for area in areas if area.level == Level.PROVINCE)
        agency = standing_agency() or province
    issuer = issuer_of(agency, plan)
    is_above_all, parent = agency.level == Level.PROVINCE, agency.parent
    is_of_province = is_above_all or parent is None or parent.level == Level.PROVINCE
    above = current().named_now(plan.issuer) if is_of_province or parent is None else parent.name
    if charge is not None:
        to = f"{charge.report_to}."
    else:
        # The standing agency reports to the plan's issuer and to the bodies above it (the plan, VI.1).
        superiors = _lines(plan.reports_to) if is_standing else ()
        addressees = [*superiors, *([] if is_above_all else [_in_full(above)])]
        to = "".join(f"{one};\n" for one in addressees[:-1]) + "".join(f"{one}." for one in addressees[-1:])
    everybody = ["Như trên (để b/c);"] if to else []
    if is_above_all or not issuer.is_committee:
        has_districts = any(area.level == Level.DISTRICT for area in areas)
        committees = ("cấp huyện, cấp xã" if is_above_all else "cấp huyện") if has_districts else "cấp xã"
        everybody += ["Ban Chỉ đạo Chuyển đổi số tỉnh (để b/c);", "Các sở, ban, ngành;", f"UBND {committees};"]
    form = Letterhead(
        plan=plan,
        name=f"{issuer.name} ban hành" if charge is None else _charge_letterhead(charge),
        above=issuer.above,
        issuer=_in_full(issuer.name),
        symbol=issuer.symbol,
        place=issuer.place,
        to=to,
        recipients="\n".join([*everybody, "Lưu: VT."]),
        is_default=charge is None,
    )
    if issuer.is_committee:
        return form, ["TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH", "TM. ỦY BAN NHÂN DÂN\nKT. CHỦ TỊCH\nPHÓ CHỦ TỊCH"]
    head = next((title for beginning, title in HEADS if issuer.name.startswith(beginning)), "GIÁM ĐỐC")
    return form, [head, f"KT. {head}\nPHÓ {head}"]


def _in_full(name: str) -> str:
    """Return a People's Committee's name as the decree requires it of the issuer and of addressees."""
    return re.sub(r"\bUBND\b", "Ủy ban nhân dân", name)


def find(plan: Plan, kind: str, period_code: str, subject: str, basis: str) -> tuple[ReportType, ReportRequest] | None:
    """Return a report type and the request, by their codes as in addresses; None where the combination does not exist,
    or its data are still coming in (`why_none`)."""
    found_kind = all_types().get(kind)
    found_period = period_of(periods_begun(plan), period_code)
    if found_period is not None and found_period.last_day >= clock.today():
        return None
    found_subject = scopes.subject_of(plan, subject)
    if found_kind is None or found_period is None or found_subject is None or basis not in BASIS_NAMES:
        return None
    if found_subject.type not in found_kind.subjects or found_period.type.code not in found_kind.period_types:
        return None
    return found_kind, ReportRequest(plan, found_period, found_subject, BASIS_NAMES[basis])


def why_none(plan: Plan, period_code: str) -> str:
    """Explain why there is no report of a plan's report period that has not ended; empty for any other."""
    report_period = _report_period(plan, period_code)
    if report_period is None or report_period.last_day < clock.today():
        return ""
    days = formatting.date(report_period.last_day), formatting.date(report_period.last_day + dt.timedelta(days=1))
    title = f"{report_period.title[:1].upper()}{report_period.title[1:]}"
    return f"{title} chưa hết kỳ: số liệu tính đến hết ngày {days[0]}, báo cáo lập được từ ngày {days[1]}."


def why_not_yet(report: Report) -> str:
    """Explain why a report may not be published yet, with the day from which it may; empty where it may."""
    report_period = _report_period(report.plan, report.span)
    why = report_period.why_open(clock.today()) if report_period else ""
    return (
        f"{why}, phát hành được sau ngày {formatting.date(report_period.open_until)}" if report_period and why else ""
    )


def _report_period(plan: Plan, code: str) -> ReportPeriod | None:
    """Return a report period of a plan, also one to come; its periods are read once."""
    prefetch_related_objects([plan], "periods")
    return period_of(list(plan.periods.all()), code)


def readers(report: Report) -> QuerySet[User]:
    """Return the people to notify of a published report: leaders, and the people of the agency that it concerns."""
    concerned = Q(user_roles__role=Role.LEADER)
    if report.belongs_to_id:
        concerned |= Q(agency=report.belongs_to_id)
    return User.objects.filter(concerned).distinct()
