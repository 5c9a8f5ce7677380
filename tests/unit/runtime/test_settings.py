import pytest
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from scoreline.runtime.settings import Port, ServiceSettings, SettingsError, load, markdown_table


class DemoSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="DEMO_")

    http_port: Port = Field(8099, description="Port of the HTTP API.")
    signing_key: SecretStr | None = Field(None, min_length=8, description="Key of the signature.")
    origins: tuple[str, ...] = Field((), description="Allowed origins.")
    file: str = Field(description="A path that must be given.")


def problems(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(DemoSettings, environ)
    return caught.value.problems


def test_values_come_from_prefixed_variables_and_defaults_fill_the_rest() -> None:
    settings = load(DemoSettings, {"DEMO_HTTP_PORT": "0", "DEMO_FILE": "x", "HTTP_PORT": "7", "OTHER": "y"})
    assert (settings.http_port, settings.file, settings.log_level) == (0, "x", "info")


def test_collections_are_split_at_commas() -> None:
    assert load(DemoSettings, {"DEMO_FILE": "x", "DEMO_ORIGINS": "a, b,,c"}).origins == ("a", "b", "c")


def test_an_empty_variable_means_not_set() -> None:
    assert load(DemoSettings, {"DEMO_FILE": "x", "DEMO_HTTP_PORT": ""}).http_port == 8099


def test_all_problems_are_reported_at_once_one_line_each_by_variable() -> None:
    found = problems(DEMO_HTTP_PORT="70000", DEMO_LOG_LEVEL="loud", DEMO_NATS_URL="http://x")
    assert {line.split(":")[0] for line in found} == {
        "DEMO_HTTP_PORT",
        "DEMO_LOG_LEVEL",
        "DEMO_NATS_URL",
        "DEMO_FILE",
    }
    assert all("\n" not in line for line in found)
    assert any("Port of the HTTP API" in line and "70000" in line and "8099" in line for line in found)


def test_a_typo_is_a_problem_that_names_the_setting_it_is_near_to() -> None:
    assert problems(DEMO_FILE="x", DEMO_HTPP_PORT="1") == [
        "DEMO_HTPP_PORT: unknown setting; did you mean DEMO_HTTP_PORT?"
    ]


def test_lower_case_is_a_typo_too() -> None:
    assert "DEMO_http_port" in problems(DEMO_FILE="x", DEMO_http_port="1")[0]


def test_service_links_of_kubernetes_are_no_typos() -> None:
    links = {"DEMO_SERVICE_HOST": "10.0.0.1", "DEMO_PORT": "tcp://x", "DEMO_PORT_80_TCP_ADDR": "x"}
    assert load(DemoSettings, {"DEMO_FILE": "x", **links}).file == "x"


def test_secrets_and_passwords_never_appear_in_a_problem() -> None:
    text = "\n".join(problems(DEMO_FILE="x", DEMO_SIGNING_KEY="hunter2", DEMO_NATS_URL="http://me:hunter2@h"))
    assert "hunter2" not in text
    assert "DEMO_SIGNING_KEY" in text


def test_settings_can_not_be_changed() -> None:
    settings = load(DemoSettings, {"DEMO_FILE": "x"})
    with pytest.raises(ValueError, match="frozen"):
        settings.http_port = 1  # type: ignore[misc]  # that it is refused is the point


def test_the_table_lists_every_variable_with_default_and_meaning() -> None:
    table = markdown_table(DemoSettings)
    assert "| `DEMO_HTTP_PORT` | `8099` | Port of the HTTP API. |" in table
    assert "| `DEMO_FILE` | required |" in table
    assert table.count("\n") == len(DemoSettings.model_fields) + 2
