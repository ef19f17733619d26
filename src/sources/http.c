// SPDX-License-Identifier: Apache-2.0
// http: and https: cameras: a stream of JPEG pictures, or an address that gives one picture, asked
// again and again. What is neither is libav's, as are addresses that are no cameras.
#include "sources/camera.h"
#include "sources/multipart.h"

#include <poll.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/url.h"
#include "media/link.h"
#include "media/picture.h"

extern const struct ct__source_class ct__source_http, ct__source_clip, ct__source_rtsp;

enum { LOOK = 16 };

struct http {
    struct ct__camera camera;
    char *address;
    struct ct__link *link; // of a stream; NULL between two single pictures
    bool single;
    int64_t every_ns, due_ns;   // of single pictures: how often, and when next
    struct ct__multipart parts; // what came; of a single picture all of it
    uint8_t *last;              // bytes of the single picture before
    size_t last_size;
    ct_frame *picture;              // made of them
    struct ct_frame_info last_info; // as it was given
};

static int match(const char *input)
{
    return strncmp(input, "http://", 7) == 0 || strncmp(input, "https://", 8) == 0 ? 100 : 0;
}

static void close_http(struct ct__source *source)
{
    struct http *http = (struct http *)source;
    ct__link_close(&http->link);
    ct__multipart_finish(&http->parts);
    ct_frame_unref(&http->picture);
    ct__free(http->last);
    ct__free(http->address);
    ct__camera_finish(&http->camera);
    ct__free(http);
}

// ---- bytes

static int64_t deadline(const struct http *http)
{
    return http->camera.came_ns + http->camera.timeout_ns;
}

static int connect_link(struct http *http)
{
    struct ct__link_params params = {http->camera.input, &http->camera.stopped, http->camera.stop};
    return ct__link_open(&http->link, http->address, &params, deadline(http));
}

// Reads what comes; *ended: no more does.
static int receive(struct http *http, bool *ended)
{
    uint8_t *room = NULL;
    size_t size = 0, count = 0;
    int error = ct__multipart_room(&http->parts, &room, &size);
    if (!error)
        error = ct__link_read(http->link, room, size, &count, deadline(http));
    if (error)
        return error;
    ct__multipart_add(&http->parts, count);
    *ended = count == 0;
    return CT_OK;
}

// ---- opening

// Looks at what the address answers: *ours if it is a stream of parts or a picture.
static int look(struct http *http, bool *ours)
{
    bool ended = false;
    int error = connect_link(http);
    if (error)
        return error;
    const char *type = ct__link_type(http->link);
    ct__multipart_init(&http->parts, http->camera.input, type);
    *ours = strncasecmp(type, "multipart/", 10) == 0;
    while (!error && !*ours && !ended && http->parts.size < LOOK)
        error = receive(http, &ended);
    if (error || *ours)
        return error;
    http->single = ct__picture_sniff(http->parts.data, http->parts.size) != CT__PICTURE_NONE;
    *ours = http->single ||
            (http->parts.size > 2 && memcmp(http->parts.data, "--", 2) == 0); // says no type
    return CT_OK;
}

static int begin(struct http *http, const char *input, const struct ct__source_params *params,
                 bool *ours)
{
    char *shown = ct__url_loggable(input);
    int error = shown ? ct__camera_init(&http->camera, &ct__source_http, shown, params)
                      : ct__fail_memory("http");
    ct__free(shown);
    if (error)
        return error;
    http->address = ct__strdup(input);
    http->camera.form.layout = CT__CAMERA_JPEG;
    http->every_ns = (int64_t)((params->every_s > 0 ? params->every_s : 1) * 1e9);
    return http->address ? look(http, ours) : ct__fail_memory(http->camera.input);
}

static int open_http(struct ct__source **out, const char *input,
                     const struct ct__source_params *params)
{
    if (!params->live)
        return ct__source_clip.open(out, input, params);
    struct http *http = ct__calloc(1, sizeof *http);
    bool ours = false;
    int error = http ? begin(http, input, params, &ours) : ct__fail_memory("http");
    if (!error && ours) {
        *out = &http->camera.head;
        return CT_OK;
    }
    if (http)
        close_http(&http->camera.head);
    return error ? error : ct__source_rtsp.open(out, input, params);
}

// ---- a stream of pictures

static int take_part(struct http *http, struct ct__pool *pool, ct_frame **frame)
{
    const uint8_t *data = NULL;
    size_t size = 0;
    struct ct_frame_info info;
    bool ended = false;
    int found = ct__multipart_next(&http->parts, &data, &size);
    if (found == 0) {
        int error = receive(http, &ended);
        return ended ? CT_ERROR_END : error;
    }
    if (found < 0 || size == 0 || !ct__camera_wants(&http->camera, CT_NO_TIME, &info))
        return found < 0 ? found : CT_OK;
    return ct__camera_frame(&http->camera, data, size, &info, pool, frame);
}

// ---- single pictures

// The whole answer, in the buffer.
static int fetch(struct http *http)
{
    bool ended = false;
    int error = CT_OK;
    if (!http->link) {
        http->parts.size = 0;
        http->camera.came_ns = ct__now_ns(); // each has the whole time
        error = connect_link(http);
    }
    while (!error && !ended)
        error = receive(http, &ended);
    ct__link_close(&http->link);
    return error;
}

static void release(void *frame)
{
    ct_frame *picture = frame;
    ct_frame_unref(&picture);
}

// Frames are wrapped around the one picture, so that the same once more costs nothing.
static int give(struct http *http, struct ct__pool *pool, ct_frame **frame)
{
    int error = ct__pool_wrap(pool, frame, ct_frame_picture(http->picture), release,
                              ct_frame_ref(http->picture));
    return error ? error : ct_frame_set_info(*frame, &http->last_info);
}

// Keeps the bytes, to know them again.
static int keep_bytes(struct http *http)
{
    uint8_t *last = ct__realloc_array(http->last, http->parts.size, 1);
    if (!last)
        return ct__fail_memory(http->camera.input);
    memcpy(last, http->parts.data, http->parts.size);
    http->last = last;
    http->last_size = http->parts.size;
    return CT_OK;
}

static int decode_single(struct http *http, struct ct__pool *pool, ct_frame **frame)
{
    struct ct__camera *camera = &http->camera;
    ct_frame *made = NULL;
    http->last_size = 0;
    int error = ct__picture_decode(http->parts.data, http->parts.size, camera->input,
                                   camera->max_pixels, pool, &made);
    camera->head.damaged += error == CT_ERROR_FORMAT;
    if (error)
        return error == CT_ERROR_FORMAT ? CT_OK : error;
    ct_frame_unref(&http->picture);
    http->picture = made;
    error = keep_bytes(http);
    return error ? error : give(http, pool, frame);
}

// Asks for the next picture when it is time. The same bytes are the same picture, with its time.
static int take_single(struct http *http, struct ct__pool *pool, ct_frame **frame)
{
    struct ct__camera *camera = &http->camera;
    int64_t now = ct__now_ns();
    struct ct_frame_info info;
    if (camera->fps < 0 || now < http->due_ns) {
        camera->came_ns = now;
        poll(NULL, 0, CT__CAMERA_TURN_MS);
        return CT_OK;
    }
    // Not all cameras are asked in the same moment.
    http->due_ns = now - http->due_ns < http->every_ns
                       ? http->due_ns + http->every_ns
                       : ct__pacer_point(now + http->every_ns / 2, (double)http->every_ns,
                                         camera->pacer.phase);
    int error = fetch(http);
    if (error)
        return error;
    if (http->picture && http->parts.size == http->last_size &&
        memcmp(http->last, http->parts.data, http->last_size) == 0)
        return give(http, pool, frame);
    if (!ct__camera_wants(camera, CT_NO_TIME, &info))
        return CT_OK;
    http->last_info = info;
    return decode_single(http, pool, frame);
}

// ---- reading

static int read_http(struct ct__source *source, struct ct__pool *pool, ct_frame **frame,
                     const char **failed)
{
    struct http *http = (struct http *)source;
    int64_t begin_ns = ct__now_ns();
    ct_frame *found = NULL;
    int error = CT_OK;
    *failed = NULL;
    *frame = NULL;
    while (!error && !found) {
        error = ct__camera_turn(&http->camera, begin_ns);
        if (!error)
            error = http->single ? take_single(http, pool, &found) : take_part(http, pool, &found);
    }
    http->camera.failed = http->camera.failed || (error < 0 && error != CT_ERROR_STOPPED);
    if (error < 0)
        ct_frame_unref(&found);
    *frame = found;
    return error == CT__CAMERA_IDLE ? CT_OK : error;
}

static void rate(const struct ct__source *source, int *numerator, int *denominator)
{
    const struct http *http = (const struct http *)source;
    *numerator = 1000000000;
    *denominator = (int)(http->every_ns < INT32_MAX ? http->every_ns : INT32_MAX);
    if (!http->single)
        ct__camera_rate(source, numerator, denominator);
}

const struct ct__source_class ct__source_http = {
    .name = "http",
    .help = "http: and https: cameras, MJPEG or single pictures; what else libav opens",
    .match = match,
    .open = open_http,
    .read = read_http,
    .want = ct__camera_want,
    .expected = ct__camera_expected,
    .rate = rate,
    .interrupt = ct__camera_interrupt,
    .close = close_http,
};
