"""Blender's video sequencer: fits the lips of a movie strip to a sound strip by ``unisync patch``."""

from pathlib import Path

import bpy

from .patch_run import PatchFailed, PatchRun

# For Blender before 4.2, which knows no manifest.
bl_info = {
    "name": "UniSync Lips", "author": "The UniSync Studio authors", "version": (0, 2, 0), "blender": (3, 4, 0),
    "location": "Video Sequencer > Strip", "category": "Sequencer", "description": "Fit lips in a film to a dubbed voice",
}  # fmt: skip
TRANSFORM = ("offset_x", "offset_y", "scale_x", "scale_y", "rotation")
CROP = ("min_x", "max_x", "min_y", "max_y")


class UnisyncPreferences(bpy.types.AddonPreferences):
    """Where the program lies, and how lips are made."""

    bl_idname = __package__

    program: bpy.props.StringProperty(
        name="Program", subtype="FILE_PATH", default="unisync", description="The program unisync"
    )
    preset: bpy.props.EnumProperty(
        name="Quality",
        items=[("final", "Final", "As good as it gets"), ("draft", "Draft", "Quick, to look at")],
        default="final",
    )

    def draw(self, _context: bpy.types.Context) -> None:
        """The preferences in Blender's window."""
        self.layout.prop(self, "program")
        self.layout.prop(self, "preset")


class SEQUENCER_OT_unisync_dub_lips(bpy.types.Operator):
    """Fit the lips in the selected movie strip to the selected sound strip"""  # noqa: D400 - the tool tip; Blender ends it

    bl_idname = "sequencer.unisync_dub_lips"
    bl_label = "Dub Lips"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 - as Blender wants it

    _run = None
    _timer = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether a movie and a sound are selected."""
        try:
            chosen(context)
        except PatchFailed:
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Without a window: waits for the end."""
        try:
            self._start(context)
            self._run.wait()
            self._finish(context)
        except PatchFailed as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """In the window: goes on in the background."""
        try:
            self._start(context)
        except PatchFailed as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        manager = context.window_manager
        manager.progress_begin(0, 100)
        self._timer = manager.event_timer_add(0.2, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Shows progress; Esc ends it."""
        if event.type == "ESC":
            self._run.cancel()
            self._clean(context)
            self.report({"INFO"}, "No lips were made.")
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        is_over = self._run.poll()
        context.window_manager.progress_update(round(100 * self._run.share))
        context.workspace.status_text_set(f"Dub Lips: {self._run.words} (Esc: stop)")
        if not is_over:
            return {"PASS_THROUGH"}
        self._clean(context)
        try:
            self._finish(context)
        except PatchFailed as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}

    def _start(self, context: bpy.types.Context) -> None:
        preferences = context.preferences.addons[__package__].preferences
        movie, sound = chosen(context)
        self._scene, self._movie = scene_of(context), movie.name
        options = (*timing(self._scene, movie, sound), "--preset", preferences.preset)
        film, voice = (bpy.path.abspath(path) for path in (movie.filepath, sound.sound.filepath))
        program = preferences.program
        program = bpy.path.abspath(program) if program.startswith("//") else program
        self._run = PatchRun(program, film, voice, str(new_folder(film)), options)

    def _finish(self, context: bpy.types.Context) -> None:
        told = self._run.result()
        editor = self._scene.sequence_editor
        movie = strips_of(editor).get(self._movie)
        if movie is None:
            raise PatchFailed(f"The movie strip is gone; the patch lies in {self._run.folder}.")
        count = lay_over(self._scene, movie, told, self._run.folder)
        if told["mean_p_sync"] is not None:
            self.report({"INFO"}, f"{count} strips; sync {told['mean_p_sync']:.2f}")

    def _clean(self, context: bpy.types.Context) -> None:
        context.window_manager.event_timer_remove(self._timer)
        context.window_manager.progress_end()
        context.workspace.status_text_set(None)


def scene_of(context: bpy.types.Context) -> bpy.types.Scene:
    """The scene that the sequencer shows; since Blender 5 it may be another than the window's."""
    return getattr(context, "sequencer_scene", None) or context.scene


def strips_of(editor: "bpy.types.SequenceEditor") -> "bpy.types.bpy_prop_collection":
    """The strips; Blender called them sequences up to 4.3."""
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def chosen(context: bpy.types.Context) -> "tuple[bpy.types.Strip, bpy.types.Strip]":
    """The selected movie and sound.

    Raises:
        PatchFailed: not one of each is selected.
    """
    editor = scene_of(context).sequence_editor
    selected = [strip for strip in strips_of(editor) if strip.select] if editor else []
    movies = [strip for strip in selected if strip.type == "MOVIE"]
    sounds = [strip for strip in selected if strip.type == "SOUND"]
    if len(movies) != 1 or not sounds:
        raise PatchFailed("Select one movie strip and the sound strip with the dub.")
    # A film brings its own sound as a strip; the dub is another file.
    dubs = [s for s in sounds if bpy.path.abspath(s.sound.filepath) != bpy.path.abspath(movies[0].filepath)]
    if len(dubs) != 1:
        raise PatchFailed("Select one sound strip with the dub beside the movie strip.")
    return movies[0], dubs[0]


def timing(scene: bpy.types.Scene, movie: "bpy.types.Strip", sound: "bpy.types.Strip") -> tuple[str, ...]:
    """Where the dub begins on the film's clock, and which part is to be dubbed, as options of ``unisync patch``.

    Blender shows a film frame by frame at the scene's rate.

    Raises:
        PatchFailed: the strips do not meet, or the dub begins before the film does.
    """
    rate = scene.render.fps / scene.render.fps_base
    if movie.fps and abs(movie.fps - rate) > 0.01:
        raise PatchFailed(
            f"The film has {movie.fps:.3f} frames a second and the scene {rate:.3f}: set the scene's frame rate to the film's."
        )
    begin = (sound.frame_start - movie.frame_start) / rate
    if begin < 0:
        raise PatchFailed(
            "The dub's file begins before the film's: cut it, or move it to the film's beginning."
        )
    first = max(movie.frame_final_start, sound.frame_final_start)
    end = min(movie.frame_final_end, sound.frame_final_end)
    if end <= first:
        raise PatchFailed("The two strips do not meet in time.")
    options = ["--audio-start", f"{begin:.6f}"]
    whole = movie.frame_start, movie.frame_start + movie.frame_duration
    if (first, end) != whole:
        low, high = ((frame - movie.frame_start) / rate for frame in (first, end))
        options += ["--range", f"{low:.6f}-{high:.6f}"]
    return tuple(options)


def new_folder(film: str) -> Path:
    """A folder that is not there yet: beside the saved file, else beside the film."""
    place = Path(bpy.data.filepath or film).parent
    number = 1
    while (folder := place / f"{Path(film).stem}.lips{number:02d}").exists():
        number += 1
    return folder


def lay_over(scene: bpy.types.Scene, movie: "bpy.types.Strip", told: dict, folder: Path) -> int:
    """Puts the clips over the movie strip and marks what to look at; returns how many strips there are now."""
    strips = strips_of(scene.sequence_editor)
    added = []
    for stretch in told["stretches"]:
        start = round(movie.frame_start) + stretch["first_frame"]
        end = start + stretch["frames"]
        if end <= movie.frame_final_start or start >= movie.frame_final_end:
            continue
        channel = movie.channel + 1
        while any(
            s.channel == channel and s.frame_final_start < end and s.frame_final_end > start for s in strips
        ):
            channel += 1
        strip = strips.new_movie(
            name=stretch["file"], filepath=str(folder / stretch["file"]), channel=channel, frame_start=start,
            fit_method="ORIGINAL",
        )  # fmt: skip
        strip.blend_type, strip.alpha_mode = "ALPHA_OVER", "STRAIGHT"
        for holder, names in (("transform", TRANSFORM), ("crop", CROP)):
            for name in names:
                setattr(getattr(strip, holder), name, getattr(getattr(movie, holder), name))
        strip.frame_final_start = max(start, movie.frame_final_start)
        strip.frame_final_end = min(end, movie.frame_final_end)
        added.append(strip)
    for marker in told["markers"]:
        scene.timeline_markers.new(marker["note"], frame=round(movie.frame_start) + marker["frame"])
    return len(added)


def _menu(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    self.layout.separator()
    self.layout.operator(SEQUENCER_OT_unisync_dub_lips.bl_idname, icon="USER")


CLASSES = (UnisyncPreferences, SEQUENCER_OT_unisync_dub_lips)


def register() -> None:
    """Called by Blender."""
    for each in CLASSES:
        bpy.utils.register_class(each)
    bpy.types.SEQUENCER_MT_strip.append(_menu)


def unregister() -> None:
    """Called by Blender."""
    bpy.types.SEQUENCER_MT_strip.remove(_menu)
    for each in reversed(CLASSES):
        bpy.utils.unregister_class(each)
