"""What containers and clusters are made of: it can be read, its parts know each other, and the server knows it."""

import fnmatch
import json
import os
import re
import shlex
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import redis
import yaml

from leaderboard.config import unknown
from tests.nodes import Nodes
from tests.waiting import poll

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
MANIFESTS = sorted(it for it in (DEPLOY / "kubernetes").iterdir() if it.name != "kustomization.yaml")
DOCKERFILE = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
NODES = ["node-1", "node-2", "node-3"]
DCLINT = ROOT / "tests" / "npm" / "node_modules" / ".bin" / "dclint"
STYLE = ("service-keys-order", "services-alphabetical-order")  # ours are in the order in which one tells of them
RESOURCES: list[dict[str, Any]] = [it for file in MANIFESTS for it in yaml.safe_load_all(file.read_text())]


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=os.environ | environment, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def resource(kind: str, name: str = "leaderboard") -> dict[str, Any]:
    [found] = [it for it in RESOURCES if (it["kind"], it["metadata"]["name"]) == (kind, name)]
    return found


def pods() -> list[dict[str, Any]]:
    return [
        resource(*it)["spec"]["template"]["spec"] for it in (("Deployment", "leaderboard"), ("StatefulSet", "redis"))
    ]


# What linters say.


def test_the_dockerfile_is_well_made() -> None:
    assert run(Path(sys.executable).with_name("hadolint"), "Dockerfile") == ""


def test_the_compose_file_keeps_to_the_specification() -> None:
    if not DCLINT.exists():
        (pytest.fail if "CI" in os.environ else pytest.skip)("dclint is not installed: npm ci --prefix tests/npm")
    run(DCLINT, "compose.yaml", "--max-warnings", "0", *(part for it in STYLE for part in ("--disable-rule", it)))


def test_all_yaml_is_tidy() -> None:
    rules = (
        "{extends: default, rules: {line-length: {max: 200}, document-start: disable, braces: {max-spaces-inside: 1}, "
    )
    rules += "comments: {min-spaces-from-content: 1}}}"
    run(sys.executable, "-m", "yamllint", "--strict", "-d", rules, "compose.yaml", "deploy")


@pytest.mark.parametrize("found", RESOURCES, ids=lambda it: f"{it['kind']}-{it['metadata']['name']}")
def test_the_manifests_keep_to_the_schemas(found: dict[str, Any]) -> None:
    kubernetes_validate.validate(found, "1.30", strict=True)  # the first one in which preStop can sleep by itself
    kubernetes_validate.validate(found, kubernetes_validate.latest_version(), strict=True)


# The image.


def instructions(name: str) -> Iterator[list[str]]:
    for line in DOCKERFILE.splitlines():
        if line.startswith(name + " "):
            yield line.removeprefix(name).split()


def copied() -> list[str]:
    """What the Dockerfile takes from this repository."""
    return [source for words in instructions("COPY") if not words[0].startswith("--") for source in words[:-1]]


def test_what_is_copied_is_there_and_nothing_else_is_sent() -> None:
    everything, *rest = (ROOT / ".dockerignore").read_text().split()
    sent = [it.removeprefix("!") for it in rest if it.startswith("!")]
    assert everything == "*"
    assert sorted(sent) == sorted(copied())
    assert all((ROOT / source).exists() for source in sent)
    assert not any(fnmatch.fnmatch("secrets", it) for it in sent)


def test_whatever_pip_fetches_has_a_hash() -> None:
    fetching = [it for words in instructions("RUN") for it in " ".join(words).split(" && ") if " install " in it]
    assert len(fetching) == 4
    for command in fetching:
        lock = re.search(r"--require-hashes -r (\S+)", command)
        assert (lock and lock[1] in copied()) or "--no-index" in command, command
        assert "--no-cache-dir" in command


def test_the_image_runs_as_nobody_and_knows_no_secret() -> None:
    assert list(instructions("USER")) == [["65532:65532"]] * 2
    assert not re.search("token|password|secret", DOCKERFILE, re.IGNORECASE)


def health_check() -> list[str]:
    [found] = re.findall(r"^HEALTHCHECK .* CMD\s+(\[.+\])$", DOCKERFILE, re.MULTILINE)
    command: list[str] = json.loads(found)
    return command


def test_the_health_check_of_the_image(nodes: Nodes) -> None:
    program, option, code = health_check()
    node = nodes.start()
    here = code.replace("8000", node.base.rpartition(":")[2])
    assert (program, option) == ("python", "-c")
    assert here != code
    assert subprocess.run([sys.executable, option, here], check=False).returncode == 0
    lost = subprocess.run([sys.executable, option, here.replace("livez", "nothing")], check=False)
    assert lost.returncode == 1
    node.kill()
    dead = subprocess.run([sys.executable, option, here], check=False, capture_output=True)
    assert dead.returncode == 1


# What all of them say to the server.


def test_all_variables_are_settings() -> None:
    files = [ROOT / "Dockerfile", ROOT / "compose.yaml", *(it for it in DEPLOY.rglob("*") if it.is_file())]
    named = {name for file in files for name in re.findall(r"\bLEADERBOARD_[A-Z_]+", file.read_text())}
    assert "LEADERBOARD_ADMIN_TOKEN_FILE" in named
    assert unknown(dict.fromkeys(named, "")) == []


def test_all_paths_are_served(nodes: Nodes) -> None:
    """Each path that a probe or a balancer asks for, of a node that is well."""
    files = [ROOT / "compose.yaml", DEPLOY / "haproxy.cfg", *MANIFESTS]
    found = {it for file in files for it in re.findall(r"(?:path: |httpchk GET |:8000)(/\w+)", file.read_text())}
    assert found == {"/livez", "/readyz"}
    node = nodes.start()
    poll(lambda: all(node.http("GET", path).is_success for path in found | {"/metrics"}))


def test_one_port() -> None:
    [[port]] = instructions("EXPOSE")
    assert {*re.findall(r"server \S+ \S+:(\d+)", (DEPLOY / "haproxy.cfg").read_text())} == {port}
    assert re.findall(r"bind :(\d+)", (DEPLOY / "haproxy.cfg").read_text()) == [port]
    assert SERVICES["haproxy"]["ports"] == [f"0.0.0.0:{port}:{port}"]
    [container] = resource("Deployment")["spec"]["template"]["spec"]["containers"]
    assert container["ports"] == [{"name": "http", "containerPort": int(port)}]
    assert resource("Service")["spec"]["ports"][0]["targetPort"] == "http"


# compose.yaml.


def test_the_balancer_and_prometheus_know_the_nodes() -> None:
    backends = re.split(r"^backend ", (DEPLOY / "haproxy.cfg").read_text(), flags=re.MULTILINE)[1:]
    balanced = [re.findall(r"^ *server (\S+) (\S+):8000", backend, re.MULTILINE) for backend in backends]
    assert balanced == [[(node, node) for node in NODES]] * 2
    scraped = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    targets = {it for job in scraped for at in job.get("static_configs", ()) for it in at["targets"]}
    assert targets >= {f"{node}:8000" for node in NODES}
    assert {it.rpartition(":")[0] for it in targets} <= {*SERVICES, "localhost"}
    assert all(SERVICES[node] == SERVICES["node-1"] for node in NODES)


def test_grafana_finds_its_dashboard_and_prometheus() -> None:
    provisioned = DEPLOY / "grafana" / "provisioning"
    [provider] = yaml.safe_load((provisioned / "dashboards" / "leaderboard.yaml").read_text())["providers"]
    [source] = yaml.safe_load((provisioned / "datasources" / "prometheus.yaml").read_text())["datasources"]
    mounted = dict(it.split(":")[:2] for it in SERVICES["grafana"]["volumes"])
    assert mounted["./deploy/grafana/leaderboard.json"] == f"{provider['options']['path']}/leaderboard.json"
    assert source["url"].removeprefix("http://").partition(":")[0] in SERVICES


def test_what_a_service_names_is_there() -> None:
    for name, service in SERVICES.items():
        assert set(service["networks"]) <= set(COMPOSE["networks"]), name
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"]), name
        assert set(service.get("depends_on", ())) <= set(SERVICES), name
        for source, target, *_ in (it.split(":") for it in service.get("volumes", ())):
            assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], (name, source)
            assert target.startswith("/")
        for path in re.findall(r"/run/secrets/([\w.]+)", json.dumps(service)):
            assert path in service["secrets"], (name, path)


def test_who_reaches_whom() -> None:
    """Whatever one service calls another by, they share a network; and Redis is for nodes only."""
    for name in NODES:
        assert set(SERVICES[name]["networks"]) & set(SERVICES["redis"]["networks"])
        assert set(SERVICES[name]["networks"]) & set(SERVICES["haproxy"]["networks"])
    assert COMPOSE["networks"]["data"]["internal"]
    assert {name for name, it in SERVICES.items() if "data" in it["networks"]} == {"redis", *NODES}
    assert {name for name, it in SERVICES.items() if it.get("profiles") == ["observability"]} == {
        "prometheus",
        "grafana",
    }


def test_nobody_has_more_rights_than_needed() -> None:
    for service in SERVICES.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        for it in pod["containers"] + pod.get("initContainers", []):
            assert it["securityContext"]["readOnlyRootFilesystem"]
            assert not it["securityContext"]["allowPrivilegeEscalation"]
            assert it["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert "memory" in it["resources"]["limits"]


# The secrets, and the Redis that takes them.


def made_secrets(folder: Path) -> dict[str, str]:
    run(ROOT / "scripts" / "secrets", folder)
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_secrets_are_made_once_and_for_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = made_secrets(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o444}
    assert min(len(it) for it in first.values()) >= 48
    (folder / "admin_token").unlink()
    second = made_secrets(folder)
    assert {name for name in first if first[name] != second[name]} == {"admin_token"}
    assert set(first) == {Path(it["file"]).name for it in COMPOSE["secrets"].values()}
    mounted = {it["key"] for pod in pods() for at in pod["volumes"] for it in at.get("secret", {}).get("items", ())}
    assert mounted <= set(first)


@pytest.mark.usefixtures("own_redis")
@pytest.mark.parametrize("where", ["compose", "kubernetes"])
def test_the_redis_of_the_nodes(tmp_path: Path, where: str) -> None:
    """Started and asked as it is there, with other paths: it wants the password, and keeps what our own keeps."""
    container = resource("StatefulSet", "redis")["spec"]["template"]["spec"]["containers"][0]
    [*_, check] = SERVICES["redis"]["healthcheck"]["test"]
    command = SERVICES["redis"]["command"]
    if where == "kubernetes":
        command, check = container["command"], container["startupProbe"]["exec"]["command"][-1]
    secrets = made_secrets(tmp_path / "secrets")
    socket = tmp_path / "socket"

    def here(text: str) -> str:
        text = re.sub(r"/(etc/redis|configuration)/redis.conf", str(ROOT / "redis.conf"), text)
        text = re.sub(r"/run/secrets/(redis/)?", f"{tmp_path}/secrets/", text)
        return re.sub("^/data$", str(tmp_path), text).replace("$$", "$").replace("redis-cli", f"redis-cli -s {socket}")

    server = subprocess.Popen(
        [*map(here, command), "--port", "0", "--unixsocket", str(socket)], stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 10
        while subprocess.run(["sh", "-c", here(check)], check=False, capture_output=True).returncode:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with redis.Redis(unix_socket_path=str(socket)) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        password = re.findall(r"^redis://:(\w+)@redis:6379$", secrets["redis_url"])[0]
        with redis.Redis(unix_socket_path=str(socket), password=password) as client:
            assert client.config_get("appendfsync", "maxmemory-policy", "dir") == {
                "appendfsync": "always",
                "maxmemory-policy": "noeviction",
                "dir": str(tmp_path),
            }
    finally:
        server.terminate()
        server.wait()
    wrong = here(check).replace("redis_password", "admin_token")
    assert subprocess.run(["sh", "-c", wrong], check=False, capture_output=True).returncode == 1


# Kubernetes.


def test_the_kustomization_has_all_of_it() -> None:
    kustomization = yaml.safe_load((DEPLOY / "kubernetes" / "kustomization.yaml").read_text())
    assert sorted(kustomization["resources"]) == [it.name for it in MANIFESTS]
    assert [it["name"] for it in kustomization["images"]] == ["leaderboard"]


def test_selectors_find_their_pods() -> None:
    labels = {kind: resource(*kind)["spec"]["template"]["metadata"]["labels"] for kind in KINDS}
    nodes, server = labels["Deployment", "leaderboard"], labels["StatefulSet", "redis"]
    for kind in KINDS:
        assert resource(*kind)["spec"]["selector"]["matchLabels"] == labels[kind]
    assert resource("Service")["spec"]["selector"] == nodes
    assert resource("Service", "redis")["spec"]["selector"] == server
    assert resource("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == nodes
    policy = resource("NetworkPolicy", "redis")["spec"]
    assert policy["podSelector"]["matchLabels"] == server
    assert policy["ingress"][0]["from"] == [{"podSelector": {"matchLabels": nodes}}]
    assert resource("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"] == "leaderboard"


KINDS = [("Deployment", "leaderboard"), ("StatefulSet", "redis")]


def test_a_service_does_not_set_our_settings() -> None:
    """Kubernetes gives pods LEADERBOARD_PORT=tcp://… for a Service called leaderboard, unless it is told not to."""
    assert all(pod["enableServiceLinks"] is False for pod in pods())


def test_there_is_time_to_drain() -> None:
    pod, _ = pods()
    [container] = pod["containers"]
    sleep_s = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    probe = container["readinessProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] <= sleep_s
    grace_s = int(SERVICES["node-1"]["stop_grace_period"].removesuffix("s"))
    assert pod["terminationGracePeriodSeconds"] >= grace_s + sleep_s


def test_the_configuration_that_the_init_container_takes(tmp_path: Path) -> None:
    """The StatefulSet's redis.conf comes out of the nodes' image, by this command."""
    pod = pods()[1]
    [first] = pod["initContainers"]
    program, option, code = first["command"]
    assert program == "python"
    run(sys.executable, option, code.replace("/configuration", str(tmp_path)), PYTHONPATH=str(ROOT))
    assert (tmp_path / "redis.conf").read_text() == (ROOT / "redis.conf").read_text()
    assert shlex.quote(first["image"]) == resource("Deployment")["spec"]["template"]["spec"]["containers"][0]["image"]
