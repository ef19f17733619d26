// SPDX-License-Identifier: Apache-2.0
// A camera that PipeWire shows to others: virtual_camera NAME FORMAT WIDTH HEIGHT FPS [JPEG]. Plain
// pictures count up: every byte of the n-th is n. FORMAT is I420, NV12, YUY2, BGRx or MJPG, whose
// pictures are the file JPEG. Every seventh picture's number is left out, every fifth is marked as
// damaged. Prints "ready" when the server knows it; ends when it is killed.
#include <pipewire/pipewire.h>
#include <signal.h>
#include <spa/param/video/format-utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

enum { SECOND = 1000000000, LOST_EACH = 7, DAMAGED_EACH = 5, MOST_JPEG = 1 << 20 };

static const struct format {
    const char *name;
    enum spa_video_format id;
    int bits; // a pixel
    int step; // bytes a pixel of the first plane
} formats[] = {
    {"I420", SPA_VIDEO_FORMAT_I420, 12, 1},   {"NV12", SPA_VIDEO_FORMAT_NV12, 12, 1},
    {"YUY2", SPA_VIDEO_FORMAT_YUY2, 16, 2},   {"BGRx", SPA_VIDEO_FORMAT_BGRx, 32, 4},
    {"MJPG", SPA_VIDEO_FORMAT_ENCODED, 8, 1},
};

struct camera {
    struct pw_main_loop *loop;
    struct pw_stream *stream;
    struct spa_source *timer;
    const struct format *format;
    int width, height, fps;
    uint64_t number;
    uint8_t *jpeg;
    size_t jpeg_size;
};

static size_t picture_size(const struct camera *camera)
{
    return (size_t)camera->width * (size_t)camera->height * (size_t)camera->format->bits / 8;
}

static void fill_header(const struct camera *camera, struct spa_meta_header *header)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    header->pts = SPA_TIMESPEC_TO_NSEC(&now);
    header->seq = camera->number + camera->number / LOST_EACH;
    bool damaged = camera->number % DAMAGED_EACH == DAMAGED_EACH - 1;
    header->flags = damaged ? SPA_META_HEADER_FLAG_CORRUPTED : 0;
}

static void give(struct camera *camera)
{
    struct pw_buffer *taken = pw_stream_dequeue_buffer(camera->stream);
    if (!taken)
        return;
    struct spa_buffer *buffer = taken->buffer;
    struct spa_data *data = &buffer->datas[0];
    struct spa_meta_header *header =
        spa_buffer_find_meta_data(buffer, SPA_META_Header, sizeof *header);
    size_t size = camera->jpeg ? camera->jpeg_size : picture_size(camera);
    if (size > data->maxsize)
        abort();
    if (camera->jpeg)
        memcpy(data->data, camera->jpeg, size);
    else
        memset(data->data, (int)camera->number & 255, size);
    data->chunk->offset = 0;
    data->chunk->size = (uint32_t)size;
    data->chunk->stride = camera->jpeg ? 0 : camera->width * camera->format->step;
    if (header)
        fill_header(camera, header);
    camera->number++;
    pw_stream_queue_buffer(camera->stream, taken);
}

static void on_process(void *opaque)
{
    give(opaque);
}

static void on_timer(void *opaque, uint64_t times)
{
    (void)times;
    pw_stream_trigger_process(((struct camera *)opaque)->stream);
}

static void on_state(void *opaque, enum pw_stream_state old, enum pw_stream_state state,
                     const char *message)
{
    struct camera *camera = opaque;
    struct timespec now = {0, 1}, period = {0, SECOND / camera->fps};
    bool streams = state == PW_STREAM_STATE_STREAMING;
    pw_loop_update_timer(pw_main_loop_get_loop(camera->loop), camera->timer, streams ? &now : NULL,
                         streams ? &period : NULL, false);
    if (state == PW_STREAM_STATE_PAUSED && old == PW_STREAM_STATE_CONNECTING) {
        puts("ready");
        fflush(stdout);
    }
    if (state == PW_STREAM_STATE_ERROR) {
        fprintf(stderr, "virtual_camera: %s\n", message);
        exit(1);
    }
}

static void on_param(void *opaque, uint32_t id, const struct spa_pod *param)
{
    struct camera *camera = opaque;
    uint8_t memory[1024];
    struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, sizeof memory);
    const struct spa_pod *pods[2];
    if (!param || id != SPA_PARAM_Format)
        return;
    int size = (int)(camera->jpeg ? MOST_JPEG : picture_size(camera));
    pods[0] = spa_pod_builder_add_object(
        &builder, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers, SPA_PARAM_BUFFERS_buffers,
        SPA_POD_CHOICE_RANGE_Int(4, 2, 8), SPA_PARAM_BUFFERS_blocks, SPA_POD_Int(1),
        SPA_PARAM_BUFFERS_size, SPA_POD_Int(size), SPA_PARAM_BUFFERS_stride,
        SPA_POD_Int(camera->jpeg ? 0 : camera->width * camera->format->step),
        SPA_PARAM_BUFFERS_dataType, SPA_POD_CHOICE_FLAGS_Int(1 << SPA_DATA_MemFd));
    pods[1] = spa_pod_builder_add_object(&builder, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta,
                                         SPA_PARAM_META_type, SPA_POD_Id(SPA_META_Header),
                                         SPA_PARAM_META_size,
                                         SPA_POD_Int(sizeof(struct spa_meta_header)));
    pw_stream_update_params(camera->stream, pods, 2);
}

static const struct pw_stream_events events = {
    PW_VERSION_STREAM_EVENTS,
    .state_changed = on_state,
    .param_changed = on_param,
    .process = on_process,
};

static const struct spa_pod *describe(struct camera *camera, struct spa_pod_builder *builder)
{
    struct spa_pod_frame frame;
    struct spa_rectangle size = SPA_RECTANGLE((uint32_t)camera->width, (uint32_t)camera->height);
    struct spa_fraction rate = SPA_FRACTION((uint32_t)camera->fps, 1);
    spa_pod_builder_push_object(builder, &frame, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat);
    spa_pod_builder_add(
        builder, SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype,
        SPA_POD_Id(camera->jpeg ? SPA_MEDIA_SUBTYPE_mjpg : SPA_MEDIA_SUBTYPE_raw), 0);
    if (!camera->jpeg)
        spa_pod_builder_add(builder, SPA_FORMAT_VIDEO_format, SPA_POD_Id(camera->format->id), 0);
    spa_pod_builder_add(builder, SPA_FORMAT_VIDEO_size, SPA_POD_Rectangle(&size),
                        SPA_FORMAT_VIDEO_framerate, SPA_POD_Fraction(&rate), 0);
    return spa_pod_builder_pop(builder, &frame);
}

static void read_jpeg(struct camera *camera, const char *path)
{
    FILE *file = fopen(path, "rb");
    camera->jpeg = malloc(MOST_JPEG);
    camera->jpeg_size = file && camera->jpeg ? fread(camera->jpeg, 1, MOST_JPEG, file) : 0;
    if (!camera->jpeg_size)
        abort();
    fclose(file);
}

int main(int count, char **words)
{
    struct camera camera = {.format = formats};
    uint8_t memory[1024];
    struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, sizeof memory);
    if (count < 6)
        return 2;
    prctl(PR_SET_PDEATHSIG, SIGKILL); // a test that breaks off leaves nothing behind
    while (strcmp(camera.format->name, words[2]) != 0)
        camera.format++;
    camera.width = atoi(words[3]);
    camera.height = atoi(words[4]);
    camera.fps = atoi(words[5]);
    if (count > 6)
        read_jpeg(&camera, words[6]);
    pw_init(NULL, NULL);
    camera.loop = pw_main_loop_new(NULL);
    struct pw_loop *loop = pw_main_loop_get_loop(camera.loop);
    camera.timer = pw_loop_add_timer(loop, on_timer, &camera);
    camera.stream = pw_stream_new_simple(
        loop, words[1],
        pw_properties_new(PW_KEY_MEDIA_CLASS, "Video/Source", PW_KEY_NODE_NAME, words[1],
                          PW_KEY_MEDIA_ROLE, "Camera", PW_KEY_NODE_VIRTUAL, "true", NULL),
        &events, &camera);
    const struct spa_pod *pod = describe(&camera, &builder);
    if (!camera.stream ||
        pw_stream_connect(camera.stream, PW_DIRECTION_OUTPUT, PW_ID_ANY,
                          PW_STREAM_FLAG_DRIVER | PW_STREAM_FLAG_MAP_BUFFERS, &pod, 1) < 0)
        return 1;
    pw_main_loop_run(camera.loop);
    return 0;
}
