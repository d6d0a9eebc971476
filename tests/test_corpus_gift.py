"""GIFT files of strangers, as we and another reader read them."""

from tests.conftest import CORPUS
from tests.test_gift_differential import paragraphs, unexplained


def test_both_read_the_same() -> None:
    files = list((CORPUS / "gift").iterdir())
    assert files
    assert unexplained([text for path in files for text in paragraphs(path)]) == []
