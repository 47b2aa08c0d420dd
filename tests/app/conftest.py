"""Event loops for tests of whole processes."""

from tests.loops import *  # noqa: F403  # fixtures are found by name
