"""The fidelity report: exact counts, SSIM and ΔE against references, brand colours, and honest gaps."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from skimage import color, metrics
from skimage import data as photographs

from workbench.errors import InvalidInput, RejectedFile
from workbench.imaging.fidelity import Fidelity, Limits, measure
from workbench.recipes import templates

BLUE, CLAY = (39, 71, 184), (181, 83, 47)
PALETTE = [("Aster blue", "#2747B8"), ("Clay", "#B5532F"), ("Ink", "#2A2724"), ("Oat", "#F6F0E4")]
PHOTO = photographs.astronaut()
RNG = np.random.default_rng(5)


def box(shape, top, bottom, left, right):
    mask = np.zeros(shape[:2], bool)
    mask[top:bottom, left:right] = True
    return mask


def noisy(pixels, sigma):
    return np.clip(pixels + RNG.normal(0, sigma, pixels.shape), 0, 255).astype(np.uint8)


def product(colour, *, shade, height=400, width=600):
    """A shaded body of one paint on a light ground, in linear light, with a little sensor noise."""
    across = np.linspace(-1.4, 1.4, 300)[None, :, None]
    light = {"cylinder": np.cos(across), "ramp": 1 - 0.4 * np.abs(across)}[shade]
    pixels = np.full((height, width, 3), 235, np.uint8)
    body = 255 * np.clip((np.array(colour) / 255) ** 2.2 * light + 0.01, 0, 1) ** (1 / 2.2)
    pixels[50:350, 150:450] = np.clip(body + RNG.normal(0, 0.7, (300, 300, 3)), 0, 255)
    return pixels


def test_equal_pictures_pass_and_claim_nothing_that_was_not_measured():
    report = measure(PHOTO, PHOTO.copy())
    assert (report.verdict, report.reasons) == ("pass", ())
    assert (report.ssim, report.delta_e_mean, report.changed_share) == (1.0, 0.0, 0.0)
    assert report.outside_changed is report.outside_share is report.outside_max is None
    assert report.copy_similarity is None
    assert report.rows()[0] == ("Outside the region", "not measured", "0 px", "none")


def test_one_stray_pixel_outside_the_region_fails_with_its_number_and_place():
    after = PHOTO.copy()
    region = box(PHOTO.shape, 100, 200, 100, 200)
    after[100:200, 100:200] = BLUE
    assert measure(PHOTO, after, region=region).outside_changed == 0
    after[500, 20, 1] = PHOTO[500, 20, 1] ^ 16
    report = measure(PHOTO, after, region=region)
    assert (report.outside_changed, report.outside_max) == (1, 16)
    assert report.outside_share == pytest.approx(1 / (512 * 512 - 10_000))
    assert report.verdict == "fail"
    assert report.reasons[0] == "1 px changed outside the region, most of them in the lower left part (limit 0 px)."


def test_a_difference_in_alpha_is_a_change():
    before = np.dstack([PHOTO, np.full(PHOTO.shape[:2], 255, np.uint8)])
    after = before.copy()
    after[3, 3, 3] = 250
    report = measure(before, after, region=box(PHOTO.shape, 10, 20, 10, 20))
    assert (report.outside_changed, report.outside_max) == (1, 5)
    assert measure(PHOTO, before, region=box(PHOTO.shape, 10, 20, 10, 20)).outside_changed == 0


def test_a_region_that_is_the_whole_frame_leaves_nothing_to_measure():
    report = measure(PHOTO, noisy(PHOTO, 20), region=np.ones(PHOTO.shape[:2], bool))
    assert report.outside_changed is report.ssim is report.delta_e_mean is None


@pytest.mark.parametrize("sigma", [2, 8, 25])
def test_ssim_and_colour_agree_with_scikit_image(sigma):
    after = noisy(PHOTO, sigma)
    report = measure(PHOTO, after)
    reference = metrics.structural_similarity(
        PHOTO, after, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
    )
    assert report.ssim == pytest.approx(reference, abs=1e-4)
    apart = color.deltaE_ciede2000(color.rgb2lab(PHOTO), color.rgb2lab(after)).mean()
    assert report.delta_e_mean == pytest.approx(apart, abs=2e-3)


def test_structure_is_measured_outside_the_change_alone():
    after = PHOTO.copy()
    after[100:300, 100:300] = 255 - after[100:300, 100:300]
    mask = box(PHOTO.shape, 100, 300, 100, 300)
    assert measure(PHOTO, after).ssim < 0.9
    for masks in ({"region": mask}, {"changed": mask}):
        report = measure(PHOTO, after, **masks)
        assert (report.ssim, report.delta_e_mean, report.verdict) == (1.0, 0.0, "pass")
    # With one level of difference far away it is computed in full, and the change must not leak into it.
    after[500, 500, 0] ^= 1
    assert measure(PHOTO, after, changed=mask).ssim > 0.99999
    # A change outside lowers it, and `changed` decides before `region` does.
    drifted = noisy(after, 12)
    assert measure(PHOTO, drifted, changed=mask).ssim < 0.8
    everywhere = np.ones(PHOTO.shape[:2], bool)
    assert measure(PHOTO, drifted, changed=mask, region=everywhere).ssim < 0.8


def test_a_change_of_hue_alone_lowers_the_structure():
    after = PHOTO[..., [2, 0, 1]].copy()
    assert measure(PHOTO, after).ssim < 0.9


def test_a_large_picture_is_compared_at_one_and_a_half_megapixels():
    before = np.asarray(Image.fromarray(PHOTO).resize((2000, 1000)))
    report = measure(before, noisy(before, 6))
    small = np.asarray(Image.fromarray(PHOTO).resize((1000, 1000)))
    assert report.ssim > measure(small, noisy(small, 6)).ssim
    assert report.size == (2000, 1000)


def test_a_flat_brand_colour_is_measured_by_its_median():
    after = PHOTO.copy()
    after[100:200, 100:300] = BLUE
    mask = box(PHOTO.shape, 100, 200, 100, 300)
    assert measure(PHOTO, after, changed=mask, palette=PALETTE).palette == {"#2747B8": 0.0}
    off = (62, 76, 170)
    after[100:200, 100:300] = off
    lab = color.rgb2lab(np.array([[off, BLUE]], np.uint8))
    reference = float(color.deltaE_ciede2000(lab[0, 0], lab[0, 1]))
    report = measure(PHOTO, after, changed=mask, palette=["#2747b8", "B5532F"])
    assert report.palette == {"#2747B8": pytest.approx(reference, abs=0.01)}
    assert 2.3 < reference < 6
    assert report.verdict == "fail"
    named = measure(PHOTO, after, changed=mask, palette=PALETTE)
    assert named.reasons[0].startswith("Aster blue is off by ")


def test_grain_and_jpeg_noise_do_not_hide_a_brand_colour():
    after = PHOTO.copy()
    after[100:200, 100:300] = noisy(np.full((100, 200, 3), CLAY, np.uint8), 1.0)
    report = measure(PHOTO, after, changed=box(PHOTO.shape, 100, 200, 100, 300), palette=PALETTE)
    assert report.palette["#B5532F"] < 0.6


def test_a_small_area_is_not_judged():
    after = PHOTO.copy()
    after[100:120, 100:112] = BLUE
    assert measure(PHOTO, after, palette=PALETTE).palette == {}


@pytest.mark.parametrize("shade", ["cylinder", "ramp"])
@pytest.mark.parametrize("colour", [BLUE, CLAY])
def test_a_shaded_product_is_not_taken_for_a_failing_brand_colour(shade, colour):
    before, after = product((122, 143, 106), shade=shade), product(colour, shade=shade)
    report = measure(before, after, changed=box(before.shape, 50, 350, 150, 450), palette=PALETTE)
    assert all(off <= 1 for off in report.palette.values())


def test_a_colour_that_was_there_before_says_nothing_about_the_edit():
    before = PHOTO.copy()
    before[300:400, 300:500] = (52, 75, 178)
    after = before.copy()
    after[100:200, 100:300] = CLAY
    palette = measure(before, after, changed=box(PHOTO.shape, 100, 200, 100, 300), palette=PALETTE).palette
    assert palette == {"#B5532F": 0.0}


def test_a_brand_colour_that_drifted_a_little_is_seen():
    before = PHOTO.copy()
    before[300:400, 300:500] = BLUE
    after = before.copy()
    after[300:400, 300:500] = (44, 74, 179)
    report = measure(before, after, palette=PALETTE)
    assert report.palette["#2747B8"] > 1
    assert report.verdict in ("review", "fail")


def test_another_size_fails_and_nothing_is_compared():
    report = measure(PHOTO, PHOTO[:-1], region=box(PHOTO.shape, 1, 2, 1, 2), palette=PALETTE)
    assert report.size_kept is False
    assert report.outside_changed is report.ssim is report.delta_e_mean is report.changed_share is None
    assert (report.verdict, report.palette) == ("fail", {})
    assert report.reasons == ("The size is 512 × 511 px instead of 512 × 512 px.",)
    allowed = measure(PHOTO, PHOTO[:-1], limits=Limits(size_kept=False))
    assert allowed.verdict == "review"


def test_copy_that_was_not_read_asks_for_review():
    report = measure(PHOTO, PHOTO, expected_copy="Summer sale")
    assert (report.verdict, report.copy_similarity) == ("review", None)
    assert "Summer sale" in report.reasons[0]
    assert "was not measured" in report.reasons[0]


@pytest.mark.parametrize(("confidence", "verdict"), [("good", "pass"), ("doubtful", "review"), ("none", "review")])
def test_a_doubtful_registration_asks_for_review(confidence, verdict):
    locked = SimpleNamespace(alignment=SimpleNamespace(confidence=confidence, score=0.2))
    assert measure(PHOTO, PHOTO, locked=locked).verdict == verdict


def test_verdicts_follow_the_templates_own_limits():
    after = noisy(PHOTO, 8)
    ssim = measure(PHOTO, after).ssim
    loose = {"delta_e_mean": 50}
    assert measure(PHOTO, after, limits=Limits(ssim=ssim - 0.01, **loose)).verdict == "pass"
    assert measure(PHOTO, after, limits=Limits(ssim=ssim + 0.01, **loose)).verdict == "review"
    assert measure(PHOTO, after, limits=Limits(ssim=ssim + 0.05, **loose)).verdict == "fail"
    region = box(PHOTO.shape, 0, 500, 0, 512)
    assert measure(PHOTO, after, region=region, limits=Limits(outside_changed=10**6, ssim=0, **loose)).verdict == "pass"


def test_a_number_never_looks_better_than_its_verdict():
    size = {"size": (1, 1), "size_before": (1, 1), "size_kept": True}
    row = next(row for row in Fidelity(**size, ssim=0.96996, limits=Limits(ssim=0.97)).rows() if "SSIM" in row.name)
    assert (row.value, row.verdict) == ("0.96996", "review")
    values = {0.998: "0.998", 0.9481: "0.948", 1.0: "1.00"}
    for ssim, shown in values.items():
        assert Fidelity(**size, ssim=ssim).rows()[1].value == shown
    palette = Fidelity(**size, palette={"#2747B8": 12.345}, outside_changed=4210).rows()
    assert [row.value for row in palette[:2]] == ["4,210 px", "12.3 ΔE"]


def test_limits_come_from_a_template_and_unknown_ones_are_refused():
    limits = Limits.from_json({"ssim": 0.9, "palette": 2, "delta_e_mean": None})
    assert (limits.ssim, limits.palette, limits.delta_e_mean) == (0.9, 2, Limits().delta_e_mean)
    assert Limits.from_json(limits.to_json()) == limits
    assert set(templates.Limits.model_fields) <= set(limits.to_json())
    with pytest.raises(RejectedFile, match="ssim"):
        Limits.from_json({"sim": 0.9})
    for wrong in ({"ssim": 97}, {"palette": "1"}, {"palette": -1}, {"ssim": float("nan")}, {"size_kept": "yes"}):
        with pytest.raises(RejectedFile):
            Limits.from_json(wrong)


def test_a_report_survives_json():
    after = PHOTO.copy()
    after[100:200, 100:300] = BLUE
    region = box(PHOTO.shape, 90, 210, 90, 310)
    report = measure(PHOTO, after, region=region, palette=PALETTE, expected_copy="New")
    plain = json.loads(json.dumps(report.to_json()))
    assert Fidelity.from_json(plain) == report
    assert Fidelity.from_json({**plain, "later": 1}).rows() == report.rows()
    assert plain["copy_similarity"] is None
    assert plain["limits"]["ssim"] == Limits().ssim
    assert (plain["outside_changed"], plain["verdict"]) == (0, "review")


def test_what_is_no_picture_or_no_mask_is_refused():
    for arguments in (
        {"after": PHOTO.astype(float)},
        {"after": PHOTO[..., 0]},
        {"after": PHOTO, "region": np.ones((3, 3), bool)},
        {"after": PHOTO, "changed": np.ones(PHOTO.shape[:2])},
        {"after": PHOTO, "palette": ["blue"]},
    ):
        with pytest.raises(InvalidInput):
            measure(PHOTO, **arguments)
