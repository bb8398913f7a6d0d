"""Settings: which accounts to read, in which time zone to speak, where state is kept.

Nothing here is trusted with spending.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from mcp_server.capacity.words import clean, one_line, typed
from mcp_server.monorepo.names import TreeNames

FILE_NAME = "ml-clusters.toml"

_ROLE = "^arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,512}$"


class SettingsRefused(Exception):
    """The settings cannot be used. file is where they came from, None for the environment."""

    def __init__(self, file: Path | None, why: str) -> None:
        self.file, self.why = file, why
        super().__init__(f"The settings in {file or 'the environment (ML_CLUSTERS_…)'} cannot be used: {why}")


def _visible(name: str | None) -> str | None:
    if name is not None and one_line(name, 128) != name:
        raise ValueError("a profile is one line of at most 128 characters that can be seen")
    return name


class AccountSettings(BaseModel):
    """An account to read: by a profile, by a role assumed from it, or with the ambient credentials."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
    id: Annotated[str, Field(pattern=r"^[0-9]{12}$")]
    profile: Annotated[str | None, AfterValidator(_visible)] = None
    role: Annotated[str | None, Field(pattern=_ROLE)] = None


_FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}\.hcl$")]
_LocalName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,99}$")]


class MonorepoSettings(BaseModel):
    """Where the live tree is and, where it is laid out otherwise, what it calls what says where a unit is.

    root is relative to the folder of ml-clusters.toml. account_file and region_file are looked for in the folders above
    a unit; account_id, account_name, region and zones are locals in them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    root: Path = Path("live")
    account_file: _FileName = TreeNames.account_file
    region_file: _FileName = TreeNames.region_file
    account_id: _LocalName = TreeNames.account_id
    account_name: _LocalName = TreeNames.account_name
    region: _LocalName = TreeNames.region
    zones: _LocalName = TreeNames.zones

    @property
    def names(self) -> TreeNames:
        """What the tree calls what says where a unit is."""
        return TreeNames(**self.model_dump(exclude={"root"}))


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{typed(name)} is no time zone: write one such as Europe/Berlin") from None
    return name


class Settings(BaseSettings):
    """What ml-clusters.toml and ML_CLUSTERS_… variables say; the environment wins.

    time_budget is in seconds, and so is purchase_timeout, for the one request of a purchase. simulation is the folder
    of a simulated AWS, with a spending policy and a ledger of its own: with it nothing can be bought from real AWS, and
    without it nothing from a simulated one.
    """

    model_config = SettingsConfigDict(env_prefix="ML_CLUSTERS_", extra="forbid", frozen=True)

    time_zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    accounts: tuple[AccountSettings, ...] = ()
    time_budget: Annotated[float, Field(gt=0, le=600)] = 45
    state_directory: Path = Field(default_factory=lambda: Path(platformdirs.user_state_dir("ml-clusters")))
    simulation: Path | None = None
    purchase_timeout: Annotated[float, Field(gt=0, le=900)] = 120
    monorepo: MonorepoSettings = MonorepoSettings()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [word for each in self.accounts for word in {each.name, each.id}]
        twice = sorted({each for each in names if names.count(each) > 1})
        if twice:
            raise ValueError(f"two accounts are called {', '.join(twice)}: one of them would not be read")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which bare dates are meant and times are echoed."""
        return ZoneInfo(self.time_zone)

    @property
    def tree_roots(self) -> tuple[Path, ...]:
        """Where the live tree may be: beside the project's ml-clusters.toml, else in the project, else above it."""
        project = project_folder()
        folders = (project, *project.parents)
        file = settings_file()
        if file and file.parent.resolve() in folders:
            return (file.parent / self.monorepo.root,)
        return tuple(folder / self.monorepo.root for folder in folders)

    @property
    def state_file(self) -> Path:
        """Where offerings seen are kept."""
        return self.state_directory / "state.sqlite3"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first, then the file."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, settings_file()))


def settings_file() -> Path | None:
    """The file that is read: ML_CLUSTERS_SETTINGS, else the first found in places; None if there is none."""
    named = os.environ.get("ML_CLUSTERS_SETTINGS")
    if named:
        return Path(named)
    return next((place for place in places() if place.is_file()), None)


def places() -> list[Path]:
    """Where settings are looked for, in order: the project's folder and its parents, then the user's configuration."""
    project = project_folder()
    return [folder / FILE_NAME for folder in (project, *project.parents, _user_folder())]


def _user_folder() -> Path:
    return Path(platformdirs.user_config_dir("ml-clusters"))


def project_folder() -> Path:
    """The project that is worked on: CLAUDE_PROJECT_DIR, else the current folder."""
    return Path(os.environ.get("CLAUDE_PROJECT_DIR") or Path.cwd()).resolve()


def work_tree() -> Path | None:
    """The project that an agent may be working on: CLAUDE_PROJECT_DIR, else the git work tree around; None if none."""
    if "CLAUDE_PROJECT_DIR" in os.environ:
        return project_folder()
    here = Path.cwd().resolve()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), None)


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        SettingsRefused: The file is missing though named, not TOML, or says something that is not known.
    """
    file = settings_file()
    if file and not file.is_file():
        raise SettingsRefused(file, "there is no such file (it is named by ML_CLUSTERS_SETTINGS).")
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsRefused(file, "; ".join(map(_problem, error.errors()))) from error
    except (SettingsError, OSError, ValueError) as error:
        raise SettingsRefused(file, clean(str(error))) from error


def _problem(error: Any) -> str:
    return f"{clean('.'.join(map(str, error['loc'])), 80)}: {clean(error['msg'])}"
