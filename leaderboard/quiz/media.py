"""Which pictures and sounds are taken: what a file is, its first bytes say."""

import puremagic

from leaderboard.errors import BadMedia

MOST = 4 << 20  # bytes of one
LOOKED_AT = 4096  # bytes: all that tells the kinds apart stands there

# What files of a kind are called → as what they are served. The former of two that look alike wins.
KINDS = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".aac": "audio/aac",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp4": "audio/mp4",
    ".webm": "audio/webm",
}
# With one of these an MP3 without a title begins: a frame of layer III. Not all are known to puremagic.
FRAMES = (b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2")


def kind_of(content: bytes) -> str:
    """The media type, whatever name or header came with it. Raises BadMedia."""
    if content.startswith(FRAMES):
        return KINDS[".mp3"]
    try:
        found = puremagic.magic_string(content[:LOOKED_AT])
    except (puremagic.PureError, ValueError):
        raise BadMedia from None
    likely = {match.extension for match in found if match.confidence == found[0].confidence}
    for name, kind in KINDS.items():
        if name in likely:
            return kind
    raise BadMedia
