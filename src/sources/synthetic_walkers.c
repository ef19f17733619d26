// SPDX-License-Identifier: Apache-2.0
// Figures that walk across a textured ground, cross and hide each other. Where everybody is follows
// from the time and the seed alone: a place in the world is walked by one figure after the other,
// each with an id of its own.
#include "sources/synthetic.h"

#include <math.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "sources/figure.h"

enum { MOST_WALKERS = 256, GRID_X = 8, GRID_Y = 16 };

#define TURN    (2 * 3.14159265358979323846)
#define HORIZON .45 // where figures that are farthest away stand, as a share of the height

struct walkers_options {
    struct ct__synthetic_options common;
    int64_t n;
    double speed;
};

struct walker {
    struct ct__figure figure;
    int64_t id;
};

struct walkers {
    struct ct__synthetic head;
    ct_frame *ground;
    int width, height, count;
    uint64_t seed;
    double speed;
    struct walker walkers[MOST_WALKERS]; // of the frame being made, farthest first
};

// What there is to be random about a figure.
enum trait { PHASE, PACE, DEPTH, SIDE, SWAY, LOOK, TRAITS };

static double trait(const struct walkers *world, uint64_t who, enum trait which)
{
    return ct__random_unit(world->seed, who, which);
}

// The walker of a place at a time in seconds. Its pace belongs to the place, all else to itself.
static struct walker walker_at(const struct walkers *world, int place, double time)
{
    uint64_t slot = ct__mix((uint64_t)place + 1);
    double pace = world->speed * (.04 + .08 * trait(world, slot, PACE)); // crossings a second
    double crossings = time * pace + trait(world, slot, PHASE), life = floor(crossings);
    int64_t id = 1 + place + (int64_t)life * world->count;
    uint64_t who = (uint64_t)id;
    double depth = trait(world, who, DEPTH), sway = TURN * trait(world, who, SWAY);
    double height = world->height * (.24 + .36 * depth), width = .4 * height;
    double path = world->width + width, way = (crossings - life) * path;
    // Nobody walks like a clock: slower and faster, nearer and farther.
    way += .35 * height * sin(TURN * time * .21 + sway);
    if (trait(world, who, SIDE) < .5)
        way = path - way;
    double ground = HORIZON + (.97 - HORIZON) * depth + .012 * sin(TURN * time * .16 + 2 * sway);
    struct ct__figure figure = {
        .x = way - width / 2,
        .foot = world->height * ground,
        .width = width,
        .height = height,
        .stride = way / (.9 * height),
        .look = ct__random(world->seed, who, LOOK),
    };
    return (struct walker){figure, id};
}

static bool is_behind(const struct walker *a, const struct walker *b)
{
    if (a->figure.foot != b->figure.foot)
        return a->figure.foot < b->figure.foot;
    return a->id < b->id;
}

static void place_walkers(struct walkers *world, double time)
{
    for (int i = 0; i < world->count; i++) {
        struct walker walker = walker_at(world, i, time);
        int at = i;
        for (; at > 0 && is_behind(&walker, &world->walkers[at - 1]); at--)
            world->walkers[at] = world->walkers[at - 1];
        world->walkers[at] = walker;
    }
}

// Whether a figure hides a point: limbs do not fill the box's sides.
static bool covers(const struct ct__figure *figure, double x, double y)
{
    return fabs(x - figure->x) < .38 * figure->width && y < figure->foot &&
           y > figure->foot - figure->height;
}

static bool is_seen(const struct walkers *world, int index, double x, double y)
{
    bool seen = x >= 0 && y >= 0 && x < world->width && y < world->height;
    for (int i = index + 1; seen && i < world->count; i++)
        seen = !covers(&world->walkers[i].figure, x, y);
    return seen;
}

// The part of a figure's box that is in the picture with nobody in front of it.
static float visible_part(const struct walkers *world, int index)
{
    const struct ct__figure *figure = &world->walkers[index].figure;
    int seen = 0;
    for (int i = 0; i < GRID_X * GRID_Y; i++) {
        double x = figure->x + ((i % GRID_X + .5) / GRID_X - .5) * figure->width;
        double y = figure->foot - (i / GRID_X + .5) / GRID_Y * figure->height;
        seen += is_seen(world, index, x, y);
    }
    return (float)seen / (GRID_X * GRID_Y);
}

static int tell_truth(const struct walkers *world, ct_frame *frame)
{
    int error = ct__frame_add_truth(frame, NULL);
    for (int i = 0; i < world->count && !error; i++) {
        const struct ct__figure *figure = &world->walkers[i].figure;
        struct ct_truth truth = {
            .id = world->walkers[i].id,
            .label = "person",
            .x = (float)(figure->x - figure->width / 2),
            .y = (float)(figure->foot - figure->height),
            .width = (float)figure->width,
            .height = (float)figure->height,
            .visible = visible_part(world, i),
        };
        if (truth.x < (float)world->width && truth.x + truth.width > 0)
            error = ct__frame_add_truth(frame, &truth);
    }
    return error;
}

static void planes_of(ct_frame *frame, uint8_t *plane[CT_MAX_PLANES])
{
    for (int i = 0; i < CT_MAX_PLANES; i++)
        plane[i] = ct_frame_writable(frame, i);
}

static int draw(const struct walkers *world, ct_frame *frame)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    uint8_t *plane[CT_MAX_PLANES];
    planes_of(frame, plane);
    int error = ct__picture_copy(plane, picture->stride, ct_frame_picture(world->ground));
    for (int i = 0; i < world->count; i++)
        ct__figure_draw(plane, picture, &world->walkers[i].figure);
    return error;
}

static int read_walkers(struct ct__source *source, struct ct__pool *pool, ct_frame **out,
                        const char **failed)
{
    struct walkers *world = (struct walkers *)source;
    ct_frame *frame = NULL;
    *failed = NULL;
    int error = ct__synthetic_more(&world->head);
    error =
        error ? error : ct__pool_frame(pool, &frame, CT_FORMAT_I420, world->width, world->height);
    error = error ? error : ct__synthetic_stamp(&world->head, frame);
    if (!error) {
        place_walkers(world, (double)ct_frame_info(frame)->pts_ns * 1e-9);
        error = draw(world, frame);
    }
    error = error ? error : tell_truth(world, frame);
    if (error)
        ct_frame_unref(&frame);
    else
        *out = frame;
    return error;
}

// Value noise: random heights at the corners of cells, smooth between them; 0 to 1.
static double noise(uint64_t seed, double x, double y)
{
    double column = floor(x), row = floor(y), u = x - column, v = y - row, corner[4];
    for (int i = 0; i < 4; i++)
        corner[i] =
            ct__random_unit(seed, (uint64_t)column + i % 2, (uint64_t)row + (unsigned)i / 2);
    u *= u * (3 - 2 * u);
    v *= v * (3 - 2 * v);
    double upper = corner[0] + (corner[1] - corner[0]) * u;
    double lower = corner[2] + (corner[3] - corner[2]) * u;
    return upper + (lower - upper) * v;
}

// Ground from coarse to fine, the same for one seed at every size but for its detail.
static void paint_ground(struct walkers *world)
{
    const struct ct_picture *picture = ct_frame_picture(world->ground);
    uint8_t *plane[CT_MAX_PLANES];
    planes_of(world->ground, plane);
    double scale = 6. / world->height;
    for (int y = 0; y < world->height; y++) {
        for (int x = 0; x < world->width; x++) {
            double value = .6 * noise(world->seed, x * scale, y * scale) +
                           .25 * noise(world->seed + 1, 6 * x * scale, 6 * y * scale) +
                           .15 * noise(world->seed + 2, x / 3., y / 3.);
            plane[0][y * picture->stride[0] + x] = (uint8_t)(60 + 130 * value);
            if (x % 2 || y % 2)
                continue;
            plane[1][y / 2 * picture->stride[1] + x / 2] = (uint8_t)(134 - 20 * value);
            plane[2][y / 2 * picture->stride[2] + x / 2] = (uint8_t)(116 + 16 * value);
        }
    }
}

static int begin(struct ct__synthetic *synthetic, const void *opaque,
                 const struct ct__source_params *params)
{
    const struct walkers_options *options = opaque;
    struct walkers *world = (struct walkers *)synthetic;
    int error = ct__synthetic_size(&world->head, options->common.size, params->max_pixels,
                                   &world->width, &world->height);
    if (error)
        return error;
    world->count = (int)options->n;
    world->seed = (uint64_t)options->common.seed;
    world->speed = options->speed;
    error = ct_frame_create(&world->ground, CT_FORMAT_I420, world->width, world->height);
    if (!error)
        paint_ground(world);
    return error;
}

static void finish(struct ct__synthetic *synthetic)
{
    ct_frame_unref(&((struct walkers *)synthetic)->ground);
}

#define AT(member) offsetof(struct walkers_options, member)

// clang-format off
static const struct ct__option rows[] = {
    {"n", 0, CT__OPTION_INT, AT(n), .preset = "8", .most = MOST_WALKERS},
    {"speed", 0, CT__OPTION_FLOAT, AT(speed), .preset = "1", .least = 0, .most = 100},
    {NULL},
};
// clang-format on

const struct ct__synthetic_kind ct__synthetic_walkers = {
    .name = "walkers",
    .makes_pictures = true,
    .rows = rows,
    .size = sizeof(struct walkers),
    .options_size = sizeof(struct walkers_options),
    .begin = begin,
    .finish = finish,
    .class =
        {
            .name = "walkers",
            .help = "figures that walk, cross and hide each other",
            .read = read_walkers,
            .expected = ct__synthetic_expected,
            .rate = ct__synthetic_rate,
            .interrupt = ct__synthetic_interrupt,
            .close = ct__synthetic_close,
        },
};
