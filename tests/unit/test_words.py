"""The words: complete in both languages, plain, calm, and none of those that hurt.

Source: ux, "The words".
"""

import re
from collections.abc import Iterator
from pathlib import Path

import polib  # type: ignore[import-untyped]  # polib ships no types
import pytest
from babel.messages.extract import extract_from_file

from libs.peer.roster.columns import TITLES
from libs.peer.roster.faults import SAYINGS

API = Path(__file__).parents[2] / "services" / "api"
TEMPLATES = API / "templates"
SPANISH = polib.pofile(str(API / "locale" / "es.po"))
STAFF_ONLY = ("agencies", "coordinator", "deployments", "program", "roster", "desk", "schedules", "signon")
BANNED = {
    "en": (
        *("submit", "submitted", "terminate", "victim", "patient", "case", "ticket", "incident", "failed"),
        *("invalid", "illegal", "fatal", "kill", "are you sure"),
    ),
    "es": (
        *("víctima", "paciente", "caso", "incidente", "falló", "fallido", "inválido", "inválida", "ilegal"),
        *("fatal", "matar", "está seguro"),
    ),
}
HARDEST = 6.0
SHORTEST_SENTENCE = 5
LONGEST_SENTENCE = 18


def messages(template: Path) -> Iterator[str]:
    found = extract_from_file(
        "jinja2.ext:babel_extract", template, options={"extensions": "jinja2.ext.i18n", "silent": "false"}
    )
    for _line, ids, _comments, _context in found:
        yield from [ids] if isinstance(ids, str) else ids


ALL = {words for template in TEMPLATES.rglob("*.html") for words in messages(template)}
GENTLE = {
    words
    for template in TEMPLATES.rglob("*.html")
    if template.relative_to(TEMPLATES).parts[0] not in STAFF_ONLY
    for words in messages(template)
}
IN_SPANISH = {entry.msgid: entry.msgstr for entry in SPANISH if not entry.msgid_plural}


def readability(words: str) -> float:
    """Return the automated readability index: about the school year that reads it with ease."""
    plain = re.sub(r"%\(\w+\)s", "Ada", words)
    count = len(plain.split())
    sentences = max(1, len(re.findall(r"[.:;?]+(?:\s|$)", plain)))
    return 4.71 * len(re.findall(r"\w", plain)) / count + 0.5 * count / sentences - 21.43


def test_there_are_words_at_all() -> None:
    assert len(ALL) > 150
    assert "Talk to a peer" in GENTLE


def test_spanish_is_complete_and_nothing_in_it_is_a_guess() -> None:
    assert not [entry.msgid for entry in SPANISH if not entry.translated()]
    assert not [entry.msgid for entry in SPANISH if entry.fuzzy]
    assert not SPANISH.obsolete_entries()


def test_every_message_of_the_templates_has_its_spanish() -> None:
    known = {words for entry in SPANISH for words in (entry.msgid, entry.msgid_plural) if words}
    assert not ALL - known


def test_what_can_be_wrong_with_a_roster_has_its_spanish() -> None:
    said = {sentence for pair in SAYINGS.values() for sentence in pair} | set(TITLES.values())
    assert not said - set(IN_SPANISH)


def test_placeholders_are_the_same_in_both_languages() -> None:
    for entry in SPANISH:
        wanted = set(re.findall(r"%\(\w+\)s", entry.msgid))
        for spanish in entry.msgstr_plural.values() if entry.msgid_plural else (entry.msgstr,):
            assert set(re.findall(r"%\(\w+\)s", spanish)) == wanted, entry.msgid
            assert spanish.count("#") == entry.msgid.count("#"), entry.msgid


@pytest.mark.parametrize("word", BANNED["en"])
def test_no_word_that_hurts_in_english(word: str) -> None:
    assert not [words for words in GENTLE if re.search(rf"\b{word}s?\b", words, re.IGNORECASE)]


@pytest.mark.parametrize("word", BANNED["es"])
def test_no_word_that_hurts_in_spanish(word: str) -> None:
    spoken = [IN_SPANISH[words] for words in GENTLE if words in IN_SPANISH]
    assert not [words for words in spoken if re.search(rf"\b{word}s?\b", words, re.IGNORECASE)]


def test_nobody_is_shouted_at() -> None:
    spanish = [text for entry in SPANISH for text in (entry.msgid, entry.msgstr, *entry.msgstr_plural.values())]
    assert not [text for text in (*ALL, *spanish) if "!" in text or "¡" in text]


def test_a_tired_person_can_read_every_sentence() -> None:
    hard = {words: round(readability(words), 1) for words in GENTLE if len(words.split()) >= SHORTEST_SENTENCE}
    assert not {words: score for words, score in hard.items() if score > HARDEST}


def coleman_liau(words: str) -> float:
    """Return the Coleman-Liau index; it means something for a page of sentences, not for one alone.

    The two formulas stand here, since textstat would bring nltk along for them.
    """
    plain = re.sub(r"%\(\w+\)s", "Ada", words)
    count = len(plain.split())
    sentences = max(1, len(re.findall(r"[.:;?]+(?:\s|$)", plain)))
    return 5.88 * len(re.findall(r"\w", plain)) / count - 29.6 * sentences / count - 15.8


def test_a_tired_person_can_read_every_page_as_a_whole() -> None:
    for template in TEMPLATES.rglob("*.html"):
        sentences = [words.rstrip(".?:") for words in messages(template) if len(words.split()) >= SHORTEST_SENTENCE]
        if template.relative_to(TEMPLATES).parts[0] not in STAFF_ONLY and sentences:
            assert coleman_liau(". ".join(sentences) + ".") <= HARDEST, template.name


def test_no_spanish_sentence_is_longer_than_a_breath() -> None:
    spoken = [IN_SPANISH[words] for words in GENTLE if words in IN_SPANISH]
    parts = [part for words in spoken for part in re.split(r"[.:;?]\s", words)]
    assert not [part for part in parts if len(part.split()) > LONGEST_SENTENCE]
