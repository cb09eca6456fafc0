"""The editor of a draft: its sentences, its head, what others change meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.http import SignedInRequest
from core import formatting
from core.numbers import digits
from core.resubmission import earlier_sends
from indicators.errors import ActionNotAllowed, EditConflict
from reports.documents import composition, model, services
from reports.documents.forms import AUTOMATIC, CHOICE, HEAD_SEEN, OWN, SEEN, SENTENCE, HeadForm, Typed, typed_sentences
from reports.documents.letterheads import services as letterheads
from reports.documents.model import NUMBERED, Heading, Paragraph, Sentence
from reports.models import DraftEdit, Report, ReportState, ReportVersion

# What an empty sentence is for, where that is more than another sentence.
ROOMS = {
    "them-dieu-hanh": "Văn bản chỉ đạo, điều hành đã ban hành trong kỳ",
    "khach-quan": "Nguyên nhân khách quan: …",
    "chu-quan": "Nguyên nhân chủ quan: …",
}
NOT_SAVED = "Chưa lưu được: xem các chỗ được đánh dấu. Những gì đã gõ còn nguyên trên trang."
# The most characters of a sentence that name it.
LONGEST_NAME = 80


@dataclass(frozen=True)
class EditorLine:
    """One sentence or heading in the editor. number: before a heading; auto: the document's own words as they are read; tokens:
    the placeholders of its figures; was: what an editor's text said over other figures, where a choice is due; stored: what
    somebody else stored meanwhile; seen: the checksum of what is stored."""

    id: str
    text: str
    auto: str
    tokens: tuple[str, ...]
    seen: str
    hint: str
    number: str = ""
    is_edited: bool = False
    is_loose: bool = False
    is_stale: bool = False
    was: str = ""
    choice: str = ""
    error: str = ""
    stored: str = ""
    changed: DraftEdit | None = None

    @property
    def name(self) -> str:
        return f"{SENTENCE}{self.id}"

    @property
    def label(self) -> str:
        """The words by which the sentence is named in lists and to screen readers."""
        text = " ".join((self.auto or self.hint).split())
        return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}…"

    @property
    def rows(self) -> int:
        return sum(max(1, -(-len(line) // 95)) for line in self.text.split("\n"))


def draft_of(request: SignedInRequest, pk: int) -> ReportVersion:
    """Return the draft of a report that the user may write in. Raises Http404 for others."""
    report = get_object_or_404(Report.objects.drafted_by(request.user), pk=pk)
    versions = composition.versions().select_related("published_by", "made_by")
    return get_object_or_404(versions, report=report, state=ReportState.DRAFT)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def draft(request: SignedInRequest, pk: int) -> HttpResponse:
    """Edit the draft's sentences and the fields of its head."""
    version = draft_of(request, pk)
    if request.method == "POST":
        return _save(request, version)
    return _editor(request, version, HeadForm(instance=version), Typed({}, {}))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sentence(request: SignedInRequest, pk: int) -> HttpResponse:
    """POST: store a sentence while it is typed. GET: what others changed after a revision (`tu`). Both answer the editor's script
    (static/js/pages/draft.js)."""
    version = draft_of(request, pk)
    if request.method != "POST":
        return JsonResponse(_changes(version, _number(request.GET.get("tu", ""))))
    typed, opened = _typed(version, request.POST), _number(request.POST.get("revision", ""))
    errors = _errors(version, typed.texts)
    if errors:
        return JsonResponse({"errors": errors}, status=HTTPStatus.BAD_REQUEST)
    try:
        version = services.edit(
            version=version,
            revision=opened,
            typed=typed.texts,
            seen=typed.seen,
            by=request.user,
            is_automatic=True,
            address=request.META.get("REMOTE_ADDR"),
        )
    except EditConflict:
        return JsonResponse(_changes(draft_of(request, pk), opened), status=HTTPStatus.CONFLICT)
    except model.BadSentence:
        # Somebody updated the figures since they were read above.
        return JsonResponse({"errors": _errors(draft_of(request, pk), typed.texts)}, status=HTTPStatus.BAD_REQUEST)
    except ActionNotAllowed as refused:
        return JsonResponse({"refusal": str(refused)}, status=HTTPStatus.FORBIDDEN)
    return JsonResponse(_changes(version, opened))


def _changes(version: ReportVersion, after: int) -> dict[str, Any]:
    """Return what was changed in a draft after a revision, with whom and when. Two queries beside the version's."""
    texts = composition.editable_texts(version)
    edits = version.edits.filter(revision__gt=after).exclude(sentence=services.HEAD).select_related("by")
    return {
        "revision": version.revision,
        "snapshot": version.snapshot["id"],
        "changes": [
            {
                "name": f"{SENTENCE}{edit.sentence}",
                "text": texts[edit.sentence],
                "seen": model.digest(texts[edit.sentence]),
                "who": f"{edit.by}, {formatting.short_datetime(edit.at)}",
            }
            for edit in edits
            if edit.sentence in texts
        ],
    }


def _typed(version: ReportVersion, data: QueryDict) -> Typed:
    """Return what was typed into a draft's sentences."""
    stale = composition.stale_texts(version, composition.document_of(version))
    return typed_sentences(data, {sentence.id: sentence.editable for sentence in stale})


def _save(request: SignedInRequest, version: ReportVersion) -> HttpResponse:
    form = HeadForm(request.POST, instance=_again(version))
    typed = _typed(version, request.POST)
    errors = _errors(version, typed.texts)
    if errors or not form.is_valid():
        messages.error(request, NOT_SAVED)
        return _editor(request, version, form, typed, errors)
    head_seen = request.POST.get(HEAD_SEEN, "")
    fields = form.cleaned_data if composition.head_digest(form.cleaned_data) != head_seen else {}
    try:
        services.edit(
            version=version,
            revision=_number(request.POST.get("revision", "")),
            typed=typed.texts,
            seen=typed.seen,
            head_seen=head_seen,
            by=request.user,
            tried=_tried(version, request.POST),
            address=request.META.get("REMOTE_ADDR"),
            **fields,
        )
    except EditConflict as conflict:
        messages.error(
            request,
            f"{conflict} Chưa lưu gì. Dưới mỗi chỗ khác nhau có bản đang lưu; bấm Lưu lần nữa để ghi bản của bạn.",
        )
        stored = conflict.current if isinstance(conflict.current, ReportVersion) else version
        return _editor(request, stored, form, typed, {}, is_conflict=True)
    except model.BadSentence:
        # Somebody updated the figures since they were read above.
        version = draft_of(request, version.report_id)
        messages.error(request, NOT_SAVED)
        return _editor(request, version, form, typed, _errors(version, typed.texts))
    except ActionNotAllowed as refused:
        messages.error(request, f"{refused} Chưa lưu gì.")
        return redirect("printed", version.report_id)
    left = f" Còn {len(typed.undecided)} câu phải chọn lời." if typed.undecided else ""
    messages.success(request, f"Đã lưu dự thảo.{left}")
    return redirect("printed" if "xem" in request.POST else "draft", version.report_id)


def _again(version: ReportVersion) -> ReportVersion:
    """Return the draft once more: a form writes into the one that it is given."""
    return composition.versions().get(pk=version.pk)


def _tried(version: ReportVersion, data: QueryDict) -> list[tuple[dict[str, str], dict[str, Any]]]:
    """The sentences and the fields of the head that the same form sent before without an answer."""
    sends = [
        (_typed(version, earlier).texts, HeadForm(earlier, instance=_again(version))) for earlier in earlier_sends(data)
    ]
    return [(typed, form.cleaned_data) for typed, form in sends if form.is_valid()]


def _errors(version: ReportVersion, typed: Mapping[str, str]) -> dict[str, str]:
    """Return the faults of typed sentences, by sentence."""
    errors = {}
    for sentence in composition.document_of(version).editable:
        if sentence.id in typed:
            try:
                model.rebind(sentence, typed[sentence.id])
            except model.BadSentence as bad:
                errors[sentence.id] = str(bad)
    return errors


def _editor(
    request: SignedInRequest,
    version: ReportVersion,
    form: HeadForm,
    typed: Typed,
    errors: Mapping[str, str] | None = None,
    *,
    is_conflict: bool = False,
) -> HttpResponse:
    document = model.without(composition.document_of(version), version.letterhead.left_out)
    lines = _Lines(version, typed, errors or {}, request.POST, is_conflict=is_conflict)
    blocks: list[tuple[str, Any, int]] = [("part", "Trích yếu", 1), ("lines", [lines.of(document.abstract)], 0)]
    for block in (*document.body, *(b for annex in document.annexes for b in annex.blocks)):
        if isinstance(block, Heading):
            number = NUMBERED.match(block.text)
            blocks.append(("heading", lines.of(block.sentence, number[0] if number else ""), block.level))
        elif isinstance(block, Paragraph):
            blocks.append(("lines", [lines.of(sentence) for sentence in block.sentences], 0))
        else:
            blocks.append(("figure", block.caption, 0))
    head_seen = composition.head_digest(version)
    is_head_conflict = is_conflict and request.POST.get(HEAD_SEEN, "") != head_seen
    context = {
        "version": version,
        "report": version.report,
        "form": form,
        "blocks": blocks,
        "stale": sum(line.is_stale for line in lines.made),
        "faults": [(line.name, line.label, line.error) for line in lines.made if line.error],
        "homeless": lines.homeless,
        "last": max(lines.edits.values(), key=lambda edit: edit.revision, default=None),
        "head_seen": head_seen,
        "head_stored": HeadForm(instance=_again(version)) if is_head_conflict else None,
        "head_edit": lines.edits.get(services.HEAD),
        "keeps_letterheads": letterheads.may_keep(request.user),
        "choices": {"of_editor": OWN, "automatic": AUTOMATIC},
        "choice": CHOICE,
        "seen": SEEN,
    }
    return render(request, "reports/documents/draft.html", context, status=409 if is_conflict else 200)


class _Lines:
    """The lines of a draft's editor. edits: the last change of each sentence; made: the lines so far; homeless: what an editor
    wrote in place of sentences that the document has no longer."""

    def __init__(
        self, version: ReportVersion, typed: Typed, errors: Mapping[str, str], data: QueryDict, *, is_conflict: bool
    ) -> None:
        document = composition.document_of(version)
        self.texts, self.typed, self.errors, self.data, self.is_conflict = (
            version.texts,
            typed,
            errors,
            data,
            is_conflict,
        )
        self.stale = {sentence.id for sentence in composition.stale_texts(version, document)}
        self.edits = {edit.sentence: edit for edit in version.edits.select_related("by")}
        self.made: list[EditorLine] = []
        known = {sentence.id for sentence in document.editable}
        self.homeless = [stored["was"] for id, stored in version.texts.items() if id not in known and "was" in stored]

    def of(self, sentence: Sentence, number: str = "") -> EditorLine:
        """Return the line of a sentence."""
        id, is_edited = sentence.id, sentence.id in self.texts
        edited = replace(sentence, text=self.texts[id]["text"], edited=True) if is_edited else sentence
        text = self.typed.texts.get(id, edited.editable)
        differs = self.is_conflict and id in self.typed.texts and model.tidy(text) != model.tidy(edited.editable)
        was = self.texts[id].get("was", edited.plain) if id in self.stale else ""
        line = EditorLine(
            id=id,
            text=text,
            auto=sentence.plain,
            tokens=tuple(dict.fromkeys(sentence.tokens)),
            seen=model.digest(edited.editable),
            hint=ROOMS.get(id, "Thêm câu"),
            number=number,
            is_edited=is_edited,
            is_loose=edited.has_loose_figures,
            is_stale=id in self.stale,
            was=was,
            choice=self.data.get(f"{CHOICE}{id}", ""),
            error=self.errors.get(id, ""),
            stored=(edited.editable or "(để trống)") if differs else "",
            changed=self.edits.get(id),
        )
        self.made.append(line)
        return line


def _number(text: str) -> int:
    number = digits(text, 9)
    return -1 if number is None else number
