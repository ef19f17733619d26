// SPDX-License-Identifier: Apache-2.0
// chiton inspect: what a model, a media file or a camera is. Of files the content decides; the name
// only says what to try first.
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <chiton/machine.h>
#include <chiton/media.h>
#include <chiton/model.h>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/talk.h"

enum { LABELS_SHOWN = 8, MOST_MODES = 512 };

struct inspect {
    struct ct__common common;
    int json;
};

static const char *type_name(enum ct_type type)
{
    static const char *const names[] = {
        [CT_TYPE_NONE] = "none",   [CT_TYPE_F32] = "float32", [CT_TYPE_F16] = "float16",
        [CT_TYPE_F64] = "float64", [CT_TYPE_U8] = "uint8",    [CT_TYPE_I8] = "int8",
        [CT_TYPE_I32] = "int32",   [CT_TYPE_I64] = "int64",   [CT_TYPE_BOOL] = "bool",
        [CT_TYPE_I16] = "int16",   [CT_TYPE_U16] = "uint16",  [CT_TYPE_U32] = "uint32",
        [CT_TYPE_U64] = "uint64",  [CT_TYPE_OTHER] = "other",
    };
    return (size_t)type < sizeof names / sizeof *names ? names[type] : "other";
}

static void tensors_text(const char *kind, const struct ct_tensor_info *tensors, int count,
                         struct ct__text *text)
{
    for (int i = 0; i < count; i++) {
        ct__text_printf(text, "%-11s %s %s [", i ? "" : kind, tensors[i].name,
                        type_name(tensors[i].type));
        for (int j = 0; j < tensors[i].rank; j++) {
            ct__text_puts(text, j ? ", " : "");
            if (tensors[i].dim[j] < 0)
                ct__text_puts(text, "?");
            else
                ct__text_printf(text, "%lld", (long long)tensors[i].dim[j]);
        }
        ct__text_puts(text, "]\n");
    }
}

static void labels_text(const struct ct_model_info *info, struct ct__text *text)
{
    ct__text_printf(text, "%-11s %d:", "labels", info->label_count);
    for (int i = 0; i < info->label_count && i < LABELS_SHOWN; i++)
        ct__text_printf(text, "%s %s", i ? "," : "", info->labels[i]);
    ct__text_puts(text, info->label_count > LABELS_SHOWN ? ", ...\n" : "\n");
}

static void model_text(const struct ct_model_info *info, struct ct__text *text)
{
    ct__text_printf(text, "%-11s %s\n", "model", info->path);
    if (info->sidecar)
        ct__text_printf(text, "%-11s %s\n", "sidecar", info->sidecar);
    ct__text_printf(text, "%-11s %s\n", "family", info->family);
    ct__text_printf(text, "%-11s %s\n", "backend", info->backend);
    tensors_text("inputs", info->inputs, info->input_count, text);
    tensors_text("outputs", info->outputs, info->output_count, text);
    if (info->width)
        ct__text_printf(text, "%-11s %d x %d\n", "picture", info->width, info->height);
    else
        ct__text_printf(text, "%-11s any size\n", "picture");
    ct__text_printf(text, "%-11s %s\n", "prepared", info->preparation);
    ct__text_printf(text, "%-11s conf %g, iou %g\n", "thresholds", (double)info->conf,
                    (double)info->iou);
    labels_text(info, text);
    for (int i = 0; i < info->metadata_count; i++)
        ct__text_printf(text, "%-11s %s = %.60s\n", i ? "" : "metadata", info->metadata_keys[i],
                        info->metadata_values[i]);
}

static void tensors_json(const char *key, const struct ct_tensor_info *tensors, int count,
                         struct ct__json *json)
{
    ct__json_key(json, key);
    ct__json_begin_array(json);
    for (int i = 0; i < count; i++) {
        ct__json_begin_object(json);
        ct__member_string(json, "name", tensors[i].name);
        ct__member_string(json, "type", type_name(tensors[i].type));
        ct__json_key(json, "shape");
        ct__json_begin_array(json);
        for (int j = 0; j < tensors[i].rank; j++)
            ct__json_int(json, tensors[i].dim[j]);
        ct__json_end_array(json);
        ct__json_end_object(json);
    }
    ct__json_end_array(json);
}

static void model_json(const struct ct_model_info *info, struct ct__json *json)
{
    ct__member_string(json, "model", info->path);
    if (info->sidecar)
        ct__member_string(json, "sidecar", info->sidecar);
    ct__member_string(json, "family", info->family);
    ct__member_string(json, "backend", info->backend);
    tensors_json("inputs", info->inputs, info->input_count, json);
    tensors_json("outputs", info->outputs, info->output_count, json);
    ct__member_int(json, "width", info->width);
    ct__member_int(json, "height", info->height);
    ct__member_string(json, "prepared", info->preparation);
    ct__member_number(json, "conf", (double)info->conf, 4);
    ct__member_number(json, "iou", (double)info->iou, 4);
    ct__json_key(json, "labels");
    ct__json_begin_array(json);
    for (int i = 0; i < info->label_count; i++)
        ct__json_string(json, info->labels[i]);
    ct__json_end_array(json);
    ct__json_key(json, "metadata");
    ct__json_begin_object(json);
    for (int i = 0; i < info->metadata_count; i++)
        ct__member_string(json, info->metadata_keys[i], info->metadata_values[i]);
    ct__json_end_object(json);
}

static void stream_text(const struct ct_media_stream *stream, int index, struct ct__text *text)
{
    ct__text_printf(text, "%-11s %d: %s, %s", index ? "" : "streams", index, stream->kind,
                    stream->codec);
    if (stream->format[0])
        ct__text_printf(text, ", %s", stream->format);
    if (stream->width)
        ct__text_printf(text, ", %d x %d", stream->width, stream->height);
    if (stream->rotation)
        ct__text_printf(text, ", turned by %d degrees", stream->rotation);
    if (stream->rate > 0)
        ct__text_printf(text, ", %.4g frames/s", stream->rate);
    if (stream->frames > 0)
        ct__text_printf(text, ", %lld frames", (long long)stream->frames);
    if (stream->duration_s > 0)
        ct__text_printf(text, ", %.3f s", stream->duration_s);
    ct__text_puts(text, "\n");
}

static void media_text(const char *path, const struct ct_media_info *info, struct ct__text *text)
{
    ct__text_printf(text, "%-11s %s\n", info->is_picture ? "picture" : "clip", path);
    ct__text_printf(text, "%-11s %s\n", "container", info->container);
    if (info->bytes >= 0)
        ct__text_printf(text, "%-11s %lld bytes\n", "size", (long long)info->bytes);
    if (info->duration_s > 0)
        ct__text_printf(text, "%-11s %.3f s\n", "duration", info->duration_s);
    for (int i = 0; i < info->stream_count; i++)
        stream_text(&info->streams[i], i, text);
}

static void stream_json(const struct ct_media_stream *stream, struct ct__json *json)
{
    ct__json_begin_object(json);
    ct__member_string(json, "kind", stream->kind);
    ct__member_string(json, "codec", stream->codec);
    ct__member_string(json, "format", stream->format);
    ct__member_int(json, "width", stream->width);
    ct__member_int(json, "height", stream->height);
    ct__member_int(json, "rotation", stream->rotation);
    ct__member_number(json, "rate", stream->rate, 4);
    ct__member_int(json, "frames", stream->frames);
    ct__member_number(json, "duration", stream->duration_s, 3);
    ct__json_end_object(json);
}

static void media_json(const char *path, const struct ct_media_info *info, struct ct__json *json)
{
    ct__member_string(json, info->is_picture ? "picture" : "clip", path);
    ct__member_string(json, "container", info->container);
    ct__member_int(json, "bytes", info->bytes);
    ct__member_number(json, "duration", info->duration_s, 3);
    ct__json_key(json, "streams");
    ct__json_begin_array(json);
    for (int i = 0; i < info->stream_count; i++)
        stream_json(&info->streams[i], json);
    ct__json_end_array(json);
}

// A line for each format and size.
static void camera_text(const struct ct_camera *camera, const struct ct_camera_mode *modes,
                        int count, struct ct__text *text)
{
    ct__text_printf(text, "%-11s %s\n%-11s %s\n", "camera", camera->input, "name", camera->name);
    for (int i = 0; i < count; i++) {
        const struct ct_camera_mode *mode = &modes[i], *next = mode + 1;
        bool begins = !i || strcmp(mode[-1].format, mode->format) != 0 ||
                      mode[-1].width != mode->width || mode[-1].height != mode->height;
        bool ends = i + 1 == count || strcmp(next->format, mode->format) != 0 ||
                    next->width != mode->width || next->height != mode->height;
        if (begins)
            ct__text_printf(text, "%-11s %s, %d x %d", i ? "" : "modes", mode->format, mode->width,
                            mode->height);
        if (mode->fps > 0)
            ct__text_printf(text, ", %.4g", mode->fps);
        if (ends)
            ct__text_puts(text, mode->fps > 0 ? " frames/s\n" : "\n");
    }
}

static void camera_json(const struct ct_camera *camera, const struct ct_camera_mode *modes,
                        int count, struct ct__json *json)
{
    ct__member_string(json, "camera", camera->input);
    ct__member_string(json, "name", camera->name);
    ct__json_key(json, "modes");
    ct__json_begin_array(json);
    for (int i = 0; i < count; i++) {
        ct__json_begin_object(json);
        ct__member_string(json, "format", modes[i].format);
        ct__member_int(json, "width", modes[i].width);
        ct__member_int(json, "height", modes[i].height);
        ct__member_number(json, "rate", modes[i].fps, 4);
        ct__json_end_object(json);
    }
    ct__json_end_array(json);
}

static int inspect_camera(const struct inspect *inspect, const char *input)
{
    struct ct_camera camera;
    struct ct_camera_mode modes[MOST_MODES];
    struct ct__text text = {0};
    int count = ct_camera_modes(input, &camera, modes, MOST_MODES);
    if (count < 0)
        return ct__exit_code(count);
    if (inspect->json) {
        struct ct__json json;
        ct__json_init(&json, &text);
        ct__json_begin_object(&json);
        camera_json(&camera, modes, count, &json);
        ct__json_end_object(&json);
        ct__text_puts(&text, "\n");
    } else {
        camera_text(&camera, modes, count, &text);
    }
    return ct__print(&text);
}

// What a file turned out to be.
struct finding {
    ct_model *model; // NULL: it is media
    struct ct_media_info media;
};

static int print_finding(const struct inspect *inspect, const char *path,
                         const struct finding *finding)
{
    struct ct__text text = {0};
    const struct ct_model_info *model = finding->model ? ct_model_info(finding->model) : NULL;
    if (inspect->json) {
        struct ct__json json;
        ct__json_init(&json, &text);
        ct__json_begin_object(&json);
        if (model)
            model_json(model, &json);
        else
            media_json(path, &finding->media, &json);
        ct__json_end_object(&json);
        ct__text_puts(&text, "\n");
    } else if (model) {
        model_text(model, &text);
    } else {
        media_text(path, &finding->media, &text);
    }
    return ct__print(&text);
}

static int try_model(const char *path, const struct ct_model_params *params,
                     struct finding *finding)
{
    return ct_model_open(&finding->model, path, params);
}

static int try_media(const char *path, const struct ct_model_params *params,
                     struct finding *finding)
{
    (void)params;
    return ct_media_read(path, &finding->media);
}

// Tries the likelier kind, then the other one. Where it is neither, the likelier one's message is
// the one that helps.
static int find(const char *path, const struct ct_model_params *params, struct finding *finding)
{
    bool named_model = ct__ends_with(path, ".onnx") || ct__ends_with(path, ".json");
    char reason[512], scope[1024];
    ct__talk_silence(true);
    int error = (named_model ? try_model : try_media)(path, params, finding);
    if (!error) {
        ct__talk_silence(false);
        return CT_OK;
    }
    ct__last_failure(reason, sizeof reason);
    ct__last_failure_scope(scope, sizeof scope);
    int other = (named_model ? try_media : try_model)(path, params, finding);
    ct__talk_silence(false);
    if (other)
        return ct__fail(error, scope, "%s", reason);
    if (named_model)
        ct__log(CT_LOG_WARN, path, "named like a model, but it is none: %s", reason);
    return CT_OK;
}

static int inspect(void *options, struct ct__option_list operands)
{
    const struct inspect *inspect = options;
    const char *path = operands.items[0];
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        ct__fail(CT_ERROR_INVALID, path, "a folder: inspect wants one file");
        return CT__EXIT_USAGE;
    }
    if (strncmp(path, "v4l2:", 5) == 0 || (stat(path, &status) == 0 && S_ISCHR(status.st_mode)))
        return inspect_camera(inspect, path);
    struct ct_model_params params;
    struct finding finding = {0};
    int error = ct__model_params_read(&inspect->common, &params);
    if (!error)
        error = find(path, &params, &finding);
    int code = error ? ct__exit_code(error) : print_finding(inspect, path, &finding);
    ct_model_close(&finding.model);
    return code;
}

// clang-format off
static const struct ct__option inspect_options[] = {
    {"json", 0, CT__OPTION_FLAG, offsetof(struct inspect, json), .help = "print JSON"},
    {NULL},
};

static const struct ct__option *const groups[] = {
    inspect_options, ct__backend_options, ct__open_options, ct__library_options, ct__log_options,
    NULL,
};

const struct ct__command ct__command_inspect = {
    .name = "inspect",
    .operands = "FILE",
    .summary = "tell what a model, a media file or a camera is",
    .details = "Of a model: family, tensors, thresholds, labels. Of media: container and streams. "
               "Of a camera (v4l2:0, /dev/video0): formats, sizes and rates that can be used.",
    .least_operands = 1,
    .most_operands = 1,
    .groups = groups,
    .run = inspect,
    .size = sizeof(struct inspect),
};
