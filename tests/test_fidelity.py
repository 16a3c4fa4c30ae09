"""The fidelity report: exact counts, SSIM and ΔE against references, brand colours, and honest gaps."""

import json
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import color, metrics
from skimage import data as photographs

from bench import drifts
from workbench.errors import InvalidInput, RejectedFile
from workbench.imaging import lock
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


def said(report):
    return {row.name: row.value for row in report.rows()}


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


def printed(*lines):
    picture = Image.new("RGB", (700, 500), "white")
    for text, place in lines:
        ImageDraw.Draw(picture).text(place, text, font=ImageFont.load_default(34), fill=(30, 30, 30))
    return np.asarray(picture)


def test_copy_is_read_where_it_changed_and_words_that_stood_there_before_do_not_count():
    stays = ("Winter deals", (60, 220))
    before = printed(stays, ("Summer sale", (60, 60)))
    after = printed(stays, ("Wonder meals", (60, 60)))
    differs = (before != after).any(axis=2)
    assert measure(before, after, expected_copy="Winter deals").copy_similarity < 0.85
    # a change elsewhere, as a lock may leave it, doesn't bring the old words in
    after = after.copy()
    after[420:470, 500:640] = 200
    assert measure(before, after, expected_copy="Winter deals").copy_similarity < 0.85
    assert measure(before, after, expected_copy="Wonder meals").copy_similarity == 1
    assert differs[220:260].sum() == 0


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
    told = said(Fidelity(**size, palette={"#2747B8": 12.345}, outside_changed=4210, border_share=0.0204))
    assert (told["Outside the region"], told["#2747B8"]) == ("4,210 px", "12.3 ΔE")
    assert told["Across the region’s border"] == "2.04 %"


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


#: what was asked for, and the region in which
DISC, ASKED = box(PHOTO.shape, 60, 140, 40, 120), box(PHOTO.shape, 40, 160, 20, 140)


@cache
def answer(*, stray=False, wide=False):
    """What a model made of the photograph when it was asked for a blue patch; with `stray` it painted elsewhere too."""
    wanted = PHOTO.copy()
    wanted[ASKED if wide else DISC] = BLUE
    if wide:
        wanted[80:120, 100:200] = BLUE
    if stray:
        wanted[440:480, 20:120] = (200, 30, 30)
    return drifts.simulate(wanted, drifts.SMALL, (480, 480), seed=2)[0]


@cache
def locked(settings=None, **asked):
    return lock.lock(PHOTO, answer(**asked), region=ASKED, settings=settings or lock.LockSettings())


def test_a_locked_edit_says_what_the_lock_took_away_and_how_sure_it_is():
    result = locked(stray=True)
    report = measure(PHOTO, result.image, region=ASKED, changed=result.changed, locked=result, palette=PALETTE)
    assert (report.lock, report.outside_changed, report.lock_doubts) == ("local", 0, result.doubts)
    assert (report.registration, report.drift_px) == (result.alignment.confidence, result.drift.pixels)
    assert report.drift_px > 0.5 and report.drift_delta_e > 0.5
    assert report.stray_changed == result.stray > 3000
    assert report.region_changed == pytest.approx(result.changed.sum() / ASKED.sum())
    assert report.border_share == 0
    told = said(report)
    assert (told["Fidelity lock"], told["Thrown away outside"]) == ("only the change", f"{report.stray_changed:,} px")
    assert told["Drift taken away"].endswith(" ΔE") and " px, " in told["Drift taken away"]
    assert told["Registration"].startswith(report.registration + ", 0.")
    assert np.asarray(report.alignment["matrix"]).shape == (2, 3)
    # facts have no verdict; everything else is measured against something
    facts = {row.name for row in report.rows() if row.verdict == "fact"}
    assert facts == {"Share of the picture", "Share of the region", "Drift taken away", "Thrown away outside"}
    assert json.loads(json.dumps(report.to_json())) == report.to_json()
    assert Fidelity.from_json(report.to_json()) == report


def test_what_the_lock_let_through_beside_the_change_is_measured():
    result = locked()
    report = measure(PHOTO, result.image, region=ASKED, changed=result.changed, locked=result)
    assert 0.99 < report.ssim <= 1
    spilt = result.image.copy()
    spilt[142:158, 22:138] = answer()[124:140, 20:136]
    differs = (spilt != PHOTO).any(axis=2)
    other = measure(PHOTO, spilt, region=ASKED, changed=differs, locked=result)
    assert other.ssim < report.ssim - 0.003 and other.delta_e_mean > report.delta_e_mean
    # without the lock's own finding the mask of all differences would have hidden it
    assert measure(PHOTO, spilt, region=ASKED, changed=differs).ssim == 1


def test_a_change_that_runs_into_the_regions_border_asks_for_review_and_says_where():
    result = locked(wide=True)
    report = measure(PHOTO, result.image, region=ASKED, changed=result.changed, locked=result)
    assert report.border_share > 0.02 and report.verdict == "review"
    sentence = next(reason for reason in report.reasons if "border at the right (" in reason)
    assert sentence.startswith("The change runs into the region’s border at the right (")
    assert "enlarge the region, or check that nothing is cut off" in sentence
    loose = measure(PHOTO, result.image, region=ASKED, locked=result, limits=Limits(border=0.5))
    assert not any("runs into" in reason for reason in loose.reasons)


def test_a_whole_frame_is_never_passed_unseen():
    result = lock.lock(PHOTO, answer(), settings=lock.LockSettings(whole_frame=True))
    report = measure(PHOTO, result.image, changed=result.changed, locked=result)
    assert (report.lock, report.verdict) == ("whole frame", "review")
    assert any("only its size, place and colour were repaired" in reason for reason in report.reasons)
    # how alike the rest is can be read, but nothing was promised to stay
    assert 0.5 < report.ssim < 1
    strict = measure(PHOTO, result.image, locked=result, limits=Limits(ssim=0.9999, delta_e_mean=0))
    assert (strict.verdict, strict.ssim) == ("review", report.ssim)


def test_every_doubt_of_the_lock_asks_for_review():
    noise = RNG.integers(0, 256, (300, 300, 3), np.uint8)
    result = lock.lock(PHOTO, noise, region=ASKED)
    report = measure(PHOTO, result.image, region=ASKED, changed=result.changed, locked=result)
    assert result.doubts and set(result.doubts) <= set(report.reasons)
    assert (report.registration, report.verdict, report.drift_px, report.stray_changed) == (
        "none",
        "review",
        None,
        None,
    )
    assert said(report)["Registration"] == "none"


PLAIN = {"size": (9, 9), "size_before": (9, 9), "size_kept": True}


@pytest.mark.parametrize(
    ("facts", "verdict", "words"),
    [
        ({"lock": "raw"}, "fail", "The raw output was used as it came"),
        ({"lock": "local", "registration": "good"}, "pass", ""),
        ({"lock": "local", "registration": "doubtful"}, "review", "mark the region that may change and lock again"),
        ({"lock": "local", "registration": "none"}, "review", "use a template for the whole frame, or run it again"),
        (
            {"lock": "local", "registration": "doubtful", "alignment": {"method": "off", "score": 0.0}},
            "review",
            "Registration was switched off",
        ),
        ({"lock": "local", "lock_doubts": ("Look at the left edge.",)}, "review", "Look at the left edge."),
        ({"lock": "local", "changed_share": 0.62}, "review", "62.0 % of the picture changed (limit ≤ 50.0 %)"),
        ({"lock": "local", "changed_share": 0.62, "region_changed": 0.9}, "pass", ""),
        ({"lock": None, "changed_share": 0.62}, "pass", ""),
        ({"profile_kept": False}, "fail", "The colour profile is another"),
        ({"profile_kept": True, "format_kept": "PNG from JPEG"}, "pass", ""),
        ({"limits": Limits(face_distance=0.15)}, "review", "The face was not measured (limit ≤ 0.15)"),
        ({"limits": Limits(face_distance=0.15), "face_distance": 0.2}, "review", "The face is 0.20 apart"),
        ({"limits": Limits(face_distance=0.15), "face_distance": 0.5}, "fail", "The face is 0.50 apart"),
        ({"face_distance": 0.5}, "pass", ""),
    ],
)
def test_each_fact_of_a_lock_has_its_verdict_and_says_what_to_do(facts, verdict, words):
    report = Fidelity(**PLAIN, **facts)
    assert report.verdict == verdict
    assert words in report.reasons[0] if words else report.reasons == ()
    assert Fidelity.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_what_fails_is_said_first_and_nothing_twice():
    report = Fidelity(**PLAIN, lock="local", lock_doubts=("Look.", "Look."), outside_changed=3, ssim=0.95)
    assert [reason.split()[0] for reason in report.reasons] == ["3", "What", "Look."]


def test_rows_stand_under_three_titles_and_what_a_lead_asks_first_comes_first():
    report = Fidelity(
        **PLAIN, lock="local", registration="good", palette={"#2747B8": 0.1}, changed_share=0.1, format_kept="PNG"
    )
    groups = report.groups()
    assert [title for title, _ in groups] == ["What stayed", "What changed", "How it was made"]
    assert [row for _, rows in groups for row in rows] == report.rows()
    assert report.rows()[0].name == "Outside the region"


def test_a_report_from_before_there_was_a_lock_reads_as_it_did():
    old = {
        "size": [512, 512], "size_before": [512, 512], "size_kept": True, "outside_changed": 0, "outside_share": 0.0,
        "outside_max": 0, "outside_where": None, "changed_share": 0.1, "ssim": 1.0, "delta_e_mean": 0.0,
        "palette": {"#2747B8": 0.4}, "palette_names": {"#2747B8": "Aster blue"}, "palette_limits": {},
        "copy_similarity": None, "expected_copy": None, "registration": None, "verdict": "pass", "reasons": [],
        "limits": {"outside_changed": 0, "ssim": 0.97, "delta_e_mean": 1.0, "palette": 1.0, "copy_similarity": 0.9,
                   "size_kept": True},
    }  # fmt: skip
    report = Fidelity.from_json(old)
    assert (report.verdict, report.reasons, report.lock, report.border_share) == ("pass", (), None, None)
    assert not {"Fidelity lock", "Registration", "Colour profile", "Face"} & said(report).keys()


@pytest.mark.parametrize("apart", [(24, 0, 0), (0, 0, 30), (9, 9, 9)])
def test_a_stray_patch_outside_the_region_fails_in_twelve_megapixels(apart):
    before = np.full((3000, 4000, 3), (120, 118, 116), np.uint8)
    after = before.copy()
    region = box(before.shape, 100, 900, 100, 900)
    after[200:800, 200:800] = BLUE
    after[2500:2540, 3500:3600] += np.array(apart, np.uint8)
    report = measure(before, after, region=region)
    assert (report.verdict, report.outside_changed, report.outside_where) == ("fail", 4000, "lower right part")
