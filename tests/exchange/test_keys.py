"""Keys and the tokens made of them."""

import pytest
import time_machine

from exchange import keys


def test_a_key_is_read_back():
    key = keys.new_key(keys.new_client_id())
    assert keys.read(str(key)) == key
    assert keys.fits(key.secret, keys.hash_of(key.secret))
    assert key.secret not in keys.hash_of(key.secret)


def test_no_two_are_alike():
    made = {str(keys.new_key(keys.new_client_id())) for _ in range(100)}
    assert len(made) == 100


@pytest.mark.parametrize("text", ["", "cds_", "cds_a", "abc_a_b", "a" * 10_000])
def test_other_texts_are_no_key(text):
    assert keys.read(text) is None


def test_nothing_fits_where_there_is_no_key():
    assert not keys.fits("", "")
    assert not keys.fits("x", "")


def test_a_token_lasts_an_hour():
    with time_machine.travel("2023-08-16T09:00+07:00", tick=False) as moment:
        token = keys.new_token("abc", "0123456789abcdef0123")
        assert keys.read_token(token) == ("abc", "0123456789abcdef")
        moment.shift(keys.TOKEN_SECONDS + 1)
        assert keys.read_token(token) is None


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é", "\x00"])
def test_other_texts_are_no_token(text):
    assert keys.read_token(text) is None
