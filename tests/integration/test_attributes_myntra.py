"""Attribute completion on a real catalogue: the accuracy that the README states."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kg_fashion.cli import app


@pytest.mark.shared_data
@pytest.mark.slow
def test_season_and_occasion_of_new_garments(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "myntra" / "styles.csv"
    target = tmp_path / "metrics.json"
    command = ["evaluate", "attributes", str(source), "--mapping", "myntra", "--seed", "0", "--json", str(target)]
    result = CliRunner().invoke(app, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    metrics = json.loads(target.read_text("utf-8"))
    assert metrics["season"]["kg_fashion"]["accuracy"] >= 0.80
    assert metrics["occasion"]["kg_fashion"]["accuracy"] >= 0.945
    for target_metrics in metrics.values():
        own = target_metrics["kg_fashion"]
        for peer in ("majority", "lightgbm", "logistic"):
            assert own["log_loss"] < target_metrics[peer]["log_loss"]
            assert own["accuracy_high"] > target_metrics[peer]["accuracy"]
        for peer in ("majority", "lightgbm"):
            assert own["accuracy"] > target_metrics[peer]["accuracy"]
    assert metrics["season"]["kg_fashion"]["accuracy"] > metrics["season"]["logistic"]["accuracy"]
