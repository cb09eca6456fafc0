"""Earlier sends of a form that got no answer: by them a person's own save is known again (decision 0162)."""

from collections.abc import Iterator
from urllib.parse import parse_qsl

from django.http import QueryDict

MOST_TRIES = 5
# Fields of the longest form.
MOST_FIELDS = 1000


def earlier_sends(data: QueryDict, name: str = "tried", most_fields: int = MOST_FIELDS) -> Iterator[QueryDict]:
    """Yield the earlier sends of the same page that got no answer, as posted forms; unreadable ones are left out."""
    for text in data.getlist(name)[:MOST_TRIES]:
        try:
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=most_fields)
        except ValueError:
            continue
        earlier = QueryDict(mutable=True)
        for field, value in pairs:
            earlier.appendlist(field, value)
        yield earlier
