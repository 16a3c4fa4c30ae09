"""Money in millionths of a dollar: what an edit may cost, and what it came to."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engines import pricing
from workbench.engines.rules import known, rules

SUNBURST, OLD, MINI, FOREIGN = (
    rules(name) for name in ("gpt-image-2.5-sunburst", "gpt-image-1.5", "gpt-image-1-mini", "flux-kontext")
)
WIDE = (1536, 1024)
PRICED = [each for each in known() if each.price]
COUNTS = st.integers(0, 10**7)


def estimate(model: Any = SUNBURST, **changes: Any) -> int | None:
    usual: dict[str, Any] = {"size": WIDE, "quality": "high", "pictures": 1, "inputs": [WIDE]}
    return pricing.estimate(model, **{**usual, **changes})


def test_a_picture_that_is_sent_counts_by_tiles_and_in_high_fidelity_by_its_shape() -> None:
    # gpt-image-1's rule: short side to 512 px, 65 and 129 for each tile of 512 px; OpenAI's forum, thread 1317649
    assert pricing.looked_at((1024, 1024), False) == 65 + 129
    assert pricing.looked_at((1536, 1024), False) == 65 + 2 * 129
    assert pricing.looked_at((1024, 3072), False) == 65 + 3 * 129
    assert pricing.looked_at((1024, 1024), True) == 65 + 129 + 4096
    assert pricing.looked_at((1536, 1024), True) == 65 + 2 * 129 + 6144


@pytest.mark.parametrize(
    ("quality", "size", "tokens"),
    [
        ("low", (1024, 1024), 272), ("medium", (1024, 1024), 1056), ("high", (1024, 1024), 4160),
        ("low", (1536, 1024), 400), ("medium", (1536, 1024), 1568), ("high", (1536, 1024), 6208),
        ("low", (1024, 1536), 408), ("medium", (1024, 1536), 1584), ("high", (1024, 1536), 6240),
    ],
)  # fmt: skip
def test_the_tokens_of_a_drawn_picture_are_those_of_the_published_table_within_two_percent(
    quality: str, size: tuple[int, int], tokens: int
) -> None:
    assert pricing.output_tokens(size, quality) == pytest.approx(tokens, rel=0.025)


def test_tokens_and_published_prices_per_picture_agree_where_both_are_known() -> None:
    assert OLD.price
    for quality in ("low", "medium", "high"):
        by_tokens = pricing.output_tokens((1024, 1024), quality) * OLD.price.image_out / 1e6
        assert by_tokens == pytest.approx(OLD.price.per_image[quality]["square"], abs=0.0015)


def test_a_high_edit_of_a_landscape_with_the_asset_and_a_mark_costs_what_can_be_worked_out_by_hand() -> None:
    # (2000 / 3 characters → 667 tokens · $5) + (two pictures in high fidelity · $8) + (6240 tokens · $30), per million
    text, seen, drawn = 667 * 5, (65 + 2 * 129 + 6144 + 65 + 129 + 4096) * 8, 6240 * 30
    assert estimate(inputs=[WIDE, (512, 512)]) == text + seen + drawn
    assert estimate(inputs=[WIDE, (512, 512)], pictures=3, partials=2) == text + seen + 3 * drawn + 3 * 2 * 100 * 30


def test_a_published_price_of_a_picture_beats_the_count_and_fidelity_comes_on_top() -> None:
    low, high = estimate(OLD), estimate(OLD, fidelity="high")
    assert low == 667 * 5 + (65 + 2 * 129) * 8 + 200_000
    assert high == low + 6144 * 8
    six = estimate(OLD, fidelity="high", inputs=[WIDE] * 6)
    assert six == high + 5 * (65 + 2 * 129) * 8 + 4 * 6144 * 8, "only five pictures are looked at in high fidelity"


def test_without_a_quality_the_dearest_that_the_model_may_choose_counts() -> None:
    assert estimate(quality=None) == estimate(quality="auto") == estimate(quality="high")
    assert estimate(MINI, quality="auto") == estimate(MINI, quality="high")


def test_the_price_from_the_settings_counts_only_where_the_table_knows_nothing() -> None:
    assert estimate(FOREIGN) is None
    assert estimate(FOREIGN, own_price=0.04, pictures=3) == 120_000
    assert estimate(own_price=0.04) == estimate()
    assert pricing.cost(FOREIGN, {"input_tokens": 9, "output_tokens": 9}, pictures=2, own_price=0.04) == 80_000
    assert pricing.cost(FOREIGN, None, pictures=1) is None


def test_the_bill_is_what_the_provider_counted() -> None:
    usage = {
        "input_tokens": 1000, "input_tokens_details": {"text_tokens": 100, "image_tokens": 900}, "output_tokens": 1568,
        "total_tokens": 2568,
    }  # fmt: skip
    assert pricing.cost(SUNBURST, usage, pictures=1) == 100 * 5 + 900 * 8 + 1568 * 30
    assert pricing.cost(SUNBURST, {"input_tokens": 1000, "output_tokens": 1568}, pictures=1) == 1000 * 8 + 1568 * 30


@pytest.mark.parametrize(
    "usage",
    [
        None, {}, [], "much", {"input_tokens": 10}, {"input_tokens": -1, "output_tokens": 5},
        {"input_tokens": "10", "output_tokens": 5}, {"input_tokens": True, "output_tokens": 5},
        {"input_tokens": 10, "output_tokens": 0}, {"input_tokens": 10**12, "output_tokens": 5},
        {"input_tokens": 10, "output_tokens": 5, "input_tokens_details": {"text_tokens": 11}},
        {"input_tokens": 10, "output_tokens": 5.5},
    ],
)  # fmt: skip
def test_a_count_that_cannot_be_is_no_bill(usage: Any) -> None:
    assert pricing.cost(SUNBURST, usage, pictures=1) is None
    assert pricing.cost(SUNBURST, usage, pictures=2, own_price=0.1) == 200_000


@given(st.sampled_from(PRICED), st.sampled_from(["low", "medium", "high", "auto", None]), st.integers(1, 10))
def test_more_pictures_cost_more_and_never_less_than_their_sum_of_parts(
    model: Any, quality: str, pictures: int
) -> None:
    one, many = estimate(model, quality=quality), estimate(model, quality=quality, pictures=pictures)
    assert one is not None and many is not None
    assert 0 < one <= many <= one * pictures


@given(st.sampled_from(PRICED), COUNTS, COUNTS, st.integers(1, 10**7))
def test_a_bill_is_never_negative_and_grows_with_what_was_counted(model: Any, text: int, images: int, out: int) -> None:
    def usage(more: int) -> dict[str, Any]:
        return {
            "input_tokens": text + images,
            "input_tokens_details": {"text_tokens": text},
            "output_tokens": out + more,
        }

    less, more = (pricing.cost(model, usage(each), pictures=1) for each in (0, 1000))
    assert less is not None and more is not None
    assert 0 < less < more
