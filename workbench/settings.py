"""Everything that can be set from the environment; with nothing set, Loupe is wholly local."""

import os
import sys
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

#: settings that may also be given as the path of a file, under the same name with _FILE
SECRET_NAMES = (
    "DATABASE_URL", "OPENAI_API_KEY", "INFERENCE_KEY", "DIFFUSION_KEY", "LOUPE_IMAGE_KEY", "REDIS_URL",
)  # fmt: skip


class Settings(BaseSettings):
    """Read once per process with `settings()`; each row is documented in docs/reference/settings.md."""

    # a variable that is set to nothing is not set
    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True)

    #: where the local data lives
    home: Path = Field(default=Path("~/.loupe"), alias="LOUPE_HOME")
    #: the database; empty = the embedded PostgreSQL under `home`
    database_url: SecretStr | None = Field(default=None, alias="DATABASE_URL")
    #: the bucket that keeps the pictures; empty = a folder under `home`
    s3_bucket: str | None = Field(default=None, alias="LOUPE_S3_BUCKET")
    #: before every key in that bucket: empty, or a word with “/” at its end
    s3_prefix: str = Field(default="", alias="LOUPE_S3_PREFIX")
    #: address of an S3-compatible server; empty = AWS
    s3_endpoint: str | None = Field(default=None, alias="LOUPE_S3_ENDPOINT")
    #: buckets, or folders in them as “bucket/folder”, that pictures may be added from; with commas between
    s3_sources: str = Field(default="", alias="LOUPE_S3_SOURCES")
    #: the Redis server whose keys may be added as pictures
    redis_url: SecretStr | None = Field(default=None, alias="REDIS_URL")
    #: what that bucket is asked to encrypt with: AES256, aws:kms, or empty for the bucket's own default
    s3_encryption: Literal["AES256", "aws:kms"] | None = Field(default=None, alias="LOUPE_S3_ENCRYPTION")
    #: the key of aws:kms; empty = the account's own
    s3_kms_key: str | None = Field(default=None, alias="LOUPE_S3_KMS_KEY")
    #: largest file, in megabytes of 1,000,000 bytes
    max_mb: int = Field(default=100, alias="LOUPE_MAX_MB", ge=1, le=1000)
    #: largest picture, in megapixels of 1,000,000 pixels
    max_mp: int = Field(default=50, alias="LOUPE_MAX_MP", ge=1, le=400)
    #: port of the web server; set by a platform, it also means "not on a private machine"
    port: int | None = Field(default=None, alias="PORT")
    #: set by Heroku on every dyno
    dyno: str | None = Field(default=None, alias="DYNO")
    #: the operator that the command line acts as once login is configured
    cli_operator: str | None = Field(default=None, alias="LOUPE_CLI_OPERATOR")
    #: seconds without a heartbeat after which an edit's worker counts as dead
    stalled_after: float = Field(default=8.0, alias="LOUPE_STALLED_AFTER", gt=0)
    #: seconds between an edit's heartbeats
    heartbeat_every: float = Field(default=2.0, alias="LOUPE_HEARTBEAT_EVERY", gt=0)
    #: seconds a stopping worker may still work before it hands its edit back; it leaves at most 4 s later
    drain_seconds: float = Field(default=20.0, alias="LOUPE_DRAIN_SECONDS", ge=0, le=20)

    #: the image model's server, its key and its model; empty = what the platform's own names below say
    image_url: str | None = Field(default=None, alias="LOUPE_IMAGE_URL")
    image_key: SecretStr | None = Field(default=None, alias="LOUPE_IMAGE_KEY")
    #: one model or several, with commas between; the first is the default
    image_models: str | None = Field(default=None, alias="LOUPE_IMAGE_MODELS")
    #: how that server differs from OpenAI's: openai, heroku, generic, sglang, vllm-omni, sdcpp, localai
    image_profile: str | None = Field(default=None, alias="LOUPE_IMAGE_PROFILE")
    #: the names of OpenAI, and of Heroku Managed Inference
    openai_key: SecretStr | None = Field(default=None, alias="OPENAI_API_KEY")
    openai_url: str | None = Field(default=None, alias="OPENAI_BASE_URL")
    inference_url: str | None = Field(default=None, alias="INFERENCE_URL")
    inference_key: SecretStr | None = Field(default=None, alias="INFERENCE_KEY")
    inference_model: str | None = Field(default=None, alias="INFERENCE_MODEL_ID")
    diffusion_url: str | None = Field(default=None, alias="DIFFUSION_URL")
    diffusion_key: SecretStr | None = Field(default=None, alias="DIFFUSION_KEY")
    diffusion_model: str | None = Field(default=None, alias="DIFFUSION_MODEL_ID")
    #: seconds that one edit may wait for its model in all, and for the next byte of an answer
    image_deadline: float = Field(default=300.0, alias="LOUPE_IMAGE_DEADLINE", gt=0, le=1800)
    image_read_timeout: float = Field(default=180.0, alias="LOUPE_IMAGE_READ_TIMEOUT", gt=0, le=1800)
    #: pictures that the provider's account may ask for in a window, by all workers together
    image_limit: int = Field(default=5, alias="LOUPE_IMAGE_LIMIT", ge=1, le=100_000)
    #: seconds of that window
    image_window: float = Field(default=60.0, alias="LOUPE_IMAGE_WINDOW", gt=0)
    #: an edit whose worker died while a model was at work: “ask” its author, or run it “again” and maybe pay twice
    image_lost: Literal["ask", "again"] = Field(default="ask", alias="LOUPE_IMAGE_LOST")
    #: US dollars for one picture where the price table doesn't know the model; empty = not known
    image_price: float | None = Field(default=None, alias="LOUPE_IMAGE_PRICE", ge=0)
    #: US dollars that one person, and all together, may spend on a day (UTC)
    budget_person: float = Field(default=20.0, alias="LOUPE_BUDGET_PERSON_DAY", ge=0)
    budget_day: float = Field(default=200.0, alias="LOUPE_BUDGET_DAY", ge=0)
    #: US dollars that one template may cost on a day
    budget_template: float = Field(default=100.0, alias="LOUPE_BUDGET_TEMPLATE_DAY", ge=0)

    @property
    def root(self) -> Path:
        """`home` as an absolute path."""
        return self.home.expanduser().absolute()


@cache
def settings() -> Settings:
    """The settings of this process; one that can't be understood ends it with a sentence."""
    try:
        return Settings(**_from_files())
    except ValidationError as error:
        first = error.errors()[0]
        sys.exit(
            f"{first['loc'][0]} can't be used: {first['msg'][0].lower()}{first['msg'][1:]}. Correct it or unset it."
        )


def _from_files() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in SECRET_NAMES:
        path = os.environ.get(f"{name}_FILE")
        if path and name not in os.environ:
            try:
                found[name] = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                sys.exit(f"{name}_FILE points to {path}, which can't be read: {error.strerror}. Correct the path.")
    return found
