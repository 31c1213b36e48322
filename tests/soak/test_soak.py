"""A short soak in every run of the tests; soak.py runs a long one."""

import pytest

from tests.soak import soak


@pytest.mark.parametrize("seed", [1, 2])
def test_every_change_is_accounted_for(lambda_client, seed):
    result = soak.run(seed, lambda rounds: rounds < 12)
    assert result["records"] >= result["acknowledged"] > 0
