"""The embedded servers themselves: shut to strangers, silent about values, and back after a kill -9."""

import socket
from collections.abc import Iterator

import asyncpg
import pytest
import redis

from infra.local import ports
from infra.local.errors import LaunchError
from infra.local.testing import ThrowawayServers, throwaway_servers

_EXPECTED = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "server_encoding": "UTF8",
    "jit": "off",
    "max_connections": "100",
    "max_locks_per_transaction": "256",
    "log_statement": "none",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "fsync": "off",
}


async def _settings(connection: asyncpg.Connection) -> dict[str, str]:
    rows = await connection.fetch("SELECT name, setting FROM pg_settings WHERE name = ANY($1)", list(_EXPECTED))
    return {row["name"]: row["setting"] for row in rows}


async def _provoke(connection: asyncpg.Connection) -> None:
    await connection.execute("CREATE TABLE kept (word text PRIMARY KEY CHECK (word <> 'unspeakable'))")
    for value in ("unspeakable", "kept", "kept"):
        try:
            await connection.execute("INSERT INTO kept VALUES ($1)", value)
        except asyncpg.IntegrityConstraintViolationError:
            continue


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThrowawayServers]:
    with throwaway_servers(tmp_path_factory.mktemp("servers")) as running:
        yield running
    assert not running.postgres.folder.parent.exists()
    for process in (running.postgres.process, running.valkey.process):
        assert process is not None
        assert process.poll() is not None


async def test_postgres_refuses_strangers_and_keeps_values_out_of_its_log(servers: ThrowawayServers) -> None:
    url, log = servers.superuser_url, servers.postgres.log
    connection = await asyncpg.connect(url)
    assert await _settings(connection) == _EXPECTED
    await _provoke(connection)
    await connection.close()

    assert "violates" in log.read_text()
    assert "unspeakable" not in log.read_text()
    assert "(kept)" not in log.read_text()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(url.replace(servers.postgres.password, "guess"))


async def test_what_postgres_committed_survives_kill_9(servers: ThrowawayServers) -> None:
    connection = await asyncpg.connect(servers.superuser_url)
    await connection.execute("CREATE TABLE committed AS SELECT 42 AS n")

    servers.postgres.kill()
    with pytest.raises(ConnectionRefusedError):
        await asyncpg.connect(servers.superuser_url)
    servers.postgres.restart()

    connection.terminate()
    again = await asyncpg.connect(servers.superuser_url)
    assert await again.fetchval("SELECT n FROM committed") == 42
    await again.close()


def test_valkey_refuses_strangers_and_keeps_its_data_over_kill_9(servers: ThrowawayServers) -> None:
    configuration = servers.valkey.folder / "valkey.conf"
    assert configuration.stat().st_mode & 0o777 == 0o600
    with redis.Redis.from_url(servers.redis_url) as client:
        client.set("word", "kept")
        with pytest.raises(redis.AuthenticationError), redis.Redis(port=servers.valkey.port) as stranger:
            stranger.ping()

        servers.valkey.kill()
        servers.valkey.restart()

        assert client.get("word") == b"kept"
        assert client.config_get("save") == {"save": ""}


def test_a_port_that_somebody_listens_on_is_not_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]

        assert not ports.is_free(port)
        assert ports.choose(None, usual=port) != port
        with pytest.raises(LaunchError, match=f"Port {port}, asked for with OWNCALL_PORT, is taken"):
            ports.choose(port)
