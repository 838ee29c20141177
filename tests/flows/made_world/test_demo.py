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
    command = next(line for line in out.splitlines() if "sing sql" in line)
    query = command.split('"')[1]
    assert rows(validated, query)
