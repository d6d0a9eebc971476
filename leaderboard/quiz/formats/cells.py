"""Texts in spreadsheets that look like formulas."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for one at the start of a cell


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.lstrip("'").startswith(FORMULA) else text


def meant(cell: str) -> str:
    """The text that was made harmless."""
    return cell[1:] if cell.startswith("'") and harmless(cell[1:]) == cell else cell
