// SPDX-License-Identifier: Apache-2.0
// Frames: what they are made of, who holds them, and what goes with them. Their memory is the
// pool's.
#include "frame/frame.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "frame/format.h"
#include "frame/pool.h"

enum {
    ALIGN = 64,
    SPARE = 64, // readable bytes behind the last row, for vector kernels
};

static size_t align(size_t size)
{
    return (size + ALIGN - 1) / ALIGN * ALIGN;
}

static size_t row_bytes(enum ct_format format, int plane, int width)
{
    return (size_t)ct__plane_width(format, plane, width) *
           (size_t)ct__format_info(format)->step[plane];
}

static size_t plane_bytes(const struct ct_picture *picture, int plane)
{
    return align(row_bytes(picture->format, plane, picture->width)) *
           (size_t)ct__plane_height(picture->format, plane, picture->height);
}

static size_t picture_bytes(const struct ct_picture *picture)
{
    size_t size = SPARE;
    for (int i = 0; i < ct__format_info(picture->format)->planes; i++)
        size += plane_bytes(picture, i);
    return size;
}

static void place_planes(struct ct_frame *frame)
{
    struct ct_picture *picture = &frame->picture;
    const uint8_t *at = frame->memory;
    for (int i = 0; i < ct__format_info(picture->format)->planes; i++) {
        picture->data[i] = at;
        picture->stride[i] = (ptrdiff_t)align(row_bytes(picture->format, i, picture->width));
        at += plane_bytes(picture, i);
    }
}

// What a frame is before its user says more; its memory stays.
static void reset(struct ct_frame *frame, const struct ct_picture *picture)
{
    atomic_store_explicit(&frame->references, 1, memory_order_relaxed);
    frame->picture = *picture;
    frame->info = (struct ct_frame_info){.pts_ns = CT_NO_TIME, .wall_ns = CT_NO_TIME};
    frame->name = NULL;
    frame->truth.known = false;
    frame->truth.count = 0;
    frame->extras.profile_size = 0;
    frame->extras.has_deep = false;
    frame->company = NULL;
    frame->release = NULL;
    frame->opaque = NULL;
    frame->next = NULL;
}

static int create(struct ct__pool *pool, ct_frame **out, enum ct_format format, int width,
                  int height)
{
    if (!ct__format_info(format))
        return ct__fail(CT_ERROR_INVALID, "frame", "no pixel format has the number %d",
                        (int)format);
    if (!ct__size_ok(width, height))
        return ct__fail(CT_ERROR_INVALID, "frame", "size %dx%d: expected 1 to 65535 each way",
                        width, height);
    struct ct_picture picture = {.format = format, .width = width, .height = height};
    struct ct_frame *frame = ct__pool_get(pool, picture_bytes(&picture));
    if (!frame)
        return ct__fail_memory("frame");
    reset(frame, &picture);
    place_planes(frame);
    *out = frame;
    return CT_OK;
}

// Everything about somebody else's pixels that can be known without touching them.
static int check_picture(const struct ct_picture *picture)
{
    const struct ct__format_info *format = ct__format_info(picture->format);
    if (!format)
        return ct__fail(CT_ERROR_INVALID, "frame", "no pixel format has the number %d",
                        (int)picture->format);
    if (!ct__size_ok(picture->width, picture->height))
        return ct__fail(CT_ERROR_INVALID, "frame", "size %dx%d: expected 1 to 65535 each way",
                        picture->width, picture->height);
    if ((unsigned)picture->matrix > CT_MATRIX_BT2020 || (unsigned)picture->range > CT_RANGE_FULL)
        return ct__fail(CT_ERROR_INVALID, "frame", "matrix %d, range %d: unknown",
                        (int)picture->matrix, (int)picture->range);
    for (int i = 0; i < format->planes; i++) {
        ptrdiff_t stride = picture->stride[i];
        ptrdiff_t least = (ptrdiff_t)row_bytes(picture->format, i, picture->width);
        if (!picture->data[i])
            return ct__fail(CT_ERROR_INVALID, "frame", "plane %d of %s is missing", i,
                            format->name);
        if (stride > -least && stride < least)
            return ct__fail(CT_ERROR_INVALID, "frame", "plane %d: stride %td, a row has %td bytes",
                            i, stride, least);
    }
    return CT_OK;
}

static int wrap(struct ct__pool *pool, ct_frame **out, const struct ct_picture *picture,
                void (*release)(void *), void *opaque)
{
    int error = check_picture(picture);
    struct ct_frame *frame = error ? NULL : ct__pool_get(pool, 0);
    if (!error && !frame)
        error = ct__fail_memory("frame");
    if (error) {
        if (release)
            release(opaque);
        return error;
    }
    reset(frame, picture);
    for (int i = ct__format_info(picture->format)->planes; i < CT_MAX_PLANES; i++)
        frame->picture.data[i] = NULL;
    frame->release = release;
    frame->opaque = opaque;
    *out = frame;
    return CT_OK;
}

int ct__pool_frame(struct ct__pool *pool, ct_frame **out, enum ct_format format, int width,
                   int height)
{
    return create(pool, out, format, width, height);
}

int ct__pool_wrap(struct ct__pool *pool, ct_frame **out, const struct ct_picture *picture,
                  void (*release)(void *), void *opaque)
{
    return wrap(pool, out, picture, release, opaque);
}

int ct_frame_create(ct_frame **out, enum ct_format format, int width, int height)
{
    return create(NULL, out, format, width, height);
}

int ct_frame_wrap(ct_frame **out, const struct ct_picture *picture, void (*release)(void *opaque),
                  void *opaque)
{
    return wrap(NULL, out, picture, release, opaque);
}

ct_frame *ct_frame_ref(ct_frame *frame)
{
    atomic_fetch_add_explicit(&frame->references, 1, memory_order_relaxed);
    return frame;
}

struct ct__company *ct__company_ref(struct ct__company *company)
{
    if (company)
        atomic_fetch_add_explicit(&company->references, 1, memory_order_relaxed);
    return company;
}

void ct__company_unref(struct ct__company **company)
{
    struct ct__company *old = *company;
    *company = NULL;
    if (old && atomic_fetch_sub_explicit(&old->references, 1, memory_order_acq_rel) == 1)
        old->destroy(old);
}

void ct_frame_unref(ct_frame **frame)
{
    struct ct_frame *old = *frame;
    *frame = NULL;
    if (!old || atomic_fetch_sub_explicit(&old->references, 1, memory_order_acq_rel) != 1)
        return;
    ct__company_unref(&old->company);
    if (old->release)
        old->release(old->opaque);
    ct__pool_put(old);
}

const struct ct_picture *ct_frame_picture(const ct_frame *frame)
{
    return &frame->picture;
}

const struct ct_frame_info *ct_frame_info(const ct_frame *frame)
{
    return &frame->info;
}

static bool is_shared(const ct_frame *frame)
{
    return atomic_load_explicit(&frame->references, memory_order_acquire) != 1;
}

uint8_t *ct_frame_writable(ct_frame *frame, int plane)
{
    if (!frame->memory || is_shared(frame) || plane < 0 ||
        plane >= ct__format_info(frame->picture.format)->planes)
        return NULL;
    return frame->memory + (frame->picture.data[plane] - frame->memory);
}

int ct_frame_set_info(ct_frame *frame, const struct ct_frame_info *info)
{
    if (is_shared(frame))
        return ct__fail(CT_ERROR_INVALID, "frame", "the time of a shared frame cannot be set");
    frame->info = *info;
    return CT_OK;
}

int ct_frame_set_colour(ct_frame *frame, enum ct_matrix matrix, enum ct_range range)
{
    if (is_shared(frame))
        return ct__fail(CT_ERROR_INVALID, "frame", "the colour of a shared frame cannot be set");
    if ((unsigned)matrix > CT_MATRIX_BT2020 || (unsigned)range > CT_RANGE_FULL)
        return ct__fail(CT_ERROR_INVALID, "frame", "matrix %d, range %d: unknown", (int)matrix,
                        (int)range);
    frame->picture.matrix = matrix;
    frame->picture.range = range;
    return CT_OK;
}

int ct__frame_add_truth(ct_frame *frame, const struct ct_truth *truth)
{
    struct ct__truth *known = &frame->truth;
    known->known = true;
    if (!truth)
        return CT_OK;
    if (known->count == known->capacity) {
        int capacity = known->capacity ? 2 * known->capacity : 16;
        struct ct_truth *items = ct__realloc_array(known->items, (size_t)capacity, sizeof *items);
        if (!items)
            return ct__fail_memory("frame");
        known->items = items;
        known->capacity = capacity;
    }
    known->items[known->count++] = *truth;
    return CT_OK;
}

// Memory of at least `size` bytes; what was in it is lost.
static int grow(void **memory, size_t *capacity, size_t size)
{
    if (size <= *capacity)
        return CT_OK;
    ct__free(*memory);
    *memory = ct__alloc(size);
    *capacity = *memory ? size : 0;
    return *memory ? CT_OK : ct__fail_memory("frame");
}

int ct__frame_set_profile(ct_frame *frame, const uint8_t *profile, size_t size)
{
    struct ct__extras *extras = &frame->extras;
    int error = grow((void **)&extras->profile, &extras->profile_capacity, size);
    if (error || !size)
        return error;
    memcpy(extras->profile, profile, size);
    extras->profile_size = size;
    return CT_OK;
}

int ct__frame_make_deep(ct_frame *frame)
{
    struct ct__extras *extras = &frame->extras;
    size_t pixels = (size_t)frame->picture.width * (size_t)frame->picture.height;
    int error = grow((void **)&extras->deep, &extras->deep_capacity, pixels * 4 * sizeof(uint16_t));
    extras->has_deep = !error;
    return error;
}

int ct__picture_copy(uint8_t *const data[CT_MAX_PLANES], const ptrdiff_t stride[CT_MAX_PLANES],
                     const struct ct_picture *from)
{
    const struct ct__format_info *format = ct__format_info(from->format);
    if (!format)
        return ct__fail(CT_ERROR_INVALID, "frame", "no pixel format has the number %d",
                        (int)from->format);
    for (int i = 0; i < format->planes; i++) {
        size_t row = row_bytes(from->format, i, from->width);
        int height = ct__plane_height(from->format, i, from->height);
        if (stride[i] == from->stride[i] && stride[i] == (ptrdiff_t)row) {
            memcpy(data[i], from->data[i], row * (size_t)height);
            continue;
        }
        for (int y = 0; y < height; y++)
            memcpy(data[i] + y * stride[i], from->data[i] + y * from->stride[i], row);
    }
    return CT_OK;
}
