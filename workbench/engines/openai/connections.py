"""Which image model's server is used, by the settings: LOUPE_IMAGE_*, else DIFFUSION_*, INFERENCE_* or OPENAI_*."""

import hashlib
import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

from workbench.engines.openai.profiles import Profile, profile, profile_of
from workbench.engines.rules import Rules, rules
from workbench.errors import InvalidInput
from workbench.settings import Settings, settings

OPENAI = "https://api.openai.com/v1"
#: the key of the emulator in tests/, which lets the pages say that nothing here comes from a model
EMULATOR = "emulator"


@dataclass(frozen=True)
class Connection:
    """One server with its key and the models that may be asked for there."""

    #: with /v1, without a slash behind it
    url: str
    key: SecretStr
    #: the first is the default
    models: tuple[str, ...]
    profile: Profile
    #: 16 hex digits that stand for address and key
    account: str
    emulated: bool
    #: seconds for an edit in all, and to the next byte of an answer
    deadline: float
    read_timeout: float
    #: the settings that address, key and models came from, so that a sentence can name them
    url_setting: str = "LOUPE_IMAGE_URL"
    key_setting: str = "LOUPE_IMAGE_KEY"
    models_setting: str = "LOUPE_IMAGE_MODELS"
    #: seconds before a second try where the server says nothing; each further pause is twice as long
    pause: float = 0.5
    host: str = field(init=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "host", urlsplit(self.url).hostname or "")

    @property
    def model(self) -> str:
        """The model that is used where nobody chose."""
        return self.models[0]

    @property
    def official(self) -> bool:
        """Whether this is OpenAI itself, for which its own settings in the environment are meant."""
        return self.host == "api.openai.com" or self.host.endswith(".api.openai.com")

    def rules(self, model: str | None = None) -> Rules:
        """The rules of a model as far as they hold on this server."""
        return self.profile.rules(model or self.model)


@dataclass(frozen=True)
class _Source:
    """One group of settings."""

    url: str | None
    key: SecretStr | None
    model: str | None
    url_setting: str
    key_setting: str
    model_setting: str = "LOUPE_IMAGE_MODELS"


def connection() -> Connection | None:
    """The server that the settings name, None where no image model is set up.

    Raises InvalidInput, in words for whoever runs Loupe, for an address, profile or model list that can't be right.
    """
    given = settings()
    source = next(_sources(given), None)
    if source is None:
        return None
    key = source.key or SecretStr("")
    url = _address(source.url or OPENAI, source.url_setting)
    host = urlsplit(url).hostname or ""
    emulated = key.get_secret_value() == EMULATOR and _here(host)
    known = profile(given.image_profile) if given.image_profile else profile("openai") if emulated else profile_of(host)
    _check_key(key, source.key_setting, host)
    return Connection(
        url, key, _models(given, source, known), known, _account(url, key), emulated, given.image_deadline,
        given.image_read_timeout, source.url_setting, source.key_setting,
        "LOUPE_IMAGE_MODELS" if given.image_models else source.model_setting,
    )  # fmt: skip


def _sources(given: Settings) -> Iterator[_Source]:
    if given.image_url or _told(given.image_key):
        yield _Source(given.image_url, given.image_key, None, "LOUPE_IMAGE_URL", "LOUPE_IMAGE_KEY")
    if given.diffusion_url:
        yield _Source(
            given.diffusion_url, given.diffusion_key, given.diffusion_model, "DIFFUSION_URL", "DIFFUSION_KEY",
            "DIFFUSION_MODEL_ID",
        )  # fmt: skip
    if given.inference_url and (given.image_models or _draws(given.inference_model)):
        yield _Source(
            given.inference_url, given.inference_key, given.inference_model, "INFERENCE_URL", "INFERENCE_KEY",
            "INFERENCE_MODEL_ID",
        )  # fmt: skip
    if _told(given.openai_key):
        yield _Source(given.openai_url, given.openai_key, None, "OPENAI_BASE_URL", "OPENAI_API_KEY")


def _told(key: SecretStr | None) -> bool:
    return key is not None and bool(key.get_secret_value().strip())


def _draws(model: str | None) -> bool:
    """Heroku attaches chat models under the same names: only what looks like an image model counts."""
    return model is not None and (rules(model).known or "image" in model.lower())


def _address(text: str, setting: str) -> str:
    """The address with /v1 once."""
    sentence = f"{setting} is no address of a server. It looks like https://models.example.com/v1."
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput(sentence) from error
    if parts.scheme not in ("http", "https") or not host or any(not "!" <= letter < "\x7f" for letter in text.strip()):
        raise InvalidInput(sentence)
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise InvalidInput(f"{setting} holds more than an address. Put the key into its own setting.")
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{parts.netloc.lower()}{path if path.endswith('/v1') else path + '/v1'}"


def _check_key(key: SecretStr, setting: str, host: str) -> None:
    secret = key.get_secret_value()
    if any(not "!" <= letter < "\x7f" for letter in secret):
        raise InvalidInput(f"{setting} holds a space, a line break or a letter that belongs in no key. Copy it again.")
    if not secret and (host == "api.openai.com" or host.endswith(".api.openai.com")):
        raise InvalidInput(f"OpenAI needs a key. Set {setting}.")


def _models(given: Settings, source: _Source, known: Profile) -> tuple[str, ...]:
    text = given.image_models or source.model or known.default or ""
    models = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not models:
        raise InvalidInput(
            "It isn't said which image model to use. Set LOUPE_IMAGE_MODELS, several names with commas between."
        )
    return models


def _account(url: str, key: SecretStr) -> str:
    return hashlib.sha256(f"{url}{key.get_secret_value()}".encode()).hexdigest()[:16]


def _here(host: str) -> bool:
    """Whether the server runs on this machine, as the emulator does."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
