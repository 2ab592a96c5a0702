"""Run by a Python that has bpy: lays two strips into a sequencer, dubs the lips with the add-on, renders a frame, tells what is there.

python in_blender.py ADD-ON-ZIP PROGRAM FILM DUB OUT-FOLDER
"""

import json
import sys
from pathlib import Path

import bpy

addon, program, film, dub, out = sys.argv[1:]
# As Preferences, Get Extensions, Install from Disk does it, since Blender 4.2.
bpy.ops.preferences.addon_enable(module="bl_pkg")
bpy.ops.extensions.package_install_files(filepath=addon, repo="user_default", enable_on_install=True)
name = "bl_ext.user_default.unisync_lips"
unisync_lips = sys.modules[name]
if not bpy.app.build_options.audaspace:
    Path(out, "told.json").write_text(json.dumps({"no_sound": True}))
    sys.exit()
bpy.context.preferences.addons[name].preferences.program = program
bpy.context.preferences.addons[name].preferences.preset = "draft"
scene = bpy.context.scene
scene.render.fps, scene.render.resolution_x, scene.render.resolution_y = 25, 640, 360
if hasattr(bpy.context.workspace, "sequencer_scene"):
    bpy.context.workspace.sequencer_scene = scene
editor = scene.sequence_editor_create()
strips = unisync_lips.strips_of(editor)
movie = strips.new_movie(name="film", filepath=film, channel=2, frame_start=11)
sound = strips.new_sound(name="dub", filepath=dub, channel=1, frame_start=13)
movie.frame_final_start, movie.frame_final_end = 13, 37  # trimmed at both ends: its frames 2 to 25
for strip in strips:
    strip.select = True
told = {"version": list(bpy.app.version), "poll": bool(bpy.ops.sequencer.unisync_dub_lips.poll())}
told["done"] = list(bpy.ops.sequencer.unisync_dub_lips("EXEC_DEFAULT"))
told["strips"] = [
    [s.name, s.type, s.channel, s.frame_final_start, s.frame_final_end, s.blend_type]
    for s in strips
    if s.type == "MOVIE"
]
told["markers"] = [[m.name, m.frame] for m in scene.timeline_markers]
scene.view_settings.view_transform = "Standard"
scene.render.image_settings.file_format = "PNG"
for frame in (20, 30):
    scene.frame_set(frame)
    scene.render.filepath = str(Path(out) / f"frame{frame}.png")
    bpy.ops.render.render(write_still=True)
scene.render.fps = 30
for strip in strips:
    strip.select = strip in (movie, sound)
try:
    bpy.ops.sequencer.unisync_dub_lips("EXEC_DEFAULT")
except RuntimeError as error:
    told["refused"] = str(error)
unisync_lips.unregister()
(Path(out) / "told.json").write_text(json.dumps(told))
