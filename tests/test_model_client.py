"""Calls to an image model over real sockets: what is sent, what comes back, and every way in which it can fail.

Words are not asserted, only which fault it is, how often it was tried, and whether it may have been billed.
"""

import threading
import time
from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from tests.calls import MARKUP, MASK, MODEL, PICTURE, Records, ask, connected, fault_of, request
from tests.emulator import Emulator, Fault, fault
from workbench.engines import openai
from workbench.engines.openai import Sent, answers, calling
from workbench.engines.openai.wire import Head
from workbench.errors import Interrupted, ModelFault, NotYet, StoreFault
from workbench.imaging import intake


@pytest.fixture
def server() -> Iterator[Emulator]:
    calling.forget()
    with Emulator(paints=False) as running:
        yield running


def test_an_edit_is_asked_for_as_the_api_wants_it_and_its_picture_comes_back_with_the_bill(server: Emulator) -> None:
    records = Records()
    answer = ask(server, records=records, operator="ab" * 32, images=(PICTURE, PICTURE), pictures=2)
    asked = server.log[0]
    assert asked.fields == {
        "model": MODEL, "prompt": request().prompt, "size": "1024x1024", "n": "2", "quality": "low",
        "output_format": "png", "safety_identifier": "ab" * 32,
    }  # fmt: skip
    assert [(file.field, file.media_type) for file in asked.files] == [
        ("image[]", "image/png"), ("image[]", "image/png"), ("mask", "image/png")
    ]  # fmt: skip
    assert not any("any" in file.name for file in asked.files), "a person's file names stay here"
    assert len(answer.pictures) == 2 and answer.usage and answer.emulated and answer.tries == 1
    assert all(intake.read(each.data).size == each.size for each in answer.pictures)
    assert answer.request_id == asked.request_id == server.ledger[0].request_id
    assert (records.outcomes, records.taken, records.tries[0].billed) == (["answered"], [2], "yes")


def test_markup_goes_alone_and_one_picture_goes_without_brackets(server: Emulator) -> None:
    ask(server, mask=None, markup=MARKUP)
    assert [file.field for file in server.log[0].files] == ["image", "markup"]


def test_what_is_recorded_holds_neither_prompt_nor_pictures_nor_key(server: Emulator) -> None:
    records = Records()
    secret = "sk-loupe-secret-0123456789"
    server.key = secret
    ask(server, records=records, connection=connected(server.url, key=secret), prompt="An unheard-of prompt.")
    told = repr(records.told) + repr(records.tries[0].sent)
    assert "unheard-of" not in told and secret not in told and "\\x89PNG" not in told
    assert records.told[0]["images"][0]["bytes"] == len(PICTURE.data)
    assert records.told[0] == records.tries[0].sent


def test_previews_come_while_it_draws_and_only_the_completed_pictures_count() -> None:
    records = Records()
    with Emulator() as server:
        answer = ask(server, records=records, stream=True, partials=2, pictures=2, size=(1024, 640))
    assert [each[:2] for each in records.partials] == [(1, 0), (1, 1), (2, 0), (2, 1)]
    finals = {each.data for each in answer.pictures}
    assert len(answer.pictures) == 2 and not finals & {each[2] for each in records.partials}
    assert answer.usage and answer.usage["output_tokens"] > 0
    assert server.log[0].fields["partial_images"] == "2"


def test_a_preview_that_cannot_be_kept_does_not_lose_the_picture(server: Emulator) -> None:
    def full(index: int, number: int, data: bytes) -> None:
        raise StoreFault("The store is full.")

    records = Records()
    answer = openai.call(
        connected(server.url), request(stream=True, partials=2), journal=records, gate=records,
        wanted=lambda: None, partial=full,
    )  # fmt: skip
    assert len(answer.pictures) == 1


#: fault of the emulator → ModelFault.fault, requests that were sent, whether it may have been billed
MATRIX = [
    ("quota", "quota", 1, "no"),
    ("auth", "auth", 1, "no"),
    ("verification", "auth", 1, "no"),
    ("no_model", "model_or_url", 1, "no"),
    ("not_found", "model_or_url", 1, "no"),
    ("too_large", "too_large", 1, "no"),
    ("moderation", "moderation", 1, "no"),
    ("moderation stage=output", "moderation", 1, "no"),
    ("moderation kind=shell_api_error", "moderation", 1, "no"),
    ("moderation_after", "moderation", 1, "no"),
    ("string_error", "invalid", 1, "no"),
    (fault("string_error", text="Rejected by our Safety System."), "moderation", 1, "no"),
    ("detail", "invalid", 1, "no"),
    ("redirect", "model_or_url", 1, "no"),
    ("redirect status=301", "model_or_url", 1, "no"),
    ("rate_limit", "rate_limit", 4, "no"),
    ("server_error", "server", 4, "no"),
    ("server_error should_retry=False", "server", 1, "no"),
    ("server_error status=408", "transient", 4, "no"),
    ("server_error status=409", "transient", 4, "no"),
    ("unavailable", "transient", 4, "no"),
    ("bad_gateway", "server", 2, "maybe"),
    ("gateway_timeout", "server", 2, "maybe"),
    ("reset", "dropped", 2, "maybe"),
    ("reset_body", "dropped", 2, "maybe"),
    ("close_body", "dropped", 2, "maybe"),
    ("cut_json", "bad_response", 2, "maybe"),
    ("empty", "bad_response", 2, "maybe"),
    ("html", "bad_response", 1, "maybe"),
    ("top_list", "bad_response", 2, "maybe"),
    ("top_value", "bad_response", 2, "maybe"),
    ("deep", "bad_response", 2, "maybe"),
    ("error_200", "bad_response", 2, "maybe"),
    ("error_200 shape=str", "bad_response", 2, "maybe"),
    ("error_200 shape=list", "bad_response", 2, "maybe"),
    ("error_200 shape=detail", "bad_response", 2, "maybe"),
    ("no_data", "bad_response", 2, "maybe"),
    ("no_data value=null", "bad_response", 2, "maybe"),
    ("no_data value=absent", "bad_response", 2, "maybe"),
    ("no_data value=text", "bad_response", 2, "maybe"),
    ("null_item", "bad_response", 2, "maybe"),
    ("no_b64", "bad_response", 2, "maybe"),
    ("url_only url=elsewhere", "bad_response", 2, "maybe"),
    ("url_only url=file:///etc/passwd", "bad_response", 2, "maybe"),
    ("bad_base64", "bad_response", 2, "maybe"),
    ("not_a_picture", "bad_response", 2, "maybe"),
    ("cut_picture", "bad_response", 2, "maybe"),
    ("bomb", "bad_response", 2, "maybe"),
    ("encoding kind=gif", "bad_response", 2, "maybe"),
    ("encoding kind=cmyk", "bad_response", 2, "maybe"),
    ("huge", "bad_response", 1, "maybe"),
    ("huge declared=False", "bad_response", 1, "maybe"),
]
STREAMS = [
    ("stream_cut", "dropped", 2, "maybe"),
    ("stream_end", "truncated_stream", 2, "maybe"),
    ("stream_done_early", "truncated_stream", 2, "maybe"),
    ("stream_foreign", "truncated_stream", 2, "maybe"),
    ("stream_broken", "bad_response", 2, "maybe"),
    ("stream_error", "moderation", 1, "maybe"),
    ("stream_error named=False", "moderation", 1, "maybe"),
    ("stream_error code=server_error", "stream_error", 2, "maybe"),
]


@pytest.mark.parametrize(
    ("words", "expected", "tries", "billed", "stream"),
    [(*row, False) for row in MATRIX] + [(*row, True) for row in STREAMS],
    ids=[str(row[0]) for row in MATRIX + STREAMS],
)
def test_each_way_to_fail_has_its_name_and_is_tried_again_only_where_that_is_right(
    server: Emulator, words: str | Fault, expected: str, tries: int, billed: str, stream: bool
) -> None:
    records = Records()
    server.script(*[words] * 4)
    raised = fault_of(server, records=records, stream=stream, partials=1 if stream else 0)
    assert (raised.fault, raised.billed, len(server.log)) == (expected, billed, tries)
    assert records.outcomes == [expected] * tries and len(records.told) == len(records.taken) == tries
    assert not server.strays, "nothing goes to another address"
    sentence = str(raised)
    assert sentence.endswith(".") and "<" not in sentence and "Error" not in sentence
    if billed == "no":
        assert not len(server.ledger), "what we say was not billed was not"


@pytest.mark.parametrize(
    "words",
    ["rate_limit", "server_error", "unavailable", "bad_gateway", "reset", "reset_body", "cut_json", "empty", "no_data"],
)
def test_a_server_that_fails_once_gives_the_picture_the_second_time(server: Emulator, words: str) -> None:
    records = Records()
    server.script(words)
    answer = ask(server, records=records)
    assert len(answer.pictures) == 1 and answer.tries == 2
    assert records.outcomes[-1] == "answered" and len(records.outcomes) == 2


@pytest.mark.parametrize(
    "words",
    ["bare", "url_only", "data_url", "encoding kind=jpeg", "encoding kind=webp", "encoding kind=palette",
     "encoding kind=alpha", "encoding kind=grey", "wrong_aspect", "surplus"],
)  # fmt: skip
def test_an_unusual_answer_with_a_picture_is_an_answer(server: Emulator, words: str) -> None:
    server.script(words)
    answer = ask(server)
    assert len(answer.pictures) == 1 and answer.tries == 1
    assert intake.header(answer.pictures[0].data).media_type == answer.pictures[0].media_type


@pytest.mark.parametrize(
    "words",
    ["stream_ignored", "stream_unknown", "stream_comment", "stream_done", "stream_odd", "stream_pieces",
     "stream_bad_preview"],
)  # fmt: skip
def test_a_stream_may_be_unusual_too(server: Emulator, words: str) -> None:
    server.script(words)
    assert len(ask(server, stream=True, partials=2).pictures) == 1
    assert len(server.log) == 1


@pytest.mark.parametrize(
    ("words", "stream", "came"), [("shortfall", False, 2), ("half_bad", False, 1), ("stream_end_between", True, 1)]
)
def test_fewer_pictures_than_asked_for_are_kept_and_said(server: Emulator, words: str, stream: bool, came: int) -> None:
    server.script(words)
    answer = ask(server, pictures=3, stream=stream)
    assert len(answer.pictures) == came and len(server.log) == 1
    assert any("of 3" in note for note in answer.notes)


def test_a_picture_far_larger_than_asked_for_is_not_even_decoded(server: Emulator) -> None:
    reader = answers.Reader(connected(server.url), request(), lambda address: b"")
    large, huge = (cv2.imencode(".png", np.zeros((4000, side), np.uint8))[1].tobytes() for side in (4000, 5000))
    assert reader.given(Head(200, {}), [large], None).pictures[0].size == (4000, 4000)
    with pytest.raises(ModelFault):
        reader.given(Head(200, {}), [huge], None)


def test_another_size_is_taken_as_it_came_and_said(server: Emulator) -> None:
    server.script("wrong_size")
    answer = ask(server)
    assert answer.pictures[0].size == (1008, 1008)
    assert any("1008 × 1008" in note for note in answer.notes)


@pytest.mark.parametrize(
    "options",
    [{"retry_after": 1}, {"ms": 900}, {"date": 2}, {"reset": "900ms"}],
)
def test_a_server_that_asks_for_a_pause_gets_it_and_everybody_hears_of_it(
    server: Emulator, options: dict[str, float | str]
) -> None:
    records = Records()
    server.script(fault("rate_limit", **options))
    began = time.monotonic()
    ask(server, records=records)
    assert time.monotonic() - began >= 0.85
    assert len(records.blocked) == 1 and 0.85 <= records.blocked[0] <= 2.1
    assert server.log[1].at - server.log[0].at >= records.blocked[0] - 0.05, "a date has whole seconds only"


@pytest.mark.parametrize("after", [600, 30, 21])
def test_a_longer_pause_than_the_deadline_gives_the_edit_back_at_once(server: Emulator, after: int) -> None:
    records = Records()
    server.script(fault("rate_limit", retry_after=after))
    began = time.monotonic()
    raised = fault_of(server, records=records)
    assert time.monotonic() - began < 5
    assert (raised.fault, raised.wait, raised.retry, len(server.log)) == ("rate_limit", after, True, 1)
    assert records.blocked == [after]


def test_a_call_of_which_one_try_may_have_been_billed_says_so_whatever_ends_it(server: Emulator) -> None:
    records = Records()
    server.script("reset", "auth")
    raised = fault_of(server, records=records)
    assert (raised.fault, raised.billed) == ("auth", "maybe")
    assert [tried.billed for tried in records.tries] == ["maybe", "no"]


def test_a_server_that_surely_did_nothing_is_tried_on_after_a_doubtful_try(server: Emulator) -> None:
    server.script("reset", "server_error")
    assert ask(server).tries == 3


def test_an_account_without_quota_is_left_alone_for_a_while(server: Emulator) -> None:
    records = Records()
    server.script("quota")
    assert not fault_of(server, records=records).retry
    assert records.blocked == [60.0]


@pytest.mark.parametrize(("words", "stream"), [("hang", False), ("hang_body", False), ("stream_hang", True)])
def test_a_server_that_says_nothing_more_is_left_and_not_asked_again(
    server: Emulator, words: str, stream: bool
) -> None:
    server.script(words)
    began = time.monotonic()
    raised = fault_of(server, connection=connected(server.url, read_timeout=0.5), stream=stream)
    assert (raised.fault, raised.billed, len(server.log)) == ("timeout", "maybe", 1)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(("words", "stream"), [("drip every=0.1", False), ("stream_drip every=0.1", True)])
def test_a_server_that_drips_for_ever_is_left_at_the_deadline(server: Emulator, words: str, stream: bool) -> None:
    server.script(words)
    connection = connected(server.url, deadline=1.0, read_timeout=5)
    began = time.monotonic()
    raised = fault_of(server, connection=connection, stream=stream)
    assert (raised.fault, raised.billed, len(server.log)) == ("timeout", "maybe", 1)
    assert 0.9 < time.monotonic() - began < 4


@pytest.mark.parametrize("words", ["hang", "hang_body", "drip every=0.05", "slow seconds=30"])
def test_a_cancelled_edit_leaves_at_once_and_its_call_counts_as_maybe_billed(server: Emulator, words: str) -> None:
    server.script(words)
    records, gone = Records(), threading.Event()

    def wanted() -> None:
        if server.log and not gone.is_set() and time.time() - server.log[0].at > 0.3:
            gone.set()
            raise Interrupted("The edit was cancelled.")

    began = time.monotonic()
    with pytest.raises(Interrupted):
        ask(server, records=records, wanted=wanted)
    assert time.monotonic() - began < 3
    assert [(tried.fault, tried.billed) for tried in records.tries] == [("interrupted", "maybe")]
    assert len(server.log) == 1
    end = time.monotonic() + 5
    while any(thread.name == "image model" for thread in threading.enumerate()):
        assert time.monotonic() < end, "the thread that reads goes on for ever"
        time.sleep(0.02)


def test_an_edit_that_is_cancelled_during_a_pause_is_not_sent_again(server: Emulator) -> None:
    server.script(fault("rate_limit", retry_after=10), "rate_limit")
    records = Records()

    def wanted() -> None:
        if records.tries:
            raise Interrupted("The edit was cancelled.")

    with pytest.raises(Interrupted):
        ask(server, records=records, wanted=wanted)
    assert len(server.log) == 1 and records.outcomes == ["rate_limit"]


def test_a_gate_that_says_not_yet_keeps_everything_back(server: Emulator) -> None:
    class Shut(Records):
        def take(self, pictures: int) -> None:
            raise NotYet(40.0)

    records = Shut()
    with pytest.raises(NotYet):
        ask(server, records=records)
    assert not server.log and not records.told


def test_a_server_that_is_not_there_was_sent_nothing(server: Emulator) -> None:
    server.stop()
    records = Records()
    raised = fault_of(server, records=records, connection=connected("http://127.0.0.1:9/v1"))
    assert (raised.fault, raised.billed, raised.retry) == ("connect", "no", True)
    assert records.outcomes == ["connect"] * 4


def test_each_try_is_recorded_before_its_first_byte_and_its_pictures_before_anything_else(server: Emulator) -> None:
    class Strict(Records):
        def sent(self, number: int, told: object) -> None:
            assert len(server.log) == number - 1
            super().sent(number, told)  # type: ignore[arg-type]

        def ended(self, tried: calling.Try) -> None:
            assert len(self.told) == tried.number
            super().ended(tried)
            if tried.state == "answered":
                raise StoreFault("The database is gone.")

    records = Strict()
    server.script("server_error")
    with pytest.raises(StoreFault):
        ask(server, records=records)
    assert records.outcomes == ["server", "answered"] and records.tries[1].pictures
    assert len(server.log) == 2, "an answer that can't be recorded isn't paid for twice"


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"model": "gpt-image-1"}, "model"),
        ({"fidelity": "high"}, "input_fidelity"),
        ({"quality": "best"}, "quality"),
        ({"size": (1000, 1000)}, "size"),
        ({"prompt": " "}, "prompt"),
        ({"pictures": 11}, "n"),
        ({"images": ()}, "image"),
        ({"markup": MARKUP}, "markup"),
        ({"mask": PICTURE}, "mask"),
        ({"mask": Sent("m.png", openai.mask_png(np.ones((32, 64), np.bool_)), "image/png")}, "mask"),
        ({"mask": Sent("m.png", b"GIF89a", "image/png")}, "mask"),
        ({"images": (Sent("p.png", PICTURE.data, "image/jpeg"),)}, "image"),
        ({"images": (Sent("p.png", PICTURE.data[:100], "image/png"),)}, "image"),
        ({"size": (3840, 2160), "pictures": 8}, "n"),
    ],
)  # fmt: skip
def test_what_would_be_refused_is_not_sent(server: Emulator, changes: dict[str, object], param: str) -> None:
    records = Records()
    raised = fault_of(server, records=records, **changes)
    assert raised.param == param and raised.fault in ("invalid", "model_or_url") and raised.billed == "no"
    assert not server.log and not records.told


@pytest.mark.parametrize("spoil", ["soft", "coloured", "closed", "opaque"])
def test_a_mask_that_models_read_in_different_ways_is_not_sent(server: Emulator, spoil: str) -> None:
    pixels = intake.read(MASK.data).array.copy()
    if spoil == "soft":
        pixels[25, 25, 3] = 128
    elif spoil == "coloured":
        pixels[0, 0, 0] = 9
    elif spoil == "closed":
        pixels[..., 3] = 255
    else:
        pixels = pixels[..., :3]
    mask = Sent("m.png", cv2.imencode(".png", pixels)[1].tobytes(), "image/png")
    assert fault_of(server, mask=mask).param == "mask" and not server.log


def test_a_model_that_is_gone_is_refused_with_the_one_that_took_its_place(server: Emulator) -> None:
    assert MODEL in str(fault_of(server, model="dall-e-3"))


@pytest.mark.parametrize(
    "refusal",
    [
        fault("bad_parameter", param="quality"), fault("bad_parameter", param="body.quality", status=422),
        fault("detail", param="quality"), fault("string_error", text="unknown field quality"),
        fault("detail", text="Unexpected keyword argument 'quality'"),
    ],
    ids=str,
)  # fmt: skip
def test_a_compatible_server_that_refuses_an_optional_field_is_asked_without_it_from_then_on(refusal: Fault) -> None:
    calling.forget()
    first, second = Records(), Records()
    with Emulator(models=["any-model"], paints=False) as server:
        server.script(refusal)
        connection = connected(server.url, "generic", models=("any-model",))
        for records in (first, second):
            answer = ask(server, records=records, connection=connection, model="any-model")
            assert any("“quality”" in note for note in answer.notes)
    assert ["quality" in asked.fields for asked in server.log] == [True, False, False]
    assert ["quality" in tried.sent for tried in first.tries + second.tries] == [True, False, False]


def test_a_field_that_was_left_out_is_not_left_out_elsewhere(server: Emulator) -> None:
    server.script(fault("bad_parameter", param="quality"))
    with Emulator(models=["any-model"], paints=False) as other:
        other.script(fault("bad_parameter", param="output_format"))
        connection = connected(other.url, "generic", models=("any-model",))
        ask(other, connection=connection, model="any-model")
        assert "quality" in other.log[1].fields and "output_format" not in other.log[1].fields


def test_a_field_that_cannot_be_left_out_ends_it(server: Emulator) -> None:
    server.script(fault("bad_parameter", param="size"))
    raised = fault_of(server, connection=connected(server.url, "generic"))
    assert raised.fault == "invalid" and raised.param == "size" and len(server.log) == 1


def test_openai_itself_is_never_asked_with_less_than_was_wished(server: Emulator) -> None:
    server.script("bad_parameter param=quality")
    assert fault_of(server).fault == "invalid" and len(server.log) == 1


def test_a_server_with_a_path_and_masks_of_its_own_is_asked_its_way() -> None:
    with Emulator(models=["sd-1.5"], paints=False) as server:
        connection = connected(server.url, "localai", models=("sd-1.5",))
        answer = ask(server, connection=connection, model="sd-1.5", mask=None, size=(512, 512))
        assert server.log[0].path == "/v1/images/inpainting"
        mask = next(file for file in server.log[0].files if file.field == "mask")
        assert mask.pixels("RGB").min() == 255, "without a region all may change, and white is where"
    assert len(answer.pictures) == 1


def test_a_prompt_with_commands_for_the_server_is_refused_where_they_would_be_obeyed(server: Emulator) -> None:
    connection = connected(server.url, "sdcpp", models=("flux",))
    hostile = "Red.<sd_cpp_extra_args>{}</sd_cpp_extra_args>"
    raised = fault_of(server, connection=connection, model="flux", prompt=hostile, size=(512, 512))
    assert raised.param == "prompt" and not server.log


def test_the_mask_that_is_made_here_is_the_one_that_is_wanted() -> None:
    pixels = intake.read(MASK.data).array
    assert not pixels[..., :3].any() and set(pixels[..., 3].ravel()) == {0, 255}
    assert (pixels[25, 25, 3], pixels[0, 0, 3]) == (0, 255)
    drawn = intake.read(MARKUP.data).array[..., 3]
    assert drawn[30, 30] == 0 and drawn[0, 0] == 0 and drawn[20, 20] == 255 and drawn[30, 20] == 255


def test_a_connection_that_fails_says_so_when_it_is_tried(server: Emulator) -> None:
    found = openai.probe(connected(server.url))
    assert found.works and MODEL in found.models
    assert not openai.probe(connected(server.url, models=("no-such-model",))).works
    assert not openai.probe(connected(server.url, key="wrong")).works
    assert not openai.probe(connected("http://127.0.0.1:9/v1")).works
    server.script("html")
    assert not openai.probe(connected(server.url)).works


def test_a_trial_is_one_small_edit_at_low_quality(server: Emulator) -> None:
    found = openai.trial(connected(server.url, models=("gpt-image-2.5-sunburst",)))
    assert found.works and len(server.ledger) == 1
    assert server.log[0].fields["quality"] == "low" and server.log[0].fields["model"] == MODEL
    server.script("auth")
    assert not openai.trial(connected(server.url)).works


def test_a_refusal_without_end_is_read_only_at_its_beginning(server: Emulator) -> None:
    server.script(fault("string_error", text="never ending " * 20_000))
    raised = fault_of(server)
    assert raised.fault == "invalid" and "never" not in str(raised)


def test_a_fault_is_a_sentence_with_what_records_need(server: Emulator) -> None:
    server.script("moderation stage=output categories=sexual,violence")
    raised = fault_of(server)
    assert isinstance(raised, ModelFault)
    assert raised.details == {"stage": "output", "categories": ["sexual", "violence"]}
    assert raised.request_id == server.log[0].request_id and raised.status == 400
