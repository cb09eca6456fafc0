"""Search for targets, agencies, projects, the plan's own texts and pages by a few words, as far as a reader may open them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from agencies import as_of
from agencies.models import Agency, Level, User
from agencies.roles import Role
from core import texts
from core.formatting import fold
from indicators.models import Plan, Target
from projects.models import Project
from reports.dashboards.queries.timeliness import AgencyRef, agencies_for

MOST_FOUND = 20
LONGEST_QUERY = 100
# The point of an abbreviation before a word without a space; not the one in a code (I.2.a).
ABBREVIATED = re.compile(r"(?<=[^\W\d_])\.(?=[^\W\d_]{2})")
BETWEEN = str.maketrans(dict.fromkeys(",;:()/–|", " "))
NO_WORDS = {"", "-", "&", "+"}
APART = 3  # the rank of a match that has the words, but not side by side


@dataclass(frozen=True)
class Found:
    """The results of one kind: the first of them, and their total number. more: the number not shown."""

    things: tuple
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.things)


@dataclass(frozen=True)
class Results:
    """The results for `query`; no search was made where it is empty."""

    query: str
    targets: Found
    agencies: Found
    projects: Found
    texts: Found
    pages: Found

    @property
    def total(self) -> int:
        kinds = self.targets, self.agencies, self.projects, self.texts, self.pages
        return sum(kind.total for kind in kinds)


@dataclass(frozen=True)
class PageText:
    """A page, or a row of one: a charge, a commitment. anchor: where it is on the page."""

    title: str
    detail: str
    url: str
    anchor: str = ""


@dataclass(frozen=True)
class FoundAgency:
    """An agency that was found. formerly: the former names by which it was, in words; empty where a present one was
    enough."""

    ref: AgencyRef
    formerly: str = ""


@dataclass(frozen=True)
class Option:
    """A result as one line under the search field: what it is, its name, where it leads."""

    kind: str
    title: str
    url: str


NOTHING = Found((), 0)
# The most results of one kind under the field.
MOST_OPTIONS = 4
# Pages by address, with their name and what they hold; roles: those of which one opens it, none where everyone does.
KEEPERS, REVIEWERS = (Role.STANDING, Role.ADMIN), (Role.STANDING, Role.REVIEWER)
PAGES: tuple[tuple[str, str, str, tuple[Role, ...]], ...] = (
    ("duties", "Việc cần làm", "Việc của tài khoản này, việc sắp đến hạn", ()),
    ("entry_current", "Nhập số liệu", "Nhập và nộp phiếu báo cáo của kỳ đang mở", (Role.FOCAL,)),
    ("review_queue", "Duyệt phiếu", "Phiếu chờ duyệt, trả lại", REVIEWERS),
    ("extensions", "Đề nghị gia hạn", "Gia hạn nộp phiếu", REVIEWERS),
    ("follow_ups", "Theo dõi tiếp", "Số liệu đã đánh dấu, cảnh báo của các kỳ đã qua", REVIEWERS),
    ("stand_ins", "Làm thay cấp huyện", "Duyệt thay, nhập thay khi quá hạn", (Role.STANDING,)),
    ("review_shares", "Phân công duyệt", "Chia đơn vị cho từng người duyệt, duyệt thay khi nghỉ", (Role.STANDING,)),
    ("questions", "Thẩm định", "Câu hỏi về số liệu của chỉ tiêu chủ trì", (Role.LEAD,)),
    ("overview", "Tổng quan", "Kết quả toàn tỉnh, chỉ tiêu theo trạng thái", ()),
    ("agencies", "Cơ quan, đơn vị", "Ai đã nộp, ai chưa nộp phiếu để đôn đốc", ()),
    ("matrix", "Ma trận", "Đơn vị và chỉ tiêu trong một bảng", ()),
    ("league", "Kỷ luật nộp báo cáo", "Xếp hạng đơn vị nộp đúng hạn", ()),
    ("compare", "So sánh đơn vị", "Một chỉ tiêu, nhiều đơn vị", ()),
    ("projects", "Dự án, nhiệm vụ", "Danh mục, tiến độ, cần xử lý", ()),
    ("reports", "Báo cáo", "Báo cáo in, dự thảo, đã phát hành", ()),
    ("conclusions", "Kết luận, chỉ đạo", "Ý kiến chỉ đạo, ai thực hiện, hạn, kết quả", ()),
    ("data_calls", "Yêu cầu báo cáo đột xuất, chuyên đề", "Câu hỏi gửi đơn vị, ai đã trả lời", ()),
    ("quality", "Chất lượng số liệu", "Kiểm tra mẫu với minh chứng", ()),
    ("revisions_policy", "Chính sách điều chỉnh số liệu", "Khi nào số đã công bố được sửa", ()),
    ("calendar", "Lịch báo cáo", "Kỳ báo cáo, hạn nộp, hạn duyệt, ngày nghỉ, lịch phát hành", ()),
    ("notices", "Thông báo", "Tin nhắn của hệ thống", ()),
    ("account", "Tài khoản", "Đổi mật khẩu, thư điện tử, việc được báo", ()),
    ("password_change", "Đổi mật khẩu", "Mật khẩu của tài khoản này", ()),
    ("logout", "Đăng xuất", "Kết thúc phiên làm việc trên máy này", ()),
    ("guide", "Hướng dẫn sử dụng", "Hướng dẫn từng trang, câu hỏi thường gặp", ()),
    ("practice", "Tập nhập", "Biểu nhập với số bịa, không tính vào đâu", ()),
    ("calendar_edit", "Sửa lịch", "Hạn nộp, hạn duyệt, khoảng số liệu của mọi kỳ", KEEPERS),
    ("project_add", "Bổ sung dự án", "Dự án ngoài danh mục đã ký", KEEPERS),
    ("evidence_draw", "Rút mẫu kiểm tra", "Chọn ngẫu nhiên số liệu để đối chiếu minh chứng", (Role.STANDING,)),
    ("saved", "Trang đã lưu", "Các trang giữ lại để mở nhanh", ()),
    ("plans", "Các kế hoạch", "Trạng thái, sao chép, tệp kế hoạch", KEEPERS),
    ("organisation", "Tổ chức", "Sáp nhập, chia tách, đổi tên đơn vị", KEEPERS),
    ("map_layout", "Xếp bản đồ", "Ô của từng địa bàn trên bản đồ", KEEPERS),
    ("journal", "Nhật ký", "Ai đã làm gì, lúc nào", KEEPERS),
    ("system_state", "Tình trạng hệ thống", "Việc chạy nền, thư, sao lưu", KEEPERS),
    ("account_list", "Tài khoản cần xem", "Chưa đăng nhập, không nhập số liệu, bị khóa đăng nhập", KEEPERS),
    ("bulk_accounts", "Cấp tài khoản", "Mã đăng nhập một lần, phiếu tài khoản", (Role.ADMIN,)),
)


def search(plan: Plan | None, user: User, text: str) -> Results:
    """Return what contains every word of the query; exact names come first. Ten queries, none without a word.

    plan: the plan whose targets and projects are searched, None for agencies alone.
    """
    query = " ".join(texts.line(text).split())[:LONGEST_QUERY]
    query_words = _spoken(query).split()
    if not query_words:
        return Results(query, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING)
    return Results(
        query,
        _targets(plan, query_words),
        _agencies(user, query_words),
        _projects(plan, query_words),
        _texts(plan, query_words),
        _pages(user, query_words),
    )


def options(results: Results, carried: str) -> list[Option]:
    """Return the first results of each kind on one line each, pages and acts first, and last the guide; none without a word.

    carried: the period and basis to open them at, as the query of an address; empty without.
    """
    if not results.query:
        return []
    pages = [Option("Trang", page.title, page.url) for page in results.pages.things[:MOST_OPTIONS]]
    agencies = [
        Option("Đơn vị", hit.ref.place_name, reverse("agency", args=[hit.ref.code]) + carried)
        for hit in results.agencies.things[:MOST_OPTIONS]
    ]
    targets = [
        Option("Chỉ tiêu", str(target), target.get_absolute_url() + carried)
        for target in results.targets.things[:MOST_OPTIONS]
    ]
    projects = [
        Option("Dự án", f"{project.label} {project.name}", project.get_absolute_url() + carried)
        for project in results.projects.things[:MOST_OPTIONS]
    ]
    texts_found = [
        Option("Kế hoạch", text.title, f"{text.url}{carried}{f'#{text.anchor}' if text.anchor else ''}")
        for text in results.texts.things[:MOST_OPTIONS]
    ]
    guide = Option("Hướng dẫn", f"Tìm “{results.query}” trong hướng dẫn", guide_search_url(results.query))
    return [*pages, *agencies, *targets, *projects, *texts_found, guide]


def guide_search_url(query: str) -> str:
    """Return the address of the guide's answers to a query."""
    return f"{reverse('guide')}?{urlencode({'q': query})}"


def _targets(plan: Plan | None, query_words: Sequence[str]) -> Found:
    """Search the targets. One query for the targets, one for their lead agencies."""
    targets = Target.objects.filter(plan=plan).with_parties().in_order() if plan is not None else ()
    return _found(
        query_words,
        ((target, _names(target), [target.label, target.indicator.text]) for target in targets),
    )


def _names(target: Target) -> list[str]:
    """Return what people call a target: `I.12`, `I12`, `chỉ tiêu 12` (its number in the signed annex), `mục tiêu I.12`."""
    spoken = [f"chỉ tiêu {target.indicator.number}", f"chỉ tiêu {target.code}", f"mục tiêu {target.code}"]
    return [target.code, _bare(target.code), *spoken]


def agencies_meant(refs: Iterable[AgencyRef], query: str) -> tuple[AgencyRef, ...]:
    """Return those of `refs` that a query may mean: the ones of exactly that name, else those whose name begins so,
    else all that contain every word. Four queries, none without a word."""
    ranked = _agencies_ranked(refs, query)
    return tuple(ref for rank, ref in ranked if rank == ranked[0][0])


def agencies_found(refs: Iterable[AgencyRef], query: str) -> tuple[AgencyRef, ...]:
    """Return those of `refs` that contain every word of a query, exact names first. Four queries, none without a
    word."""
    return tuple(ref for _, ref in _agencies_ranked(refs, query))


def _agencies_ranked(refs: Iterable[AgencyRef], query: str) -> list[tuple[int, AgencyRef]]:
    query_words = _spoken(texts.line(query)).split()
    if not query_words:
        return []
    return _ranked(query_words, _as_agencies(refs, Agency.objects.all(), as_of.former_names()))


def _agencies(user: User, query_words: Sequence[str]) -> Found:
    """Search the agencies; a word may also be of the district's name. Four queries more than `agencies_for`."""
    visible, former = Agency.objects.visible_to(user), as_of.former_names()
    searched = list(_as_agencies(agencies_for(user, visible).values(), visible, former))
    page_of_results = _found(query_words, searched)
    present = {ref.pk: names for ref, names, _ in searched}
    return Found(
        tuple(
            FoundAgency(ref, _formerly(query_words, present[ref.pk], former.get(ref.pk, {})))
            for ref in page_of_results.things
        ),
        page_of_results.total,
    )


def _formerly(query_words: Sequence[str], present: Iterable[str], former: Mapping[str, Sequence[str]]) -> str:
    """Return the former names that hold words of the query that no present name holds."""
    spoken = _joined(present)
    missing_words = [word for word in query_words if f" {word}" not in spoken]
    meant = [name for name, others in former.items() if any(f" {w}" in _joined([name, *others]) for w in missing_words)]
    return "; ".join(meant)


def _joined(names: Iterable[str]) -> str:
    return f" {' '.join(_spoken(name) for name in names if name)}"


def _as_agencies(
    refs: Iterable[AgencyRef], among: QuerySet[Agency], former: Mapping[int, Mapping[str, Sequence[str]]]
) -> Iterator[tuple[AgencyRef, list[str], list[str]]]:
    """Yield agencies with their names, also in full, as pages print them, and without the kind of unit; and with the
    other names to search by: other and former names, those of the units that were merged into them, and each with the
    name of the present or former parent. One query."""
    columns = "name", "aliases", "parent__name", "parent__short_name", "parent__aliases"
    names_by_pk = {pk: names for pk, *names in among.values_list("pk", *columns)}
    for ref in refs:
        name, aliases, *above = names_by_pk[ref.pk]
        _, _, bare = ref.short_name.partition(" ")
        codes = [ref.code, ref.gso_code, ref.electronic_code]
        names = [*codes, ref.short_name, ref.place_name, f"UBND {ref.place_name}", ref.name, name]
        gone = [name for label, older in former.get(ref.pk, {}).items() for name in (label, *older)]
        others = [bare, *aliases.split("|"), *gone]
        if ref.level == Level.COMMUNE:
            parents = [above[0].removeprefix("UBND "), above[1], *above[2].split("|")]
            names += [f"{ref.name}, {parents[0]}", f"{name}, {parents[0]}"]
            others += [
                f"{own_name}, {parent}" for own_name in (ref.name, *aliases.split("|")) for parent in parents[1:]
            ]
        yield ref, names, [*others, ref.place_name]


def _projects(plan: Plan | None, query_words: Sequence[str]) -> Found:
    """Search the projects. One query."""
    projects = Project.objects.filter(section__plan=plan).select_related("section") if plan is not None else ()
    return _found(
        query_words,
        (
            (project, [project.label, project.code, project.plan_code], [project.name, project.leads_text])
            for project in projects
        ),
    )


def _texts(plan: Plan | None, query_words: Sequence[str]) -> Found:
    """Search the plan's charges, its commitments, and the pages about the plan itself. Two queries."""
    if plan is None:
        return NOTHING
    rows = [(page, [page.title], [page.detail]) for page in _pages_of_plan(plan)]
    for charge in plan.charges.select_related("agency"):
        detail = f"Nhiệm vụ theo dõi, đôn đốc của {charge.agency.name}"
        page = PageText(f"{charge.code} {charge.title}", detail, charge.get_absolute_url())
        rows.append((page, [charge.code, charge.title], [detail, charge.legal_ground, charge.agency.short_name]))
    for commitment in plan.commitments.all():
        anchor = f"cam-ket-{commitment.number}"
        page = PageText(f"{commitment}: {commitment.text}", commitment.source, reverse("commitments"), anchor)
        rows.append((page, [str(commitment), commitment.text], [commitment.source]))
    return _found(query_words, rows)


def _pages(user: User, query_words: Sequence[str]) -> Found:
    """Search the pages that the reader may open, by name and contents."""
    pages = (
        PageText(title, detail, reverse(name))
        for name, title, detail, roles in PAGES
        if not roles or user.holds(*roles)
    )
    return _found(query_words, ((page, [page.title], [page.detail]) for page in pages))


def _pages_of_plan(plan: Plan) -> list[PageText]:
    """Return the pages about the plan as it was signed."""
    return [
        PageText(
            "Chỉ tiêu của Kế hoạch, nguyên văn",
            f"{plan.indicators_annex or 'Từng chỉ tiêu'}: chủ trì, phối hợp, bản ký",
            reverse("indicators"),
        ),
        PageText(
            "Chỉ tiêu nguy cơ không đạt, cần chú ý, không đạt",
            "Tổng quan: cần tập trung, ai chủ trì, còn bao nhiêu ngày",
            reverse("overview"),
            "can-chu-y",
        ),
        PageText("Cam kết ngoài phụ lục phân công", "Chưa phân công, đã phân công", reverse("commitments")),
        PageText("Quy tắc giữa các chỉ tiêu", "Số nào phải khớp với số nào", reverse("target_rules")),
    ]


def _bare(code: str) -> str:
    """Return `I12` of `I.12`, as people type it in a hurry."""
    return code.replace(".", "")


def _found(query_words: Sequence[str], things: Iterable[tuple]) -> Found:
    """Return the first of the matches that `_ranked` returns."""
    matching = _ranked(query_words, things)
    return Found(tuple(thing for _, thing in matching[:MOST_FOUND]), len(matching))


def _ranked(query_words: Sequence[str], things: Iterable[tuple]) -> list[tuple]:
    """Return, of (thing, its names, other texts to search by), those in which every word asked for begins a word: exact
    names first, then names that begin so, then those with the words side by side, each in the order given. Words that
    are apart count only where nothing has them side by side: without accents, *so* begins too many."""
    phrase, matching = " ".join(query_words), []
    for thing, names, others in things:
        names = [_spoken(name) for name in names if name]
        others = [_spoken(text) for text in others if text]
        all_words = f" {' '.join([*names, *others])}"
        if all(f" {word}" in all_words for word in query_words):
            begins = any(text.startswith(phrase) for text in others)
            rank = 0 if phrase in names else 1 if begins else 2 if f" {phrase}" in all_words else APART
            matching.append((rank, thing))
    matching.sort(key=lambda pair: pair[0])
    if matching and matching[0][0] < APART:
        matching = [pair for pair in matching if pair[0] < APART]
    return matching


# Cached because the names of a province's agencies are the same in every search.
@lru_cache(maxsize=8192)
def _spoken(text: str) -> str:
    """Return a text without accents and without signs between and after words; *P.Cẩm Thượng* has three words."""
    parts = (word.strip(".") for word in fold(ABBREVIATED.sub(". ", text.translate(BETWEEN))).split())
    return " ".join(word for word in parts if word not in NO_WORDS)
