"""Results are stored whole, for their owner alone, and found by what a person types."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import attrs
import pytest

from tradewind.backtest.inputs import Inputs
from tradewind.backtest.library import Library
from tradewind.cache.atomic import write_whole
from tradewind.errors import ResultError
from trust.hand_made import result


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    library, saved = Library(tmp_path / "state"), result()

    path = library.save(saved)

    assert path == tmp_path / "state/results" / f"{saved.id}.json"
    assert library.load(saved.id).to_json() == saved.to_json()
    assert library.load(saved.id[:4]).id == saved.id


def test_files_and_folders_are_their_owner_s_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        path = Library(tmp_path / "state").save(result())
    finally:
        os.umask(old)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in list(path.parents)[:2]] == [0o700, 0o700]


def test_saving_again_replaces_the_result_of_the_same_inputs(tmp_path: Path) -> None:
    library = Library(tmp_path)

    library.save(result())
    library.save(attrs.evolve(result(), warnings=("second",)))

    assert library.load(result().id).warnings == ("second",)
    assert len(list(library.folder.iterdir())) == 1


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.json"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new", private=True)

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "result_id", ["", "abc", "../../etc/passwd", "..", "a/b/c", "ABCDEF12", "g" * 12, "*" * 12, "a" * 65, "1234\n"]
)
def test_what_is_no_id_never_becomes_a_path(tmp_path: Path, result_id: str) -> None:
    library = Library(tmp_path)
    library.save(result())

    with pytest.raises(ResultError, match="TW-R001"):
        library.load(result_id)


def test_an_id_that_no_result_has_is_refused_with_the_way_to_find_one(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match=r"no stored result .* begins with 000000000000.*\n`tradewind results`"):
        Library(tmp_path).load("000000000000")


def test_a_beginning_that_several_have_is_refused(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.save(result())
    first = library.folder / f"{result().id}.json"
    (library.folder / f"{result().id[:4]}00000000.json").write_bytes(first.read_bytes())

    with pytest.raises(ResultError, match="2 stored results"):
        library.load(result().id[:4])


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = Library(tmp_path).save(result())
    path.write_text(path.read_text()[:500])

    with pytest.raises(ResultError, match=f"TW-R002 .*{path.name}"):
        Library(tmp_path).load(result().id)


def test_a_file_beyond_all_sizes_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Library(tmp_path).save(result())
    monkeypatch.setattr("tradewind.backtest.library.LARGEST", 100)

    with pytest.raises(ResultError, match=r"TW-R002 .* bytes, expected at most 100"):
        Library(tmp_path).load(result().id)


def test_the_newest_is_the_one_stored_last(tmp_path: Path) -> None:
    library = Library(tmp_path)
    ids = []
    for seed in (1, 2, 3):
        found = result(inputs=Inputs(strategy="adaptive", data={}, seed=seed))
        path = library.save(found)
        os.utime(path, ns=(seed, seed))
        ids.append(found.id)

    assert library.newest().id == ids[-1]
    assert [line["id"] for line in library.summaries()] == ids


def test_an_empty_library_says_how_to_fill_it(tmp_path: Path) -> None:
    assert Library(tmp_path).summaries() == []
    with pytest.raises(ResultError, match=r"TW-R001 there is no stored result.*\nRun `tradewind backtest`"):
        Library(tmp_path).newest()


def test_summaries_pass_over_damaged_files_which_are_listed_and_over_foreign_ones(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.save(result())
    for name, text in (("0123456789ab.json", "{"), ("notes.json", "{}"), ("beef00000000.json", '{"id": 1}')):
        (library.folder / name).write_text(text)

    (line,), unreadable = library.listing()

    assert sorted(path.name for path in unreadable) == ["0123456789ab.json", "beef00000000.json"]
    assert library.summaries() == [line]

    assert line == {
        "id": result().id,
        "strategy": "adaptive",
        "symbols": ["BTCUSDT"],
        "timeframe": "4h",
        "start": "2024-01-01T00:00:00Z",
        "end": "2024-01-04T00:00:00Z",
        "total_return": result().metrics["total_return"],
    }
