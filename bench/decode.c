// SPDX-License-Identifier: Apache-2.0
// How long decoding and suppression take on outputs like those of a busy picture: 25 objects that 8
// neighbouring anchors report, every other score low. With the outputs in the cache, as a run
// leaves them, and after 64 MB of something else went through it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "models/family.h"

enum { ROUNDS = 400, OBJECTS = 25, VOTES = 8, EVICT = 64 << 20 };

static uint32_t state = 1;

static float next(float low, float high)
{
    state = state * 1664525u + 1013904223u;
    return low + (high - low) * (float)(state >> 8) / 16777216.f;
}

static float *make(struct ct__tensor *tensor, const char *name, int rows, int columns)
{
    *tensor = (struct ct__tensor){
        .name = name, .type = CT_TYPE_F32, .rank = 3, .dim = {1, rows, columns}};
    return tensor->data = ct__alloc_aligned((size_t)rows * (size_t)columns * sizeof(float));
}

static void fill(float *data, size_t count, float low, float high)
{
    for (size_t i = 0; i < count; i++)
        data[i] = next(low, high);
}

static void make_yolo(struct ct__tensor *output)
{
    enum { A = 8400 };
    float *data = make(output, "output0", 84, A);
    fill(data, 84 * A, 0, .01f);
    for (int i = 0; i < OBJECTS * VOTES; i++) {
        int a = i / VOTES * 320 + i % VOTES, c = i / VOTES % 4 * 7;
        const float box[] = {20.f + (float)(i / VOTES) * 20, 300 + next(0, 4), 60, 120};
        for (int k = 0; k < 4; k++)
            data[k * A + a] = box[k];
        data[(4 + c) * A + a] = next(.3f, .9f);
    }
}

static void make_rows(struct ct__tensor *output)
{
    struct ct__tensor planes;
    make_yolo(&planes);
    float *to = make(output, "output0", 8400, 84);
    const float *from = planes.data;
    for (int a = 0; a < 8400; a++)
        for (int k = 0; k < 84; k++)
            to[a * 84 + k] = from[k * 8400 + a];
    ct__free(planes.data);
}

static void make_yolox(struct ct__tensor *output)
{
    enum { A = 3549 };
    float *data = make(output, "output", A, 85);
    fill(data, (size_t)A * 85, 0, .01f);
    for (int i = 0; i < OBJECTS * VOTES; i++) {
        float *row = data + (size_t)(i / VOTES * 130 + i % VOTES) * 85;
        row[2] = row[3] = 1.5f;
        row[4] = next(.5f, 1);
        row[5 + i / VOTES % 4 * 7] = next(.7f, 1);
    }
}

static void make_scrfd(struct ct__tensor *outputs)
{
    static const int rows[] = {12800, 3200, 800}, channels[] = {1, 4, 10};
    for (int i = 0; i < 9; i++) {
        float *data = make(&outputs[i], "o", rows[i % 3], channels[i / 3]);
        fill(data, (size_t)rows[i % 3] * (size_t)channels[i / 3], 0, i < 3 ? .01f : 4);
        for (int k = 0; i < 3 && k < OBJECTS * VOTES / 3; k++)
            data[k / VOTES * rows[i] / 10 + k % VOTES] = next(.5f, 1);
    }
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void report(const char *name, const char *cache, int64_t *ns, int64_t *nms, int count)
{
    qsort(ns, ROUNDS, sizeof *ns, compare);
    qsort(nms, ROUNDS, sizeof *nms, compare);
    printf("%-24s %-7s decode+NMS best %6.1f us, median %6.1f us (NMS alone %5.1f); %d objects\n",
           name, cache, (double)ns[0] / 1e3, (double)ns[ROUNDS / 2] / 1e3,
           (double)nms[ROUNDS / 2] / 1e3, count);
}

static void measure(const char *name, const struct ct__usage *usage,
                    const struct ct__tensor *outputs, int side, bool evict)
{
    static int64_t ns[ROUNDS], nms[ROUNDS];
    struct ct__scratch scratch = {0};
    struct ct__result result = {0};
    struct ct__letterbox box;
    char *rubbish = ct__alloc(EVICT);
    ct__letterbox_make(&box, usage->fit, 1920, 1080, side, side);
    for (int i = 0; i < ROUNDS; i++) {
        int64_t decode_ns;
        if (evict)
            memset(rubbish, i, EVICT);
        ct__result_clear(&result);
        if (ct__family_result(usage, outputs, &box, &scratch, &result, &decode_ns, &nms[i]))
            exit(1);
        ns[i] = decode_ns + nms[i];
    }
    report(name, evict ? "evicted" : "cached", ns, nms, result.view.count);
    ct__free(rubbish);
    ct__result_finish(&result);
    ct__scratch_finish(&scratch);
}

static void run(const char *name, const char *family_name, int side, struct ct__tensor *outputs,
                int count)
{
    struct ct_tensor_info infos[9], input = {"i", CT_TYPE_F32, 4, {1, 3, side, side}};
    struct ct__graph graph = {1, count, &input, infos, 0, NULL, NULL};
    struct ct__usage usage = {0};
    for (int i = 0; i < count; i++) {
        infos[i] = (struct ct_tensor_info){outputs[i].name, CT_TYPE_F32, outputs[i].rank, {0}};
        memcpy(infos[i].dim, outputs[i].dim, sizeof infos[i].dim);
    }
    if (ct__family_find(&graph, name, family_name, &usage.family) ||
        usage.family->configure(&graph, name, &usage))
        exit(1);
    measure(name, &usage, outputs, side, false);
    measure(name, &usage, outputs, side, true);
    for (int i = 0; i < count; i++)
        ct__free(outputs[i].data);
}

int main(void)
{
    struct ct__tensor outputs[9];
    make_yolo(outputs);
    run("yolo [1,84,8400]", "yolo", 640, outputs, 1);
    make_rows(outputs);
    run("yolo [1,8400,84]", "yolo", 640, outputs, 1);
    make_yolox(outputs);
    run("yolox [1,3549,85]", "yolox", 416, outputs, 1);
    make_scrfd(outputs);
    run("scrfd 640, 9 outputs", "scrfd", 640, outputs, 9);
    return 0;
}
