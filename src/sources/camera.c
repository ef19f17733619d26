// SPDX-License-Identifier: Apache-2.0
// What all device cameras share: times that can be true, evenly spaced pictures, and the way from a
// device's bytes to a frame.
#include "sources/camera.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "frame/format.h"
#include "media/picture.h"

#define SECOND INT64_C(1000000000)

enum { TIMEOUT_MS = 5000, IDLE_MS = 400, MOST_LOST = 100000, MOST_AGE_S = 10 };

static const int default_width = 1280, default_height = 720;

// ---- beginning and end

int ct__camera_init(struct ct__camera *camera, const struct ct__source_class *class,
                    const char *input, const struct ct__source_params *params)
{
    camera->input = ct__strdup(input);
    if (!camera->input)
        return ct__fail_memory(input);
    camera->head =
        (struct ct__source){.class = class, .name = camera->input, .waits = true, .paced = true};
    camera->rate_den = 1;
    camera->max_pixels = params->max_pixels;
    camera->timeout_ns = (params->timeout_ms > 0 ? params->timeout_ms : TIMEOUT_MS) * 1000000;
    camera->stop = params->stop;
    camera->fps = params->fps;
    camera->pacer.phase = params->phase;
    camera->live = params->live;
    camera->came_ns = ct__now_ns();
    return CT_OK;
}

void ct__camera_finish(struct ct__camera *camera)
{
    ct__elementary_close(&camera->elementary);
    ct__free(camera->input);
    camera->input = NULL;
}

int ct__camera_wish(const char *input, const struct ct__source_params *params,
                    struct ct__camera_wish *wish)
{
    *wish = (struct ct__camera_wish){default_width, default_height, params->size != NULL,
                                     params->fps > 0 ? params->fps : CT__CAMERA_DEFAULT_FPS};
    const char *end = params->size ? ct__parse_size(params->size, &wish->width, &wish->height) : "";
    if (!end || *end || !ct__size_ok(wish->width, wish->height))
        return ct__fail(CT_ERROR_INVALID, input, "size = %s: expected WIDTHxHEIGHT as in 1280x720",
                        params->size);
    return CT_OK;
}

// ---- the form of its pictures

static bool is_coded(const struct ct__camera_form *form)
{
    return form->layout == CT__CAMERA_JPEG || form->layout == CT__CAMERA_H264;
}

static bool is_packed(const struct ct__camera_form *form)
{
    return form->layout == CT__CAMERA_YUYV || form->layout == CT__CAMERA_UYVY;
}

static int64_t least_stride(const struct ct__camera_form *form)
{
    if (is_packed(form))
        return (int64_t)(form->width + 1) / 2 * 4;
    const struct ct__format_info *info = ct__format_info(form->format);
    int64_t row = 0; // of the first plane, so that the rows of all fit
    for (int plane = 0; plane < info->planes; plane++) {
        int shift = info->shift_x[plane], step = info->step[plane];
        int64_t wide = (int64_t)ct__plane_width(form->format, plane, form->width) << shift;
        row = wide * (plane ? 1 : step) > row ? wide * (plane ? 1 : step) : row;
    }
    return row;
}

static int64_t plane_stride(const struct ct__camera_form *form, int plane)
{
    const struct ct__format_info *info = ct__format_info(form->format);
    return plane ? form->stride * info->step[plane] >> info->shift_x[plane] : form->stride;
}

static int open_elementary(struct ct__camera *camera)
{
    const struct ct__elementary_params params = {
        .scope = camera->input,
        .width = camera->form.width,
        .height = camera->form.height,
        .max_pixels = camera->max_pixels,
        .fps = camera->fps,
        .phase = camera->pacer.phase,
    };
    ct__elementary_close(&camera->elementary);
    return ct__elementary_open(&camera->elementary, &params);
}

int ct__camera_set_form(struct ct__camera *camera, const struct ct__camera_form *form)
{
    int error = ct__picture_check(form->width, form->height, camera->max_pixels, camera->input);
    if (error)
        return error;
    camera->form = *form;
    if (form->layout == CT__CAMERA_H264)
        return open_elementary(camera);
    if (is_coded(form))
        return CT_OK;
    int64_t least = least_stride(form);
    if (form->stride == 0)
        camera->form.stride = least;
    if (camera->form.stride < least || camera->form.stride > INT32_MAX)
        return ct__fail(CT_ERROR_FORMAT, camera->input, "rows of %lld bytes: %d pixels need %lld",
                        (long long)form->stride, form->width, (long long)least);
    return CT_OK;
}

size_t ct__camera_picture_size(const struct ct__camera_form *form)
{
    int64_t size = 0;
    if (is_coded(form))
        return 1;
    if (is_packed(form))
        return (size_t)(form->stride * form->height);
    for (int plane = 0; plane < ct__format_info(form->format)->planes; plane++)
        size += plane_stride(form, plane) * ct__plane_height(form->format, plane, form->height);
    return (size_t)size;
}

// ---- what comes, and when

int ct__camera_turn(struct ct__camera *camera, int64_t begin_ns)
{
    int64_t now = ct__now_ns();
    if (camera->failed)
        return CT_ERROR_END;
    if (atomic_load(&camera->stopped) || (camera->stop && atomic_load(camera->stop)))
        return CT_ERROR_STOPPED;
    if (now - camera->came_ns >= camera->timeout_ns) {
        camera->failed = true;
        return ct__fail(CT_ERROR_IO, camera->input, "no picture came for %.3g s",
                        (double)camera->timeout_ns / SECOND);
    }
    // Else a read ends with a picture.
    bool passes = camera->fps != 0 || camera->elementary ||
                  (camera->live && camera->head.damaged != camera->shown);
    if (!passes || now - begin_ns < IDLE_MS * INT64_C(1000000))
        return CT_OK;
    camera->shown = camera->head.damaged;
    return CT__CAMERA_IDLE;
}

void ct__camera_count(struct ct__camera *camera, uint32_t sequence)
{
    uint32_t missing = sequence - camera->sequence - 1; // wraps as the device's numbers do
    if (camera->numbered && missing < MOST_LOST)        // else the numbers began anew
        camera->head.lost += missing;
    if (camera->numbered && missing && camera->elementary)
        ct__elementary_lose(camera->elementary, 0);
    camera->numbered = true;
    camera->sequence = sequence;
}

void ct__camera_damage(struct ct__camera *camera)
{
    camera->head.damaged++;
    if (camera->elementary)
        ct__elementary_lose(camera->elementary, 1);
}

// The device's time where it can be true: not ahead of now, not old, behind the last one but where
// coded pictures come in another order than they are shown.
static int64_t capture_time(const struct ct__camera *camera, int64_t capture_ns, int64_t now)
{
    bool possible = capture_ns != CT_NO_TIME && capture_ns <= now &&
                    capture_ns > now - MOST_AGE_S * SECOND &&
                    (capture_ns > camera->last_ns || camera->elementary);
    return possible ? capture_ns : now;
}

static void describe(struct ct__camera *camera, int64_t capture_ns, struct ct_frame_info *info)
{
    int64_t now = ct__now_ns(), capture = capture_time(camera, capture_ns, now);
    if (!camera->number)
        camera->start_ns = capture;
    *info = (struct ct_frame_info){.number = camera->number++,
                                   .pts_ns = capture - camera->start_ns,
                                   .capture_ns = capture,
                                   .wall_ns = ct__wall_ns() - (now - capture)};
    camera->came_ns = now;
    camera->last_ns = capture;
}

bool ct__camera_wants(struct ct__camera *camera, int64_t capture_ns, struct ct_frame_info *info)
{
    describe(camera, capture_ns, info);
    bool due = ct__pacer_wants(&camera->pacer, info->capture_ns, info->capture_ns, camera->fps);
    bool wanted = due && camera->fps >= 0;
    camera->head.picked = true;
    camera->head.undecoded += !wanted;
    return wanted;
}

// ---- bytes to frames

// Every second byte: compilers make vectors of this.
static void take_even(uint8_t *restrict to, const uint8_t *restrict from, int count)
{
    for (int i = 0; i < count; i++)
        to[i] = from[2 * i];
}

static void take_fourth(uint8_t *restrict to, const uint8_t *restrict from, int count)
{
    for (int i = 0; i < count; i++)
        to[i] = from[4 * i];
}

static void copy_packed(const struct ct__camera_form *form, const uint8_t *data, ct_frame *frame)
{
    const ptrdiff_t *stride = ct_frame_picture(frame)->stride;
    int luma = form->layout == CT__CAMERA_UYVY, chroma = 1 - luma, half = (form->width + 1) / 2;
    for (int y = 0; y < form->height; y++, data += form->stride) {
        take_even(ct_frame_writable(frame, 0) + y * stride[0], data + luma, form->width);
        take_fourth(ct_frame_writable(frame, 1) + y * stride[1], data + chroma, half);
        take_fourth(ct_frame_writable(frame, 2) + y * stride[2], data + chroma + 2, half);
    }
}

static int copy_planes(const struct ct__camera_form *form, const uint8_t *data, ct_frame *frame)
{
    const struct ct_picture *to = ct_frame_picture(frame);
    struct ct_picture from = *to;
    uint8_t *planes[CT_MAX_PLANES] = {0};
    for (int i = 0; i < ct__format_info(form->format)->planes; i++) {
        planes[i] = ct_frame_writable(frame, i);
        from.data[i] = data;
        from.stride[i] = (ptrdiff_t)plane_stride(form, i);
        data += from.stride[i] * ct__plane_height(form->format, i, form->height);
    }
    return ct__picture_copy(planes, to->stride, &from);
}

static void make_opaque(ct_frame *frame)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    for (int y = 0; y < picture->height; y++) {
        uint8_t *row = ct_frame_writable(frame, 0) + y * picture->stride[0];
        for (int x = 0; x < picture->width; x++)
            row[4 * x + 3] = 255;
    }
}

static int copy(const struct ct__camera *camera, const uint8_t *data, struct ct__pool *pool,
                ct_frame **frame)
{
    const struct ct__camera_form *form = &camera->form;
    int error = ct__pool_frame(pool, frame, form->format, form->width, form->height);
    if (error)
        return error;
    if (is_packed(form))
        copy_packed(form, data, *frame);
    else
        copy_planes(form, data, *frame);
    if (form->layout == CT__CAMERA_OPAQUE)
        make_opaque(*frame);
    return ct_frame_set_colour(*frame, form->matrix, form->range);
}

// A picture that broke off on its way is common on a busy bus, and no reason to talk.
static bool is_whole_jpeg(const uint8_t *data, size_t size)
{
    while (size > 4 && data[size - 1] == 0) // devices fill up with zeros
        size--;
    return size > 4 && data[0] == 0xff && data[1] == 0xd8 && data[size - 2] == 0xff &&
           data[size - 1] == 0xd9;
}

static int decode(struct ct__camera *camera, const uint8_t *data, size_t size,
                  struct ct__pool *pool, ct_frame **frame)
{
    int error = CT_ERROR_FORMAT;
    if (is_whole_jpeg(data, size))
        error = ct__picture_decode(data, size, camera->input, camera->max_pixels, pool, frame);
    camera->head.damaged += error == CT_ERROR_FORMAT;
    return error == CT_ERROR_FORMAT ? CT_OK : error;
}

int ct__camera_frame(struct ct__camera *camera, const uint8_t *data, size_t size,
                     const struct ct_frame_info *info, struct ct__pool *pool, ct_frame **frame)
{
    ct_frame *made = NULL;
    int error = is_coded(&camera->form) ? decode(camera, data, size, pool, &made)
                                        : copy(camera, data, pool, &made);
    if (error || !made)
        return error;
    *frame = made;
    return ct_frame_set_info(made, info);
}

int ct__camera_follow(struct ct__camera *camera, const struct ct__camera_packet *packet,
                      struct ct__pool *pool, ct_frame **frame)
{
    struct ct__elementary_packet coded = {packet->data, packet->size, packet->key, {0}};
    describe(camera, packet->capture_ns, &coded.info);
    int error = ct__elementary_decode(camera->elementary, &coded, pool, frame);
    struct ct__withheld withheld = ct__elementary_withheld(camera->elementary);
    camera->head.undecoded = withheld.undecoded;
    camera->head.damaged = withheld.damaged;
    return error;
}

// ---- of every class

void ct__camera_want(struct ct__source *source, double fps)
{
    struct ct__camera *camera = (struct ct__camera *)source;
    camera->fps = fps;
    if (camera->elementary)
        ct__elementary_want(camera->elementary, fps);
}

// A camera has no end.
double ct__camera_expected(const struct ct__source *source)
{
    (void)source;
    return 0;
}

void ct__camera_rate(const struct ct__source *source, int *numerator, int *denominator)
{
    const struct ct__camera *camera = (const struct ct__camera *)source;
    bool known = camera->rate_num > 0;
    *numerator = known ? camera->rate_num : CT__CAMERA_DEFAULT_FPS;
    *denominator = known ? camera->rate_den : 1;
}

void ct__camera_interrupt(struct ct__source *source)
{
    atomic_store(&((struct ct__camera *)source)->stopped, true);
}
