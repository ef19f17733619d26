// SPDX-License-Identifier: Apache-2.0
// The end of a JPEG is found when its last byte is there, and nowhere else.
#include "../media/samples.h"

#include "sources/jpeg_walk.h"

enum { MOST = 1 << 16 };

static uint8_t picture[MOST];
static size_t picture_size;

// A real picture, with a segment behind its first marker that holds one of its own, and some fill.
static int prepare(void **state)
{
    static const uint8_t segment[] = {0xff, 0xff, 0xe1, 0, 10,   0xff, 0xd8,
                                      0xff, 0xda, 0,    0, 0xff, 0xd9};
    if (make_folder(state))
        return -1;
    write_picture(in_folder("a.jpg"), ".jpg", CT_FORMAT_I420, 64, 48);
    FILE *file = fopen(in_folder("a.jpg"), "rb");
    if (!file)
        return -1;
    picture_size = fread(picture, 1, 2, file);
    memcpy(picture + 2, segment, sizeof segment);
    picture_size += sizeof segment;
    picture_size += fread(picture + picture_size, 1, MOST / 2, file);
    fclose(file);
    return 0;
}

// Where it ends when it comes in pieces of `step` bytes; -1: broken.
static long walk_in_steps(const uint8_t *data, size_t size, size_t step)
{
    struct ct__jpeg_walk walk = {0};
    int found = 0;
    for (size_t there = 0; !found && there < size;) {
        there = there + step < size ? there + step : size;
        uint8_t *exact = malloc(there); // so that a read that goes too far is seen
        assert_non_null(exact);
        memcpy(exact, data, there);
        found = ct__jpeg_walk(&walk, exact, there);
        free(exact);
        assert_true(walk.at <= there);
    }
    return found < 0 ? -1 : found ? (long)walk.at : 0;
}

static void a_picture_ends_with_its_last_byte(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 2, 7, 1000, MOST};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(walk_in_steps(picture, picture_size, steps[i]), picture_size);
        assert_int_equal(walk_in_steps(picture, picture_size - 1, steps[i]), 0);
        assert_int_equal(walk_in_steps(picture, picture_size + 50, steps[i]), picture_size);
    }
}

static void pixels_may_hold_marks_that_end_nothing(void **state)
{
    (void)state;
    static const uint8_t data[] = {0xff, 0xd8, 0xff, 0xda, 0, 3, 1,    0x12, 0xff, 0,    0xd9, 0xff,
                                   0xd3, 0xff, 0xda, 0,    2, 0, 0xff, 0,    0xff, 0xff, 0xd9};
    for (size_t step = 1; step <= sizeof data; step++)
        assert_int_equal(walk_in_steps(data, sizeof data, step), sizeof data);
}

static void what_is_no_picture_is_told(void **state)
{
    (void)state;
    static const uint8_t rows[][8] = {
        "hello", {0xff, 0xd8, 0x12}, {0xff, 0xd8, 0xff, 0xe0, 0, 1}, {0xff, 0xd8, 0xff, 0xd8}};
    for (int i = 0; i < 4; i++)
        assert_int_equal(walk_in_steps(rows[i], sizeof rows[i], 1), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_ends_with_its_last_byte),
        cmocka_unit_test(pixels_may_hold_marks_that_end_nothing),
        cmocka_unit_test(what_is_no_picture_is_told),
    };
    return cmocka_run_group_tests(tests, prepare, remove_folder);
}
