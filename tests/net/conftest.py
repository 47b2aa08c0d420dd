"""Event loops for tests that speak over sockets."""

from tests.loops import *  # noqa: F403  # fixtures are found by name
