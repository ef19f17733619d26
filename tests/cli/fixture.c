// SPDX-License-Identifier: Apache-2.0
// Small inputs that the tests make for themselves.
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "program.h"

enum { ANCHORS = 8 * 8 + 4 * 4 + 2 * 2, VALUES = 85, ANCHOR = 8 * 4 + 4, CAR = 2 };

void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void write_text(const char *path, const char *text)
{
    write_file(path, text, strlen(text));
}

void cut_file(const char *path, size_t size)
{
    assert_int_equal(truncate(path, (off_t)size), 0);
}

int file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

void write_picture(const char *path, int width, int height, int seed)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file, "P6\n%d %d\n255\n", width, height);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            uint8_t pixel[3] = {(uint8_t)(x * 3 + seed * 8), (uint8_t)(y * 4), (uint8_t)(x + y)};
            assert_int_equal(fwrite(pixel, 1, 3, file), 3);
        }
    assert_int_equal(fclose(file), 0);
}

void write_pictures(const char *folder, int count)
{
    char path[256];
    assert_int_equal(mkdir(folder, 0700), 0);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%02d.ppm", folder, i);
        write_picture(path, 64, 48, i);
    }
}

void write_model(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "{\"chiton_fake\":1,"
            "\"inputs\":[{\"name\":\"images\",\"type\":\"float32\",\"shape\":[1,3,64,64]}],"
            "\"outputs\":[{\"name\":\"output\",\"type\":\"float32\",\"shape\":[1,%d,%d],\"fill\":0,"
            "\"values\":[[%d,0.5],[%d,0.5],[%d,0.7],[%d,0.7],[%d,1.0],[%d,0.8]]}]}",
            ANCHORS, VALUES, ANCHOR * VALUES, ANCHOR * VALUES + 1, ANCHOR * VALUES + 2,
            ANCHOR * VALUES + 3, ANCHOR * VALUES + 4, ANCHOR * VALUES + 5 + CAR);
    assert_int_equal(fclose(file), 0);
}

void write_matte_model(const char *path)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "{\"chiton_fake\":1,"
                  "\"inputs\":[{\"name\":\"input.1\",\"shape\":[1,3,320,320]}],"
                  "\"outputs\":[{\"name\":\"d0\",\"shape\":[1,1,320,320],\"fill\":1,"
                  "\"values\":[[0,0]]}");
    for (int i = 1; i < 7; i++)
        fprintf(file, ",{\"name\":\"d%d\",\"shape\":[1,1,320,320]}", i);
    fprintf(file, "]}");
    assert_int_equal(fclose(file), 0);
}

void write_clip(const char *path, int frames)
{
    char folder[] = "clip-XXXXXX", pictures[32];
    assert_non_null(mkdtemp(folder));
    assert_int_equal(rmdir(folder), 0);
    write_pictures(folder, frames);
    snprintf(pictures, sizeof pictures, "%s.json", folder);
    write_model(pictures);
    struct answer answer =
        run_program("detect", folder, "-m", pictures, "-o", path, "--no-draw", NULL);
    assert_string_equal(answer.err, "");
    assert_int_equal(answer.code, 0);
    answer_finish(&answer);
}

void write_bars(const char *path)
{
    enum { BAR = 16 };
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fprintf(file, "P6\n%d %d\n255\n", BARS_WIDTH, BARS_HEIGHT);
    for (int i = 0; i < BARS_WIDTH * BARS_HEIGHT; i++) {
        bool bar = i % BARS_WIDTH < BAR || i % BARS_WIDTH >= BARS_WIDTH - BAR;
        fwrite(bar ? "\x00\x00\xff" : "\xc8\x64\x32", 1, 3, file);
    }
    assert_int_equal(fclose(file), 0);
}
