// SPDX-License-Identifier: Apache-2.0
// Media that the tests make for themselves, in a folder of their own, and the last sentence of the
// log.
#ifndef CT_TESTS_MEDIA_SAMPLES_H
#define CT_TESTS_MEDIA_SAMPLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/mem.h"
#include "media/picture.h"
#include "media/reader.h"
#include "media/writer.h"

static char folder[64];

static inline int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/chiton-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

static inline const char *in_folder(const char *name)
{
    static char paths[8][256];
    static int turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

// Of a whole program: the folder, and where its frames come from.
static struct ct__pool *pool;

static inline int begin(void **state)
{
    return make_folder(state) || ct__pool_create(&pool);
}

static inline int end(void **state)
{
    ct__pool_unref(&pool);
    return remove_folder(state);
}

// A picture whose every pixel depends on its place, smooth enough for JPEG and x264.
static inline ct_frame *make_picture(enum ct_format format, int width, int height, int shift)
{
    ct_frame *frame = NULL;
    assert_int_equal(ct_frame_create(&frame, format, width, height), 0);
    const struct ct_picture *picture = ct_frame_picture(frame);
    for (int plane = 0; plane < CT_MAX_PLANES && picture->data[plane]; plane++) {
        bool chroma = plane > 0;
        int rows = chroma && format == CT_FORMAT_I420 ? (height + 1) / 2 : height;
        for (int y = 0; y < rows; y++) {
            uint8_t *row = ct_frame_writable(frame, plane) + y * picture->stride[plane];
            int bytes = format == CT_FORMAT_RGB ? 3 * width : width;
            if (chroma && format != CT_FORMAT_I444)
                bytes = (width + 1) / 2;
            for (int x = 0; x < bytes; x++)
                row[x] = (uint8_t)(40 + plane * 30 + x + y * 2 + shift * 3);
        }
    }
    bool yuv = format >= CT_FORMAT_I420 && format <= CT_FORMAT_I444;
    ct_frame_set_colour(frame, yuv ? CT_MATRIX_BT601 : CT_MATRIX_AUTO, CT_RANGE_FULL);
    return frame;
}

static inline void write_picture(const char *path, const char *ending, enum ct_format format,
                                 int width, int height)
{
    ct_frame *frame = make_picture(format, width, height, 0);
    assert_int_equal(ct__picture_write(path, "picture", ending, ct_frame_picture(frame)), 0);
    ct_frame_unref(&frame);
}

static inline void write_clip(const char *path, const char *ending, int width, int height,
                              int frames)
{
    struct ct__writer *writer = NULL;
    struct ct__writer_params params = {
        .width = width, .height = height, .rate_num = 25, .rate_den = 1, .container = ending};
    assert_int_equal(ct__writer_open(&writer, path, &params), 0);
    for (int i = 0; i < frames; i++) {
        ct_frame *frame = make_picture(CT_FORMAT_I420, width, height, i);
        assert_int_equal(ct__writer_write(writer, ct_frame_picture(frame), i * INT64_C(40000000)),
                         0);
        ct_frame_unref(&frame);
    }
    assert_int_equal(ct__writer_close(&writer), 0);
    assert_null(writer);
}

static inline void write_bytes(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

// A whole file in memory with nothing behind its last byte, so that a read too far is seen.
static inline uint8_t *read_bytes(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *data = malloc(*size);
    assert_int_equal(fread(data, 1, *size, file), *size);
    fclose(file);
    return data;
}

typedef int decoder(const uint8_t *data, size_t size, const char *scope, int64_t max_pixels,
                    struct ct__pool *pool, ct_frame **frame);

// Lets each allocation of a decode fail in turn, until all went well.
static inline void fail_allocations(decoder *decode, const uint8_t *data, size_t size)
{
    int error = CT_ERROR_MEMORY;
    for (uint64_t n = 1; error == CT_ERROR_MEMORY; n++) {
        struct ct__pool *fresh = NULL;
        ct_frame *frame = NULL;
        assert_int_equal(ct__pool_create(&fresh), 0);
        ct__mem_fail(n);
        error = decode(data, size, "p", 0, fresh, &frame);
        assert_int_equal(error == CT_ERROR_MEMORY, ct__mem_failed());
        ct__mem_fail(0);
        ct_frame_unref(&frame);
        ct__pool_unref(&fresh);
    }
    assert_int_equal(error, 0);
}

static inline void expect_failure(const char *sentence)
{
    char last[512];
    ct__last_failure(last, sizeof(last));
    assert_string_equal(last, sentence);
}

#endif
