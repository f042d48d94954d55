import pytest

from libs.peer.registry import places, rules


@pytest.mark.parametrize(
    ("state", "spellings"),
    [
        ("MO", ["Ray", "RAY", " ray  County"]),
        ("MO", ["St. Louis", "St Louis", "Saint Louis County"]),
        ("MO", ["Ste. Genevieve", "sainte genevieve"]),
        ("MD", ["Prince George's", "Prince George’s County", "prince georges"]),
        ("IL", ["DuPage", "Du Page"]),
        ("LA", ["Rapides", "Rapides Parish"]),
        ("AK", ["Fairbanks North Star Borough", "Fairbanks-north Star"]),
        ("AK", ["Juneau City And Borough", "Juneau"]),
        ("AK", ["Wrangell-\nPetersburg Census Area", "Wrangell-petersburg"]),
        ("NM", ["Doña Ana", "Dona Ana", "DonAna"]),
        ("FL", ["Dade", "Miami-Dade County"]),
        ("OR", ["Multhomah", "Multnomah"]),
        ("AK", ["Lake & Peninsula Borough", "Lake and Peninsula"]),
    ],
)
def test_a_county_is_found_however_it_is_written(state: str, spellings: list[str]) -> None:
    keys = {places.county_keys(spelling, state) for spelling in spellings}

    assert len(keys) == 1
    assert len(keys.pop()) == 1


def test_a_city_and_the_county_of_its_name_are_two_places() -> None:
    assert places.county_keys("Fairfax City", "VA") != places.county_keys("Fairfax County", "VA")


def test_a_misspelling_in_one_state_is_a_name_in_another() -> None:
    assert places.county_keys("Loudon", "VA") == places.county_keys("Loudoun", "VA")
    assert places.county_keys("Loudon", "TN") != places.county_keys("Loudoun", "TN")
    assert rules.county_doubts("Loudon", "VA") == ["County “Loudon” is read as Loudoun."]


def test_a_psap_of_several_counties_has_the_key_of_each() -> None:
    assert places.county_keys("Hancock, Henderson", "IL") == ("hancock", "henderson")
    (doubt,) = rules.county_doubts("Hancock, Henderson", "IL")
    assert doubt == "County “Hancock, Henderson” names several: found under each of them."


def test_a_psap_without_a_county_is_doubted() -> None:
    assert rules.county_doubts("", "MO") == ["County is empty: no search by county finds this PSAP."]


@pytest.mark.parametrize(
    ("text", "code"), [("mo", "MO"), (" MO ", "MO"), ("north  Dakota", "ND"), ("ZZ", None), ("", None)]
)
def test_a_state_is_its_letters_or_its_name(text: str, code: str | None) -> None:
    assert places.state_code(text) == code
