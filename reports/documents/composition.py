"""What a version of a report is made of: its snapshot, an editor's sentences over it, its head."""

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from django.db.models import Q, prefetch_related_objects
from django.urls import reverse

from agencies.models import Agency, Level
from agencies.roles import Role
from core import clock, formatting
from indicators.analysis import snapshot as analysis_snapshot
from indicators.models import Basis, Plan
from indicators.rollups import reconciliation
from indicators.selection import BASIS_NAMES, periods_begun
from reports import letterhead
from reports.dashboards.queries.target_rows import freshness_of
from reports.documents import model, request, scopes, tables
from reports.documents.data.progress import issuer_of
from reports.documents.model import Document, Heading, Paragraph, Sentence, bind
from reports.documents.periods import period_of
from reports.documents.request import ReportRequest
from reports.documents.types import ReportType, all_types
from reports.models import Letterhead, Report, ReportState, ReportVersion, Signer

FORMAT = 1


@dataclass(frozen=True)
class Content:
    """What is stored of a version: the snapshot and the ledger behind it."""

    snapshot: dict
    ledger: dict


def title_of(kind: ReportType, asked: ReportRequest) -> str:
    """`Báo cáo tiến độ thực hiện chỉ tiêu trên địa bàn huyện Nam Sách, tháng 8 năm 2023`."""
    basis = "" if asked.basis == Basis.OFFICIAL else ", số tạm tính"
    return f"{kind.title}{asked.subject.of}, {asked.span.title}{basis}"


def asked_of(report: Report) -> ReportRequest | None:
    """What a stored report was asked for; None where its span or its subject is there no more."""
    span = period_of(periods_begun(report.plan), report.span)
    subject = scopes.subject_of(report.plan, report.subject)
    return ReportRequest(report.plan, span, subject, Basis(report.basis)) if span and subject else None


class System:
    """Who reads where nobody asked: what is drafted by itself reads the whole province."""

    reads_everything = is_active = True


def content_of(kind: ReportType, wanted: ReportRequest, user, published: ReportVersion | None) -> Content:
    """The figures as they are now, and the document that tells them. user: who reads them, None for the system itself;
    published: the version that this one corrects."""
    with reconciliation.snapshot():
        figures = request.facts(wanted)
        document = _composed(kind, wanted, user or System())
        behind = analysis_snapshot.take_snapshot(
            wanted.plan, wanted.period, wanted.basis, targets=list(figures["lines"])
        )
    if published is not None:
        document = corrected(document, published, request.differences(published.snapshot["facts"], figures))
    kept = {"format": FORMAT, "facts": figures, "document": model.dump(document)}
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False)
    return Content({**kept, "id": hashlib.sha256(text.encode()).hexdigest()[:12]}, behind)


def preview(kind: ReportType, wanted: ReportRequest, user) -> tuple[Document, letterhead.DocumentHead]:
    """What a version would say of what the user may read, under the head that it would have: the province's letterhead for
    those who read the whole province, the agency's own for others. Nothing is kept."""
    plan = wanted.plan
    if user.reads_everything:
        form = _default_letterhead(plan)
        form, powers = (form, [s.powers for s in form.signers.all()[:1]]) if form else proposed_letterhead(plan)
    else:
        form, powers = proposed_letterhead(plan, wanted.subject.agency)
    with reconciliation.snapshot():
        document = _composed(kind, wanted, user)
    head = letterhead.DocumentHead(
        **_from_letterhead(form),
        year=clock.today().year,
        powers=_lines(powers[0]) if powers else (),
        marks=("Bản xem trước", *_open_mark(wanted.span), *_illustrative_mark(plan)),
        made=_made(wanted.basis, freshness_of(plan).made_at),
    )
    return document.with_texts({}, head.issuer), head


def _composed(kind, wanted, user):
    earlier, period = _earlier(wanted, kind)
    return kind.compose(wanted, request.restatements(wanted, earlier, period), user)


def _earlier(wanted, kind):
    """The facts of the last published report of the same kind, subject and basis before this one, and their period."""
    before = ReportVersion.objects.filter(
        report__plan=wanted.plan,
        report__kind=kind.id,
        report__subject=wanted.subject.key,
        report__basis=wanted.basis,
        report__last_day__lt=wanted.span.last_day,
        state=ReportState.PUBLISHED,
    )
    version = before.order_by("-report__last_day", "-pk").defer("ledger").first()
    if version is None:
        return None, None
    facts = version.snapshot["facts"]
    return facts, next((p for p in wanted.periods if p.code == facts["period"]), None)


def corrected(document: Document, published: ReportVersion, rows) -> Document:
    """A document that says in what it differs from the version that it replaces."""
    head = published.frozen_head
    number = f" số {head.number}/{head.symbol}" if head.number else f" lần {published.number}"
    day = formatting.date(published.document_day or published.published_at)
    said = f"Báo cáo này thay thế Báo cáo{number} ngày {day}."
    said += " Số liệu điều chỉnh so với bản đó:" if rows else " Số liệu các mục tiêu không thay đổi so với bản đó."
    place = sum(block.block == "heading" and block.level == 1 for block in document.body) + 1
    *body, closing = document.body
    body += [Heading(f"{model.ROMAN[place]}. ĐIỀU CHỈNH"), Paragraph((bind("thay-the", said),))]
    if rows:
        body.append(replace(tables.restated(rows), id="Điều chỉnh bản trước"))
    body.append(Paragraph((bind("them-thay-the", ""),)))
    return replace(document, body=(*body, closing))


def versions():
    """Versions with what their documents and heads are read from; without the ledger, which is large."""
    related = ("report__plan", "letterhead", "signer")
    return ReportVersion.objects.select_related(*related).defer("ledger")


def document_of(version: ReportVersion) -> Document:
    """The document as its snapshot has it, without an editor's words."""
    return model.load(version.snapshot["document"])


def stale_texts(version: ReportVersion, document: Document) -> list[Sentence]:
    """Sentences that an editor wrote over others than the document has now: figures moved or are others since, and somebody has
    to look. Ones whose place is gone altogether are left out."""
    return [s for s in document.sentences if s.id in version.texts and version.texts[s.id]["base"] != s.text]


def edited(version: ReportVersion, document: Document, issuer: str) -> Document:
    """The document in the words of its editor; those written over other sentences are not used."""
    stale = {sentence.id for sentence in stale_texts(version, document)}
    texts = {id: kept["text"] for id, kept in version.texts.items() if id not in stale}
    return document.with_texts(texts, issuer)


def head_of(version: ReportVersion, *, code: str = "", base_url: str = "") -> letterhead.DocumentHead:
    """The head of a version by its letterhead as it is now, or as it was published."""
    if version.head is not None:
        return version.frozen_head
    form, facts = version.letterhead, version.snapshot["facts"]
    plan = version.report.plan
    made = facts["rolled_up_at"]
    return letterhead.DocumentHead(
        **_from_letterhead(form),
        year=(version.document_day or clock.today()).year,
        number=version.document_number,
        day=version.document_day.isoformat() if version.document_day else "",
        powers=_lines(version.signer.powers) if version.signer else (),
        signer=version.signer.name if version.signer else "",
        marks=(
            *(() if code else ("Dự thảo", *_open_mark(_span(plan, version.report.span)))),
            *_illustrative_mark(plan),
        ),
        code=code,
        check_url=urljoin(base_url, reverse("check", args=[bare(code)])) if code else "",
        snapshot=version.snapshot["id"],
        made=_made(Basis(facts["basis"]), dt.datetime.fromisoformat(made) if made else None),
    )


def _from_letterhead(form):
    plain = {name: getattr(form, name) for name in ("above", "issuer", "symbol", "place")}
    return {**plain, "to": _lines(form.to), "recipients": _lines(form.recipients)}


def _open_mark(span):
    """What every sheet says of a span of which nothing may be published yet."""
    why = span.why_open(clock.today()) if span else ""
    return (why.capitalize(),) if why else ()


def _illustrative_mark(plan):
    return ("Số liệu minh họa",) if plan.is_demo else ()


def _lines(text):
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _made(basis, at):
    kind = "số chính thức" if basis == Basis.OFFICIAL else "số tạm tính"
    return f"{kind}, tổng hợp lúc {formatting.datetime(at)}" if at else kind


def bare(code: str) -> str:
    """A code as it stands in an address: without what groups it."""
    return code.replace("-", "")


def letterhead_of(plan: Plan) -> Letterhead:
    """The letterhead that a plan's reports use where none is chosen; made from the standing agency where there is none yet."""
    found = _default_letterhead(plan)
    if found is not None:
        return found
    made, powers = proposed_letterhead(plan)
    made.save()
    for place, power in enumerate(powers):
        Signer.objects.create(letterhead=made, powers=power, position=place)
    return made


def _default_letterhead(plan):
    return plan.letterheads.order_by("-is_default", "pk").first()


def proposed_letterhead(plan: Plan, agency: Agency | None = None) -> tuple[Letterhead, list[str]]:
    """A letterhead, not stored, for an agency (None: the standing one), and by which powers may be signed under it."""
    if agency is None:
        province = Agency.objects.get(level=Level.PROVINCE)
        standing = Agency.objects.filter(users__grants__role=Role.STANDING).exclude(pk=province.pk)
        agency = standing.select_related("parent").in_order().first() or province
    issuer = issuer_of(agency, plan)
    is_above_all = agency.level == Level.PROVINCE
    above = plan.issuer if is_above_all or agency.parent.level == Level.PROVINCE else agency.parent.name
    everybody = (
        "Ban Chỉ đạo chuyển đổi số tỉnh;\nCác sở, ban, ngành;\nUBND cấp huyện, cấp xã;\nLưu: VT."
        if is_above_all
        else "Như trên;\nLưu: VT."
    )
    if not issuer.is_committee:
        everybody = "Như trên;\nBan Chỉ đạo chuyển đổi số tỉnh;\nCác sở, ban, ngành;\nUBND cấp huyện;\nLưu: VT."
    form = Letterhead(
        plan=plan,
        name=f"{issuer.name} ban hành",
        above=issuer.above,
        issuer=_in_full(issuer.name),
        symbol=issuer.symbol,
        place=issuer.place,
        to="" if is_above_all else f"{_in_full(above)}.",
        recipients=everybody,
        is_default=True,
    )
    if issuer.is_committee:
        return form, ["TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH", "TM. ỦY BAN NHÂN DÂN\nKT. CHỦ TỊCH\nPHÓ CHỦ TỊCH"]
    return form, ["GIÁM ĐỐC", "KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC"]


def _in_full(name):
    """A People's Committee's name as the decree wants it of whoever issues or is addressed."""
    return re.sub(r"^UBND\b", "Ủy ban nhân dân", name)


def find(plan: Plan, kind: str, span: str, subject: str, basis: str) -> tuple[ReportType, ReportRequest] | None:
    """A kind and what it is asked for, by their codes as in addresses; None where the combination is none, or its data are
    still coming in (`why_none`)."""
    found_kind = all_types().get(kind)
    found_span = period_of(periods_begun(plan), span)
    if found_span is not None and found_span.last_day >= clock.today():
        return None
    found_subject = scopes.subject_of(plan, subject)
    if found_kind is None or found_span is None or found_subject is None or basis not in BASIS_NAMES:
        return None
    if found_subject.type not in found_kind.subjects or found_span.length.code not in found_kind.lengths:
        return None
    return found_kind, ReportRequest(plan, found_span, found_subject, BASIS_NAMES[basis])


def why_none(plan: Plan, span: str) -> str:
    """Why there is no report of a span that a plan has, where it has not ended; empty for any other."""
    found = _span(plan, span)
    if found is None or found.last_day < clock.today():
        return ""
    days = formatting.date(found.last_day), formatting.date(found.last_day + dt.timedelta(days=1))
    title = f"{found.title[:1].upper()}{found.title[1:]}"
    return f"{title} chưa hết kỳ: số liệu tính đến hết ngày {days[0]}, báo cáo lập được từ ngày {days[1]}."


def why_not_yet(report: Report) -> str:
    """Why a report may not be published yet, with the day from which it may; empty where it may."""
    span = _span(report.plan, report.span)
    why = span.why_open(clock.today()) if span else ""
    return f"{why}, phát hành được sau ngày {formatting.date(span.period.closes_on)}" if why else ""


def _span(plan, code):
    """A span of a plan, also one to come; its periods are read once."""
    prefetch_related_objects([plan], "periods")
    return period_of(list(plan.periods.all()), code)


def readers(report: Report):
    """Who should hear of a published report: leaders, and the people of the agency that it concerns."""
    from agencies.models import User

    concerned = Q(grants__role=Role.LEADER)
    if report.belongs_to_id:
        concerned |= Q(agency=report.belongs_to_id)
    return User.objects.filter(concerned).distinct()
