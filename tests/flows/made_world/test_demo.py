from safetensors.numpy import load_file

from flows import cli
from flows.made_world import demo
from tests.support.stored import rows


def test_the_demo_prints_models_a_sentence_and_what_to_type_next(
    trained, validated, monkeypatch, capsys
):
    monkeypatch.setattr(demo, "STUDY", trained / "demo.toml")

    code = cli.command(["demo", "--plain", "--data", str(validated.path)])

    out = capsys.readouterr().out
    assert code == 0
    assert "control" in out
    assert "tells the own background color from the others" in out
    (cured,) = rows(validated, "from latest.cures where model = 'background'")
    assert cured["cure"] == "blind background color"
    (said,) = [line for line in out.splitlines() if line.startswith("Made blind to background")]
    after, before = (f"{100 * cured[f'accuracy_{when}']:.0f} %" for when in ("after", "before"))
    assert f"names {after} of the held-out pictures right, {before} before" in said
    command = next(line for line in out.splitlines() if "sing sql" in line)
    query = command.split('"')[1]
    assert rows(validated, query)


def test_the_demo_cures_once_and_keeps_the_head_that_it_made(
    trained, validated, monkeypatch, capsys
):
    monkeypatch.setattr(demo, "STUDY", trained / "demo.toml")
    assert cli.command(["demo", "--plain", "--data", str(validated.path)]) == 0
    first = capsys.readouterr()

    assert cli.command(["demo", "--plain", "--data", str(validated.path)]) == 0

    again = capsys.readouterr()
    assert again.out == first.out
    assert "finding a head" not in again.err
    head = validated.path / "background-blind.safetensors"
    (cured,) = rows(validated, "from latest.cures where model = 'background'")
    assert (cured["head_sha256"] is not None) == head.exists()
    if head.exists():
        assert load_file(head)["weight"].shape == (16, 256)
