// SPDX-License-Identifier: Apache-2.0
// A camera of PipeWire. Its loop is turned by the reading thread, inside open and read: there all
// callbacks run. PipeWire has one thread of its own, which hands buffers over.
#include "sources/pipewire_format.h"
#include "sources/pipewire_library.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

extern const struct ct__source_class ct__source_pipewire;

enum { PODS_SIZE = 4096, NAME_SIZE = 256 };

static const char prefix[] = "pipewire:";

struct pipewire {
    struct ct__camera camera;
    const struct ct__pipewire *pw;
    struct ct__camera_wish wish;
    struct pw_loop *loop;
    struct pw_context *context;
    struct pw_core *core;
    struct pw_stream *stream;
    struct spa_hook core_listener, stream_listener;
    int64_t least_stride; // of the form that was agreed on
    int problem;          // a callback's code, logged; 0: none
};

static int match(const char *input)
{
    return strncmp(input, prefix, sizeof prefix - 1) == 0 ? 100 : 0;
}

// ---- what PipeWire says

__attribute__((format(printf, 3, 4))) static void end(struct pipewire *pipewire, int error,
                                                      const char *format, ...)
{
    char reason[256];
    va_list arguments;
    if (pipewire->problem)
        return; // the first one is the cause
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    pipewire->problem = ct__fail(error, pipewire->camera.input, "%s", reason);
}

static void on_core_error(void *opaque, uint32_t id, int sequence, int result, const char *message)
{
    (void)sequence;
    if (id == PW_ID_CORE && result == -EPIPE)
        end(opaque, CT_ERROR_IO, "the PipeWire server is gone");
    else if (id == PW_ID_CORE)
        end(opaque, CT_ERROR_IO, "PipeWire: %s", message);
}

static void on_state(void *opaque, enum pw_stream_state old, enum pw_stream_state state,
                     const char *message)
{
    const struct pipewire *pipewire = opaque;
    if (state == PW_STREAM_STATE_ERROR)
        end(opaque, CT_ERROR_IO, "PipeWire: %s", message ? message : "the camera failed");
    else if (state == PW_STREAM_STATE_UNCONNECTED && old != PW_STREAM_STATE_UNCONNECTED)
        end(opaque, CT_ERROR_IO,
            pipewire->camera.form.width ? "the camera is gone" : "no such camera");
}

// The format that camera and reader agreed on; what buffers must have follows from it.
static void on_param(void *opaque, uint32_t id, const struct spa_pod *param)
{
    struct pipewire *pipewire = opaque;
    struct ct__camera *camera = &pipewire->camera;
    struct ct__camera_form form;
    uint8_t memory[PODS_SIZE];
    const struct spa_pod *pods[CT__PIPEWIRE_BUFFER_PODS];
    if (!param || id != SPA_PARAM_Format)
        return;
    if (!ct__pipewire_read_format(param, &form, &camera->rate_num, &camera->rate_den)) {
        end(pipewire, CT_ERROR_UNSUPPORTED, "PipeWire agreed on a format that was not offered");
        return;
    }
    int error = ct__camera_set_form(camera, &form);
    if (error && !pipewire->problem)
        pipewire->problem = error;
    if (error)
        return;
    pipewire->least_stride = camera->form.stride;
    uint32_t count = ct__pipewire_buffers(&camera->form, memory, sizeof memory, pods);
    pipewire->pw->stream_update_params(pipewire->stream, pods, count);
    ct__log(CT_LOG_INFO, camera->input, "%s, %d x %d, %.4g frames a second",
            ct__pipewire_format_name(&camera->form), camera->form.width, camera->form.height,
            (double)camera->rate_num / camera->rate_den);
}

static const struct pw_core_events core_events = {PW_VERSION_CORE_EVENTS, .error = on_core_error};

static const struct pw_stream_events stream_events = {
    PW_VERSION_STREAM_EVENTS,
    .state_changed = on_state,
    .param_changed = on_param,
};

// ---- opening

static void close_pipewire(struct ct__source *source)
{
    struct pipewire *pipewire = (struct pipewire *)source;
    const struct ct__pipewire *pw = pipewire->pw;
    pipewire->problem = CT_ERROR_END; // what is said from here on is known
    if (pipewire->stream)
        pw->stream_destroy(pipewire->stream);
    if (pipewire->core)
        pw->core_disconnect(pipewire->core);
    if (pipewire->context)
        pw->context_destroy(pipewire->context);
    if (pipewire->loop)
        pw->loop_destroy(pipewire->loop);
    ct__camera_finish(&pipewire->camera);
    ct__free(pipewire);
}

static int connect_server(struct pipewire *pipewire)
{
    const struct ct__pipewire *pw = pipewire->pw;
    const char *scope = pipewire->camera.input;
    pipewire->loop = pw->loop_new(NULL);
    pipewire->context = pipewire->loop ? pw->context_new(pipewire->loop, NULL, 0) : NULL;
    if (!pipewire->context)
        return ct__fail(CT_ERROR_UNSUPPORTED, scope, "PipeWire cannot be set up: %s",
                        strerror(errno));
    pipewire->core = pw->context_connect(pipewire->context, NULL, 0);
    if (!pipewire->core)
        return ct__fail(CT_ERROR_IO, scope, "no PipeWire server: %s", strerror(errno));
    pw_core_add_listener(pipewire->core, &pipewire->core_listener, &core_events, pipewire);
    return CT_OK;
}

static int connect_stream(struct pipewire *pipewire)
{
    const struct ct__pipewire *pw = pipewire->pw;
    const char *scope = pipewire->camera.input, *name = scope + sizeof prefix - 1;
    const enum pw_stream_flags flags =
        PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_DONT_RECONNECT;
    uint8_t memory[PODS_SIZE];
    const struct spa_pod *pods[CT__PIPEWIRE_FORMAT_PODS];
    struct pw_properties *properties = pw->properties_new(
        PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY, "Capture", PW_KEY_MEDIA_ROLE, "Camera",
        name[0] ? PW_KEY_TARGET_OBJECT : NULL, name, NULL);
    pipewire->stream = properties ? pw->stream_new(pipewire->core, "chiton", properties) : NULL;
    if (!pipewire->stream)
        return ct__fail_memory(scope);
    pw->stream_add_listener(pipewire->stream, &pipewire->stream_listener, &stream_events, pipewire);
    uint32_t count = ct__pipewire_formats(&pipewire->wish, memory, sizeof memory, pods);
    int refused =
        pw->stream_connect(pipewire->stream, PW_DIRECTION_INPUT, PW_ID_ANY, flags, pods, count);
    if (refused < 0)
        return ct__fail(CT_ERROR_IO, scope, "PipeWire: %s", strerror(-refused));
    return CT_OK;
}

static int open_pipewire(struct ct__source **out, const char *input,
                         const struct ct__source_params *params)
{
    struct pipewire *pipewire = ct__calloc(1, sizeof *pipewire);
    if (!pipewire)
        return ct__fail_memory(input);
    int error = ct__camera_init(&pipewire->camera, &ct__source_pipewire, input, params);
    if (!error)
        error = ct__camera_wish(input, params, &pipewire->wish);
    pipewire->pw = error ? NULL : ct__pipewire_load();
    if (!error && !pipewire->pw)
        error = ct__fail(CT_ERROR_UNSUPPORTED, input, "libpipewire-0.3.so.0 cannot be loaded");
    if (!error)
        error = connect_server(pipewire);
    if (!error)
        error = connect_stream(pipewire);
    if (error)
        close_pipewire(&pipewire->camera.head);
    else
        *out = &pipewire->camera.head;
    return error;
}

// ---- reading

// The bytes of a buffer, or NULL if it has none that can be used.
static const uint8_t *bytes_of(struct pipewire *pipewire, const struct spa_buffer *buffer,
                               size_t *size)
{
    struct ct__camera_form *form = &pipewire->camera.form;
    const struct spa_data *data = buffer->n_datas > 0 ? &buffer->datas[0] : NULL;
    if (!data || !data->data || data->chunk->flags & SPA_CHUNK_FLAG_CORRUPTED)
        return NULL;
    uint32_t offset = data->chunk->offset, length = data->chunk->size;
    if (offset > data->maxsize || length > data->maxsize - offset)
        return NULL;
    if (data->chunk->stride >= pipewire->least_stride && pipewire->least_stride > 0)
        form->stride = data->chunk->stride; // the camera's own, buffer by buffer
    *size = length;
    return length < ct__camera_picture_size(form) ? NULL : (const uint8_t *)data->data + offset;
}

static int look(struct pipewire *pipewire, struct spa_buffer *buffer, struct ct__pool *pool,
                ct_frame **frame)
{
    struct ct__camera *camera = &pipewire->camera;
    const struct spa_meta_header *header =
        spa_buffer_find_meta_data(buffer, SPA_META_Header, sizeof *header);
    struct ct_frame_info info;
    size_t size = 0;
    const uint8_t *data = bytes_of(pipewire, buffer, &size);
    if (header)
        ct__camera_count(camera, (uint32_t)header->seq);
    if (!data || (header && header->flags & SPA_META_HEADER_FLAG_CORRUPTED)) {
        camera->head.damaged++;
        return CT_OK;
    }
    if (!ct__camera_wants(camera, header ? header->pts : CT_NO_TIME, &info))
        return CT_OK;
    return ct__camera_frame(camera, data, size, &info, pool, frame);
}

// One picture, if one is there; else what happens within a short turn.
static int step(struct pipewire *pipewire, struct ct__pool *pool, ct_frame **frame)
{
    struct pw_buffer *buffer = pipewire->pw->stream_dequeue_buffer(pipewire->stream);
    if (!buffer) {
        pw_loop_iterate(pipewire->loop, CT__CAMERA_TURN_MS);
        return pipewire->problem;
    }
    int error = look(pipewire, buffer->buffer, pool, frame);
    pipewire->pw->stream_queue_buffer(pipewire->stream, buffer);
    return error;
}

static int read_pipewire(struct ct__source *source, struct ct__pool *pool, ct_frame **frame,
                         const char **failed)
{
    struct pipewire *pipewire = (struct pipewire *)source;
    int64_t begin = ct__now_ns();
    ct_frame *found = NULL;
    int error = CT_OK;
    *failed = NULL;
    *frame = NULL;
    pw_loop_enter(pipewire->loop);
    while (!error && !found) {
        error = ct__camera_turn(&pipewire->camera, begin);
        if (!error)
            error = step(pipewire, pool, &found);
    }
    pw_loop_leave(pipewire->loop);
    pipewire->camera.failed = pipewire->camera.failed || pipewire->problem;
    *frame = found;
    return error == CT__CAMERA_IDLE ? CT_OK : error;
}

const struct ct__source_class ct__source_pipewire = {
    .name = "pipewire",
    .help = "a camera of PipeWire: pipewire: or pipewire:NAME",
    .match = match,
    .open = open_pipewire,
    .read = read_pipewire,
    .want = ct__camera_want,
    .expected = ct__camera_expected,
    .rate = ct__camera_rate,
    .interrupt = ct__camera_interrupt,
    .close = close_pipewire,
};
