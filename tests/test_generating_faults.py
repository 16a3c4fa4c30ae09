"""What goes wrong around a model's call, over a real socket: refusals, waiting, cancelling, outages. Paid for once."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from tests.conftest import _administer
from tests.emulator import Emulator
from tests.models import PAID, asked, calls, connected, given, run, shown, spend
from workbench import audit, db, edits, jobs, proofs, storage
from workbench.edits import pipeline, recording
from workbench.engines import limits, openai
from workbench.errors import Interrupted
from workbench.models import Edit
from workbench.permissions import Actor
from workbench.settings import settings


@pytest.fixture
def server(me: Actor, rules: None) -> Iterator[Emulator]:
    with Emulator(key=PAID) as emulator, connected(emulator):
        yield emulator


def until(what: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def told(edit: Edit) -> list[str]:
    """What the ledger says of an edit, the newest first."""
    with db.transaction() as tx:
        return [event.verb for event in audit.trail(tx, asset=edit.asset_id) if event.subject == str(edit.id)]


def scheduled(edit: Edit) -> tuple[str, bool]:
    """The queue of the edit's job, and whether it waits for its time."""
    with db.transaction() as tx:
        query = sa.text("select queue_name, scheduled_at > now() as later from procrastinate_jobs"
                        " where args ->> 'edit_id' = :id order by id desc limit 1")  # fmt: skip
        row = tx.execute(query, {"id": str(edit.id)}).one()
    return row.queue_name, bool(row.later)


def late(edit: Edit) -> None:
    """Its time has come."""
    with db.transaction() as tx:
        tx.execute(sa.text("update edits set not_before = clock_timestamp() where id = :id"), {"id": edit.id})


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("moderation stage=input", "moderation", "safety system"),
        ("auth", "auth", "OPENAI_API_KEY"),
        ("too_large", "too_large", "smaller region"),
        ("no_model", "model_or_url", "knows no model"),
        ("quota", "quota", "out of money or quota"),
    ],
)
def test_what_a_provider_refuses_is_told_in_words_and_nothing_is_paid(
    server: Emulator, me: Actor, fault: str, kind: str, words: str
) -> None:
    server.script(fault)
    edit = asked(me)
    done = run(edit)
    assert (done.edit.state, done.edit.failure_kind, done.edit.failure_stage) == ("failed", kind, "model")
    assert words in (done.edit.failure or "") and PAID not in (done.edit.failure or "")
    (call,) = calls(edit)
    assert (call.state, call.kind, call.billed) == ("failed", kind, "no")
    assert (spend(edit).state, spend(edit).spent) == ("released", 0)
    assert told(edit)[0] == "edit:fail"


def test_an_answer_that_broke_off_is_asked_for_once_more_and_both_are_recorded(server: Emulator, me: Actor) -> None:
    server.script("reset_body")
    edit = asked(me)
    assert run(edit).edit.state == "ready"
    first, second = calls(edit)
    assert (first.state, first.kind, first.billed, first.number) == ("failed", "dropped", "maybe", 1)
    assert (second.state, second.number) == ("answered", 2)
    assert spend(edit).state == "maybe" and (spend(edit).spent or 0) > (second.micros or 0)


def test_a_provider_that_says_later_gets_the_edit_back_into_the_queue_uncounted(server: Emulator, me: Actor) -> None:
    server.script("rate_limit retry_after=600")
    edit = asked(me)
    assert scheduled(edit) == ("models", False)
    waiting = run(edit).edit
    assert (waiting.state, waiting.attempt, waiting.runner) == ("queued", 0, None)
    assert waiting.phase == "Waiting for its turn at the model (about 10 min)"
    assert waiting.not_before is not None and spend(edit).state == "reserved"
    assert scheduled(edit) == ("models", True)
    assert edits.start(edit.id) is None, "its time has not come"
    # nobody else asks either: the provider wants all of the account to wait
    other = asked(me, again=True)
    assert run(other).edit.state == "queued" and len(server.log) == 1
    late(edit)
    with db.transaction() as tx:
        tx.execute(sa.text("update model_limits set blocked_until = null"))
    assert run(edit).edit.state == "ready"
    assert [call.number for call in calls(edit)] == [1, 2] and len(server.ledger) == 1


def test_an_account_without_quota_is_left_alone_for_a_while(server: Emulator, me: Actor) -> None:
    server.script("quota")
    assert run(asked(me)).edit.state == "failed"
    other = run(asked(me, again=True)).edit
    assert (other.state, other.attempt) == ("queued", 0) and len(server.log) == 1
    assert other.phase == "Waiting: the model's account has run out of money or quota (about 5 min)"


def test_a_short_wait_for_the_turn_is_waited_out_and_a_long_one_is_not(me: Actor, rules: None) -> None:
    with Emulator(paints=False) as server:
        with connected(server, LOUPE_IMAGE_LIMIT="1", LOUPE_IMAGE_WINDOW="1"):
            for _ in range(2):
                run(asked(me, again=True))
            assert len(server.ledger) == 2 and server.ledger[1].at - server.ledger[0].at >= 1
        with connected(server, LOUPE_IMAGE_LIMIT="1", LOUPE_IMAGE_WINDOW="60"):
            edit = asked(me, again=True)
            assert run(edit).edit.state == "queued" and len(server.ledger) == 2
            with db.transaction() as tx:
                found = openai.connection()
                assert found and limits.standing(tx, found.account).waiting == 1
            edits.cancel(me, str(edit.id))


class Running:
    """An edit that runs in a thread, as in a worker."""

    def __init__(self, edit: Edit) -> None:
        taken = edits.start(edit.id)
        assert taken is not None
        self.fence, self.edit = taken
        self.unwanted = threading.Event()
        self.ended: object = None
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _tell(self, fraction: float, phase: str) -> None:
        if self.unwanted.is_set():
            raise Interrupted("no longer wanted")

    def _work(self) -> None:
        try:
            self.ended = pipeline.work(self.fence, self.edit, self._tell)
        except Interrupted as error:
            self.ended = error

    def join(self) -> object:
        self.thread.join(60)
        assert not self.thread.is_alive()
        return self.ended


def test_an_edit_that_is_cancelled_in_mid_call_may_have_been_billed(server: Emulator, me: Actor) -> None:
    server.script("hang")
    edit = asked(me)
    running = Running(edit)
    until(lambda: server.log)
    edits.cancel(me, str(edit.id))
    assert (spend(edit).state, spend(edit).spent) == ("maybe", spend(edit).reserved)
    began = time.monotonic()
    running.unwanted.set()
    assert isinstance(running.join(), Interrupted) and time.monotonic() - began < 5
    (call,) = calls(edit)
    assert (call.state, call.billed, call.kind) == ("lost", "maybe", "interrupted")
    assert shown(edit).edit.state == "cancelled" and spend(edit).state == "maybe"


def test_an_edit_that_was_cancelled_before_its_call_makes_none(server: Emulator, me: Actor) -> None:
    edit = asked(me)
    taken = edits.start(edit.id)
    assert taken is not None
    edits.cancel(me, str(edit.id))
    with pytest.raises(Interrupted):
        pipeline.work(*taken, lambda fraction, phase: None)
    assert (server.log, calls(edit), spend(edit).state) == ([], [], "released")


def test_what_was_paid_for_is_recorded_although_the_edit_is_gone(server: Emulator, me: Actor) -> None:
    server.seconds = 1.0
    edit = asked(me)
    running = Running(edit)
    until(lambda: server.log)
    edits.cancel(me, str(edit.id))
    assert running.join() is False
    (call,) = calls(edit)
    assert (call.state, call.billed, len(call.outputs)) == ("answered", "yes", 1)
    assert storage.store().exists(call.outputs[0]["sha256"])
    assert (spend(edit).state, spend(edit).spent) == ("settled", call.micros)
    assert shown(edit).candidates == []


def dead(edit: Edit) -> edits.Fence:
    """As if a worker had died while the model was at work."""
    taken, found = edits.start(edit.id), openai.connection()
    assert taken is not None and found is not None
    request = openai.Request(str(found.model), "", (), (1024, 1024))
    recording.Journal(taken[0], found, request).sent(1, {})
    return taken[0]


def test_a_worker_that_died_in_mid_call_leaves_a_question(server: Emulator, me: Actor) -> None:
    edit = asked(me)
    fence = dead(edit)
    assert edits.sweep(stalled_after=0.0) == [edit.id]
    done = shown(edit).edit
    assert (done.state, done.failure_kind, done.failure_stage) == ("unknown", "unknown", "model")
    assert "may have been billed (about $0." in (done.failure or "") and "untouched" in (done.failure or "")
    (call,) = calls(edit)
    assert (call.state, call.billed) == ("lost", "maybe")
    assert (spend(edit).state, spend(edit).spent) == ("maybe", spend(edit).reserved)
    assert told(edit)[0] == "edit:unknown"
    assert not edits.beat(fence, 0.5, "late") and not edits.finish(fence, [])
    again = edits.rerun(me, str(edit.id))
    assert run(again).edit.state == "ready" and len(server.ledger) == 1


def test_a_worker_that_died_in_mid_call_is_replaced_where_the_settings_say_so(server: Emulator, me: Actor) -> None:
    with connected(server, LOUPE_IMAGE_LOST="again"):
        edit = asked(me)
        dead(edit)
        assert edits.sweep(stalled_after=0.0) == [edit.id]
        assert shown(edit).edit.state == "queued"
        assert run(edit).edit.state == "ready"
    assert [call.state for call in calls(edit)] == ["lost", "answered"]
    assert spend(edit).state == "maybe"


def test_a_worker_that_leaves_in_mid_call_leaves_the_same_question(server: Emulator, me: Actor) -> None:
    edit = asked(me)
    assert edits.hand_back(dead(edit))
    assert shown(edit).edit.state == "unknown" and told(edit)[0] == "edit:unknown"
    with connected(server, LOUPE_IMAGE_LOST="again"):
        other = asked(me, again=True)
        assert edits.hand_back(dead(other))
        assert (shown(other).edit.state, shown(other).edit.attempt) == ("queued", 0)


def test_an_answer_that_comes_after_its_worker_was_taken_for_dead_is_kept_and_not_paid_for_again(
    server: Emulator, me: Actor
) -> None:
    server.seconds = 1.5
    edit = asked(me)
    running = Running(edit)
    until(lambda: [call.state for call in calls(edit)] == ["sent"])
    until(lambda: edits.sweep(stalled_after=0.0))
    assert shown(edit).edit.state == "unknown"
    assert running.join() is False
    (call,) = calls(edit)
    assert (call.state, call.billed, len(call.outputs)) == ("answered", "yes", 1)
    assert shown(edit).edit.state == "unknown" and spend(edit).state == "settled"
    found = run(edits.relock(me, str(edit.id)))
    assert found.edit.state == "ready" and found.candidates[0][0].raw_sha256 == call.outputs[0]["sha256"]
    assert len(server.ledger) == 1


def test_a_silent_worker_that_may_hold_an_answer_is_waited_for_longer(server: Emulator, me: Actor) -> None:
    edit, other = asked(me), asked(me, again=True)
    dead(edit)
    assert edits.start(other.id) is not None
    with db.transaction() as tx:
        tx.execute(sa.text("update edits set heartbeat_at = clock_timestamp() - interval '2 s'"))
        age = sa.text("select extract(epoch from clock_timestamp() - pg_postmaster_start_time())")
        until(lambda: float(tx.scalar(age) or 0) > 4)  # after a restart of the database everybody gets time
    assert edits.sweep(stalled_after=1.0) == [other.id]
    assert edits.sweep(stalled_after=0.5) == [edit.id]


def test_pictures_that_were_kept_before_a_worker_died_are_not_paid_for_again(server: Emulator, me: Actor) -> None:
    drawn = run(asked(me)).candidates[0][0]
    edit = asked(me, again=True)
    taken = edits.start(edit.id)
    assert taken is not None
    given(taken[0], storage.store().get(drawn.raw_sha256 or ""))
    assert edits.sweep(stalled_after=0.0) == [edit.id]
    done = run(edit)
    assert (done.edit.state, done.edit.attempt) == ("ready", 2)
    assert [made.sha256 for made, _ in done.candidates] == [drawn.sha256]
    assert len(server.ledger) == 1


def test_calls_that_a_cancelled_edit_left_open_are_closed_by_the_sweeper(server: Emulator, me: Actor) -> None:
    edit = asked(me)
    dead(edit)
    edits.cancel(me, str(edit.id))
    assert calls(edit)[0].state == "sent"
    edits.sweep(stalled_after=0.0)
    assert (calls(edit)[0].state, spend(edit).state) == ("lost", "maybe")


@contextmanager
def outage(cluster: str) -> Iterator[None]:
    """Nobody gets into this test's database."""
    with db.transaction() as tx:
        name = tx.scalar(sa.text("select current_database()"))
    _administer(cluster, f'alter database "{name}" with allow_connections false')
    _administer(cluster, f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{name}'")
    try:
        yield
    finally:
        _administer(cluster, f'alter database "{name}" with allow_connections true')


def test_an_answer_that_comes_while_the_database_is_away_is_kept(server: Emulator, me: Actor, cluster: str) -> None:
    server.seconds = 0.5
    edit = asked(me)
    running = Running(edit)
    until(lambda: server.log)
    with outage(cluster):
        until(lambda: server.ledger)
        time.sleep(1.5)
        assert running.thread.is_alive()
    assert running.join() is True
    assert [call.state for call in calls(edit)] == ["answered"]
    assert shown(edit).edit.state == "ready" and len(server.ledger) == 1


def test_an_answer_that_comes_while_the_store_is_away_is_kept(server: Emulator, me: Actor) -> None:
    server.seconds = 0.5
    edit = asked(me)
    running = Running(edit)
    until(lambda: server.log)
    store = settings().root / "store"
    away = store.with_name("away")
    store.rename(away)
    store.write_text("not a folder")
    until(lambda: server.ledger)
    time.sleep(1.5)
    assert running.thread.is_alive()
    store.unlink()
    away.rename(store)
    assert running.join() is True
    assert shown(edit).edit.state == "ready" and len(server.ledger) == 1


def test_edits_of_a_cancelled_proof_get_their_money_back(server: Emulator, me: Actor) -> None:
    asked(me)
    with db.transaction() as tx:
        row = edits.rows(tx)[0][0].edit
    proof = proofs.start(me, "add-prop", assets=["Still"], values={"prop": "a linen cloth"}, region="300,250,150,150")
    assert proofs.prepare(proof.id)
    with db.transaction() as tx:
        (item,) = proofs.show(tx, str(proof.id)).items
    assert item.edit and spend(item.edit).state == "reserved"
    proofs.cancel(me, str(proof.id))
    assert spend(item.edit).state == "released" and spend(row).state == "reserved"


def test_the_queue_of_an_edit_is_that_of_its_engine(server: Emulator, me: Actor) -> None:
    edit = asked(me)
    assert scheduled(edit)[0] == jobs.MODELS
    locked = edits.relock(me, str(run(edit).edit.id), lock={"grow": 3})
    assert scheduled(locked)[0] == jobs.EDITS
