// SPDX-License-Identifier: Apache-2.0
// A place to try sinks: an empty folder for each test, items made of nothing, and what was logged.
#ifndef TESTS_SINKS_BENCH_H
#define TESTS_SINKS_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "frame/format.h"
#include "sinks/sink.h"

#include <chiton/log.h>

static char bench_folder[] = "/tmp/chiton-sinks-XXXXXX";
static char bench_log[4096]; // the sentences since the test began, one a line
static int bench_messages;

static inline void bench_listen(void *opaque, enum ct_log_level level, const char *scope,
                                const char *text)
{
    (void)opaque, (void)level;
    size_t used = strlen(bench_log);
    snprintf(bench_log + used, sizeof bench_log - used, "%s: %s\n", scope, text);
    bench_messages++;
}

static inline int bench_enter(void **state)
{
    (void)state;
    strcpy(bench_folder + sizeof bench_folder - 7, "XXXXXX");
    bench_log[0] = 0;
    bench_messages = 0;
    ct_log_set(CT_LOG_WARN, bench_listen, NULL);
    return mkdtemp(bench_folder) && chdir(bench_folder) == 0 ? 0 : -1;
}

static inline int bench_leave(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", bench_folder);
    return chdir("/") == 0 ? system(command) : -1;
}

#define BENCH_TEST(name) cmocka_unit_test_setup_teardown(name, bench_enter, bench_leave)

// How many names a folder has, hidden ones included.
static inline int bench_count(const char *path)
{
    int count = 0;
    DIR *names = opendir(path);
    assert_non_null(names);
    while (readdir(names))
        count++;
    closedir(names);
    return count - 2;
}

static inline bool bench_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static inline struct ct__sink *bench_open(const char *output, bool draw)
{
    struct ct__sink *sink = NULL;
    struct ct__sink_params params = {.draw = draw, .encoder_threads = 1, .input_count = 1};
    assert_int_equal(ct__sink_open(&sink, output, &params), CT_OK);
    return sink;
}

// One object in the middle of a picture.
static inline const struct ct_object *bench_object(int width, int height)
{
    static struct ct_object object;
    object = (struct ct_object){.x = (float)width / 4,
                                .y = (float)height / 4,
                                .width = (float)width / 2,
                                .height = (float)height / 2,
                                .score = .75f,
                                .label = "cat"};
    return &object;
}

// A result as the n-th frame of `source` would give it, with one object.
static inline struct ct_result bench_result(const char *source, uint64_t number, int width,
                                            int height)
{
    return (struct ct_result){
        .source = source,
        .frame = number,
        .pts_ns = (int64_t)number * 40000000,
        .wall_ns = CT_NO_TIME,
        .width = width,
        .height = height,
        .count = 1,
        .objects = bench_object(width, height),
    };
}

// A frame of one value in every plane.
static inline ct_frame *bench_frame(enum ct_format format, int width, int height, int value)
{
    ct_frame *frame = NULL;
    assert_int_equal(ct_frame_create(&frame, format, width, height), CT_OK);
    const struct ct_picture *picture = ct_frame_picture(frame);
    for (int p = 0; p < ct__format_info(format)->planes; p++) {
        size_t bytes = (size_t)picture->stride[p] * (size_t)ct__plane_height(format, p, height);
        memset(ct_frame_writable(frame, p), value, bytes);
    }
    return frame;
}

// Writes a result without a picture.
static inline int bench_line(struct ct__sink *sink, uint64_t number)
{
    struct ct_result result = bench_result("clip.mp4", number, 64, 48);
    struct ct__sink_item item = {.result = &result, .rate_num = 25, .rate_den = 1};
    return sink->class->write(sink, &item);
}

// Writes a picture (rate 0) or the frame of a clip, grey, of this size.
static inline int bench_write(struct ct__sink *sink, const char *source, uint64_t part,
                              uint64_t number, int rate, int width, int height)
{
    ct_frame *frame = bench_frame(CT_FORMAT_I420, width, height, 128);
    struct ct_result result = bench_result(source, number, width, height);
    struct ct__sink_item item = {
        .result = &result, .frame = frame, .rate_num = rate, .rate_den = 1, .part = part};
    int error = sink->class->write(sink, &item);
    ct_frame_unref(&frame);
    return error;
}

static inline char *bench_read(const char *path)
{
    uint8_t *data = NULL;
    size_t size = 0;
    assert_int_equal(ct__file_read(path, 1 << 24, &data, &size), CT_OK);
    return (char *)data;
}

#endif
