// SPDX-License-Identifier: Apache-2.0
// Small inputs that the tests make for themselves: pictures, clips, and models of the fake backend.
#ifndef TESTS_CLI_FIXTURE_H
#define TESTS_CLI_FIXTURE_H

#include <stddef.h>

void write_file(const char *path, const void *data, size_t size);
void write_text(const char *path, const char *text);

// Keeps the first `size` bytes of a file.
void cut_file(const char *path, size_t size);
int file_exists(const char *path);

// A binary PPM of a gradient that `seed` shifts.
void write_picture(const char *path, int width, int height, int seed);

// A binary PPM with bars of blue, 16 wide, left and right of the colour (200,100,50).
enum { BARS_WIDTH = 96, BARS_HEIGHT = 64 };
void write_bars(const char *path);

// pictures/NAME00.ppm and so on in a folder of their own.
void write_pictures(const char *folder, int count);

// A model of the yolox family with an input of 64 x 64 that sees one thing of class 2 ("car") with
// score 0.8 in every picture.
void write_model(const char *path);

// A model of the u2net family to whom all of a picture is foreground but its first corner.
void write_matte_model(const char *path);

// A clip of `frames` frames, 64 x 48, made by the program itself.
void write_clip(const char *path, int frames);

#endif
