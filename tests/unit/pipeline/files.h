// SPDX-License-Identifier: Apache-2.0
// A folder with what an engine needs to run without media or models of anybody: pictures of one
// colour, and a model that tells them apart.
#ifndef CT_TESTS_PIPELINE_FILES_H
#define CT_TESTS_PIPELINE_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIDE = 32 };

static char folder[] = "/tmp/chiton-engine-XXXXXX";

static inline const char *in_folder(const char *name)
{
    static char path[8][256]; // the last eight stay valid
    static int turn;
    turn = (turn + 1) % 8;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static inline int remove_files(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static inline void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static inline void write_picture(const char *path, int value)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file, "P6\n%d %d\n255\n", SIDE, SIDE);
    for (int i = 0; i < SIDE * SIDE * 3; i++)
        putc(value, file);
    assert_int_equal(fclose(file), 0);
}

// A yolox of 32 x 32: 16 + 4 + 1 cells of one class. Cell 5 always holds an object, whose score is
// the mean of the picture / 255, so that results tell their frames apart.
static inline void write_model(const char *path, const char *more)
{
    char text[1024];
    snprintf(text, sizeof text,
             "{\"chiton_fake\":1,\"inputs\":[{\"name\":\"images\",\"type\":\"float32\","
             "\"shape\":[1,3,32,32]}],\"outputs\":[{\"name\":\"output\",\"shape\":[1,21,6],"
             "\"values\":[[30,0.5],[31,0.5],[34,1.0]]}],"
             "\"mark\":{\"output\":0,\"index\":35,\"scale\":0.00390625}%s}",
             more);
    write_text(path, text);
}

#endif
