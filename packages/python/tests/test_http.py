from __future__ import annotations

import pytest

from citronella._http import Answer, Broken, request

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
COUNTED = b"HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\nabcde"


@pytest.mark.parametrize("whole", [CHUNKED, COUNTED])
@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_an_answer_may_come_in_any_pieces(whole, step):
    answer = Answer()
    for at in range(0, len(whole), step):
        assert not answer.complete
        answer.feed(whole[at : at + step])
    assert answer.complete
    assert answer.take() == b"abcde"
    assert answer.take() == b""
    assert answer.status == (200 if whole is CHUNKED else 404)


def test_an_answer_that_ends_too_early_is_broken():
    for whole in (CHUNKED, COUNTED):
        answer = Answer()
        answer.feed(whole[:-3])
        with pytest.raises(Broken, match="ended before"):
            answer.feed(b"")


def test_an_answer_without_a_length_ends_with_the_connection():
    answer = Answer()
    answer.feed(b"HTTP/1.1 200 OK\r\n\r\nab")
    answer.feed(b"cde")
    assert not answer.complete
    answer.feed(b"")
    assert answer.complete
    assert answer.is_last
    assert answer.take() == b"abcde"


def test_what_is_no_http_is_said():
    with pytest.raises(Broken, match="no HTTP"):
        Answer().feed(b"SSH-2.0-OpenSSH\r\n\r\n")


def test_a_request_says_how_long_its_body_is():
    assert request("POST", "/a", {"host": "h"}, b"{}") == b"POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\n{}"
    assert b"content-length: 0" in request("POST", "/a", {}, None)
    assert b"content-length" not in request("GET", "/a", {}, None)
