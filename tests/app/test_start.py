"""How a gateway starts, or says what to do so that it can."""

import resource
import ssl
from pathlib import Path

import pytest
import trustme

from dragoman.net.host import allow_files, take_name
from tests.app.process import WORLD, Gateway, gateway, until
from tests.flow.customer import SEND, Customer, customer, itec


async def refused(here: Gateway) -> str:
    """Serve, which must not be possible; give the one line that says why."""
    status, said = await here.run("serve")
    assert (status, said.count("\n")) == (1, 1), said
    return said


async def test_one_store_has_one_gateway(tmp_path: Path) -> None:
    """Whether the second is a slip on this machine or another node."""
    async with gateway(tmp_path, DRAGOMAN_NODE_NAME="one") as here:
        (other := tmp_path / "other").mkdir()
        url = {"DRAGOMAN_STORE_URL": here.store_url}
        assert await refused(Gateway(other, DRAGOMAN_NODE_NAME="one", **url)) == (
            "dragoman: a gateway on this machine works on this store already, as node 'one'; stop"
            " it first, or set store.url to another store\n"
        )
        assert await refused(Gateway(other, DRAGOMAN_NODE_NAME="two", **url)) == (
            "dragoman: node 'one' works on this store; stop it first, or wait 15 s after it died\n"
        )
        here.process.kill()
        await here.end()
        await here.start()


@pytest.mark.parametrize("listener", ["http", "ops"])
async def test_one_port_has_one_gateway(tmp_path: Path, listener: str) -> None:
    async with gateway(tmp_path) as here:
        (other := tmp_path / "other").mkdir()
        port = here.http_port if listener == "http" else here.ops_port
        second = Gateway(other, **{f"DRAGOMAN_{listener.upper()}_LISTEN": f"127.0.0.1:{port}"})
        await second.prepare()
        assert await refused(second) == (
            f"dragoman: cannot listen on 127.0.0.1:{port}: Address already in use; set"
            f" {listener}.listen to an address of this machine and a port that is free\n"
        )


async def test_an_address_that_is_not_ours(tmp_path: Path) -> None:
    """Nobody waits for it to come free."""
    here = Gateway(tmp_path, DRAGOMAN_HTTP_LISTEN="192.0.2.1:8080")
    await here.prepare()
    assert await refused(here) == (
        "dragoman: cannot listen on 192.0.2.1:8080: Cannot assign requested address; set"
        " http.listen to an address of this machine and a port that is free\n"
    )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a certificate for localhost, its key and its authority."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    server = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    server.private_key_pem.write_to_path(folder / "key.pem")
    for pem in server.cert_chain_pems:
        pem.write_to_path(folder / "cert.pem", append=True)
    return folder


# certificate, key, what is said of them
UNUSABLE = {
    "no file": ("none.pem", "key.pem", "http.certificate none.pem cannot be read: No such file or"),
    "no key": ("cert.pem", "none.pem", "http.key none.pem cannot be read: No such file or"),
    "exchanged": ("key.pem", "cert.pem", "http.key cert.pem: they must be PEM files that belong"),
    "of another": ("cert.pem", "ca.pem", "http.key ca.pem: they must be PEM files that belong"),
}


@pytest.mark.parametrize(("cert", "key", "said"), UNUSABLE.values(), ids=UNUSABLE)
async def test_a_certificate_that_cannot_be_used(
    tmp_path: Path, certificate: Path, cert: str, key: str, said: str
) -> None:
    for pem in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / pem).write_bytes((certificate / pem).read_bytes())
    here = Gateway(tmp_path, f'certificate = "{cert}"\nkey = "{key}"\nprocesses = 1\n')
    await here.prepare()
    assert said in await refused(here)


@pytest.mark.parametrize("processes", [0, 1])
async def test_https_is_answered(tmp_path: Path, certificate: Path, processes: int) -> None:
    files = f'certificate = "{certificate}/cert.pem"\nkey = "{certificate}/key.pem"\n'
    async with gateway(tmp_path, f"{files}processes = {processes}\n") as here:
        context = ssl.create_default_context(cafile=certificate / "ca.pem")
        async with customer(here.http_port, context) as https:
            assert len(await https.send("447700900001")) == 1


@pytest.mark.parametrize("processes", [0, 1])
async def test_how_long_a_body_may_be_is_applied_to_the_running_gateway(
    tmp_path: Path, processes: int
) -> None:
    """`gateway.max_body` counts in place of `http.max_body`, whichever is larger."""
    async with gateway(tmp_path, f"max_body = 300\nprocesses = {processes}\n") as here:
        long = itec("447700900001", "a" * 300)

        async def is_answered_with(status: int) -> bool:
            async with customer(here.http_port) as one:
                return (await one.post_json(SEND, long)).status == status

        assert await is_answered_with(413)
        for most, status in ((2_000, 200), (100, 413)):
            world = f"{WORLD}\n[gateway]\nmax_body = {most}\n"
            (tmp_path / "world.toml").write_text(world, encoding="utf-8")
            assert await here.run("apply", "world.toml") == (0, "")
            await until(lambda status=status: is_answered_with(status))  # type: ignore[misc]


async def test_as_many_files_may_be_open_as_the_system_grants(tmp_path: Path) -> None:
    """By the fronts too; and customers that would not fit are an operator's to know of."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        most = 1_000_000_000
        async with gateway(tmp_path, f"processes = 1\nmax_connections = {most}\n") as here:
            for pid in (here.process.pid, *here.children()):
                assert resource.prlimit(pid, resource.RLIMIT_NOFILE) == (hard, hard)
            assert f"may open {hard} files only, and http.max_connections would" in here.log[0]
        assert allow_files() == hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_name_has_one_holder() -> None:
    holder = take_name("dragoman's tests")
    assert holder is not None
    assert take_name("dragoman's tests") is None
    holder.close()
    again = take_name("dragoman's tests")
    assert again is not None
    again.close()


async def test_it_is_ready_when_customers_are_answered(tmp_path: Path) -> None:
    async with gateway(tmp_path) as here, customer(here.ops_port) as probe:
        assert (await ready(probe)) == (200, "ready\n")
        async with customer(here.http_port) as slow:
            await slow.get("/help")  # so that the gateway has taken the connection, not the kernel
            slow.write(b"GET / HTTP/1.1\r\n")
            await slow.writer.drain()
            here.process.terminate()
            await here.hear("draining")
            assert (await ready(probe)) == (503, "the gateway is draining\n")
            slow.write(b"\r\n")
            await slow.answer()
        assert await here.end() == 0


async def ready(probe: Customer) -> tuple[int, str]:
    answer = await probe.get("/readyz")
    return answer.status, answer.text
