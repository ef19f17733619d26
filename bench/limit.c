// SPDX-License-Identifier: Apache-2.0
// The machine's limit for one clip and one model: what decoding, preparing and inference cost
// alone, one after the other on one thread, as CPU ms a frame. All cores together cannot do more
// frames than cores / sum. usage: limit MODEL CLIP
#include <stdio.h>

#include "base/clock.h"
#include "base/cores.h"
#include "frame/frame.h"
#include "frame/result.h"
#include "media/reader.h"
#include "pipeline/model.h"

#include <chiton/log.h>

enum { KEPT = 8, RUNS = 240, PREPARES = 960 };

static void print_message(void *opaque, enum ct_log_level level, const char *scope,
                          const char *text)
{
    (void)opaque;
    fprintf(stderr, "%s: %s: %s\n", level == CT_LOG_ERROR ? "error" : "note", scope, text);
}

// Decodes the whole clip, keeps some frames spread over it; returns CPU ms a frame.
static double measure_decode(const char *path, struct ct__pool *pool, ct_frame **kept, int *frames)
{
    struct ct__reader *reader = NULL;
    struct ct__reader_params params = {.threads = 1};
    if (ct__reader_open(&reader, path, &params))
        return -1;
    int step = (int)ct__reader_expected(reader) / KEPT + 1;
    ct_frame *frame = NULL;
    int64_t begin = ct__process_cpu_ns();
    for (*frames = 0; !ct__reader_read(reader, pool, &frame); ++*frames) {
        if (*frames % step == 0)
            kept[*frames / step] = ct_frame_ref(frame);
        ct_frame_unref(&frame);
    }
    double spent = (double)(ct__process_cpu_ns() - begin) * 1e-6;
    ct__reader_close(&reader);
    return spent / *frames;
}

static double measure_prepare(struct ct__worker *worker, ct_frame **kept)
{
    int64_t begin = ct__process_cpu_ns();
    for (int i = 0; i < PREPARES; i++)
        ct__worker_prepare(worker, ct_frame_picture(kept[i % KEPT]));
    return (double)(ct__process_cpu_ns() - begin) * 1e-6 / PREPARES;
}

static double measure_run(struct ct__worker *worker)
{
    int64_t begin = ct__process_cpu_ns();
    for (int i = 0; i < RUNS; i++)
        ct__worker_run(worker);
    return (double)(ct__process_cpu_ns() - begin) * 1e-6 / RUNS;
}

static double measure_result(struct ct__worker *worker)
{
    struct ct__result result = {0};
    int64_t begin = ct__process_cpu_ns();
    for (int i = 0; i < PREPARES; i++) {
        ct__result_clear(&result);
        ct__worker_result(worker, &result, NULL, NULL);
    }
    double spent = (double)(ct__process_cpu_ns() - begin) * 1e-6 / PREPARES;
    ct__result_finish(&result);
    return spent;
}

int main(int argc, char **argv)
{
    struct ct__pool *pool = NULL;
    ct_model *model = NULL;
    struct ct__worker *worker = NULL;
    ct_frame *kept[KEPT] = {0};
    struct ct__cores cores;
    int frames = 0;
    ct_log_set(CT_LOG_WARN, print_message, NULL);
    if (argc != 3 || ct__pool_create(&pool) || ct_model_open(&model, argv[1], NULL) ||
        ct__worker_create(&worker, model))
        return 1;
    double decode = measure_decode(argv[2], pool, kept, &frames);
    if (frames < KEPT || ct__worker_prepare(worker, ct_frame_picture(kept[0])) ||
        ct__worker_run(worker))
        return 1;
    ct__cores_read("", &cores);
    double prepare = measure_prepare(worker, kept), run = measure_run(worker);
    double outputs = measure_result(worker), sum = decode + prepare + run;
    printf("{\"frames\":%d,\"decode_ms\":%.3f,\"prepare_ms\":%.3f,\"run_ms\":%.3f,"
           "\"outputs_ms\":%.4f,\"sum_ms\":%.3f,\"cores\":%d,\"limit_fps\":%.1f}\n",
           frames, decode, prepare, run, outputs, sum, cores.usable, cores.usable * 1e3 / sum);
    for (int i = 0; i < KEPT; i++)
        ct_frame_unref(&kept[i]);
    ct__worker_destroy(&worker);
    ct_model_close(&model);
    ct__pool_unref(&pool);
    return 0;
}
