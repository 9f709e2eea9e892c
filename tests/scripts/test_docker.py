"""docker-compose.yml and Dockerfile, read and not run: their form, and that all they name is there."""

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, Field

from archive.elastic.address import Address
from tests.scripts.docker_context import ROOT, let_in

Duration = Annotated[str, Field(pattern=r"^\d+[smh]$")]
Size = Annotated[str, Field(pattern=r"^\d+[mg]$")]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
DOCS = (ROOT / "docs" / "docker.md").read_text(encoding="utf-8")
ONCE = {"certificates", "users"}


class Strict(BaseModel):
    """Those parts of the compose specification that our file uses; any other key or type is a mistake."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Condition(Strict):
    condition: Literal["service_healthy", "service_completed_successfully"]


class HealthCheck(Strict):
    test: str | list[str]
    interval: Duration
    timeout: Duration
    retries: int
    start_period: Duration


class Logging(Strict):
    driver: Literal["json-file"]
    options: dict[str, str]


class Service(Strict):
    image: str
    build: str = ""
    user: str = ""
    init: bool = False
    command: list[str] = []
    depends_on: dict[str, Condition] = {}
    environment: dict[str, str] = {}
    mem_limit: Size = ""
    ports: list[str] = []
    volumes: list[str] = []
    healthcheck: HealthCheck | None = None
    stop_grace_period: Duration = ""
    restart: Literal["", "unless-stopped"] = ""
    logging: Logging | None = None

    def mounted(self) -> set[str]:
        return {volume.partition(":")[0] for volume in self.volumes}


class Compose(Strict):
    name: str
    logging: Logging = Field(alias="x-logging")
    services: dict[str, Service]
    volumes: dict[str, None]


@pytest.fixture(scope="module")
def compose() -> Compose:
    return Compose.model_validate(yaml.safe_load(TEXT))


def test_services_start_in_the_order_that_their_conditions_give(compose: Compose) -> None:
    started: list[set[str]] = []
    left = dict(compose.services)
    while left:
        done = set().union(*started)
        ready = {name for name, service in left.items() if set(service.depends_on) <= done}
        assert ready, f"{sorted(left)} wait for each other"
        started.append(ready)
        left = {name: service for name, service in left.items() if name not in ready}
    assert started == [{"certificates"}, {"elasticsearch"}, {"users"}, {"kibana", "crawler"}]


def test_what_others_wait_for_can_come_true(compose: Compose) -> None:
    for service in compose.services.values():
        for name, wait in service.depends_on.items():
            other = compose.services[name]
            if wait.condition == "service_healthy":
                assert other.healthcheck
            else:
                assert not other.restart


def test_what_runs_on_has_its_bounds(compose: Compose) -> None:
    for name, service in compose.services.items():
        assert bool(service.mem_limit and service.restart and service.logging) == (name not in ONCE), name
    limits = [int(service.mem_limit[:-1]) for service in compose.services.values() if service.mem_limit]
    assert sum(limits) <= 5  # of a laptop's 8 GB


def test_heap_is_half_of_elasticsearchs_memory(compose: Compose) -> None:
    service = compose.services["elasticsearch"]
    heap = re.fullmatch(r"-Xms(\d)g -Xmx(\d)g", service.environment["ES_JAVA_OPTS"])
    assert heap
    assert heap[1] == heap[2]
    assert 2 * int(heap[1]) == int(service.mem_limit.removesuffix("g"))


def test_nothing_listens_beyond_this_machine(compose: Compose) -> None:
    ports = [port for service in compose.services.values() for port in service.ports]
    assert ports == ["127.0.0.1:9200:9200", "127.0.0.1:5601:5601"]


def test_elasticsearch_and_kibana_are_of_one_version(compose: Compose) -> None:
    images = {service.image.partition(":")[::2] for service in compose.services.values() if not service.build}
    assert images == {("elasticsearch", "9.5.3"), ("kibana", "9.5.3")}


def test_each_volume_is_declared_and_private_keys_are_seen_by_elasticsearch_alone(compose: Compose) -> None:
    mounted = {name: service.mounted() - {"./docker/setup"} for name, service in compose.services.items()}
    assert set().union(*mounted.values()) == set(compose.volumes)
    assert {name for name, volumes in mounted.items() if "certificates" in volumes} == {
        "certificates",
        "elasticsearch",
    }


def test_security_is_on(compose: Compose) -> None:
    environment = compose.services["elasticsearch"].environment
    for name in ("xpack.security", "xpack.security.http.ssl", "xpack.security.transport.ssl"):
        assert environment[f"{name}.enabled"] == "true"
    made = re.search(r"install -m 640 (.*) \"", (ROOT / "docker" / "setup").read_text(encoding="utf-8"))
    assert made
    files = {f"certificates/{Path(file).name}" for file in made[1].split()}
    assert {value for name, value in environment.items() if ".ssl." in name} == files | {"true"}


def variables(text: str) -> set[str]:
    return set(re.findall(r"\$\{(\w+)", text))


def test_each_service_is_told_its_own_secrets_only(compose: Compose) -> None:
    told = {name: variables(json.dumps(service.environment)) for name, service in compose.services.items()}
    assert told == {
        "certificates": set(),
        "elasticsearch": {"ELASTIC_PASSWORD"},
        "users": {"ELASTIC_PASSWORD", "KIBANA_PASSWORD", "CRAWLER_PASSWORD"},
        "kibana": {"KIBANA_PASSWORD", "KIBANA_KEY"},
        "crawler": {"CRAWLER_PASSWORD", "CONTACT", "CRAWL_PAUSE"},
    }


def test_a_missing_secret_is_named_and_the_rest_has_a_default() -> None:
    assert set(re.findall(r"\$\{(\w+):\?run scripts/secrets first\}", TEXT)) == variables(TEXT) - {
        "CONTACT",
        "CRAWL_PAUSE",
    }
    assert "${CONTACT:-}" in TEXT
    assert "${CRAWL_PAUSE:-900}" in TEXT


def test_scripts_secrets_writes_what_compose_asks_for_and_the_archive_understands_it(
    compose: Compose, tmp_path: Path
) -> None:
    (tmp_path / "scripts").mkdir()
    program = tmp_path / "scripts" / "secrets"
    program.write_text((ROOT / "scripts" / "secrets").read_text(encoding="utf-8"), encoding="utf-8")
    subprocess.run([sys.executable, str(program)], check=True, capture_output=True)
    lines = (tmp_path / ".env").read_text(encoding="utf-8").splitlines()
    written = dict(line.split("=") for line in lines)
    assert set(written) == variables(TEXT) - {"CONTACT", "CRAWL_PAUSE"}
    assert len(written["KIBANA_KEY"]) >= 32  # Kibana refuses less
    url = compose.services["crawler"].environment["ARCHIVE_URL"]
    address = Address.parse(re.sub(r"\$\{(\w+)\}", lambda found: written[found[1]], url))
    assert (address.server, address.base) == ("https://elasticsearch:9200", "news")
    assert (address.user, address.password) == ("storytrail", written["CRAWLER_PASSWORD"])


def test_secrets_reach_neither_git_nor_an_image() -> None:
    assert "/.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert all((ROOT / name).exists() for name in let_in())
    assert not any(name.startswith((".env", "var", ".git")) for name in let_in())


def test_commands_name_files_that_are_there(compose: Compose) -> None:
    command = compose.services["crawler"].command
    assert command[: len(instruction("CMD"))] == instruction("CMD") == command[:4]
    assert os.access(ROOT / command[0], os.X_OK)
    assert (ROOT / command[3].partition("=")[2]).is_dir()
    setup = (ROOT / "docker" / "setup").read_text(encoding="utf-8")
    for name in ONCE:
        assert compose.services[name].command == ["bash", "/setup", name]
        assert f"    {name})" in setup


@pytest.mark.parametrize("name", ["setup", "crawl"])
def test_scripts_are_sound_bash(name: str) -> None:
    subprocess.run(["bash", "-n", str(ROOT / "docker" / name)], check=True)


def instruction(name: str) -> Any:
    """The value of the last such instruction: JSON where it is a list, else its words."""
    joined = DOCKERFILE.replace("\\\n", " ")
    last = re.findall(rf"^{name} +(.*)$", joined, re.MULTILINE)[-1]
    return json.loads(last) if last.startswith("[") else shlex.split(last)


def test_the_image_runs_as_nobody_in_particular_on_a_python_that_we_test() -> None:
    assert int(instruction("USER")[0]) > 0
    bases = set(re.findall(r"^FROM python:(3\.\d+)-slim", DOCKERFILE, re.MULTILINE))
    assert len(bases) == 1
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={bases.pop()}"
    assert "--require-hashes" in DOCKERFILE
    assert "apt" not in DOCKERFILE


def test_the_image_is_unhealthy_where_the_loop_says_so() -> None:
    default = re.search(r"UNHEALTHY:-(\S+)\}", (ROOT / "docker" / "crawl").read_text(encoding="utf-8"))
    assert default
    check = DOCKERFILE.partition("HEALTHCHECK CMD ")[2].splitlines()[0]
    assert json.loads(check) == ["test", "!", "-e", default[1]]


def test_the_image_keeps_its_state_in_the_volume(compose: Compose) -> None:
    folder = instruction("VOLUME")[0]
    assert f"STATE_DIR={folder}\n" in DOCKERFILE
    assert f"state:{folder}" in compose.services["crawler"].volumes


def test_the_docs_name_each_setting_service_and_volume(compose: Compose) -> None:
    for name in variables(TEXT) | set(compose.services) | set(compose.volumes):
        assert f"`{name}`" in DOCS, name
