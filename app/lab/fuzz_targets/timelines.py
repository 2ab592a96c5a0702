"""Damaged timelines of other programs, imported into projects."""

import random
from fractions import Fraction
from pathlib import Path

from app.lab.fuzz_targets.door import ask
from app.lab.fuzz_targets.projects import a_project
from core.base.errors import ProjectError
from core.project import file
from core.research.fuzzing.mutations import damaged
from core.research.fuzzing.runner import Fault
from core.timelines.writing import write_timeline

FCPXML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.9"><resources>
<format id="r1" frameDuration="1001/30000s" width="640" height="360"/>
<asset id="r2" name="a" src="file:///films/a.mov" start="0s" duration="300300/30000s" hasVideo="1" format="r1"/>
<media id="r3" name="scene"><sequence format="r1" duration="30030/30000s"><spine>
<asset-clip ref="r2" name="in" offset="0s" start="0s" duration="30030/30000s" format="r1"/></spine></sequence></media>
</resources><library><event name="E"><project name="Cut"><sequence format="r1" duration="90090/30000s"><spine>
<asset-clip ref="r2" name="a" offset="0s" start="1001/30000s" duration="29029/30000s" format="r1"/>
<ref-clip ref="r3" name="scene" offset="29029/30000s" start="0s" duration="30030/30000s"/>
<title ref="r9" name="Hello" offset="0s" duration="1001/30000s"/>
</spine></sequence></project></event></library></fcpxml>
"""

KDENLIVE = """<?xml version="1.0" encoding="utf-8"?>
<mlt LC_NUMERIC="C" producer="main_bin" root="/films"><profile frame_rate_num="30000" frame_rate_den="1001"/>
<producer id="a" in="0" out="00:00:10.000"><property name="resource">a.mov</property><property name="length">600</property>
<property name="mlt_service">avformat</property></producer>
<producer id="b" in="0" out="299"><property name="resource">0.5:a.mov</property><property name="mlt_service">timewarp</property></producer>
<playlist id="p"><entry producer="a" in="00:00:01.001" out="89"/><blank length="10"/><entry producer="b" in="0" out="49">
<filter><property name="kdenlive_id">blur</property></filter></entry></playlist>
<tractor id="t"><track producer="p"/></tractor>
<tractor id="{1}"><property name="kdenlive:sequenceproperties.guides">[{"comment": "x", "pos": 5, "type": 3}]</property><track producer="t"/></tractor>
<playlist id="q"><entry producer="{1}" in="5" out="60"/></playlist><tractor id="u"><track hide="both" producer="q"/><track producer="q"/></tractor>
<playlist id="main_bin"><property name="kdenlive:docproperties.guides">[]</property></playlist>
<tractor id="last"><property name="kdenlive:projectTractor">1</property><track producer="u"/></tractor></mlt>
"""


def seeds(folder: Path) -> dict[str, list[bytes]]:
    """Timelines of every format by their ending."""
    made: dict[str, list[bytes]] = {".fcpxml": [FCPXML.encode()], ".kdenlive": [KDENLIVE.encode()]}
    for ending in (".otio", ".edl", ".xml"):
        made[ending] = []
        for rate in (Fraction(25), Fraction(30000, 1001)):
            path = folder / f"seed{ending}"
            write_timeline(a_project(rate), path)
            made[ending].append(path.read_bytes())
    return made


def case(folder: Path, draw: random.Random, made: dict[str, list[bytes]]) -> str:
    """One damaged timeline; what is taken is a project that loads."""
    ending = draw.choice(sorted(made))
    path, output = folder / f"case{ending}", folder / "out.unisync"
    path.write_bytes(damaged(draw.choice(made[ending]), draw, made[ending]))
    arguments = ["timeline", "import", str(path), "-o", str(output)]
    if ask(folder, [*arguments, *draw.choice(([], ["--rate", "25"]))], [output]):
        return f"refused {ending}"
    try:
        file.load_project(output)
    except ProjectError as error:
        raise Fault("unloadable", f"the imported project does not load: {error}") from error
    return f"taken {ending}"
