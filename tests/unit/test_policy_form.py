"""The form of a paging policy: saved without a change it is the same policy; a change changes what it names alone."""

from dataclasses import replace
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData, UploadFile

from libs.peer.callouts.models import Urgency
from libs.peer.policies import rules
from libs.peer.policies.errors import PolicyNotUsableError
from libs.peer.policies.models import LONGEST_S, MOST_AT_ONCE, MOST_STEPS, MOST_WAVES, Hours, Policy, Step, Who
from services.api.paging import form
from services.api.paging.form import Fields

HOURS = st.builds(
    lambda days, faces: Hours(days=days, opens=min(faces), closes=max(faces)),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.lists(st.times(), min_size=2, max_size=2, unique=True),
)
STEPS = st.builds(
    lambda who, waves, **others: Step(who=tuple(who), waves=waves if Who.PEERS in who else 1, **others),
    who=st.lists(st.sampled_from(list(Who)), min_size=1, unique=True),
    waves=st.integers(0, MOST_WAVES),
    at_once=st.integers(1, MOST_AT_ONCE),
    answer_within_s=st.integers(30, LONGEST_S),
    pause_s=st.integers(0, LONGEST_S),
    channels=st.lists(st.sampled_from(["in_app", "mail", "text"]), max_size=8).map(tuple),
)
POLICIES = st.builds(
    lambda steps, hours, own_center_s: Policy(steps=tuple(steps), hours=hours, own_center_s=own_center_s),
    st.lists(STEPS, min_size=1, max_size=MOST_STEPS).filter(
        lambda steps: any({Who.PEERS, Who.EVERYBODY} & set(step.who) for step in steps)
    ),
    st.none() | HOURS,
    st.integers(0, LONGEST_S),
)
USUAL = rules.DEFAULTS[Urgency.THIS_WEEK]


def as_sent(fields: Fields) -> Fields:
    """What comes back from a browser, in which every ticked box is a pair of its own, in the page's order."""
    pairs: list[tuple[str, str | UploadFile]] = [("hours", "yes")] if fields.is_within_hours else []
    pairs += [("opens", fields.opens), ("closes", fields.closes), *(("days", day) for day in fields.days)]
    pairs += [("own_center", fields.own_center)]
    for number, row in enumerate(fields.rows, start=1):
        pairs += [(f"who_{number}", who) for who in Who if who in row.who]
        pairs += [(f"{name}_{number}", getattr(row, name)) for name in ("at_once", "minutes", "pause", "waves")]
    return form.sent(FormData(pairs))


@given(POLICIES)
def test_saved_without_a_change_it_is_the_same_policy(policy: Policy) -> None:
    assert form.policy_of(as_sent(form.shown(policy)), policy) == policy


@given(POLICIES, st.integers(0, MOST_STEPS - 1), st.integers(1, MOST_AT_ONCE))
def test_a_step_that_changes_changes_what_is_typed_and_no_other(policy: Policy, at: int, at_once: int) -> None:
    at %= len(policy.steps)
    fields = form.shown(policy)
    rows = list(fields.rows)
    rows[at] = replace(rows[at], at_once=str(at_once))
    found = form.policy_of(as_sent(replace(fields, rows=tuple(rows))), policy)
    wanted = list(policy.steps)
    wanted[at] = wanted[at].model_copy(update={"at_once": at_once})
    assert found == policy.model_copy(update={"steps": tuple(wanted)})


@given(POLICIES.filter(lambda policy: policy.hours is not None))
def test_hours_that_go_go_alone(policy: Policy) -> None:
    fields = replace(form.shown(policy), is_within_hours=False)
    assert form.policy_of(as_sent(fields), policy) == policy.model_copy(update={"hours": None})


@given(POLICIES, st.integers(0, LONGEST_S // 60))
def test_the_minutes_of_the_own_center_change_nothing_else(policy: Policy, minutes: int) -> None:
    fields = replace(form.shown(policy), own_center=str(minutes))
    found = form.policy_of(as_sent(fields), policy)
    assert found == policy.model_copy(update={"own_center_s": minutes * 60})


@pytest.mark.parametrize("typed", ["-1", "soon", "nan", "1e9"])
def test_minutes_of_the_own_center_that_cannot_be(typed: str) -> None:
    with pytest.raises(PolicyNotUsableError):
        form.policy_of(as_sent(replace(form.shown(USUAL), own_center=typed)), USUAL)


def test_a_new_step_is_what_is_typed() -> None:
    fields = form.shown(USUAL)
    rows = list(fields.rows)
    rows[5] = replace(rows[5], who=("peers",), at_once="4", minutes="0.5", pause="2", waves="0")
    *others, last = form.policy_of(as_sent(replace(fields, rows=tuple(rows))), USUAL).steps
    assert tuple(others) == USUAL.steps
    assert last == Step(who=(Who.PEERS,), at_once=4, answer_within_s=30, pause_s=120, waves=0)


@pytest.mark.parametrize(
    "change",
    [
        {"days": ()},
        {"opens": "20:00", "closes": "08:00"},
        {"opens": "noon"},
        {"days": ("9",)},
        {"rows": ()},
        *({"rows": tuple(replace(row, minutes=typed) for row in form.shown(USUAL).rows)} for typed in ("nan", "1e999")),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(change: dict[str, object]) -> None:
    fields = replace(form.shown(USUAL), **change)  # type: ignore[arg-type]  # by name
    if fields.rows:
        fields = as_sent(fields)
    else:
        fields = replace(fields, rows=tuple(replace(row, who=()) for row in form.shown(USUAL).rows))
    with pytest.raises(PolicyNotUsableError):
        form.policy_of(fields, USUAL)


def test_the_days_are_kept_and_shown() -> None:
    weekend = USUAL.model_copy(update={"hours": Hours(days=frozenset({5, 6}), opens=time(9), closes=time(17))})
    assert form.shown(weekend).days == ("5", "6")
    assert form.policy_of(replace(form.shown(weekend), days=("6",)), weekend).hours == Hours(
        days=frozenset({6}), opens=time(9), closes=time(17)
    )
