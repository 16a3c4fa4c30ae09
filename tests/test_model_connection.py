"""Which image model's server is used, by the settings."""

from collections.abc import Callable, Iterator

import pytest

from workbench.engines import openai
from workbench.errors import InvalidInput
from workbench.settings import settings

NAMES = (
    "LOUPE_IMAGE_URL", "LOUPE_IMAGE_KEY", "LOUPE_IMAGE_MODELS", "LOUPE_IMAGE_PROFILE", "DIFFUSION_URL", "DIFFUSION_KEY",
    "DIFFUSION_MODEL_ID", "INFERENCE_URL", "INFERENCE_KEY", "INFERENCE_MODEL_ID", "OPENAI_API_KEY", "OPENAI_BASE_URL",
)  # fmt: skip
HEROKU = "https://us.inference.heroku.com"
Read = Callable[..., openai.Connection | None]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Read]:
    def found(**given: str) -> openai.Connection | None:
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        return openai.connection()

    yield found
    settings.cache_clear()


def test_with_nothing_set_there_is_no_image_model(read: Read) -> None:
    assert read() is None
    assert read(OPENAI_API_KEY="") is None
    assert read(OPENAI_BASE_URL="http://127.0.0.1:1/v1") is None
    assert read(LOUPE_IMAGE_MODELS="gpt-image-2") is None


def test_a_key_of_openai_is_enough(read: Read) -> None:
    found = read(OPENAI_API_KEY="sk-1")
    assert found and found.official and found.profile.name == "openai" and not found.emulated
    assert (found.url, found.model) == ("https://api.openai.com/v1", "gpt-image-2.5-sunburst-2026-09-08")
    assert (found.key_setting, found.url_setting) == ("OPENAI_API_KEY", "OPENAI_BASE_URL")


def test_the_more_particular_settings_come_first(read: Read) -> None:
    every = {
        "LOUPE_IMAGE_URL": "http://gpu:1", "DIFFUSION_URL": "https://d.heroku.com", "INFERENCE_URL": HEROKU,
        "DIFFUSION_MODEL_ID": "gpt-image-1.5", "INFERENCE_MODEL_ID": "gpt-image-1.5", "OPENAI_API_KEY": "sk-1",
        "LOUPE_IMAGE_MODELS": "one, two,one",
    }  # fmt: skip
    hosts = []
    for gone in ("LOUPE_IMAGE_URL", "DIFFUSION_URL", "INFERENCE_URL", "OPENAI_API_KEY"):
        found = read(**every)
        assert found and found.models == ("one", "two")
        hosts.append(found.host)
        del every[gone]
    assert hosts == ["gpu", "d.heroku.com", "us.inference.heroku.com", "api.openai.com"]
    assert read(**every) is None


def test_a_chat_model_of_heroku_is_no_image_model(read: Read) -> None:
    chat = {"INFERENCE_URL": HEROKU, "INFERENCE_KEY": "inf-1", "INFERENCE_MODEL_ID": "claude-4-sonnet"}
    assert read(**chat) is None
    found = read(**chat, OPENAI_API_KEY="sk-1")
    assert found and found.official
    found = read(**{**chat, "INFERENCE_MODEL_ID": "gpt-image-1.5"})
    assert found and (found.profile.name, found.model, found.url) == ("heroku", "gpt-image-1.5", f"{HEROKU}/v1")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://gpu:30000", "http://gpu:30000/v1"),
        ("http://GPU:30000/", "http://gpu:30000/v1"),
        ("http://gpu:30000/v1", "http://gpu:30000/v1"),
        ("http://gpu:30000/v1/", "http://gpu:30000/v1"),
        (" https://proxy.example.com/openai/v1 ", "https://proxy.example.com/openai/v1"),
        ("https://proxy.example.com/openai", "https://proxy.example.com/openai/v1"),
        ("http://[::1]:8080", "http://[::1]:8080/v1"),
    ],
)
def test_an_address_gets_its_v1_once(read: Read, text: str, url: str) -> None:
    found = read(LOUPE_IMAGE_URL=text, LOUPE_IMAGE_MODELS="any")
    assert found and found.url == url and found.profile.name == "generic"


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"LOUPE_IMAGE_URL": "gpu:30000"}, "LOUPE_IMAGE_URL"),
        ({"LOUPE_IMAGE_URL": "ftp://gpu"}, "LOUPE_IMAGE_URL"),
        ({"LOUPE_IMAGE_URL": "http://"}, "LOUPE_IMAGE_URL"),
        ({"LOUPE_IMAGE_URL": "http://gpu:port"}, "LOUPE_IMAGE_URL"),
        ({"LOUPE_IMAGE_URL": "http://g pu"}, "LOUPE_IMAGE_URL"),
        ({"LOUPE_IMAGE_URL": "http://me:secret@gpu"}, "LOUPE_IMAGE_URL"),
        ({"LOUPE_IMAGE_URL": "http://gpu/?key=secret"}, "LOUPE_IMAGE_URL"),
        ({"OPENAI_API_KEY": "sk-1", "OPENAI_BASE_URL": "nonsense"}, "OPENAI_BASE_URL"),
        ({"OPENAI_API_KEY": "sk secret\nX: y"}, "OPENAI_API_KEY"),
        ({"LOUPE_IMAGE_URL": "https://api.openai.com/v1"}, "LOUPE_IMAGE_KEY"),
        ({"LOUPE_IMAGE_URL": "http://gpu"}, "LOUPE_IMAGE_MODELS"),
        ({"LOUPE_IMAGE_URL": "http://gpu", "LOUPE_IMAGE_MODELS": " , "}, "LOUPE_IMAGE_MODELS"),
        ({"LOUPE_IMAGE_URL": "http://gpu", "LOUPE_IMAGE_PROFILE": "best"}, "LOUPE_IMAGE_PROFILE"),
    ],
)
def test_settings_that_cannot_be_right_are_named_without_what_is_secret(
    read: Read, given: dict[str, str], names: str
) -> None:
    with pytest.raises(InvalidInput) as raised:
        read(**given)
    assert names in str(raised.value) and "secret" not in str(raised.value)


def test_the_emulator_is_told_by_its_key_on_this_machine_only(read: Read) -> None:
    found = read(OPENAI_API_KEY="emulator", OPENAI_BASE_URL="http://127.0.0.1:8787/v1")
    assert found and found.emulated and found.profile.name == "openai" and not found.official
    found = read(OPENAI_API_KEY="emulator", OPENAI_BASE_URL="http://shop.example.com", LOUPE_IMAGE_MODELS="a")
    assert found and not found.emulated


def test_an_account_is_an_address_with_a_key(read: Read) -> None:
    first, second = read(OPENAI_API_KEY="sk-1"), read(OPENAI_API_KEY="sk-2")
    third = read(OPENAI_API_KEY="sk-1", OPENAI_BASE_URL="https://eu.api.openai.com")
    again = read(OPENAI_API_KEY="sk-1")
    assert first and second and third and again
    assert len({first.account, second.account, third.account}) == 3 and first.account == again.account
    assert len(first.account) == 16 and set(first.account) <= set("0123456789abcdef")
    assert "sk-1" not in repr(first)
