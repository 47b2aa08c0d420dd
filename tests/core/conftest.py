"""Stores on both engines and event loops for tests of the core."""

from tests.engines import *  # noqa: F403  # fixtures are found by name
from tests.loops import *  # noqa: F403
