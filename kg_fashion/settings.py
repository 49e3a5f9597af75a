"""Settings that hold for a whole run: flag > environment > kg-fashion.toml > default.

Example:
    >>> read_settings(seed=7).seed
    7
"""

import os
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from kg_fashion.errors import SettingsError

SETTINGS_FILE = Path("kg-fashion.toml")


class Settings(BaseSettings):
    """What the commands share.

    Attributes:
        store: Folder of the graph store.
        ontology: A Turtle file or a folder of them in place of the bundled ontology.
        rules: A .srl file or a folder of them in place of the bundled rules.
        memory_limit: What the joins of rules may take, such as "4GB"; the engine's own default otherwise.
        threshold: Completions below this probability are left out, 0 to 1.
        seed: Seed of every random choice.
    """

    model_config = SettingsConfigDict(env_prefix="KG_FASHION_", extra="forbid", toml_file=SETTINGS_FILE)

    store: Path | None = None
    ontology: Path | None = None
    rules: Path | None = None
    memory_limit: str | None = None
    threshold: float = Field(default=0.5, ge=0, le=1)
    seed: int = Field(default=0, ge=0)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources, the strongest first."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def read_settings(**flags: Any) -> Settings:
    """Read the settings; a flag that is None does not count.

    Raises:
        SettingsError: kg-fashion.toml is not TOML, or a setting is unknown or out of range.
    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"setting {name!r}: {first['msg'].lower()}{_origin(name)}") from error
    except ValueError as error:
        raise SettingsError(f"not valid TOML: {error}", path=SETTINGS_FILE) from error


def _origin(name: str) -> str:
    variable = f"KG_FASHION_{name.upper()}"
    if variable in os.environ:
        return f" (from the environment variable {variable})"
    return f" (from a flag or {SETTINGS_FILE})"
