// SPDX-License-Identifier: Apache-2.0
// A stream: made from its parameters, started, taken down.
#include "pipeline/stream.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/url.h"
#include "filters/cutout.h"
#include "models/labels.h"
#include "pipeline/engine.h"
#include "pipeline/reader.h"
#include "pipeline/viewer.h"

// How many strings a list has that ends with NULL; NULL is an empty list.
static int length_of(const char *const *list)
{
    int length = 0;
    while (list && list[length])
        length++;
    return length;
}

// All outputs are asked: each may note the name that it will give.
static bool wants_input(void *opaque, const char *path)
{
    const struct ct__stream *stream = opaque;
    bool wanted = stream->output_count == 0;
    for (int i = 0; i < stream->output_count; i++)
        wanted |= ct__output_wants(stream->outputs[i], path);
    return wanted;
}

// All inputs as they were named, ended by NULL (ct__free).
static int list_inputs(const char *input, const struct ct_stream_params *params, const char ***out)
{
    int count = 1 + length_of(params->more_inputs);
    const char **inputs = ct__calloc((size_t)count + 1, sizeof *inputs);
    if (!inputs)
        return ct__fail_memory(input);
    inputs[0] = input;
    for (int i = 1; i < count; i++)
        inputs[i] = params->more_inputs[i - 1];
    *out = inputs;
    return CT_OK;
}

static void source_params(struct ct__stream *stream, const struct ct_stream_params *params)
{
    const struct ct_live_params *live = &stream->live.params;
    stream->source_params = (struct ct__source_params){
        .video_stream = params->video_stream,
        .decoder_threads = live->enabled ? 1 : stream->engine->decoder_threads,
        .max_pixels = params->max_pixels > 0 ? params->max_pixels : INT64_C(1) << 28,
        .recursive = params->recursive != 0,
        .watch = params->watch != 0,
        .listeners = ct__sinks_with_sound(params->outputs),
        .whole = params->cutout != NULL,
        .wants = live->enabled ? NULL : wants_input,
        .opaque = stream,
        .live = live->enabled != 0,
        .transport = (enum ct_transport)live->transport,
        .timeout_ms = live->timeout_ms,
        .every_s = live->every_s,
        .size = live->size,
    };
}

static int open_list(struct ct__stream *stream, const char *input,
                     const struct ct_stream_params *params)
{
    const char **inputs = NULL;
    int error = list_inputs(input, params, &inputs);
    if (error)
        return error;
    error = ct__source_open_list(&stream->source, inputs, &stream->source_params);
    ct__free(inputs);
    stream->waits = !error && stream->source->waits;
    return error;
}

// Recorded input is opened now, so that what is wrong with it is told now; a camera by its thread,
// when it is there.
static int open_source(struct ct__stream *stream, const char *input,
                       const struct ct_stream_params *params)
{
    source_params(stream, params);
    int error = params->raw ? ct__raw_parse(params->raw, &stream->source_params.raw) : CT_OK;
    if (error || !ct__stream_is_live(stream))
        return error ? error : open_list(stream, input, params);
    stream->waits = true;
    return params->more_inputs && params->more_inputs[0]
               ? ct__fail(CT_ERROR_INVALID, stream->shown, "live input: expected one, not several")
               : CT_OK;
}

static bool has_coco_classes(const ct_model *model)
{
    const struct ct_model_info *info = ct_model_info(model);
    int i = 0;
    while (ct__labels_coco[i] && i < info->label_count && info->labels[i] &&
           strcmp(ct__labels_coco[i], info->labels[i]) == 0)
        i++;
    return !ct__labels_coco[i] && i == info->label_count;
}

static int open_output(struct ct__stream *stream, const char *spec,
                       const struct ct__sink_params *params)
{
    struct ct__output **output = &stream->outputs[stream->output_count];
    int error = ct__output_open(output, spec, params, stream->engine->trace);
    if (error)
        return error;
    stream->output_count++;
    bool pixels = ct__output_wants_pixels(*output), encodes = ct__output_encodes(*output);
    stream->keeps_frames |= pixels;
    stream->delivers_frames |= pixels && !encodes;
    stream->encodes |= encodes;
    return CT_OK;
}

static int open_outputs(struct ct__stream *stream, const struct ct_stream_params *params)
{
    int count = length_of(params->outputs);
    const char **inputs = NULL;
    if (!count)
        return CT_OK;
    stream->outputs = ct__calloc((size_t)count, sizeof *stream->outputs);
    if (!stream->outputs)
        return ct__fail_memory("outputs");
    int error = list_inputs(stream->input, params, &inputs);
    if (params->cutout && params->cutout->alpha_matting)
        stream->helpers = params->cutout->threads;
    struct ct__sink_params sink_params = {
        .draw = params->draw != 0,
        .encoder_threads = stream->engine->encoder_threads,
        .track = params->track != 0,
        .segment_ns = (int64_t)(params->segment_s * 1e9),
        .video_stream = params->video_stream,
        .input_count = 1 + length_of(params->more_inputs),
        .inputs = inputs,
        .cutout = params->cutout,
        .coco_classes = stream->step_count && has_coco_classes(stream->steps[0].slot->model),
        .live = ct__stream_is_live(stream),
        .rotate_bytes = params->rotate_bytes > 0 ? params->rotate_bytes : INT64_C(1) << 26,
        .rotate_keep = params->rotate_keep > 0 ? params->rotate_keep : 4,
    };
    for (int i = 0; !error && i < count; i++)
        error = open_output(stream, params->outputs[i], &sink_params);
    ct__free(inputs);
    return error;
}

static int init_step(struct ct__step *step, struct ct__slot *slot,
                     const struct ct_step_params *params)
{
    const struct ct_model_info *info = ct_model_info(slot->model);
    step->slot = slot;
    step->class_count = info->label_count;
    step->class_objects = ct__calloc((size_t)step->class_count + 1, sizeof *step->class_objects);
    if (params) {
        step->fps = params->fps;
        step->name = ct__strdup(params->name);
    }
    return step->class_objects && (step->name || !params) ? CT_OK : ct__fail_memory(info->path);
}

static int init_steps(struct ct__stream *stream, const struct ct_stream_params *params,
                      struct ct__slot *const *slots, int slot_count)
{
    int error = CT_OK;
    for (int i = 0; !error && i < slot_count; i++) {
        stream->step_count++;
        error = init_step(&stream->steps[i], slots[i], i ? &params->steps[i - 1] : NULL);
    }
    return error;
}

static int check_mattes(const struct ct__stream *stream, const struct ct_stream_params *params)
{
    bool made = !ct__sinks_want_mattes(params->outputs);
    for (int i = 0; i < stream->step_count; i++)
        made = made || ct__model_makes_mattes(stream->steps[i].slot->model);
    if (made)
        return CT_OK;
    return ct__cutout_fail_mattes(
        stream->step_count ? ct_model_info(stream->steps[0].slot->model)->path : stream->shown);
}

// What is to be cut out is the first model's to find.
static int init_prompts(struct ct__stream *stream, const struct ct_cutout_params *cutout)
{
    struct ct__step *step = &stream->steps[0];
    if (!cutout || !cutout->prompt_count)
        return CT_OK;
    if (!stream->step_count)
        return ct__fail(CT_ERROR_INVALID, stream->shown, "prompts are for streams with a model");
    step->prompts = (struct ct__prompts){cutout->prompts, cutout->prompt_count};
    int error = ct__model_check_prompts(step->slot->model, &step->prompts);
    if (error)
        return error;
    memcpy(stream->prompts, cutout->prompts,
           (size_t)cutout->prompt_count * sizeof *stream->prompts);
    step->prompts.items = stream->prompts;
    return CT_OK;
}

static bool carries(const struct ct__stream *stream)
{
    bool any = false;
    for (int i = 0; i < stream->step_count; i++)
        any = any || ct__model_carries(stream->steps[i].slot->model);
    return any;
}

static int init_names(struct ct__stream *stream, const char *input, const char *name)
{
    stream->input = ct__strdup(input);
    stream->shown = ct__url_loggable(input);
    stream->name = name ? ct__strdup(name) : NULL;
    return stream->input && stream->shown && (stream->name || !name) ? CT_OK
                                                                     : ct__fail_memory(input);
}

int ct__stream_create(struct ct__stream **out, ct_engine *engine, const char *input,
                      const struct ct_stream_params *params, struct ct__slot *const *slots,
                      int slot_count, unsigned window)
{
    struct ct__stream *stream = ct__calloc(1, sizeof *stream);
    if (!stream)
        return ct__fail_memory(input);
    stream->engine = engine;
    stream->number = -1; // until it is in the list
    stream->on_result = params->on_result;
    stream->opaque = params->opaque;
    stream->every = params->every > 1 ? (uint64_t)params->every : 1;
    stream->max_frames = params->max_frames > 0 ? (uint64_t)params->max_frames : UINT64_MAX;
    stream->keeps_frames = stream->delivers_frames = params->on_result && !params->results_only;
    ct__inbox_init(&stream->inbox);
    int error = init_names(stream, input, params->name);
    const char *scope = stream->name ? stream->name : stream->shown;
    error = error ? error : ct__live_init(&stream->live, scope, &params->live);
    error = error ? error : init_steps(stream, params, slots, slot_count);
    error = error ? error : check_mattes(stream, params);
    error = error ? error : init_prompts(stream, params->cutout);
    // Of a live stream one frame is in work at a time, and so it is where a model is recurrent.
    bool single = params->live.enabled || carries(stream);
    error = error ? error : ct__tail_init(&stream->tail, single ? 1 : window);
    error = error ? error : ct__pool_create(&stream->pool);
    error = error || !params->track ? error : ct__tracker_create(&stream->tracker);
    error = error ? error : open_source(stream, input, params);
    error = error ? error : open_outputs(stream, params);
    if (error)
        ct__stream_destroy(&stream);
    else
        *out = stream;
    return error;
}

int ct__stream_start(struct ct__stream *stream)
{
    if (!stream->waits)
        return CT_OK;
    return ct__stream_is_live(stream) ? ct__live_start(stream) : ct__stream_read_apart(stream);
}

void ct__stream_cut(struct ct__stream *stream, int error)
{
    stream->error = stream->error ? stream->error : error;
    ct__inbox_end(&stream->inbox, true);
    atomic_store(&stream->live.stop, true);
    if (stream->source)
        stream->source->class->interrupt(stream->source);
}

// ---- the end

static void join_reader(struct ct__stream *stream)
{
    if (stream->has_reader)
        ct__thread_join_waking(stream->reader, stream->engine->wake_signal);
    stream->has_reader = false;
}

void ct__stream_close_outputs(struct ct__stream *stream, bool complete)
{
    // A stream that was cut has ended while its reader may still ask the outputs what they want. A
    // camera's asks nothing, and may take its time.
    if (!ct__stream_is_live(stream))
        join_reader(stream);
    for (int i = 0; i < stream->output_count; i++) {
        struct ct__stages stages = {0};
        uint64_t failed = 0;
        int error = ct__output_close(&stream->outputs[i], complete, &stages, &failed);
        pthread_mutex_lock(&stream->engine->lock);
        ct__stages_merge(&stream->engine->stages, &stages);
        if (ct__stream_is_live(stream))
            stream->stats.unwritten += failed;
        else
            stream->stats.failed += failed;
        stream->error = stream->error ? stream->error : error;
        pthread_mutex_unlock(&stream->engine->lock);
    }
    stream->output_count = 0;
}

void ct__stream_destroy(struct ct__stream **pointer)
{
    struct ct__stream *stream = *pointer;
    if (!stream)
        return;
    *pointer = NULL;
    join_reader(stream);
    for (int i = 0; i < stream->output_count; i++)
        ct__output_close(&stream->outputs[i], false, NULL, NULL);
    ct__free(stream->outputs);
    if (stream->engine->viewer)
        ct__viewer_forget(stream->engine->viewer, stream->number);
    ct__inbox_finish(&stream->inbox);
    ct__tail_destroy(&stream->tail);
    ct__source_close(&stream->source);
    ct__tracker_destroy(&stream->tracker);
    ct__pool_unref(&stream->pool);
    ct__live_finish(&stream->live);
    for (int i = 0; i < stream->step_count; i++) {
        ct__free(stream->steps[i].class_objects);
        ct__free(stream->steps[i].name);
        ct__worker_destroy(&stream->steps[i].worker);
    }
    ct__free(stream->shown);
    ct__free(stream->input);
    ct__free(stream->name);
    ct__free(stream);
}
