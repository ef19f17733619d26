// SPDX-License-Identifier: Apache-2.0
// How long alpha matting takes: solving, and estimating the foreground, for each number of threads.
// usage: matting IMAGE TRIMAP [OUT]; or, of a made picture: matting [WIDTH HEIGHT]. OUT gets alpha
// and then the foreground as floats, for comparing with other programs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/mem.h"
#include "frame/frame.h"
#include "image/convert.h"
#include "image/foreground.h"
#include "image/matting.h"
#include "media/picture.h"
#include "pipeline/crew.h"

#include <chiton/log.h>

static void print_message(void *opaque, enum ct_log_level level, const char *scope,
                          const char *text)
{
    (void)opaque;
    (void)level;
    fprintf(stderr, "%s: %s\n", scope, text);
}

static void check(int error)
{
    if (error)
        exit(1);
}

static ct_frame *read_picture(const char *path, enum ct_format format)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    enum { MOST = 256 << 20 };
    uint8_t *data = ct__alloc(MOST);
    size_t size = data ? fread(data, 1, MOST, file) : 0;
    fclose(file);
    struct ct__pool *pool = NULL;
    ct_frame *frame = NULL, *converted = NULL;
    check(ct__pool_create(&pool));
    check(ct__picture_decode(data, size, path, 0, pool, &frame));
    const struct ct_picture *p = ct_frame_picture(frame);
    check(ct_frame_create(&converted, format, p->width, p->height));
    check(ct__convert(converted, p));
    ct_frame_unref(&frame);
    ct__pool_unref(&pool);
    ct__free(data);
    return converted;
}

static uint8_t *pixel(ct_frame *frame, int x, int y, int step)
{
    return ct_frame_writable(frame, 0) + y * ct_frame_picture(frame)->stride[0] + x * step;
}

// A disc with a soft, striped edge before a gradient, and a ring of unknown around its edge.
static void make(ct_frame **image, ct_frame **trimap, int width, int height)
{
    check(ct_frame_create(image, CT_FORMAT_RGB, width, height));
    check(ct_frame_create(trimap, CT_FORMAT_GREY, width, height));
    double size = width < height ? width : height;
    uint32_t noise = 1;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            double dx = (x - width / 2.) / size, dy = (y - height / 2.) / size;
            double distance = dx * dx + dy * dy, alpha = (.09 - distance) / .03 + .5;
            alpha = alpha < 0 ? 0 : alpha > 1 ? 1 : alpha * (x * 37 / 16 % 2 ? 1 : .7);
            *pixel(*trimap, x, y, 1) = distance < .06 ? 255 : distance > .12 ? 0 : 128;
            for (int c = 0; c < 3; c++) {
                noise = noise * 1664525u + 1013904223u;
                double front = 200 - 40 * c, back = 40 + 120 * (c == 0 ? x / (double)width : .3);
                pixel(*image, x, y, 3)[c] =
                    (uint8_t)(alpha * front + (1 - alpha) * back + (noise >> 30));
            }
        }
}

static int count(void *opaque, int iteration, double residual)
{
    (void)residual;
    *(int *)opaque = iteration;
    return 0;
}

static void measure(float *alpha, float *foreground, const ct_frame *image, const ct_frame *trimap,
                    int threads)
{
    struct ct__crew *crew = NULL;
    check(ct__crew_create(&crew, threads));
    int iterations = 0;
    struct ct__matting_params params = {.parallel = ct__crew_parallel(crew),
                                        .progress = count,
                                        .opaque = &iterations,
                                        .max_memory = INT64_C(8) << 30};
    int64_t begin = ct__now_ns(), cpu = ct__process_cpu_ns();
    check(ct__matting_solve(alpha, ct_frame_picture(image), ct_frame_picture(trimap), &params));
    int64_t solved = ct__now_ns(), solved_cpu = ct__process_cpu_ns();
    check(ct__foreground_estimate(foreground, ct_frame_picture(image), alpha, params.max_memory,
                                  params.parallel));
    int64_t end = ct__now_ns(), end_cpu = ct__process_cpu_ns();
    printf("%d threads: alpha %.3f s (%.3f CPU s, %d iterations), foreground %.3f s (%.3f CPU s)\n",
           threads, (double)(solved - begin) * 1e-9, (double)(solved_cpu - cpu) * 1e-9, iterations,
           (double)(end - solved) * 1e-9, (double)(end_cpu - solved_cpu) * 1e-9);
    ct__crew_destroy(&crew);
}

int main(int argc, char **argv)
{
    ct_log_set(CT_LOG_WARN, print_message, NULL);
    ct_frame *image = NULL, *trimap = NULL;
    char *end;
    long width = argc > 2 ? strtol(argv[1], &end, 10) : 1920;
    if (argc > 2 && *end) {
        image = read_picture(argv[1], CT_FORMAT_RGB);
        trimap = read_picture(argv[2], CT_FORMAT_GREY);
    } else
        make(&image, &trimap, (int)width, argc > 2 ? atoi(argv[2]) : 1080);
    const struct ct_picture *p = ct_frame_picture(image);
    size_t pixels = (size_t)p->width * (size_t)p->height;
    float *values = ct__alloc(4 * pixels * sizeof *values);
    check(values ? CT_OK : CT_ERROR_MEMORY);
    struct ct__cores cores;
    ct__cores_read("", &cores);
    for (int threads = 1; threads <= cores.usable; threads *= 2)
        measure(values, values + pixels, image, trimap, threads);
    FILE *file = argc > 3 ? fopen(argv[3], "wb") : NULL;
    if (file) {
        fwrite(values, sizeof *values, 4 * pixels, file);
        fclose(file);
    }
    ct__free(values);
    ct_frame_unref(&image);
    ct_frame_unref(&trimap);
    return 0;
}
