"""Draws triangle parts and hair off-screen with OpenGL (moderngl on EGL; Mesa's llvmpipe where there is no GPU).

World axes are OpenGL's: x right, y up, z towards the viewer. `to_world` turns face axes (y down, z away) into them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from core.base.errors import DeviceError
from core.research.corpus import head_shaders as glsl

Kind = Literal["skin", "wet", "tooth", "eye", "cloth", "plain"]
_KINDS: dict[Kind, int] = {"skin": 0, "wet": 1, "tooth": 2, "eye": 3, "cloth": 4, "plain": 5}
_SHADOW_PIXELS = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A mesh ready to draw.

    `data` is (N, 16) float32: position, normal, linear albedo, material (roughness, specular strength, subsurface,
    occlusion), rest position; positions in world axes before `model`.
    """

    kind: Kind
    data: np.ndarray
    triangles: np.ndarray
    model: np.ndarray = field(default_factory=lambda: np.eye(4))
    casts_shadow: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Strands:
    """Hair as ribbons: `data` (N, 13) float32 = position, tangent, (side, width factor, occlusion, along), albedo."""

    data: np.ndarray
    triangles: np.ndarray
    width: float
    gloss: float = 1.0
    model: np.ndarray = field(default_factory=lambda: np.eye(4))
    casts_shadow: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Lighting:
    """Directional lights (first one casts shadows), and light from above and below. Colours are linear.

    Attributes:
        directions: (L, 3) unit, towards the light, L ≤ 4.
        colours: (L, 3).
        sky: (3,) light from above.
        ground: (3,) light from below.
        softness: radius of the shadow's edge in face units.
    """

    directions: np.ndarray
    colours: np.ndarray
    sky: np.ndarray
    ground: np.ndarray
    softness: float = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A pinhole at (0, `height`, `distance`) looking along −z.

    `zoom` is the pixels per face unit at z = 0; `centre` the picture place (x, y) of the world's origin.
    """

    width: int
    height: int
    zoom: float
    centre: tuple[float, float]
    distance: float = 13.0

    def matrix(self) -> np.ndarray:
        """(4, 4) world → clip."""
        near, far, d = 2.0, 60.0, self.distance
        fx = 2 * self.zoom * d / self.width
        fy = 2 * self.zoom * d / self.height
        cx = 2 * (self.centre[0] + 0.5) / self.width - 1
        cy = 1 - 2 * (self.centre[1] + 0.5) / self.height
        view = np.eye(4)
        view[2, 3] = -d
        projection = np.array(
            [
                [fx, 0, -cx, 0],
                [0, fy, -cy, 0],
                [0, 0, -(far + near) / (far - near), -2 * far * near / (far - near)],
                [0, 0, -1, 0],
            ]
        )
        return projection @ view

    def project(self, world: np.ndarray) -> np.ndarray:
        """(N, 3) picture x, y (pixel centres at integers) and depth in pixels, negative towards the camera."""
        scale = self.zoom * self.distance / (self.distance - world[:, 2])
        x = self.centre[0] + world[:, 0] * scale
        y = self.centre[1] - world[:, 1] * scale
        return np.stack([x, y, -world[:, 2] * self.zoom], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class MouthLight:
    """What lets light into mouth and eyes: slit middle (3,), half height and half width; per eye its centre and height."""

    middle: np.ndarray
    half_height: float
    half_width: float
    lids: np.ndarray  # (2, 4)
    iris: np.ndarray
    pupil: float


def to_world(points: np.ndarray) -> np.ndarray:
    """Face axes → world axes (and back)."""
    return points * np.array([1.0, -1.0, -1.0])


def look_along(direction: np.ndarray, half_size: float, centre: np.ndarray) -> np.ndarray:
    """(4, 4) orthographic matrix of a light shining from `direction` on a ball of `half_size` about `centre`."""
    z = direction / np.linalg.norm(direction)
    up = np.array([0.0, 1.0, 0.0]) if abs(z[1]) < 0.95 else np.array([1.0, 0.0, 0.0])
    x = np.cross(up, z)
    x /= np.linalg.norm(x)
    y = np.cross(z, x)
    view = np.eye(4)
    view[:3, :3] = np.stack([x, y, z])
    view[:3, 3] = -view[:3, :3] @ centre
    scale = np.diag([1 / half_size, 1 / half_size, -1 / half_size, 1.0])
    return scale @ view


class HeadRenderer:
    """An OpenGL context and its programs; one picture size. Not thread-safe."""

    def __init__(self, width: int, height: int, *, samples: int = 4) -> None:
        import moderngl  # a development tool: the product does not draw heads

        self._gl = moderngl
        try:
            self._context = moderngl.create_standalone_context(backend="egl")
        except Exception as error:
            raise DeviceError(
                "No off-screen OpenGL is available to draw the corpus.",
                hint="Install Mesa's EGL driver (libegl1).",
            ) from error
        context = self._context
        self._size = (width, height)
        self._surface = context.program(
            vertex_shader=glsl.SURFACE_VERTEX, fragment_shader=glsl.SURFACE_FRAGMENT
        )
        self._hair = context.program(vertex_shader=glsl.HAIR_VERTEX, fragment_shader=glsl.HAIR_FRAGMENT)
        self._hair_depth = context.program(
            vertex_shader=glsl.HAIR_VERTEX, fragment_shader=glsl.DEPTH_FRAGMENT
        )
        self._depth = context.program(vertex_shader=glsl.DEPTH_VERTEX, fragment_shader=glsl.DEPTH_FRAGMENT)
        self._backdrop = context.program(
            vertex_shader=glsl.BACKDROP_VERTEX, fragment_shader=glsl.BACKDROP_FRAGMENT
        )
        self._corners = context.buffer(np.array([-1, -1, 1, -1, -1, 1, 1, 1], "f4").tobytes())
        self._quad = context.vertex_array(self._backdrop, [(self._corners, "2f", "in_corner")])
        self._shadow_map = context.depth_texture((_SHADOW_PIXELS, _SHADOW_PIXELS))
        self._shadow_map.compare_func = ""
        self._shadow_map.repeat_x = self._shadow_map.repeat_y = False
        self._shadow_target = context.framebuffer(depth_attachment=self._shadow_map)
        self._picture = context.texture((width, height), 3, dtype="f4")
        if samples:
            self._target = context.framebuffer(
                [context.renderbuffer((width, height), 4, samples=samples, dtype="f2")],
                context.depth_renderbuffer((width, height), samples=samples),
            )
            self._resolved = context.framebuffer([context.renderbuffer((width, height), 4, dtype="f2")])
        else:
            self._target = context.framebuffer(
                [context.renderbuffer((width, height), 4, dtype="f2")],
                context.depth_renderbuffer((width, height)),
            )
            self._resolved = self._target
        self._kept: dict[int, tuple[object, list[Any]]] = {}

    def close(self) -> None:
        """Gives the context back."""
        self._context.release()

    def __enter__(self) -> "HeadRenderer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _buffers(self, item: Surface | Strands) -> tuple[object, object]:
        # Buffers of parts that did not change since the last picture (hair, teeth) are kept.
        key = id(item.data)
        if key not in self._kept:
            vertices = self._context.buffer(np.ascontiguousarray(item.data, "f4").tobytes())
            indices = self._context.buffer(np.ascontiguousarray(item.triangles, "i4").tobytes())
            self._kept[key] = (item.data, [vertices, indices])
        return tuple(self._kept[key][1])

    def _forget(self, drawn: set[int]) -> None:
        for key in [key for key in self._kept if key not in drawn]:
            for buffer in self._kept.pop(key)[1]:
                buffer.release()

    def draw(
        self,
        surfaces: Sequence[Surface],
        strands: Sequence[Strands],
        camera: Camera,
        lighting: Lighting,
        inside: MouthLight,
        backdrop: np.ndarray,
    ) -> np.ndarray:
        """The picture, (H, W, 3) float32 linear light, before `backdrop` ((H, W, 3) float32 linear)."""
        # Another renderer's context may be the current one: what is drawn would land there.
        self._context.__enter__()
        context, gl = self._context, self._gl
        centre = np.array([0.0, -0.2, -0.6])
        half = 3.4
        shadow = look_along(lighting.directions[0], half, centre)
        context.enable(gl.DEPTH_TEST)
        context.disable(gl.CULL_FACE)
        self._shadow_target.use()
        self._shadow_target.clear(depth=1.0)
        self._depth["camera"].write(shadow.T.astype("f4").tobytes())
        items: tuple[Surface | Strands, ...] = (*surfaces, *strands)
        for item in items:
            if item.casts_shadow:
                self._draw_depth(item)

        self._target.use()
        self._target.clear(0, 0, 0, 1, depth=1.0)
        self._picture.write(np.ascontiguousarray(backdrop, "f4").tobytes())
        self._picture.use(1)
        self._backdrop["picture"].value = 1
        self._quad.render(gl.TRIANGLE_STRIP)
        self._shadow_map.use(0)
        view = camera.matrix()
        for program in (self._surface, self._hair):
            self._set_common(program, view, camera, lighting, shadow, half)
        self._set_inside(inside)
        self._lay_depth(strands, view, camera)
        drawn = set()
        for surface in surfaces:
            vertices, indices = self._buffers(surface)
            drawn.add(id(surface.data))
            program = self._surface
            program["kind"].value = _KINDS[surface.kind]
            program["model"].write(surface.model.T.astype("f4").tobytes())
            array = context.vertex_array(
                program,
                [
                    (
                        vertices,
                        "3f 3f 3f 4f 3f",
                        "in_position",
                        "in_normal",
                        "in_albedo",
                        "in_material",
                        "in_rest",
                    )
                ],
                index_buffer=indices,
            )
            array.render(gl.TRIANGLES)
            array.release()
        for strand in strands:
            vertices, indices = self._buffers(strand)
            drawn.add(id(strand.data))
            program = self._hair
            program["model"].write(strand.model.T.astype("f4").tobytes())
            program["width"].value = strand.width
            program["gloss"].value = strand.gloss
            head = strand.model @ np.array([0.0, 0.24, -0.8, 1.0])
            program["head_centre"].value = tuple(head[:3])
            array = context.vertex_array(
                program,
                [(vertices, "3f 3f 4f 3f", "in_position", "in_tangent", "in_shape", "in_albedo")],
                index_buffer=indices,
            )
            array.render(gl.TRIANGLES)
            array.release()
        if self._resolved is not self._target:
            context.copy_framebuffer(self._resolved, self._target)
        raw = self._resolved.read(components=4, dtype="f2")
        self._forget(drawn)
        width, height = self._size
        return np.frombuffer(raw, np.float16).reshape(height, width, 4)[::-1, :, :3].astype(np.float32)

    def _lay_depth(self, strands: Sequence[Strands], view: np.ndarray, camera: Camera) -> None:
        """Depth of the hair first, so that only the strands that show are lit: hair overlaps itself many times."""
        context, program = self._context, self._hair_depth
        context.depth_func = "<="
        self._target.color_mask = (False, False, False, False)
        program["camera"].write(view.T.astype("f4").tobytes())
        program["eye"].value = (0.0, 0.0, camera.distance)
        for strand in strands:
            vertices, indices = self._buffers(strand)
            program["model"].write(strand.model.T.astype("f4").tobytes())
            program["width"].value = strand.width
            array = context.vertex_array(
                program,
                [(vertices, "3f 3f 2f 20x", "in_position", "in_tangent", "in_shape")],
                index_buffer=indices,
            )
            array.render(self._gl.TRIANGLES)
            array.release()
        self._target.color_mask = (True, True, True, True)

    def _draw_depth(self, item: Surface | Strands) -> None:
        vertices, indices = self._buffers(item)
        self._depth["model"].write(item.model.T.astype("f4").tobytes())
        layout = "3f 52x" if isinstance(item, Surface) else "3f 40x"
        array = self._context.vertex_array(
            self._depth, [(vertices, layout, "in_position")], index_buffer=indices
        )
        array.render(self._gl.TRIANGLES)
        array.release()

    def _set_common(
        self,
        program: object,
        view: np.ndarray,
        camera: Camera,
        lighting: Lighting,
        shadow: np.ndarray,
        half: float,
    ) -> None:
        lights = np.zeros((4, 3), "f4")
        colours = np.zeros((4, 3), "f4")
        count = len(lighting.directions)
        lights[:count] = lighting.directions / np.linalg.norm(lighting.directions, axis=1, keepdims=True)
        colours[:count] = lighting.colours
        values = {
            "camera": view.T.astype("f4").tobytes(),
            "eye": np.array([0.0, 0.0, camera.distance], "f4").tobytes(),
            "light_dir": lights.tobytes(),
            "light_rgb": colours.tobytes(),
            "sky_rgb": np.asarray(lighting.sky, "f4").tobytes(),
            "ground_rgb": np.asarray(lighting.ground, "f4").tobytes(),
            "shadow_matrix": shadow.T.astype("f4").tobytes(),
        }
        for name, value in values.items():
            if name in program:
                program[name].write(value)
        program["light_count"].value = count
        program["shadow_map"].value = 0
        program["shadow_radius"].value = lighting.softness / (2 * half)

    def _set_inside(self, inside: MouthLight) -> None:
        program = self._surface
        program["bump"].value = 0.32
        program["mottle"].value = 0.16
        program["mouth"].value = (*(float(v) for v in inside.middle), inside.half_height)
        program["mouth_half_width"].value = inside.half_width
        program["lids"].write(inside.lids.astype("f4").tobytes())
        program["iris_rgb"].value = tuple(float(v) for v in inside.iris)
        program["pupil"].value = inside.pupil

    def occlusion(
        self,
        points: np.ndarray,
        normals: np.ndarray,
        items: Sequence[Surface | Strands],
        directions: int = 26,
    ) -> np.ndarray:
        """(N,) float32 0..1: how much of the sky each world point sees past `items`, cosine-weighted."""
        indices = np.arange(directions) + 0.5
        polar, turn = np.arccos(1 - 2 * indices / directions), np.pi * (1 + 5**0.5) * indices
        axes = np.stack([np.sin(polar) * np.cos(turn), np.cos(polar), np.sin(polar) * np.sin(turn)], axis=1)
        seen, total = np.zeros(len(points)), np.full(len(points), 1e-6)
        centre = np.array([0.0, -0.2, -0.6])
        start = points + 0.012 * normals
        for axis in axes:
            matrix = look_along(axis, 3.4, centre)
            self._shadow_target.use()
            self._shadow_target.clear(depth=1.0)
            self._depth["camera"].write(matrix.T.astype("f4").tobytes())
            self._context.enable(self._gl.DEPTH_TEST)
            for item in items:
                self._draw_depth(item)
            depth = np.frombuffer(self._shadow_target.read(attachment=-1, components=1, dtype="f4"), "f4")
            depth = depth.reshape(_SHADOW_PIXELS, _SHADOW_PIXELS)
            clip = start @ matrix[:3, :3].T + matrix[:3, 3]
            pixel = np.clip(((clip[:, :2] * 0.5 + 0.5) * _SHADOW_PIXELS).astype(int), 0, _SHADOW_PIXELS - 1)
            free = depth[pixel[:, 1], pixel[:, 0]] >= clip[:, 2] * 0.5 + 0.5 - 0.002
            weight = np.clip(normals @ axis, 0, None)
            seen += weight * free
            total += weight
        return (seen / total).astype(np.float32)
