"""Every scenario of scenarios/*.yaml as a test."""

import pytest

from esm_suite.runner import Mismatch, Unavailable, run
from esm_suite.scenario import load_all


@pytest.mark.parametrize("scenario", [pytest.param(one, id=one.id) for one in load_all()])
def test_scenario(target, scenario):
    try:
        run(target, scenario)
    except Unavailable as reason:
        pytest.skip(str(reason))
    except Mismatch as difference:
        if scenario.unsettled and target.endpoint is None:
            pytest.xfail(f"not settled what AWS does ({scenario.unsettled}): {difference}")
        raise
