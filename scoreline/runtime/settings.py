"""Settings come from the environment, are read once, and are wrong all at once or not at all.

A typo in a variable at 21:05 on a final day must not be silent: a variable that
carries a service's prefix and is not a setting of it is a problem like any other.
"""

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

Port = Annotated[int, Field(ge=0, le=65535)]
"""A TCP port; 0 lets the system choose a free one."""

# Kubernetes adds these for every Service of the namespace, and a Service may well be called `stated`.
_SERVICE_LINK = re.compile(r"(SERVICE_(HOST|PORT)(_.+)?|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)\Z")
_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")


class SettingsError(Exception):
    """The environment is not usable; holds every problem, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(self.problems)


class ServiceSettings(BaseSettings):
    """What every service can be told; a subclass names its prefix and adds its own."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", validate_default=True)

    nats_url: str = Field(
        "nats://127.0.0.1:4222",
        pattern=r"^(nats|tls)://\S+$",
        description="NATS with JetStream; commas between servers.",
    )
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="`json`, `console`, or `auto`: readable on a terminal, JSON elsewhere."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least level that is logged."
    )
    ready_file: Path | None = Field(
        None, description="File that receives the real ports as JSON once the service listens."
    )
    stop_deadline_s: float = Field(
        10.0, gt=0, le=600, description="Seconds a graceful stop may take before the process gives up."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values only from `load`, which was given the environment as an argument."""
        return (init_settings,)


S = TypeVar("S", bound=ServiceSettings)


def load(settings_class: type[S], environ: Mapping[str, str]) -> S:
    """Return the settings that `environ` describes, or raise `SettingsError` with all its problems."""
    prefix = _prefix(settings_class)
    fields = settings_class.model_fields
    values: dict[str, Any] = {}
    problems: list[str] = []
    for variable, text in environ.items():
        if not variable.startswith(prefix):
            continue
        field = variable.removeprefix(prefix).lower()
        if variable == prefix + field.upper() and field in fields:
            if text != "":  # an empty variable is how compose files and shells say "not set"
                values[field] = _split(text) if _is_collection(fields[field].annotation) else text
        elif not _SERVICE_LINK.fullmatch(variable.removeprefix(prefix)):
            problems.append(_unknown(variable, [prefix + name.upper() for name in fields]))
    try:
        settings = settings_class(**values)
    except ValidationError as error:
        problems.extend(_explain(settings_class, detail) for detail in error.errors(include_url=False))
        raise SettingsError(problems) from None
    if problems:
        raise SettingsError(problems)
    return settings


def variables(settings_class: type[ServiceSettings]) -> dict[str, FieldInfo]:
    """Return the environment variables of a settings class, in the order of declaration."""
    prefix = _prefix(settings_class)
    return {prefix + name.upper(): field for name, field in settings_class.model_fields.items()}


def markdown_table(settings_class: type[ServiceSettings]) -> str:
    """Render the variables of a settings class for docs/settings.md."""
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for variable, field in variables(settings_class).items():
        meaning = (field.description or "").replace("|", "\\|")
        rows.append(f"| `{variable}` | {_default(field)} | {meaning} |")
    return "\n".join(rows) + "\n"


def _prefix(settings_class: type[ServiceSettings]) -> str:
    prefix = settings_class.model_config.get("env_prefix", "")
    if not prefix:
        raise AssertionError(f"{settings_class.__name__} must set env_prefix in its model_config")
    return prefix


def _is_collection(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return origin in (tuple, list, set, frozenset) or any(_is_collection(arm) for arm in get_args(annotation))


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(_is_secret(arm) for arm in get_args(annotation))


def _unknown(variable: str, known: list[str]) -> str:
    close = difflib.get_close_matches(variable.upper(), known, n=1, cutoff=0.75)
    hint = f"did you mean {close[0]}?" if close else "unset it; docs/settings.md lists the known ones"
    return f"{variable}: unknown setting; {hint}"


def _explain(settings_class: type[ServiceSettings], detail: Any) -> str:
    location = detail["loc"]
    if not location or location[0] not in settings_class.model_fields:
        return str(detail["msg"]).removeprefix("Value error, ")
    name = str(location[0])
    field = settings_class.model_fields[name]
    variable = _prefix(settings_class) + name.upper()
    meaning = (field.description or "").rstrip(".")
    if detail["type"] == "missing":
        return f"{variable}: required and not set; set it to: {meaning}"
    shown = (
        "value hidden"
        if _is_secret(field.annotation)
        else f"got {_USERINFO.sub('***@', str(detail['input']))!r}"
    )
    message = str(detail["msg"]).removeprefix("Value error, ")
    return f"{variable}: {message} ({shown}); set it to: {meaning} (default: {_default(field)})"


def _default(field: FieldInfo) -> str:
    default = field.get_default()
    if default is PydanticUndefined:
        return "required"
    if default is None or isinstance(default, SecretStr):
        return "none"
    if isinstance(default, (tuple, list, set, frozenset)):
        return f"`{','.join(str(item) for item in default)}`" if default else "none"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    return f"`{default}`"
