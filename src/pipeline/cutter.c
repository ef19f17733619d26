// SPDX-License-Identifier: Apache-2.0
// What a lane does for an output of cut-outs, for bytes in memory: decode, run, cut out, encode.
#include <chiton/cutout.h>

#include "base/log.h"
#include "base/mem.h"
#include "media/picture.h"
#include "pipeline/crew.h"
#include "pipeline/worker.h"
#include "sinks/cutting.h"

static const char SCOPE[] = "cutout";

enum { MOST_PIXELS = 1 << 28, MOST_THREADS = 256 };

struct ct_cutter {
    ct_model *model;
    struct ct__worker *worker;
    struct ct__crew *crew; // or NULL
    struct ct__result result;
    struct ct_cutout_params params; // of the run, which `cutout` looks at
    struct ct__cutout *cutout;
};

static int make(ct_cutter *cutter, int threads)
{
    int error = ct__worker_create(&cutter->worker, cutter->model);
    error = error ? error : ct__cutout_create(&cutter->cutout, &cutter->params, NULL);
    return !error && threads > 1 ? ct__crew_create(&cutter->crew, threads) : error;
}

int ct_cutter_open(ct_cutter **out, ct_model *model, int threads)
{
    if (!out || !model || threads < 0 || threads > MOST_THREADS)
        return ct__fail(CT_ERROR_INVALID, SCOPE, "a model and 0 to %d threads are needed",
                        MOST_THREADS);
    if (!ct__model_makes_mattes(model))
        return ct__cutout_fail_mattes(ct_model_info(model)->path);
    ct_cutter *cutter = ct__calloc(1, sizeof *cutter);
    if (!cutter)
        return ct__fail_memory(SCOPE);
    cutter->model = ct__model_ref(model);
    int error = make(cutter, threads);
    if (error)
        ct_cutter_close(&cutter);
    else
        *out = cutter;
    return error;
}

static int infer(ct_cutter *cutter, const ct_frame *frame)
{
    ct__result_clear(&cutter->result);
    const struct ct__prompts prompts = {cutter->params.prompts, cutter->params.prompt_count};
    int error = ct__model_check_prompts(cutter->model, &prompts);
    ct__worker_ask(cutter->worker, error ? NULL : &prompts);
    error = error ? error : ct__worker_prepare(cutter->worker, frame);
    error = error ? error : ct__worker_run(cutter->worker);
    return error ? error : ct__worker_result(cutter->worker, &cutter->result, NULL, NULL);
}

static int read_picture(const void *data, size_t size, int64_t max_pixels, ct_frame **frame)
{
    if (ct__picture_sniff(data, size) == CT__PICTURE_NONE)
        return ct__fail(CT_ERROR_UNSUPPORTED, SCOPE, "the data is no picture of a known kind");
    return ct__picture_decode_whole(data, size, SCOPE, max_pixels ? max_pixels : MOST_PIXELS, NULL,
                                    frame);
}

static int cut(ct_cutter *cutter, const void *data, size_t size, int64_t max_pixels,
               const struct ct__encoder *encoder, struct ct__text *bytes)
{
    ct_frame *frame = NULL;
    const struct ct__parallel *parallel = cutter->crew ? ct__crew_parallel(cutter->crew) : NULL;
    int error = read_picture(data, size, max_pixels, &frame);
    error = error ? error : infer(cutter, frame);
    if (!error)
        error = ct__cutting_encode(bytes, cutter->cutout, &cutter->params, encoder, frame,
                                   &cutter->result.view, parallel, SCOPE);
    ct_frame_unref(&frame);
    return error;
}

int ct_cutter_run(ct_cutter *cutter, const void *data, size_t size, int64_t max_pixels,
                  const struct ct_cutout_params *params, unsigned char **out, size_t *out_size)
{
    static const struct ct_cutout_params defaults = {0};
    struct ct__text bytes = {0};
    if (!cutter || !data || !out || !out_size || max_pixels < 0)
        return ct__fail(CT_ERROR_INVALID, SCOPE, "data and a place for the cut-out are needed");
    cutter->params = params ? *params : defaults;
    const char *format = cutter->params.format ? cutter->params.format : ".png";
    const struct ct__encoder *encoder = ct__encoder_find(format);
    if (!encoder)
        return ct__fail(CT_ERROR_INVALID, SCOPE, "%s: a cut-out is written as %s", format,
                        ct__encoder_endings());
    if (cutter->params.background)
        return ct__fail(CT_ERROR_INVALID, SCOPE, "a background is for outputs of streams");
    int error = cut(cutter, data, size, max_pixels, encoder, &bytes);
    if (error) {
        ct__text_finish(&bytes);
        return error;
    }
    *out = (unsigned char *)bytes.data;
    *out_size = bytes.length;
    return CT_OK;
}

void ct_cutter_free(unsigned char **bytes)
{
    if (!bytes)
        return;
    ct__free(*bytes);
    *bytes = NULL;
}

void ct_cutter_close(ct_cutter **pointer)
{
    ct_cutter *cutter = pointer ? *pointer : NULL;
    if (!cutter)
        return;
    *pointer = NULL;
    ct__worker_destroy(&cutter->worker);
    ct__crew_destroy(&cutter->crew);
    ct__cutout_destroy(&cutter->cutout);
    ct__result_finish(&cutter->result);
    ct_model_close(&cutter->model);
    ct__free(cutter);
}
