"""The sentences about a report's figures, on counts made by hand."""

from types import SimpleNamespace

import pytest

from indicators.rules.nothing import Nothing
from indicators.rules.status import Status
from reports.dashboards.queries.target_rows import StatusCounts
from reports.documents.text import figures

pytestmark = pytest.mark.once


def test_a_pillar_accounts_for_each_of_its_targets():
    """Five of seven are well, one is behind, one has no value: 5 + 1 + 1 are 7."""
    counts = StatusCounts(
        5, 7, ((Status.ON_TRACK, 5), (Status.BEHIND, 1), (Status.NO_DATA, 1)), (), ((Nothing.SILENT, 1),)
    )
    behind = SimpleNamespace(status=Status.BEHIND, target=SimpleNamespace(code="III.5", label="Chữ ký số"))
    part = SimpleNamespace(code="III", title="Xã hội số", tally=counts, lines=[behind])
    assert figures.pillar(part) == (
        "Trụ cột III (Xã hội số): 5/7 chỉ tiêu thành phần đặt ngưỡng đạt hoặc đúng tiến độ; cần chú ý: Chữ ký số (III.5); "
        "1 chỉ tiêu chưa có số liệu."
    )
