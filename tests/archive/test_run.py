import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from archive.run import Run

START = datetime(2026, 11, 24, 5, tzinfo=UTC)
SMALL = Run(id="a", spider="feeds", started_at=START, finished_at=START + timedelta(minutes=3))


@given(st.builds(Run, started_at=st.datetimes(timezones=st.just(UTC)), finished_at=st.just(START)))
def test_a_record_survives_json(run: Run) -> None:
    assert Run.from_dict(json.loads(json.dumps(run.to_dict()))) == run


def test_times_are_written_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    run = dataclasses.replace(SMALL, started_at=datetime(2026, 11, 24, 6, tzinfo=berlin))
    assert run.to_dict()["started_at"] == "2026-11-24T05:00:00+00:00"


def test_a_record_of_another_version_can_be_read() -> None:
    record = SMALL.to_dict() | {"field_of_a_newer_version": 1}
    del record["pending"]
    assert Run.from_dict(record) == SMALL
