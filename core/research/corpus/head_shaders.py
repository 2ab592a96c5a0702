"""GLSL of the head renderer.

Skin is lit with a wrapped diffuse term per colour channel (light that has wandered under the skin comes out red and
around the corner; Green, "Real-Time Approximations to Subsurface Scattering", GPU Gems 2004) and two GGX lobes; hair
with Kajiya & Kay's two shifted highlights (Scheuermann, "Practical Real-Time Hair Rendering", 2004).
"""

COMMON = """
#version 330
const float PI = 3.14159265;
uniform vec3 eye;
uniform int light_count;
uniform vec3 light_dir[4];
uniform vec3 light_rgb[4];
uniform vec3 sky_rgb;
uniform vec3 ground_rgb;
uniform mat4 shadow_matrix;
uniform sampler2D shadow_map;
uniform float shadow_radius;

float hash(vec3 p) {
    p = fract(p * vec3(0.1031, 0.1030, 0.0973));
    p += dot(p, p.yxz + 33.33);
    return fract((p.x + p.y) * p.z);
}
float noise(vec3 p) {
    vec3 i = floor(p), f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    return mix(mix(mix(hash(i), hash(i + vec3(1,0,0)), f.x), mix(hash(i + vec3(0,1,0)), hash(i + vec3(1,1,0)), f.x), f.y),
               mix(mix(hash(i + vec3(0,0,1)), hash(i + vec3(1,0,1)), f.x), mix(hash(i + vec3(0,1,1)), hash(i + vec3(1,1,1)), f.x), f.y), f.z);
}
float key_light_seen(vec3 world, vec3 n, int taps) {
    vec4 q = shadow_matrix * vec4(world + n * 0.012, 1.0);
    vec3 p = q.xyz * 0.5 + 0.5;
    float turn = hash(world * 400.0) * 6.2832;
    float lit = 0.0;
    for (int i = 0; i < taps; i++) {
        float r = sqrt((float(i) + 0.5) / float(taps)), a = turn + float(i) * 2.39996;
        float depth = texture(shadow_map, p.xy + shadow_radius * r * vec2(cos(a), sin(a))).r;
        lit += p.z - 0.0015 < depth ? 1.0 : 0.0;
    }
    return lit / float(taps);
}
float ggx(float ndh, float ndl, float ndv, float ldh, float rough, float f0) {
    float a2 = pow(rough, 4.0);
    float d = a2 / (PI * pow(ndh * ndh * (a2 - 1.0) + 1.0, 2.0));
    float k = (rough + 1.0) * (rough + 1.0) / 8.0;
    float g = 1.0 / ((ndl * (1.0 - k) + k) * (ndv * (1.0 - k) + k));
    float f = f0 + (1.0 - f0) * pow(1.0 - ldh, 5.0);
    return 0.25 * d * g * f * ndl;
}
"""

SURFACE_VERTEX = """
#version 330
uniform mat4 camera;
uniform mat4 model;
in vec3 in_position;
in vec3 in_normal;
in vec3 in_albedo;
in vec4 in_material;
in vec3 in_rest;
out vec3 world;
out vec3 normal;
out vec3 albedo;
out vec4 material;
out vec3 rest;
void main() {
    vec4 p = model * vec4(in_position, 1.0);
    world = p.xyz;
    normal = mat3(model) * in_normal;
    albedo = in_albedo;
    material = in_material;
    rest = in_rest;
    gl_Position = camera * p;
}
"""

# material: roughness, specular strength, subsurface width, occlusion. kind: 0 skin, 1 wet, 2 tooth, 3 eye, 4 cloth, 5 plain
SURFACE_FRAGMENT = (
    COMMON
    + """
in vec3 world;
in vec3 normal;
in vec3 albedo;
in vec4 material;
in vec3 rest;
uniform int kind;
uniform float bump;
uniform float mottle;
uniform vec3 iris_rgb;
uniform float pupil;
uniform vec4 mouth;      // slit's middle (world), half height
uniform float mouth_half_width;
uniform vec4 lids[2];    // eye centre (world), visible height
out vec4 colour;

vec3 eye_albedo(inout float rough, inout float spec, inout float shade) {
    vec2 p = rest.xy;
    float r = length(p);
    float a = atan(p.y, p.x);
    vec3 white = vec3(0.62, 0.575, 0.545) * (1.0 - 0.18 * smoothstep(0.45, 0.95, r));
    white = mix(white, vec3(0.66, 0.36, 0.30), 0.45 * smoothstep(0.55, 1.0, abs(p.x)));
    float vein = smoothstep(0.62, 0.8, noise(vec3(a * 9.0, r * 5.0, 3.0))) * smoothstep(0.5, 0.9, r);
    white = mix(white, vec3(0.6, 0.25, 0.22), 0.22 * vein);
    float iris_r = 0.385;
    float fibre = noise(vec3(a * 14.0, r * 6.0, 1.0)) * 0.6 + noise(vec3(a * 40.0, r * 11.0, 2.0)) * 0.4;
    float ring = smoothstep(0.16, 0.25, r) * (1.0 - smoothstep(0.30, iris_r, r));
    vec3 iris = iris_rgb * (0.45 + 0.9 * fibre) * (0.75 + 0.5 * ring);
    iris = mix(iris, iris_rgb * vec3(1.5, 1.15, 0.7), 0.35 * (1.0 - smoothstep(0.13, 0.23, r)));
    iris *= 1.0 - 0.75 * smoothstep(iris_r - 0.07, iris_r, r);
    iris *= 0.75 + 0.6 * smoothstep(-0.3, 0.4, p.y);   // light passes the cornea and gathers below
    float hole = 1.0 - smoothstep(pupil - 0.015, pupil + 0.02, r);
    iris = mix(iris, vec3(0.004), hole);
    float edge = smoothstep(iris_r - 0.012, iris_r + 0.03, r);
    rough = mix(0.12, 0.22, edge);
    spec = 1.2;
    return mix(iris, white, edge);
}

void main() {
    vec3 n = normalize(normal);
    vec3 v = normalize(eye - world);
    if (!gl_FrontFacing) n = -n;
    vec3 base = albedo;
    float rough = material.x, spec = material.y, sss = material.z, ao = material.w;
    float shade = 1.0;
    if (kind == 0) {
        vec3 q = rest;
        // The slope of the pores, from the screen's own differences: one noise value instead of four.
        float fine = noise(q * 95.0) + 0.6 * noise(q * 190.0);
        vec3 dx = dFdx(world), dy = dFdy(world);
        vec3 r1 = cross(dy, n), r2 = cross(n, dx);
        float area = dot(dx, r1);
        vec3 slope = sign(area) * (dFdx(fine) * r1 + dFdy(fine) * r2);
        n = normalize(max(abs(area), 1e-9) * n - bump * 0.0035 * slope);
        float patchy = noise(q * 11.0) - 0.5;
        base *= 1.0 + mottle * vec3(0.5, 1.0, 1.0) * patchy;
        rough = clamp(rough + 0.08 * (fine - 0.8), 0.15, 0.9);
    } else if (kind == 1) {
        vec3 q = rest * vec3(55.0, 22.0, 22.0);
        float w = noise(q);
        vec3 g = vec3(noise(q + vec3(0.2,0,0)) - w, noise(q + vec3(0,0.2,0)) - w, noise(q + vec3(0,0,0.2)) - w);
        n = normalize(n - bump * 2.0 * (g - n * dot(g, n)));
    } else if (kind == 3) {
        base = eye_albedo(rough, spec, shade);
    } else if (kind == 4) {
        float knit = 0.5 + 0.5 * sin(rest.x * 130.0 + sin(rest.y * 75.0) * 1.2) ;
        knit = mix(knit, noise(rest * 60.0), 0.5);
        base *= 0.78 + 0.4 * knit;
    }
    if (kind == 2 || kind == 1) {
        // Light reaches the inside of the mouth only through the slit between the lips.
        vec2 d = (world.xy - mouth.xy) / vec2(mouth_half_width, max(mouth.w, 0.004) + 0.012);
        float beyond = max(length(d) - 0.55, 0.0);
        float depth = max(mouth.z - world.z - 0.06, 0.0);
        shade = exp(-0.9 * beyond - 3.4 * depth);
        shade *= smoothstep(0.0, 0.04, mouth.w) * 0.55 + 0.45;
    }
    if (kind == 3) {
        for (int i = 0; i < 2; i++) {
            float up = (world.y - lids[i].y) / max(lids[i].w, 0.002);
            float near = 1.0 - step(0.30, abs(world.x - lids[i].x));
            shade *= 1.0 - near * (0.72 * smoothstep(0.15, 1.0, up) + 0.25 * smoothstep(-0.35, -1.0, up));
        }
    }
    float ndv = max(dot(n, v), 0.05);
    vec3 wrap = sss * vec3(0.50, 0.22, 0.13);
    vec3 lit = vec3(0.0), shine = vec3(0.0);
    for (int i = 0; i < light_count; i++) {
        vec3 l = light_dir[i];
        float seen = i == 0 ? key_light_seen(world, normalize(normal), 10) : 1.0;
        if (i > 0) seen = mix(1.0, ao, 0.6);
        float ndl = dot(n, l);
        vec3 soft = clamp((vec3(ndl) + wrap) / (1.0 + wrap), 0.0, 1.0);
        soft = pow(soft, vec3(1.0) + wrap);
        vec3 through = vec3(mix(seen, sqrt(seen), 0.35 * sss), seen, seen);
        lit += light_rgb[i] * soft * through;
        vec3 h = normalize(l + v);
        float ndh = max(dot(n, h), 0.0), ldh = max(dot(l, h), 0.0), nl = max(ndl, 0.0);
        float s = 0.7 * ggx(ndh, nl, ndv, ldh, rough, 0.028) + 0.3 * ggx(ndh, nl, ndv, ldh, rough * 0.62, 0.028);
        if (kind == 3) s = ggx(ndh, nl, ndv, ldh, rough, 0.04) * 0.7;
        shine += light_rgb[i] * seen * s * spec * PI;
    }
    vec3 around = mix(ground_rgb, sky_rgb, 0.5 + 0.5 * n.y);
    vec3 dim = sss > 0.0 ? pow(vec3(ao), vec3(0.85, 1.0, 1.05)) : vec3(ao);
    lit += around * dim * (kind == 2 ? 1.7 : 1.0);
    float edge = pow(1.0 - ndv, 4.0);
    if (kind == 0) shine += around * (0.16 * edge * ao * spec);
    if (kind == 3) shine += sky_rgb * 0.05 * smoothstep(0.2, 0.6, reflect(-v, n).y);
    if (kind == 2 || kind == 1) shine *= shade;
    colour = vec4(base * lit * shade + shine * mix(1.0, ao, 0.7), 1.0);
}
"""
)

HAIR_VERTEX = """
#version 330
uniform mat4 camera;
uniform mat4 model;
uniform vec3 eye;
uniform float width;
in vec3 in_position;
in vec3 in_tangent;
in vec4 in_shape;   // side −1/1, width factor, occlusion, along 0..1
in vec3 in_albedo;
out vec3 world;
out vec3 tangent;
out vec4 shape;
out vec3 albedo;
void main() {
    vec3 p = (model * vec4(in_position, 1.0)).xyz;
    vec3 t = normalize(mat3(model) * in_tangent);
    vec3 side = normalize(cross(t, normalize(eye - p)));
    p += side * in_shape.x * in_shape.y * width;
    world = p;
    tangent = t;
    shape = in_shape;
    albedo = in_albedo;
    gl_Position = camera * vec4(p, 1.0);
}
"""

HAIR_FRAGMENT = (
    COMMON
    + """
in vec3 world;
in vec3 tangent;
in vec4 shape;
in vec3 albedo;
uniform vec3 head_centre;
uniform float gloss;
out vec4 colour;
void main() {
    vec3 t = normalize(tangent), v = normalize(eye - world);
    vec3 out_dir = normalize(world - head_centre);
    float ao = shape.z;
    vec3 total = vec3(0.0);
    for (int i = 0; i < light_count; i++) {
        vec3 l = light_dir[i];
        float seen = i == 0 ? key_light_seen(world, out_dir, 3) : ao;
        float tl = dot(t, l);
        float sine = sqrt(max(1.0 - tl * tl, 0.0));
        float facing = clamp(0.55 * dot(out_dir, l) + 0.45, 0.0, 1.0);
        vec3 h = normalize(l + v);
        float th1 = dot(normalize(t + 0.10 * out_dir), h), th2 = dot(normalize(t - 0.14 * out_dir), h);
        float s1 = pow(max(1.0 - th1 * th1, 0.0), 90.0), s2 = pow(max(1.0 - th2 * th2, 0.0), 22.0);
        vec3 diffuse = albedo * (0.25 + 0.75 * sine) * facing;
        vec3 shine = (0.10 * s1 * vec3(1.0) + 0.9 * s2 * albedo) * facing * gloss;
        total += light_rgb[i] * seen * (diffuse + shine) * mix(0.35, 1.0, ao);
    }
    total += albedo * mix(ground_rgb, sky_rgb, 0.5 + 0.5 * out_dir.y) * ao;
    colour = vec4(total, 1.0);
}
"""
)

DEPTH_VERTEX = """
#version 330
uniform mat4 camera;
uniform mat4 model;
in vec3 in_position;
void main() { gl_Position = camera * model * vec4(in_position, 1.0); }
"""

DEPTH_FRAGMENT = """
#version 330
void main() {}
"""

BACKDROP_VERTEX = """
#version 330
in vec2 in_corner;
out vec2 uv;
void main() { uv = in_corner * 0.5 + 0.5; gl_Position = vec4(in_corner, 0.9999, 1.0); }
"""

BACKDROP_FRAGMENT = """
#version 330
uniform sampler2D picture;
in vec2 uv;
out vec4 colour;
void main() { colour = vec4(texture(picture, vec2(uv.x, 1.0 - uv.y)).rgb, 1.0); }
"""
