"""Settings from a file and the environment; whatever is wrong is named, all at once."""

import platform
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.config import (
    SETTINGS,
    Address,
    Config,
    ConfigError,
    Http,
    Log,
    Node,
    Ops,
    Store,
    load,
)

NAMED = Node(name="n1")


def write(folder: Path, text: str) -> Path:
    path = folder / "dragoman.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_work_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None, {}) == Config(node=Node(name=platform.node() or "node"))


def test_the_file_of_the_working_directory_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, '[node]\nname = "here"\n')
    assert load(None, {}) == Config(node=Node(name="here"))


def test_a_whole_file(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        [store]
        url = "postgresql://u:p@h/d"
        key = "a2V5"
        [http]
        listen = "[::1]:0"
        certificate = "cert.pem"
        key = "key.pem"
        max_body = 2_097_152
        max_connections = 5000
        header_timeout_s = 5
        access_log = true
        trusted_proxies = ["10.0.0.0/8", "::1"]
        [ops]
        listen = ":9090"
        [log]
        format = "json"
        level = "debug"
        [node]
        name = "n1"
        """,
    )
    assert load(path, {}) == Config(
        store=Store(url="postgresql://u:p@h/d", key="a2V5"),
        http=Http(
            listen=Address.parse("[::1]:0"),
            certificate="cert.pem",
            key="key.pem",
            max_body=2_097_152,
            max_connections=5_000,
            header_timeout_s=5.0,
            access_log=True,
            trusted_proxies=("10.0.0.0/8", "::1"),
        ),
        ops=Ops(listen=Address.parse(":9090")),
        log=Log(format="json", level="debug"),
        node=NAMED,
    )


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, '[http]\nmax_body = 1\nmax_line = 2\n[node]\nname = "n1"\n')
    environ = {
        "DRAGOMAN_HTTP_MAX_BODY": "3",
        "DRAGOMAN_HTTP_ACCESS_LOG": "Yes",
        "DRAGOMAN_HTTP_DRAIN_S": "1.5",
        "DRAGOMAN_HTTP_TRUSTED_PROXIES": "10.0.0.0/8, ::1,",
        "DRAGOMAN_OPS_LISTEN": "*:9090",
        "DRAGOMAN_LOG_LEVEL": "error",
        "DRAGOMAN_NODE_NAME": "",
        "PATH": "/bin",
    }
    assert load(path, environ) == Config(
        http=Http(
            max_body=3,
            max_line=2,
            access_log=True,
            drain_s=1.5,
            trusted_proxies=("10.0.0.0/8", "::1"),
        ),
        ops=Ops(listen=Address.parse(":9090")),
        log=Log(level="error"),
        node=NAMED,
    )


def test_every_setting_can_come_from_the_environment() -> None:
    """Each default, written as a variable, gives the default again."""
    environ = {}
    for setting in SETTINGS:
        value = setting.default
        environ[setting.variable] = ",".join(value) if isinstance(value, tuple) else str(value)
    assert load(None, environ | {"DRAGOMAN_NODE_NAME": "n1"}) == Config(node=NAMED)


def test_what_kubernetes_puts_beside_a_service_is_no_mistake() -> None:
    environ = {
        "DRAGOMAN_NODE_NAME": "n1",
        "DRAGOMAN_PORT": "tcp://10.0.0.1:8080",
        "DRAGOMAN_SERVICE_HOST": "10.0.0.1",
        "DRAGOMAN_SERVICE_PORT_HTTP": "8080",
        "DRAGOMAN_PORT_8080_TCP_ADDR": "10.0.0.1",
        "DRAGOMAN_HTTP_PORT_8080_TCP": "tcp://10.0.0.1:8080",
    }
    assert load(None, environ) == Config(node=NAMED)


def test_a_variable_for_the_world_file_is_no_mistake() -> None:
    environ = {"DRAGOMAN_NODE_NAME": "n1", "DRAGOMAN_ALICE_PASSWORD": "s3cret"}
    assert load(None, environ) == Config(node=NAMED)


# label: file, environment, what is said (after the file's name)
WRONG = {
    "a key": ("[http]\nlisen = 'a:1'", {}, "http.lisen is not known; did you mean http.listen?"),
    "a key like none": ("[http]\nzzz = 1", {}, "http.zzz is not known"),
    "a table": ("[htp]\n", {}, "[htp] is not known; did you mean http?"),
    "a key without a table": ("url = 'x'", {}, "[url] is not known"),
    "no table": ("http = 1", {}, "http must be a table: [http]"),
    "a table of the other file": (
        "[[account]]\nname = 'a'",
        {},
        "[account] belongs to the file for `dragoman apply`",
    ),
    "no TOML": ("[http", {}, "Expected ']' at the end of a table declaration (at end of document)"),
    "a text for a number": (
        "[http]\nmax_body = '1'",
        {},
        "http.max_body must be a whole number of at least 1",
    ),
    "nought": ("[http]\nmax_body = 0", {}, "http.max_body must be a whole number of at least 1"),
    "no time": (
        "[http]\ndrain_s = nan",
        {},
        "http.drain_s must be a number above 0 and at most 86400",
    ),
    "a number for a text": ("[store]\nurl = 1", {}, "store.url must be a text in quotes"),
    "a number for an address": (
        "[http]\nlisten = 8080",
        {},
        "http.listen must be an address such as '127.0.0.1:8080'",
    ),
    "no port": (
        "[http]\nlisten = 'localhost'",
        {},
        "http.listen: 'localhost' must be host:port, such as 127.0.0.1:8080 or [::1]:8080",
    ),
    "a bare IPv6 address": (
        "[http]\nlisten = '::1:8080'",
        {},
        "http.listen: '::1:8080' must have brackets around its host: [::1]:8080",
    ),
    "a word": ("[log]\nformat = 'xml'", {}, "log.format must be 'console' or 'json'"),
    "a text for a list": (
        "[http]\ntrusted_proxies = '::1'",
        {},
        "http.trusted_proxies must be a list of texts",
    ),
    "a network": (
        "[http]\ntrusted_proxies = ['::1', 'x']",
        {},
        "http.trusted_proxies: 'x' must be a network such as 10.0.0.0/8",
    ),
    "half of TLS": (
        "[http]\nkey = 'key.pem'",
        {},
        "http.certificate and http.key must both be given, or neither",
    ),
    "one address for two": (
        "[ops]\nlisten = '127.0.0.1:8080'",
        {},
        "http.listen and ops.listen must differ; both are 127.0.0.1:8080",
    ),
    "two keys": (
        "[store]\nkey = 'a'\nkey_file = 'b'",
        {},
        "store.key and store.key_file must not both be given",
    ),
    "a variable": (
        "",
        {"DRAGOMAN_HTTP_LISEN": "a:1"},
        "DRAGOMAN_HTTP_LISEN is not known; did you mean DRAGOMAN_HTTP_LISTEN?",
    ),
    "a variable like none, in a table that is known": (
        "",
        {"DRAGOMAN_HTTP_ZZZ": "1"},
        "DRAGOMAN_HTTP_ZZZ is not known",
    ),
    "a variable in a table that is not": (
        "",
        {"DRAGOMAN_HTPP_LISTEN": "a:1"},
        "DRAGOMAN_HTPP_LISTEN is not known; did you mean DRAGOMAN_HTTP_LISTEN?",
    ),
    "a variable's value": (
        "",
        {"DRAGOMAN_HTTP_ACCESS_LOG": "maybe"},
        "DRAGOMAN_HTTP_ACCESS_LOG must be true or false",
    ),
}


@pytest.mark.parametrize(("text", "environ", "said"), WRONG.values(), ids=WRONG)
def test_wrong(text: str, environ: dict[str, str], said: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path, environ)
    assert str(caught.value).replace(f"{path}: ", "") == said


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "[http]\nlisen = 1\nmax_body = 'x'\n[log]\nlevel = 1\n")
    with pytest.raises(ConfigError) as caught:
        load(path, {"DRAGOMAN_LOG_LEVEL": "loud"})
    assert str(caught.value).splitlines() == [
        f"{path}: http.lisen is not known; did you mean http.listen?",
        f"{path}: http.max_body must be a whole number of at least 1",
        f"{path}: log.level must be 'debug' or 'info' or 'warning' or 'error'",
        "DRAGOMAN_LOG_LEVEL must be 'debug' or 'info' or 'warning' or 'error'",
    ]


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: No such file or directory"):
        load(tmp_path / "none.toml", {})


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "dragoman.toml"
    path.write_bytes(b"\xff\xfe[\0")
    with pytest.raises(ConfigError, match="decode"):
        load(path, {})


def test_pain_40_settings_do_not_show_their_secrets(tmp_path: Path) -> None:
    path = write(tmp_path, "[store]\nurl = 'postgresql://u:canary@h/d'\nkey = 'canary'\n")
    assert "canary" not in repr(load(path, {}))
    path = write(tmp_path, "[store]\nurl = ['canary']\nkey = ['canary']\n")
    with pytest.raises(ConfigError) as caught:
        load(path, {"DRAGOMAN_HTTP_MAX_BODY": "canary"})
    assert "canary" not in str(caught.value)


def test_the_key_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("a2V5\n", encoding="ascii")
    assert Store(key_file=str(tmp_path / "key")).given_key() == "a2V5"
    assert Store(key="a2V5").given_key() == "a2V5"
    assert Store().given_key() == ""
    with pytest.raises(ConfigError, match=r"store\.key_file: .*No such file"):
        Store(key_file=str(tmp_path / "none")).given_key()


ADDRESSES = {
    "IPv4": ("127.0.0.1:8080", "127.0.0.1", 8080),
    "a name": ("gateway.example:80", "gateway.example", 80),
    "IPv6": ("[::1]:8080", "::1", 8080),
    "every address": (":8080", "", 8080),
    "every address, with a star": ("*:8080", "", 8080),
    "any port": ("127.0.0.1:0", "127.0.0.1", 0),
    "blanks around": (" 127.0.0.1:8080 ", "127.0.0.1", 8080),
}


@pytest.mark.parametrize(("text", "host", "port"), ADDRESSES.values(), ids=ADDRESSES)
def test_addresses(text: str, host: str, port: int) -> None:
    address = Address.parse(text)
    assert (address.host, address.port) == (host, port)
    assert Address.parse(str(address)) == address


@given(st.text(alphabet="[]:*.0129af-", max_size=20))
def test_any_text_is_an_address_or_an_error_that_shows_it(text: str) -> None:
    try:
        address = Address.parse(text)
    except ValueError as error:
        said = str(error)
    else:
        said = repr(text)
        assert Address.parse(str(address)) == address
    assert repr(text) in said


def test_settings_are_values() -> None:
    with pytest.raises(AttributeError):
        setattr(Config().http, "max_body", 1)  # noqa: B010 - what mypy forbids is under test
    assert msgspec.structs.replace(Config().http, max_body=1) == Http(max_body=1)
