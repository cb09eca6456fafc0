"""Each request is recorded, an unchanged answer is not sent again, pages are left alone."""

import pytest

from exchange.models import ConnectedSystem, SystemAccess

pytestmark = pytest.mark.django_db


def test_a_request_is_recorded_with_what_it_took(program, connected):
    program("an").get("rollups?plan=2023&period=2023-07&scope=own")
    program("an").get("agencies?limit=3")
    program("an").get("submissions?period=2023-07", Accept="text/csv")
    program("an").get("plans/2022")
    program("an").get("me", If_None_Match='"x"')
    rows = list(SystemAccess.objects.order_by("pk").values_list("method", "path", "status", "rows", "address"))
    assert [row[:4] for row in rows] == [
        ("GET", "/api/v1/rollups?plan=2023&period=2023-07&scope=own", 200, 14),
        ("GET", "/api/v1/agencies?limit=3", 200, 3),
        ("GET", "/api/v1/submissions?period=2023-07", 200, 1),
        ("GET", "/api/v1/plans/2022", 404, None),
        ("GET", "/api/v1/me", 200, None),
    ]
    assert rows[0][4] == "127.0.0.1"
    assert ConnectedSystem.objects.with_last_use().get(owner=connected.people["an"]).last_used_at is not None


def test_an_unchanged_answer_is_not_sent_again(program):
    first = program("lam").get("plans")
    again = program("lam").get("plans", If_None_Match=f'W/{first["ETag"]}, "other"')
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert program("lam").get("plans", If_None_Match='"other"').status_code == 200


def test_strangers_and_pages_leave_no_row(client, connected):
    client.get("/api/v1/me")
    client.force_login(connected.people["an"])
    answer = client.get("/ket-noi/")
    assert "ETag" not in answer
    assert not SystemAccess.objects.exists()
