// SPDX-License-Identifier: Apache-2.0
// Pixels without a header, from a file, a FIFO or standard input: their size, format and rate are
// what a person says. Planes follow one another, rows are without gaps.
#include "sources/descriptor.h"
#include "sources/source.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "frame/format.h"
#include "media/picture.h"

#define SECOND INT64_C(1000000000)

extern const struct ct__source_class ct__source_raw;

struct raw {
    struct ct__source head;
    char *path;
    struct ct__raw_form form;
    struct ct__descriptor descriptor;
    uint8_t *data; // one frame as it comes
    size_t size;
    double expected; // frames of a file, 0 of a pipe
    uint64_t number;
    bool ended;
    atomic_bool stopped;
};

// ---- what a person says

static enum ct_format find_format(const char *name)
{
    for (int format = 1; ct__format_info((enum ct_format)format); format++) {
        if (strcmp(ct__format_info((enum ct_format)format)->name, name) == 0)
            return (enum ct_format)format;
    }
    return CT_FORMAT_NONE;
}

// "25", "29.97" or "30000/1001".
static bool read_rate(const char *text, int *numerator, int *denominator)
{
    double rate;
    int end = 0;
    if (sscanf(text, "%7d/%7d%n", numerator, denominator, &end) == 2 && !text[end])
        return *numerator > 0 && *denominator > 0;
    if (!ct__parse_double(text, &rate) || !(rate >= 0.001 && rate <= 100000))
        return false;
    *numerator = (int)(rate * 1000 + 0.5);
    *denominator = 1000;
    return true;
}

int ct__raw_parse(const char *text, struct ct__raw_form *form)
{
    struct ct__raw_form found = {.rate_num = 25, .rate_den = 1};
    char name[16] = "", rate[32] = "";
    int end = 0;
    const char *rest = ct__parse_size(text, &found.width, &found.height);
    int fields = rest ? sscanf(rest, ",%15[a-z0-9]%n,%31[0-9./]%n", name, &end, rate, &end) : 0;
    found.format = find_format(name);
    if (fields < 1 || rest[end] || !ct__size_ok(found.width, found.height))
        return ct__fail(CT_ERROR_INVALID, "raw",
                        "%s: expected WIDTHxHEIGHT,FORMAT,FPS as in 640x480,rgb,25", text);
    if (!found.format)
        return ct__fail(CT_ERROR_INVALID, "raw",
                        "%s: no format \"%s\": expected i420, nv12, i422, i444, grey, rgb, bgr, "
                        "rgba or bgra",
                        text, name);
    if (fields == 2 && !read_rate(rate, &found.rate_num, &found.rate_den))
        return ct__fail(CT_ERROR_INVALID, "raw", "%s: \"%s\" is no number of frames a second", text,
                        rate);
    *form = found;
    return CT_OK;
}

// ---- reading

static size_t row_size(const struct ct__raw_form *form, int plane)
{
    int step = ct__format_info(form->format)->step[plane];
    return (size_t)ct__plane_width(form->format, plane, form->width) * (size_t)step;
}

static size_t frame_size(const struct ct__raw_form *form)
{
    size_t size = 0;
    for (int plane = 0; plane < ct__format_info(form->format)->planes; plane++)
        size += row_size(form, plane) * (size_t)ct__plane_height(form->format, plane, form->height);
    return size;
}

// Only said, never seen in the bytes: see source.c.
static int match(const char *input)
{
    (void)input;
    return 0;
}

static void close_raw(struct ct__source *source)
{
    struct raw *raw = (struct raw *)source;
    ct__descriptor_close(&raw->descriptor);
    ct__free(raw->data);
    ct__free(raw->path);
    ct__free(raw);
}

static double count_frames(const struct raw *raw)
{
    struct stat status;
    bool known = stat(raw->path, &status) == 0 && S_ISREG(status.st_mode);
    return known ? (double)(status.st_size / (off_t)raw->size) : 0;
}

static int open_raw(struct ct__source **out, const char *input,
                    const struct ct__source_params *params)
{
    const struct ct__raw_form *form = &params->raw;
    int error = ct__picture_check(form->width, form->height, params->max_pixels, input);
    if (error)
        return error;
    struct raw *raw = ct__calloc(1, sizeof(*raw));
    if (!raw)
        return ct__fail_memory(input);
    raw->path = ct__strdup(input);
    raw->head = (struct ct__source){&ct__source_raw, raw->path, ct__descriptor_waits(input)};
    raw->form = *form;
    raw->descriptor = (struct ct__descriptor){-1, raw->path, &raw->stopped, params->stop};
    raw->size = frame_size(form);
    raw->data = ct__alloc(raw->size);
    if (!raw->path || !raw->data) {
        close_raw(&raw->head);
        return ct__fail_memory(input);
    }
    raw->expected = count_frames(raw);
    *out = &raw->head;
    return CT_OK;
}

// One frame's bytes. CT_ERROR_END where the input ends between two frames.
static int fill(struct raw *raw)
{
    size_t filled = 0, count = 1;
    int error = raw->descriptor.number < 0 ? ct__descriptor_open(&raw->descriptor) : CT_OK;
    while (!error && count > 0 && filled < raw->size) {
        error =
            ct__descriptor_read(&raw->descriptor, raw->data + filled, raw->size - filled, &count);
        filled += error ? 0 : count;
    }
    if (error || filled == raw->size)
        return error;
    if (filled == 0 && raw->number > 0)
        return CT_ERROR_END;
    if (filled == 0)
        return ct__fail(CT_ERROR_FORMAT, raw->path, "empty file");
    return ct__fail(CT_ERROR_FORMAT, raw->path,
                    "cut off after %llu frames: %zu bytes of the %zu of a frame follow",
                    (unsigned long long)raw->number, filled, raw->size);
}

static void copy_planes(const struct raw *raw, ct_frame *frame)
{
    const struct ct__raw_form *form = &raw->form;
    const uint8_t *from = raw->data;
    for (int plane = 0; plane < ct__format_info(form->format)->planes; plane++) {
        size_t size = row_size(form, plane);
        int rows = ct__plane_height(form->format, plane, form->height);
        uint8_t *to = ct_frame_writable(frame, plane);
        for (int y = 0; y < rows; y++, from += size)
            memcpy(to + y * ct_frame_picture(frame)->stride[plane], from, size);
    }
}

// n seconds times den / num, without leaving 64 bits.
static int64_t time_of(const struct ct__raw_form *form, uint64_t number)
{
    int64_t ticks = (int64_t)number * form->rate_den;
    return ticks / form->rate_num * SECOND + ticks % form->rate_num * SECOND / form->rate_num;
}

static int read_raw(struct ct__source *source, struct ct__pool *pool, ct_frame **out,
                    const char **failed)
{
    struct raw *raw = (struct raw *)source;
    ct_frame *frame = NULL;
    *failed = NULL;
    if (raw->ended)
        return CT_ERROR_END;
    int error = fill(raw);
    raw->ended = error && error != CT_ERROR_STOPPED;
    if (!error)
        error = ct__pool_frame(pool, &frame, raw->form.format, raw->form.width, raw->form.height);
    if (error)
        return error;
    copy_planes(raw, frame);
    struct ct_frame_info info = {.number = raw->number,
                                 .pts_ns = time_of(&raw->form, raw->number),
                                 .capture_ns = ct__now_ns(),
                                 .wall_ns = CT_NO_TIME};
    raw->number++;
    *out = frame;
    return ct_frame_set_info(frame, &info);
}

static double expected(const struct ct__source *source)
{
    return ((const struct raw *)source)->expected;
}

static void rate(const struct ct__source *source, int *numerator, int *denominator)
{
    *numerator = ((const struct raw *)source)->form.rate_num;
    *denominator = ((const struct raw *)source)->form.rate_den;
}

static void interrupt(struct ct__source *source)
{
    atomic_store(&((struct raw *)source)->stopped, true);
}

const struct ct__source_class ct__source_raw = {
    .name = "raw",
    .help = "pixels without a header, of the size and format that --raw names",
    .match = match,
    .open = open_raw,
    .read = read_raw,
    .expected = expected,
    .rate = rate,
    .interrupt = interrupt,
    .close = close_raw,
};
