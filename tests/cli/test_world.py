"""`apply` and `export`: what people and programs are told, and that secrets stay inside."""

from pathlib import Path

from tests.cli.conftest import WORLD, Run

CREATED = """\
created   account  alice
created   account  bob
created   carrier  main
created   carrier  spare
created   route    "" over main
created   price    "44" in EUR
note: account "bob" pays in USD, in which nothing has a price, so it sends for nothing
"""


def written(folder: Path, text: str) -> str:
    file = folder / "world.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_apply_says_what_it_changed_and_again_that_there_is_nothing(
    run_engine: Run, tmp_path: Path
) -> None:
    file = written(tmp_path, WORLD.replace("enabled = false\ndialects", "dialects"))
    first = run_engine("apply", file)
    assert (first.code, first.err) == (0, "")
    assert first.out == CREATED + "6 created; a running gateway follows within a second\n"
    again = run_engine("apply", file)
    assert again.out.endswith("nothing to change: the store is as the file says\n")


def test_a_round_trip_changes_nothing_on_either_engine(run_engine: Run, tmp_path: Path) -> None:
    run_engine("apply", written(tmp_path, WORLD))
    exported = run_engine("export")
    assert exported.code == 0
    assert "canary" not in exported.out
    assert 'password = "***"' in exported.out
    back = run_engine("apply", "-", "--json", stdin=exported.out)
    assert back.json() == {"dry_run": False, "changes": [], "notes": []}
    assert run_engine("export").out == exported.out
    assert run_engine("export", "--json").json() == {"world": exported.out}


def test_a_dry_run_shows_the_difference_and_writes_nothing(run: Run, world: Path) -> None:
    before = run("export").out
    edited = WORLD.replace('overdraft = "5"', 'overdraft = "7"').replace("port = 2775", "port = 99")
    file = written(world.parent, edited)
    shown = run("apply", file, "--dry-run")
    assert shown.out == (
        "changed   account  bob\n"
        '          overdraft: "5.00" → "7.00"\n'
        "changed   carrier  main\n"
        "          port: 2775 → 99\n"
        "would be: 2 changed (dry run, nothing was written)\n"
    )
    assert run("export").out == before
    assert run("apply", file, "--dry-run", "--json").json() == {
        "dry_run": True,
        "changes": [
            {
                "action": "changed",
                "table": "account",
                "name": "bob",
                "details": ['overdraft: "5.00" → "7.00"'],
            },
            {
                "action": "changed",
                "table": "carrier",
                "name": "main",
                "details": ["port: 2775 → 99"],
            },
        ],
        "notes": [],
    }


def test_many_changes_of_one_table_are_counted(run: Run, world: Path) -> None:
    prices = "".join(
        f'[[price]]\nprefix = "{prefix}"\ncurrency = "EUR"\nprice = "1"\n'
        for prefix in range(300, 330)
    )
    out = run("apply", written(world.parent, WORLD + prices)).out.splitlines()
    assert len(out) == 22
    assert out[-2:] == [
        "  … and 10 more of price",
        "30 created; a running gateway follows within a second",
    ]


def test_every_fault_of_a_file_is_told_and_nothing_written(run: Run, world: Path) -> None:
    before = run("export").out
    wrong = WORLD.replace("currency", "currency_", 1).replace('carrier = "main"', 'carrier = "x"')
    file = written(world.parent, wrong.replace("port = 2775", 'port = "2775"'))
    result = run("apply", file)
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        f"dragoman: nothing was changed; in {file}:\n"
        "  [[account]] \"alice\": has no key 'currency_'; did you mean 'currency'?\n"
        '  [[carrier]] "main": port must be a whole number from 1 to 65535, not "2775"\n'
    )
    assert run("apply", file, "--json").json() == {
        "error": f"nothing was changed; in {file}:",
        "problems": [line.strip() for line in result.err.splitlines()[1:]],
    }
    assert run("export").out == before


def test_a_password_is_in_nothing_that_is_written(run: Run, world: Path) -> None:
    """Pain 40: passwords of accounts and carriers show up nowhere, in clear or hashed."""
    outputs = [
        run("apply", str(world)).out,
        run("apply", str(world), "--json").out,
        run("export").out,
        run("account", "list", "--json").out,
        run("carrier", "show", "main", "--json").out,
        run("apply", "-", stdin=WORLD.replace('"s3cret-canary"', '["s3cret-canary"]')).err,
    ]
    for text in outputs:
        assert text
        assert "canary" not in text
        assert "argon2" not in text
        assert "sealed:" not in text


def test_a_file_that_is_not_there_or_no_text(run: Run, tmp_path: Path) -> None:
    missing = run("apply", str(tmp_path / "no.toml"))
    assert (missing.code, missing.err) == (
        1,
        f"dragoman: {tmp_path / 'no.toml'}: No such file or directory\n",
    )
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'[[account]]\nname = "Andr\xe9"\n')
    assert run("apply", str(latin)).err == f"dragoman: {latin} is not UTF-8, which TOML must be\n"


def test_a_carrier_with_a_network_of_its_own_takes_both_sets_of_options(
    run: Run, tmp_path: Path
) -> None:
    world = (
        '[[carrier]]\nname = "box"\nkind = "simulator"\nwindow = 5\nmost_binds = 2\n'
        'id_form = "hex"\n'
    )
    assert run("apply", written(tmp_path, world)).code == 0
    wrong = run("apply", written(tmp_path, world + "ports = 1\nrate = -1\n"))
    assert wrong.err.splitlines()[1:] == [
        "  [[carrier]] \"box\": has no key 'ports'; did you mean 'port'?",
        '  [[carrier]] "box": rate must be a number of 0 or more, not -1',
    ]
