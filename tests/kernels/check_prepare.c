// SPDX-License-Identifier: Apache-2.0
// Preparing as a whole: every format, colour, layout and type, with each plane in memory of its own
// that ends with its last byte, rows of odd strides, upside down as well.
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/format.h"
#include "image/prepare.h"

struct job {
    struct ct__prepare *prepare;
    struct ct_picture picture;
    struct guarded planes[CT_MAX_PLANES];
    struct ct__letterbox box;
    struct ct__input_spec spec;
    void *out;
};

static void run(void *opaque)
{
    struct job *job = opaque;
    if (ct__prepare_run(job->prepare, &job->picture, &job->box, &job->spec, job->out)) {
        fprintf(stderr, "prepare failed\n");
        exit(1);
    }
}

static struct ct__prepare *create(const struct ct__kernels *kernels)
{
    struct ct__prepare *prepare;
    setenv("CHITON_CPU", ct__cpu_name(kernels->level), 1);
    if (ct__prepare_create(&prepare))
        exit(1);
    unsetenv("CHITON_CPU");
    return prepare;
}

// Planes of exactly the bytes that a picture has, `gap` between rows.
static void planes_init(struct job *job, int gap, bool flip, bool at_end)
{
    struct ct_picture *picture = &job->picture;
    const struct ct__format_info *format = ct__format_info(picture->format);
    for (int i = 0; i < format->planes; i++) {
        int row = ct__plane_width(picture->format, i, picture->width) * format->step[i];
        int rows = ct__plane_height(picture->format, i, picture->height);
        size_t size = (size_t)(rows - 1) * (size_t)(row + gap) + (size_t)row;
        guarded_init(&job->planes[i], size, at_end);
        random_bytes(job->planes[i].data, size);
        picture->stride[i] = flip ? -(row + gap) : row + gap;
        picture->data[i] = job->planes[i].data + (flip ? (rows - 1) * (row + gap) : 0);
    }
}

static void planes_finish(struct job *job)
{
    for (int i = 0; i < ct__format_info(job->picture.format)->planes; i++)
        guarded_finish(&job->planes[i]);
}

static void random_spec(struct ct__input_spec *spec)
{
    static const enum ct_type types[] = {CT_TYPE_F32, CT_TYPE_F16, CT_TYPE_U8, CT_TYPE_I8};
    *spec = (struct ct__input_spec){
        .layout = random_below(2) ? CT__LAYOUT_NCHW : CT__LAYOUT_NHWC,
        .type = types[random_below(4)],
        .bgr = random_below(2),
        .pad = (float)random_below(256),
    };
    bool plain = spec->type == CT_TYPE_U8;
    for (int c = 0; c < 3; c++) {
        spec->mean[c] = plain ? 0 : (float)random_below(256);
        spec->scale[c] = plain ? 1 : 1 / (float)(1 + random_below(255));
    }
}

static void random_job(struct job *job, enum ct_format format)
{
    int width = 1 + (int)random_below(120), height = 1 + (int)random_below(60);
    int canvas_width = 1 + (int)random_below(100), canvas_height = 1 + (int)random_below(60);
    job->picture = (struct ct_picture){.format = format,
                                       .matrix = (enum ct_matrix)random_below(4),
                                       .range = (enum ct_range)random_below(3),
                                       .width = width,
                                       .height = height};
    ct__letterbox_make(&job->box, (enum ct__fit)(1 + random_below(CT__FIT_CROP)), width, height,
                       canvas_width, canvas_height);
    random_spec(&job->spec);
    planes_init(job, (int)random_below(40), random_below(2), random_below(2));
}

static void compare(const struct ct__kernels *kernels, enum ct_format format)
{
    struct job job = {0};
    const struct ct__kernels *levels[] = {ct__kernels(CT__CPU_C), kernels};
    struct guarded out[2];
    random_job(&job, format);
    size_t size = (size_t)job.box.canvas_width * (size_t)job.box.canvas_height * 3 *
                  ct__type_size(job.spec.type);
    for (int i = 0; i < 2; i++) {
        guarded_init(&out[i], size, random_below(2));
        job.prepare = create(levels[i]);
        job.out = out[i].data;
        run(&job);
        ct__prepare_destroy(&job.prepare);
    }
    expect(memcmp(out[0].data, out[1].data, size) == 0, "%s prepare: %s %dx%d to %dx%d",
           ct__cpu_name(kernels->level), ct__format_info(format)->name, job.picture.width,
           job.picture.height, job.box.width, job.box.height);
    guarded_finish(&out[0]);
    guarded_finish(&out[1]);
    planes_finish(&job);
}

static void measure(const struct ct__kernels *kernels, enum ct_format format, int side, int slot)
{
    static double plain[32];
    struct job job = {.picture = {.format = format, .width = 1920, .height = 1080}};
    job.spec = (struct ct__input_spec){CT__LAYOUT_NCHW, CT_TYPE_F32, true, {0}, {1, 1, 1}, 114};
    ct__letterbox_make(&job.box, CT__FIT_CENTRE, 1920, 1080, side, side);
    planes_init(&job, 0, false, true);
    job.prepare = create(kernels);
    job.out = malloc((size_t)side * (size_t)side * 3 * sizeof(float));
    double ns = stopwatch(run, &job);
    if (kernels->level == CT__CPU_C)
        plain[slot] = ns;
    printf("%-6s prepare %-4s 1920x1080 to %3d %18.0f ns %6.1fx\n", ct__cpu_name(kernels->level),
           ct__format_info(format)->name, side, ns, plain[slot] / ns);
    free(job.out);
    ct__prepare_destroy(&job.prepare);
    planes_finish(&job);
}

void check_prepare(const struct ct__kernels *kernels, bool bench)
{
    int slot = 0;
    for (int format = CT_FORMAT_I420; format <= CT_FORMAT_BGRA; format++)
        for (int i = 0; i < (bench ? 2 : 300); i++)
            if (bench)
                measure(kernels, (enum ct_format)format, i ? 640 : 416, slot++);
            else
                compare(kernels, (enum ct_format)format);
}
