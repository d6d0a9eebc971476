"""What every response says to browsers: what is not allowed by name is not done."""

from collections.abc import Iterable

Header = tuple[bytes, bytes]

FEATURES = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
)
OF_SCREENS = ("fullscreen=(self)", "screen-wake-lock=(self)")
ALWAYS: list[Header] = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", ", ".join([*(f"{feature}=()" for feature in FEATURES), *OF_SCREENS]).encode()),
]
POLICY = (
    b"content-security-policy",
    b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
)
NO_STORE = (b"cache-control", b"no-store")
SAME_ORIGIN = (b"cross-origin-resource-policy", b"same-origin")
ANY_ORIGIN = (b"cross-origin-resource-policy", b"cross-origin")
TO_OURS, TO_OTHERS = ([*ALWAYS, resource, POLICY, NO_STORE] for resource in (SAME_ORIGIN, ANY_ORIGIN))
OURS = frozenset(name for name, _ in TO_OURS)


def secured(headers: Iterable[Header]) -> list[Header]:
    """These headers and those that are missing."""
    headers = list(headers)
    names = {name for name, _ in headers}
    ours = TO_OTHERS if b"access-control-allow-origin" in names else TO_OURS
    return headers + (ours if names.isdisjoint(OURS) else [header for header in ours if header[0] not in names])
