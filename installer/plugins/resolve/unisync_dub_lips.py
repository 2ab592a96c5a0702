"""DaVinci Resolve: fits the lips of the clip under the playhead to a dub by ``unisync patch``. Workspace → Scripts.

Written against the names of Resolve's published scripting interface. Tested with a stand-in that records the calls; not run in Resolve.
"""

import os
import sys
import time
from pathlib import Path

try:
    _HERE = Path(__file__).resolve().parent
except NameError:  # Resolve's own console gives no __file__
    _HERE = Path(sys.argv[0] or ".").resolve().parent
sys.path.insert(
    0, str(_HERE / "unisync")
)  # Resolve lists every file of the scripts' folder; this one's part lies below it

from patch_run import PatchFailed, PatchRun

PROGRAM = os.environ.get("UNISYNC", "unisync")
MARKER_COLOUR = "Red"


def dub_lips(resolve: object, program: str = PROGRAM, tell: "object" = print, pause: float = 0.5) -> int:
    """Dubs the clip under the playhead to the first sound in the media pool's selection; returns how many clips lie above it.

    Raises:
        PatchFailed: nothing could be done; one sentence.
    """
    project = resolve.GetProjectManager().GetCurrentProject()
    timeline = project.GetCurrentTimeline() if project else None
    if timeline is None:
        raise PatchFailed("There is no timeline open.")
    pool = project.GetMediaPool()
    clip = timeline.GetCurrentVideoItem()
    film = clip.GetMediaPoolItem().GetClipProperty("File Path") if clip and clip.GetMediaPoolItem() else ""
    if not film:
        raise PatchFailed("There is no film under the playhead.")
    chosen = [item.GetClipProperty("File Path") for item in pool.GetSelectedClips() or []]
    voices = [path for path in chosen if path and path != film]
    if len(voices) != 1:
        raise PatchFailed("Select the sound file with the dub in the media pool, and nothing else.")
    rate = float(timeline.GetSetting("timelineFrameRate"))
    first, count = clip.GetLeftOffset(), clip.GetDuration()
    begin, end = first / rate, (first + count) / rate
    # The dub is taken to begin with the clip: Resolve does not say where a pool item will be heard.
    options = ("--audio-start", f"{begin:.6f}", "--range", f"{begin:.6f}-{end:.6f}")
    run = PatchRun(program, film, voices[0], str(new_folder(film)), options)
    words = ""
    while not run.poll():
        if run.words != words:
            words = run.words
            tell(words)
        time.sleep(pause)
    told = run.result()
    return lay_over(timeline, pool, clip, told, run.folder)


def new_folder(film: str) -> Path:
    """A folder beside the film that is not there yet."""
    path, number = Path(film), 1
    while (folder := path.parent / f"{path.stem}.lips{number:02d}").exists():
        number += 1
    return folder


def lay_over(timeline: object, pool: object, clip: object, told: dict, folder: Path) -> int:
    """Imports the patch, lays it on a new track above, marks what to look at; returns how many clips were laid."""
    track = timeline.GetTrackCount("video") + 1
    timeline.AddTrack("video")
    shown = range(clip.GetLeftOffset(), clip.GetLeftOffset() + clip.GetDuration())
    shift = clip.GetStart() - clip.GetLeftOffset()
    placed = []
    for stretch in told["stretches"]:
        first = max(stretch["first_frame"], shown.start)
        last = min(stretch["first_frame"] + stretch["frames"], shown.stop) - 1
        if last < first:
            continue
        imported = pool.ImportMedia([str(folder / stretch["file"])])
        if not imported:
            raise PatchFailed(f"Resolve cannot read {folder / stretch['file']}.")
        placed.append(
            {"mediaPoolItem": imported[0], "startFrame": first - stretch["first_frame"],
             "endFrame": last - stretch["first_frame"], "recordFrame": first + shift, "trackIndex": track, "mediaType": 1}
        )  # fmt: skip
    laid = pool.AppendToTimeline(placed) or [] if placed else []
    if len(laid) != len(placed):
        raise PatchFailed(f"Resolve took {len(laid)} of {len(placed)} clips; all of them lie in {folder}.")
    for marker in told["markers"]:
        if marker["frame"] in shown:  # counted from the timeline's first frame
            at = marker["frame"] + shift - timeline.GetStartFrame()
            timeline.AddMarker(at, MARKER_COLOUR, "UniSync", marker["note"], 1)
    return len(laid)


if __name__ == "__main__" and "resolve" in globals():
    try:
        print(f"{dub_lips(globals()['resolve'])} clips with new lips lie above.")
    except PatchFailed as failed:
        print(f"UniSync: {failed}")
