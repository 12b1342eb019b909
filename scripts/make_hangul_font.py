"""Make the font that draws Korean words on pictures: NanumGothic Bold, with the letters that Korean texts use.

    pip install fonttools
    python scripts/make_hangul_font.py /usr/share/fonts/truetype/nanum/NanumGothicBold.ttf

The source is Debian's package fonts-nanum. The SIL Open Font License reserves the font's name for the unchanged font,
so the smaller one has another name.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

TARGET = Path(__file__).resolve().parents[1] / "emotion_core" / "draw" / "hangul.ttf"
NAME = "Emotion Hangul"
_NAMES = {1: NAME, 3: NAME, 4: NAME, 6: NAME.replace(" ", ""), 16: NAME}  # numbers of the OpenType specification


def letters() -> set[int]:
    """Return the code points to keep: Latin letters and signs, and the 2,350 syllables of the standard KS X 1001."""
    latin = [*range(0x20, 0x7F), *range(0xA0, 0x100), *map(ord, "–—‘’“”…·−×≤≥→✓✗")]
    return {*latin, *(code for code in range(0xAC00, 0xD7A4) if _is_standard(code))}


def _is_standard(code: int) -> bool:
    try:
        return len(chr(code).encode("euc_kr")) == 2
    except UnicodeEncodeError:
        return False


def main(source: str) -> None:
    """Write the font."""
    font = TTFont(source)
    options = Options(hinting=False, layout_features=[], name_IDs=["*"], name_languages=["*"], notdef_outline=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=letters())
    subsetter.subset(font)
    names = font["name"]
    for record in list(names.names):
        if record.nameID in _NAMES:
            names.setName(_NAMES[record.nameID], record.nameID, record.platformID, record.platEncID, record.langID)
    font.save(TARGET)


if __name__ == "__main__":
    main(sys.argv[1])
