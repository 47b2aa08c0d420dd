"""Stores on both engines for tests of the core."""

from tests.engines import *  # noqa: F403  # fixtures are found by name
