// SPDX-License-Identifier: Apache-2.0
#include "samples.h"

enum { BLOCK = 22 };

// A TIFF structure with one entry: the orientation, as tag, type, count, value.
static size_t make_block(uint8_t *block, int big_endian, int tag, int type, int value)
{
    static const uint8_t little[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0};
    static const uint8_t big[] = {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1};
    memset(block, 0, BLOCK);
    memcpy(block, big_endian ? big : little, 10);
    int low = big_endian ? 1 : 0;
    block[10 + low] = (uint8_t)tag;
    block[11 - low] = (uint8_t)(tag >> 8);
    block[12 + low] = (uint8_t)type;
    block[big_endian ? 17 : 14] = 1;
    block[18 + low] = (uint8_t)value;
    return BLOCK;
}

static void both_byte_orders_are_read(void **state)
{
    (void)state;
    uint8_t block[BLOCK];
    for (int value = 1; value <= 8; value++) {
        for (int big = 0; big < 2; big++) {
            size_t size = make_block(block, big, 0x0112, 3, value);
            assert_int_equal(ct__exif_orientation(block, size), value);
        }
    }
}

static void odd_blocks_are_upright(void **state)
{
    (void)state;
    uint8_t block[BLOCK];
    size_t size = make_block(block, 0, 0x0112, 3, 9);
    assert_int_equal(ct__exif_orientation(block, size), 1);
    size = make_block(block, 0, 0x0112, 3, 0);
    assert_int_equal(ct__exif_orientation(block, size), 1);
    size = make_block(block, 0, 0x0112, 4, 6);
    assert_int_equal(ct__exif_orientation(block, size), 1);
    size = make_block(block, 0, 0x0113, 3, 6);
    assert_int_equal(ct__exif_orientation(block, size), 1);
    assert_int_equal(ct__exif_orientation(NULL, 0), 1);
}

static void offsets_beyond_the_end_are_not_followed(void **state)
{
    (void)state;
    uint8_t block[BLOCK];
    size_t size = make_block(block, 0, 0x0112, 3, 6);
    for (int byte = 0; byte < BLOCK; byte++) {
        for (int value = 0; value < 256; value += 5) {
            uint8_t *copy = malloc(size);
            memcpy(copy, block, size);
            copy[byte] = (uint8_t)value;
            int orientation = ct__exif_orientation(copy, size);
            assert_in_range(orientation, 1, 8);
            free(copy);
        }
    }
    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *copy = malloc(cut + 1);
        memcpy(copy, block, cut);
        assert_int_equal(ct__exif_orientation(copy, cut), 1);
        free(copy);
    }
}

// Where the stored top-left corner of a 3 x 2 picture is found after each orientation.
static void each_orientation_moves_the_corner(void **state)
{
    (void)state;
    static const int corner[9][2] = {{0, 0}, {0, 0}, {2, 0}, {2, 1}, {0, 1},
                                     {0, 0}, {1, 0}, {1, 2}, {0, 2}};
    ct_frame *stored = make_picture(CT_FORMAT_RGB, 3, 2, 0), *upright = NULL;
    uint8_t *first = ct_frame_writable(stored, 0);
    memcpy(first, "\1\2\3", 3);
    for (int orientation = 1; orientation <= 8; orientation++) {
        assert_int_equal(ct__picture_orient(pool, &upright, ct_frame_picture(stored), orientation),
                         0);
        const struct ct_picture *picture = ct_frame_picture(upright);
        assert_int_equal(picture->width, orientation < 5 ? 3 : 2);
        assert_int_equal(picture->height, orientation < 5 ? 2 : 3);
        const uint8_t *pixel = picture->data[0] + corner[orientation][1] * picture->stride[0] +
                               corner[orientation][0] * 3;
        assert_memory_equal(pixel, "\1\2\3", 3);
        ct_frame_unref(&upright);
    }
    assert_int_equal(ct__picture_orient(pool, &upright, ct_frame_picture(stored), 9),
                     CT_ERROR_INVALID);
    ct_frame_unref(&stored);
}

static void a_turn_and_its_inverse_give_the_same_planes(void **state)
{
    (void)state;
    static const int inverse[9] = {0, 1, 2, 3, 4, 5, 8, 7, 6};
    ct_frame *stored = make_picture(CT_FORMAT_I420, 71, 45, 0), *turned = NULL, *back = NULL;
    const struct ct_picture *from = ct_frame_picture(stored);
    for (int orientation = 1; orientation <= 8; orientation++) {
        assert_int_equal(ct__picture_orient(pool, &turned, from, orientation), 0);
        assert_int_equal(
            ct__picture_orient(pool, &back, ct_frame_picture(turned), inverse[orientation]), 0);
        const struct ct_picture *to = ct_frame_picture(back);
        for (int plane = 0; plane < 3; plane++) {
            int width = plane ? 36 : 71, height = plane ? 23 : 45;
            for (int y = 0; y < height; y++)
                assert_memory_equal(to->data[plane] + y * to->stride[plane],
                                    from->data[plane] + y * from->stride[plane], (size_t)width);
        }
        ct_frame_unref(&turned);
        ct_frame_unref(&back);
    }
    ct_frame_unref(&stored);
}

static void a_turned_422_picture_keeps_its_chroma_as_444(void **state)
{
    (void)state;
    ct_frame *stored = make_picture(CT_FORMAT_I422, 6, 4, 0), *turned = NULL;
    const struct ct_picture *from = ct_frame_picture(stored);
    assert_int_equal(ct__picture_orient(pool, &turned, from, 6), 0);
    const struct ct_picture *to = ct_frame_picture(turned);
    assert_int_equal(to->format, CT_FORMAT_I444);
    for (int y = 0; y < 6; y++) {
        for (int x = 0; x < 4; x++)
            assert_int_equal(to->data[1][y * to->stride[1] + x],
                             from->data[1][(3 - x) * from->stride[1] + y / 2]);
    }
    ct_frame_unref(&turned);
    ct_frame_unref(&stored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_byte_orders_are_read),
        cmocka_unit_test(odd_blocks_are_upright),
        cmocka_unit_test(offsets_beyond_the_end_are_not_followed),
        cmocka_unit_test(each_orientation_moves_the_corner),
        cmocka_unit_test(a_turn_and_its_inverse_give_the_same_planes),
        cmocka_unit_test(a_turned_422_picture_keeps_its_chroma_as_444),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
