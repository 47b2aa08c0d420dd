"""In which time zones a number's owner may be, as far as the number tells.

Knows numbers as international digits without `+`.  Source: the tables of libphonenumber.  Many
countries' mobile numbers tell no place, so such a number has all zones of its country.
"""

from functools import lru_cache

KEPT = 65_536  # numbers whose zones are remembered
UNKNOWN = "Etc/Unknown"
# Area codes of North America are places, also where its mobile numbers have them, and the zones
# of its country code would reach from Guam to Newfoundland.
BY_AREA = "1"
SHORTCODE_DIGITS = 6  # a number of no more is one of its network, and tells no country


@lru_cache(KEPT)
def zones_of(number: str) -> tuple[str, ...]:
    """Give the zones of a number's owner; none where the number is in no plan that is known."""
    if len(number) <= SHORTCODE_DIGITS:
        return ()
    # Fifteen megabytes that only accounts with quiet hours need.
    from phonenumbers import NumberParseException, parse, timezone  # noqa: PLC0415

    try:
        parsed = parse(f"+{number}")
    except NumberParseException:
        return ()
    if number.startswith(BY_AREA):
        zones = timezone.time_zones_for_geographical_number(parsed)
    else:
        zones = timezone.time_zones_for_number(parsed)
        if UNKNOWN in zones:  # no number that the plan knows, but its country may be clear
            zones = timezone.time_zones_for_geographical_number(parsed)
    return tuple(sorted(zone for zone in zones if zone != UNKNOWN))
