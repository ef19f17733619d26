// SPDX-License-Identifier: Apache-2.0
// The machine's limit for one clip or picture and one model: what decoding, preparing and inference
// cost alone, as CPU ms a frame, each on every core at once, since that is how they are used. All
// cores together cannot do more frames than cores / sum. usage: limit MODEL INPUT [CORES [RUNS]]
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/thread.h"
#include "frame/frame.h"
#include "frame/result.h"
#include "media/picture.h"
#include "media/reader.h"
#include "pipeline/worker.h"

#include <chiton/log.h>

enum { KEPT = 8, RUNS = 240, PREPARES = 4, MOST_CORES = 256, MOST_BYTES = 1 << 30 };

static void print_message(void *opaque, enum ct_log_level level, const char *scope,
                          const char *text)
{
    (void)opaque;
    fprintf(stderr, "%s: %s: %s\n", level == CT_LOG_ERROR ? "error" : "note", scope, text);
}

// One core's share of the measurement.
struct share {
    pthread_t thread;
    ct_model *model;
    const char *input;
    int frames, runs;
    double decode_ms, prepare_ms, run_ms, outputs_ms; // CPU time of this thread for one frame
    bool failed;
    pthread_barrier_t *barrier; // stages begin together
};

static double elapsed_ms(int64_t begin_ns, int count)
{
    return (double)(ct__thread_cpu_ns() - begin_ns) * 1e-6 / count;
}

// Decodes the whole clip and keeps some frames spread over it.
static bool decode_clip(struct share *share, struct ct__pool *pool, ct_frame **kept)
{
    struct ct__reader *reader = NULL;
    struct ct__reader_params params = {.threads = 1};
    if (ct__reader_open(&reader, share->input, &params))
        return false;
    int step = (int)ct__reader_expected(reader) / KEPT + 1;
    ct_frame *frame = NULL;
    int64_t begin = ct__thread_cpu_ns();
    for (; !ct__reader_read(reader, pool, &frame); share->frames++) {
        if (share->frames % step == 0 && share->frames / step < KEPT)
            kept[share->frames / step] = ct_frame_ref(frame);
        ct_frame_unref(&frame);
    }
    share->decode_ms = elapsed_ms(begin, share->frames);
    ct__reader_close(&reader);
    return share->frames >= KEPT && kept[KEPT - 1];
}

// Decodes a picture as often as frames are kept.
static bool decode_picture(struct share *share, const uint8_t *data, size_t size,
                           struct ct__pool *pool, ct_frame **kept)
{
    int64_t begin = ct__thread_cpu_ns();
    while (share->frames < KEPT &&
           !ct__picture_decode_whole(data, size, share->input, 0, pool, &kept[share->frames]))
        share->frames++;
    share->decode_ms = elapsed_ms(begin, share->frames);
    return share->frames == KEPT;
}

static bool measure_decode(struct share *share, struct ct__pool *pool, ct_frame **kept)
{
    uint8_t *data = NULL;
    size_t size = 0;
    if (ct__file_read(share->input, MOST_BYTES, &data, &size))
        return false;
    bool picture = ct__picture_sniff(data, size) != CT__PICTURE_NONE;
    bool done = picture && decode_picture(share, data, size, pool, kept);
    ct__free(data);
    return picture ? done : decode_clip(share, pool, kept);
}

static void measure_lane(struct share *share, struct ct__worker *worker, ct_frame **kept)
{
    struct ct__result result = {0};
    share->failed |= ct__worker_prepare(worker, kept[0]) || ct__worker_run(worker);
    pthread_barrier_wait(share->barrier);
    int64_t begin = ct__thread_cpu_ns();
    for (int i = 0; i < PREPARES * share->runs; i++)
        ct__worker_prepare(worker, kept[i % KEPT]);
    share->prepare_ms = elapsed_ms(begin, PREPARES * share->runs);
    pthread_barrier_wait(share->barrier);
    begin = ct__thread_cpu_ns();
    for (int i = 0; i < share->runs && !share->failed; i++)
        ct__worker_run(worker);
    share->run_ms = elapsed_ms(begin, share->runs);
    pthread_barrier_wait(share->barrier);
    begin = ct__thread_cpu_ns();
    for (int i = 0; i < PREPARES * share->runs && !share->failed; i++) {
        ct__result_clear(&result);
        ct__worker_result(worker, &result, NULL, NULL);
    }
    share->outputs_ms = elapsed_ms(begin, PREPARES * share->runs);
    ct__result_finish(&result);
}

static void *measure(void *argument)
{
    struct share *share = argument;
    struct ct__pool *pool = NULL;
    struct ct__worker *worker = NULL;
    ct_frame *kept[KEPT] = {0};
    if (ct__pool_create(&pool) || ct__worker_create(&worker, share->model) ||
        !measure_decode(share, pool, kept))
        exit(1); // the others would wait for this one
    measure_lane(share, worker, kept);
    for (int i = 0; i < KEPT; i++)
        ct_frame_unref(&kept[i]);
    ct__worker_destroy(&worker);
    ct__pool_unref(&pool);
    return NULL;
}

int main(int argc, char **argv)
{
    static struct share shares[MOST_CORES];
    pthread_barrier_t barrier;
    ct_model *model = NULL;
    struct ct__cores cores;
    struct share mean = {0};
    ct_log_set(CT_LOG_WARN, print_message, NULL);
    if (argc < 3 || ct_model_open(&model, argv[1], NULL))
        return 1;
    ct__cores_read("", &cores);
    int count = argc > 3 ? atoi(argv[3]) : 0;
    count = count < 1 ? cores.usable : count > MOST_CORES ? MOST_CORES : count;
    int runs = argc > 4 && atoi(argv[4]) > 0 ? atoi(argv[4]) : RUNS;
    pthread_barrier_init(&barrier, NULL, (unsigned)count);
    for (int i = 0; i < count; i++) {
        shares[i] =
            (struct share){.model = model, .input = argv[2], .runs = runs, .barrier = &barrier};
        if (ct__thread_start(&shares[i].thread, "limit", measure, &shares[i]))
            return 1;
    }
    for (int i = 0; i < count; i++) {
        pthread_join(shares[i].thread, NULL);
        mean.decode_ms += shares[i].decode_ms / count;
        mean.prepare_ms += shares[i].prepare_ms / count;
        mean.run_ms += shares[i].run_ms / count;
        mean.outputs_ms += shares[i].outputs_ms / count;
        mean.failed |= shares[i].failed;
    }
    double sum = mean.decode_ms + mean.prepare_ms + mean.run_ms;
    printf("{\"frames\":%d,\"decode_ms\":%.3f,\"prepare_ms\":%.3f,\"run_ms\":%.3f,"
           "\"outputs_ms\":%.4f,\"sum_ms\":%.3f,\"cores\":%d,\"limit_fps\":%.1f}\n",
           shares[0].frames, mean.decode_ms, mean.prepare_ms, mean.run_ms, mean.outputs_ms, sum,
           count, count * 1e3 / sum);
    ct_model_close(&model);
    return mean.failed;
}
