"""A short run of the crash driver in every run of the tests; driver.py runs a long one."""

import pytest

from tests.crash import driver


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_acknowledged_is_lost(lambda_client, seed):
    deaths = driver.run(kills=40, seed=seed)
    assert sum(deaths.values()) == 40
    if driver.has_crash_points():
        assert len(deaths) > 5, f"named places are met: {deaths}"
