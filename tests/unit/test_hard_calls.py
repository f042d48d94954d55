"""What is read of an EIDO and of a CSV file, and what follows from a type."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from libs.peer.hardcalls import codes, eido, rules, sheet
from libs.peer.hardcalls.errors import EidoUnreadableError, EidoUnsoundError, HardCallsUnsoundError
from libs.peer.hardcalls.models import Action, Why
from libs.peer.hardcalls.rules import Call, Rule
from libs.peer.incidents.models import IncidentType, Involved

NENA_SAMPLE = Path(__file__).parents[2] / "data" / "nena-eido-sample-call-transfer.json"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
OFFER, TEAM = (Rule(action, IncidentType.OTHER) for action in (Action.OFFER_SUPPORT, Action.PROPOSE_DEPLOYMENT))
CANARY = "Canary4711"


def _call(common: str = "", internal: str = "", at: datetime | None = NOW) -> Call:
    return Call("1", common, internal, at)


def _read(**parts: Any) -> eido.Eido:  # noqa: ANN401 - any JSON
    return eido.read(json.dumps({"$id": "e", **parts}).encode())


def _agent(position: str, agency: str = "us", role: str | None = "Dispatching") -> dict[str, object]:
    return {
        "$id": position,
        "agentWorkstationPositionIdentification": position,
        "agentRoleRegistryText": [role] if role else None,
        "agencyReference": {"$ref": agency},
    }


def test_nenas_own_sample_is_read_and_has_no_incident() -> None:
    found = eido.read(NENA_SAMPLE.read_bytes())
    assert found.calls == ()
    assert found.positions == ("5",)
    assert rules.weigh(found.calls, {}, NOW).why is Why.NO_INCIDENT


def test_what_is_read_has_no_field_for_places_people_notes_calls_or_who_an_agent_is() -> None:
    hidden = {"$id": CANARY, "locationByValue": CANARY, "notesActionComments": CANARY, "agentJcard": CANARY}
    found = _read(
        locationComponent=[hidden],
        personComponent=[hidden],
        notesComponent=[hidden],
        callComponent=[hidden],
        agentComponent=[{**hidden, "agentWorkstationPositionIdentification": "5"}],
        incidentComponent=[
            {**hidden, "locationReference": [{"$ref": CANARY}], "incidentTypeCommonRegistryText": "MCI"}
        ],
    )
    assert CANARY not in repr(found)
    assert found.positions == ("5",)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b'{"$id": "\xc3\x28"}', b'{"$id":' + b"[" * 5000 + b"]" * 5000 + b"}"]
)
def test_what_is_no_json_is_refused_without_a_word_of_it(body: bytes) -> None:
    with pytest.raises(EidoUnreadableError) as caught:
        eido.read(body)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(("levels", "is_read"), [(199, True), (201, False)])
def test_two_hundred_levels_are_read_and_no_more(levels: int, is_read: bool) -> None:
    body = b'{"$id": "e", "x": ' + b"[" * levels + b"]" * levels + b"}"
    if is_read:
        assert eido.read(body).calls == ()
    else:
        with pytest.raises(EidoUnreadableError):
            eido.read(body)


@pytest.mark.parametrize(
    ("parts", "pointer"),
    [
        ({"incidentComponent": [{"lastUpdateTimeStamp": CANARY}]}, "/incidentComponent/0/lastUpdateTimeStamp"),
        ({"incidentComponent": [{"lastUpdateTimeStamp": "2026-01-01T00:00:00"}]}, "/incidentComponent/0/"),
        ({"agentComponent": [{"agentWorkstationPositionIdentification": {CANARY: 1}}]}, "/agentComponent/0/"),
        ({"agentComponent": CANARY}, "/agentComponent/0"),
        ({"$id": None}, "/$id"),
    ],
)
def test_an_odd_part_is_named_by_its_place_and_never_by_what_stood_there(parts: dict[str, Any], pointer: str) -> None:
    with pytest.raises(EidoUnsoundError) as caught:
        eido.read(json.dumps({"$id": "e", **parts}).encode())
    assert str(caught.value.errors[0]["pointer"]).startswith(pointer)
    assert CANARY not in repr(caught.value.errors)
    assert CANARY not in str(caught.value)


def test_unknown_fields_nulls_and_one_where_a_list_belongs_are_taken() -> None:
    found = _read(
        somethingNew=[{"deep": {"er": [1]}}],
        agencyComponent=None,
        updatedByAgencyReference=None,
        incidentComponent={"incidentTypeCommonRegistryText": ["MCI", "FSTRU"], "incidentTrackingIdentifier": None},
    )
    assert [(call.common, call.mark) for call in found.calls] == [("MCI", "e")]


def test_only_telecommunicators_of_the_agency_that_sent_it_count() -> None:
    found = _read(
        updatedByAgencyReference={"$ref": "us"},
        agencyComponent=[{"$id": "us", "agencyType": ["psap"]}, {"$id": "them", "agencyType": ["psap"]}],
        agentComponent=[
            _agent("5"),
            _agent(" 5 "),
            _agent("6", role=None),
            _agent("7", role="Field Responder"),
            _agent("8", agency="them"),
            _agent(""),
        ],
    )
    assert found.positions == ("5", "6")


def test_agents_of_what_is_no_psap_do_not_count() -> None:
    found = _read(
        updatedByAgencyReference={"$ref": "us"},
        agencyComponent=[{"$id": "us", "agencyType": ["fire"]}],
        agentComponent=[_agent("5")],
    )
    assert found.positions == ()


def test_ten_thousand_components_are_read() -> None:
    agents = [_agent(str(number)) for number in range(10_000)]
    assert len(_read(updatedByAgencyReference={"$ref": "us"}, agentComponent=agents).positions) == 10_000


@pytest.mark.parametrize(
    ("call", "own", "action", "why"),
    [
        (_call("SUICIDE"), {}, Action.OFFER_SUPPORT, Why.MAPPED),
        (_call("suicide - any"), {}, Action.OFFER_SUPPORT, Why.MAPPED),
        (_call("MCI"), {}, Action.PROPOSE_DEPLOYMENT, Why.MAPPED),
        (_call("NOISE"), {}, Action.NOTHING, Why.MAPPED),
        (_call("NOISE", "BAD ONE"), {"BAD ONE": OFFER}, Action.NOTHING, Why.MAPPED),
        (_call("No such", "Bad  one"), {"BAD ONE": OFFER}, Action.OFFER_SUPPORT, Why.INTERNAL_TEXT),
        (_call("", "suicide"), {}, Action.OFFER_SUPPORT, Why.INTERNAL_TEXT),
        (_call("No such", "nor this"), {}, Action.NOTHING, Why.UNKNOWN_TYPE),
        (_call("SUICIDE"), {"SUICIDE": rules.NOTHING}, Action.NOTHING, Why.MAPPED),
        (_call("SUICIDE", at=NOW - timedelta(hours=72)), {}, Action.NOTHING, Why.TOO_OLD),
        (_call("SUICIDE", at=NOW - timedelta(hours=71)), {}, Action.OFFER_SUPPORT, Why.MAPPED),
        (_call("SUICIDE", at=None), {}, Action.OFFER_SUPPORT, Why.MAPPED),
    ],
)
def test_what_follows_from_a_type(call: Call, own: dict[str, Rule], action: Action, why: Why) -> None:
    found = rules.weigh([call], own, NOW)
    assert (found.action, found.why) == (action, why)


def test_of_several_whatever_weighs_most_decides() -> None:
    calls = [_call("NOISE"), _call("DROWN"), _call("MCI"), _call("SUICIDE")]
    for given in (calls, calls[::-1]):
        assert rules.weigh(given, {"MCI": TEAM}, NOW).rule == TEAM


def test_every_default_is_a_code_that_we_know() -> None:
    assert set(codes.DEFAULT) <= codes.KNOWN
    assert len(codes.KNOWN) == 197


@pytest.mark.parametrize(("text", "kept"), [("\x00", ""), (" a\x00\u200b b ", "A B"), ("x" * 99, "X" * 40), ("5", "5")])
def test_a_position_is_compared_without_what_cannot_be_printed(text: str, kept: str) -> None:
    assert rules.position(text) == kept


def test_marks_differ_by_key_agency_and_every_part() -> None:
    one, two = UUID(int=1), UUID(int=2)
    marks = {
        rules.mark(key, agency, *parts)
        for key in (b"a", b"b")
        for agency in (one, two)
        for parts in (("x", "yz"), ("xy", "z"), ("xyz",), ("xyz", ""))
    }
    assert len(marks) == 16
    assert rules.place(b"a", one, " 5a ") == rules.place(b"a", one, "5A")


@pytest.mark.parametrize(
    ("count", "band"),
    [(0, Involved.FEW), (5, Involved.FEW), (6, Involved.SOME), (40, Involved.MANY), (41, Involved.CROWD)],
)
def test_how_many_were_part_of_it_is_a_band(count: int, band: Involved) -> None:
    assert rules.involved(count) is band


def test_csv_is_read_line_by_line() -> None:
    found = sheet.read(b"\xef\xbb\xbfincident_type,at,workstations\r\nSUICIDE,2026-11-26T12:00:00Z,5 6 5\r\n")
    assert [(call.common, call.at, seats) for call, seats in found] == [("SUICIDE", NOW, ("5", "6"))]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", [(1, "")]),
        (b"type,at\n", [(1, "")]),
        (b"\xff", []),
        (
            b"incident_type,at,workstations\nSUICIDE,Canary4711,5\n,2026-11-26T12:00:00Z,5\n",
            [(2, "at"), (3, "incident_type")],
        ),
        (b"incident_type,at,workstations\nSUICIDE,2026-11-26T12:00:00,5\n", [(2, "at")]),
        (b"incident_type,at,workstations\nSUICIDE,2026-11-26T12:00:00Z\n", [(2, "")]),
        (b"incident_type,at,workstations\n" + b"MCI,2026-11-26T12:00:00Z,5\n" * 1001, []),
    ],
)
def test_a_file_that_cannot_be_used_is_told_by_line_and_column(body: bytes, wrong: list[tuple[int, str]]) -> None:
    with pytest.raises(HardCallsUnsoundError) as caught:
        sheet.read(body)
    assert caught.value.errors == [{"line": line, "column": column} for line, column in wrong]
    assert CANARY not in f"{caught.value} {caught.value.errors}"
