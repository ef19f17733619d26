// SPDX-License-Identifier: Apache-2.0
#include "samples.h"

#include <spng.h>
#include <turbojpeg.h>

static int decode(const uint8_t *data, size_t size, ct_frame **frame)
{
    return ct__picture_decode(data, size, "p", INT64_C(1) << 28, pool, frame);
}

static ct_frame *decode_file(const char *path)
{
    size_t size;
    uint8_t *data = read_bytes(path, &size);
    ct_frame *frame = NULL;
    assert_int_equal(decode(data, size, &frame), 0);
    free(data);
    return frame;
}

static int difference(const struct ct_picture *a, const struct ct_picture *b, int bytes)
{
    int worst = 0;
    for (int y = 0; y < a->height; y++) {
        for (int x = 0; x < bytes; x++) {
            int d = abs(a->data[0][y * a->stride[0] + x] - b->data[0][y * b->stride[0] + x]);
            worst = d > worst ? d : worst;
        }
    }
    return worst;
}

static void a_png_comes_back_bit_for_bit(void **state)
{
    (void)state;
    static const enum ct_format formats[] = {CT_FORMAT_RGB, CT_FORMAT_GREY};
    for (int i = 0; i < 2; i++) {
        ct_frame *made = make_picture(formats[i], 37, 23, 0);
        const char *path = in_folder("a.png");
        assert_int_equal(ct__picture_write(path, "picture", ".png", ct_frame_picture(made)), 0);
        ct_frame *back = decode_file(path);
        assert_int_equal(ct_frame_picture(back)->format, formats[i]);
        assert_int_equal(difference(ct_frame_picture(made), ct_frame_picture(back),
                                    formats[i] == CT_FORMAT_RGB ? 37 * 3 : 37),
                         0);
        ct_frame_unref(&made);
        ct_frame_unref(&back);
    }
}

static void a_jpeg_keeps_its_sampling_and_is_full_range(void **state)
{
    (void)state;
    static const enum ct_format formats[] = {CT_FORMAT_I420, CT_FORMAT_I422, CT_FORMAT_I444,
                                             CT_FORMAT_GREY};
    for (int i = 0; i < 4; i++) {
        ct_frame *made = make_picture(formats[i], 37, 23, 0);
        const char *path = in_folder("a.jpg");
        assert_int_equal(ct__picture_write(path, "picture", ".JPG", ct_frame_picture(made)), 0);
        ct_frame *back = decode_file(path);
        const struct ct_picture *picture = ct_frame_picture(back);
        assert_int_equal(picture->format, formats[i]);
        assert_int_equal(picture->range, CT_RANGE_FULL);
        assert_int_equal(picture->width, 37);
        assert_int_equal(picture->height, 23);
        assert_true(difference(ct_frame_picture(made), picture, 37) < 12);
        ct_frame_unref(&made);
        ct_frame_unref(&back);
    }
}

// turbojpeg takes the luma for 38 x 24: neither may bytes behind it reach the file, nor may the row
// too many reach the next plane.
static void a_jpeg_of_odd_sides_has_nothing_from_behind_its_planes(void **state)
{
    (void)state;
    ct_frame *made = make_picture(CT_FORMAT_I420, 37, 23, 0);
    const struct ct_picture *flat = ct_frame_picture(made);
    for (int plane = 1; plane < 3; plane++)
        memset(ct_frame_writable(made, plane), 90 + 60 * plane, (size_t)flat->stride[plane] * 12);
    size_t size, again;
    for (int i = 0; i < 2; i++) {
        for (int y = 0; y < 23; y++)
            memset(ct_frame_writable(made, 0) + y * flat->stride[0] + 37, 99 * i, 20);
        const char *path = in_folder(i ? "same.jpg" : "odd.jpg");
        assert_int_equal(ct__picture_write(path, "picture", ".jpg", flat), 0);
    }
    uint8_t *one = read_bytes(in_folder("odd.jpg"), &size);
    uint8_t *two = read_bytes(in_folder("same.jpg"), &again);
    assert_int_equal(size, again);
    assert_memory_equal(one, two, size);
    free(one);
    free(two);
    ct_frame *back = decode_file(in_folder("odd.jpg"));
    const struct ct_picture *picture = ct_frame_picture(back);
    for (int plane = 1; plane < 3; plane++) {
        for (int y = 0; y < 12; y++) {
            for (int x = 0; x < 19; x++)
                assert_in_range(picture->data[plane][y * picture->stride[plane] + x],
                                88 + 60 * plane, 92 + 60 * plane);
        }
    }
    ct_frame_unref(&made);
    ct_frame_unref(&back);
}

static void sixteen_bits_of_a_png_become_eight(void **state)
{
    (void)state;
    enum { W = 19, H = 5 };
    uint16_t samples[H][W][3];
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W; x++) {
            for (int i = 0; i < 3; i++)
                samples[y][x][i] = (uint16_t)((40 + 10 * x + 3 * y + i) * 257);
        }
    }
    struct spng_ihdr header = {
        .width = W, .height = H, .bit_depth = 16, .color_type = SPNG_COLOR_TYPE_TRUECOLOR};
    spng_ctx *context = spng_ctx_new(SPNG_CTX_ENCODER);
    FILE *file = fopen(in_folder("16.png"), "wb");
    assert_int_equal(spng_set_ihdr(context, &header), 0);
    assert_int_equal(spng_set_png_file(context, file), 0);
    assert_int_equal(
        spng_encode_image(context, samples, sizeof(samples), SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE),
        0);
    spng_ctx_free(context);
    fclose(file);
    ct_frame *frame = decode_file(in_folder("16.png"));
    const struct ct_picture *picture = ct_frame_picture(frame);
    assert_int_equal(picture->format, CT_FORMAT_RGB);
    for (int y = 0; y < H; y++) {
        for (int x = 0; x < W * 3; x++)
            assert_int_equal(picture->data[0][y * picture->stride[0] + x],
                             samples[y][x / 3][x % 3] / 257);
    }
    ct_frame_unref(&frame);
}

// Flat ink: turbojpeg stores what Adobe's programs do, 255 - ink.
static void a_cmyk_jpeg_becomes_rgb(void **state)
{
    (void)state;
    uint8_t ink[24 * 24][4];
    for (int i = 0; i < 24 * 24; i++)
        memcpy(ink[i], (uint8_t[4]){250, 100, 20, 200}, 4);
    unsigned char *jpeg = NULL;
    unsigned long size = 0;
    tjhandle handle = tjInitCompress();
    assert_int_equal(
        tjCompress2(handle, ink[0], 24, 0, 24, TJPF_CMYK, &jpeg, &size, TJSAMP_444, 95, 0), 0);
    ct_frame *frame = NULL;
    assert_int_equal(decode(jpeg, size, &frame), 0);
    assert_int_equal(ct_frame_picture(frame)->format, CT_FORMAT_RGB);
    const uint8_t *pixel = ct_frame_picture(frame)->data[0];
    for (int i = 0; i < 3; i++)
        assert_in_range(pixel[i], ink[0][i] * 200 / 255 - 3, ink[0][i] * 200 / 255 + 3);
    ct_frame_unref(&frame);
    tjFree(jpeg);
    tjDestroy(handle);
}

static void a_limited_range_picture_is_refused_as_jpeg(void **state)
{
    (void)state;
    ct_frame *frame = make_picture(CT_FORMAT_I420, 16, 16, 0);
    ct_frame_set_colour(frame, CT_MATRIX_BT709, CT_RANGE_LIMITED);
    assert_int_equal(
        ct__picture_write(in_folder("b.jpg"), "picture", ".jpg", ct_frame_picture(frame)),
        CT_ERROR_INVALID);
    assert_int_equal(
        ct__picture_write(in_folder("b.png"), "picture", ".png", ct_frame_picture(frame)),
        CT_ERROR_INVALID);
    assert_int_equal(
        ct__picture_write(in_folder("b.gif"), "picture", ".gif", ct_frame_picture(frame)),
        CT_ERROR_INVALID);
    ct_frame_unref(&frame);
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    static const char *const endings[] = {".png", ".jpg"};
    ct_frame *frame = make_picture(CT_FORMAT_RGB, 64, 64, 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            ct__picture_write("/dev/full", "picture", endings[i], ct_frame_picture(frame)),
            CT_ERROR_IO);
        expect_failure("cannot be written: No space left on device");
    }
    assert_int_equal(ct__picture_write("/nosuch/a.png", "picture", ".png", ct_frame_picture(frame)),
                     CT_ERROR_IO);
    expect_failure("cannot be written: No such file or directory");
    ct_frame_unref(&frame);
}

// Puts an APP1 segment with the orientation behind the SOI of a JPEG.
static uint8_t *add_exif(const uint8_t *jpeg, size_t size, int orientation, size_t *new_size)
{
    uint8_t segment[] = {0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8,
                         0,    1,    1, 18, 0,   3,   0,   0,   0, 1, 0,   0,   0, 0,  0, 0, 0, 0};
    segment[29] = (uint8_t)orientation;
    *new_size = size + sizeof(segment);
    uint8_t *data = malloc(*new_size);
    memcpy(data, jpeg, 2);
    memcpy(data + 2, segment, sizeof(segment));
    memcpy(data + 2 + sizeof(segment), jpeg + 2, size - 2);
    return data;
}

static void exif_turns_a_jpeg_upright(void **state)
{
    (void)state;
    write_picture(in_folder("o.jpg"), ".jpg", CT_FORMAT_I420, 48, 32);
    size_t size, turned_size;
    uint8_t *plain = read_bytes(in_folder("o.jpg"), &size);
    ct_frame *stored = NULL;
    assert_int_equal(decode(plain, size, &stored), 0);
    for (int orientation = 1; orientation <= 8; orientation++) {
        uint8_t *data = add_exif(plain, size, orientation, &turned_size);
        ct_frame *frame = NULL, *expected = NULL;
        assert_int_equal(decode(data, turned_size, &frame), 0);
        assert_int_equal(ct__picture_orient(pool, &expected, ct_frame_picture(stored), orientation),
                         0);
        assert_int_equal(ct_frame_picture(frame)->width, orientation < 5 ? 48 : 32);
        assert_int_equal(difference(ct_frame_picture(frame), ct_frame_picture(expected),
                                    ct_frame_picture(frame)->width),
                         0);
        ct_frame_unref(&frame);
        ct_frame_unref(&expected);
        free(data);
    }
    ct_frame_unref(&stored);
    free(plain);
}

// Cuts a picture everywhere: never a frame, always the same code, whatever is missing.
// Its last `tail` bytes are no part of the pixels.
static void expect_cut_errors(const char *path, size_t tail)
{
    size_t size;
    uint8_t *data = read_bytes(path, &size);
    for (size_t cut = 0; cut + tail < size; cut++) {
        uint8_t *part = malloc(cut ? cut : 1);
        memcpy(part, data, cut);
        ct_frame *frame = NULL;
        assert_int_equal(decode(part, cut, &frame), CT_ERROR_FORMAT);
        assert_null(frame);
        free(part);
    }
    free(data);
}

static void a_cut_picture_is_an_error_and_not_half_grey(void **state)
{
    (void)state;
    write_picture(in_folder("c.jpg"), ".jpg", CT_FORMAT_I420, 40, 40);
    write_picture(in_folder("c.png"), ".png", CT_FORMAT_RGB, 40, 40);
    expect_cut_errors(in_folder("c.jpg"), 2);
    expect_cut_errors(in_folder("c.png"), 16);
    size_t size;
    uint8_t *data = read_bytes(in_folder("c.jpg"), &size);
    ct_frame *frame = NULL;
    assert_int_equal(decode(data, size - size / 4, &frame), CT_ERROR_FORMAT);
    expect_failure("cut off: the JPEG ends too early");
    free(data);
    data = read_bytes(in_folder("c.png"), &size);
    assert_int_equal(decode(data, size - size / 4, &frame), CT_ERROR_FORMAT);
    expect_failure("cut off: the PNG ends too early");
    free(data);
}

static void damaged_bytes_never_crash(void **state)
{
    (void)state;
    static const char *const names[] = {"c.jpg", "c.png"};
    for (int i = 0; i < 2; i++) {
        size_t size;
        uint8_t *data = read_bytes(in_folder(names[i]), &size);
        for (size_t at = 0; at < size; at += 3) {
            uint8_t old = data[at];
            data[at] ^= 0x55;
            ct_frame *frame = NULL;
            decode(data, size, &frame);
            ct_frame_unref(&frame);
            data[at] = old;
        }
        free(data);
    }
}

static void what_libav_decodes_becomes_rgb_or_grey(void **state)
{
    (void)state;
    static const char ppm[] = "P6\n2 1\n255\n\1\2\3\4\5\6";
    static const char pgm[] = "P5\n2 1\n255\n\7\10";
    static const uint8_t bmp[] = {'B', 'M', 58, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0,  40,
                                  0,   0,   0,  1, 0, 0, 0, 1, 0, 0, 0,  1, 0, 24, 0,
                                  0,   0,   0,  0, 4, 0, 0, 0, 0, 0, 0,  0, 0, 0,  0,
                                  0,   0,   0,  0, 0, 0, 0, 0, 0, 3, 2,  1, 0};
    ct_frame *frame = NULL;
    assert_int_equal(decode((const uint8_t *)ppm, sizeof(ppm) - 1, &frame), 0);
    assert_int_equal(ct_frame_picture(frame)->format, CT_FORMAT_RGB);
    assert_memory_equal(ct_frame_picture(frame)->data[0], "\1\2\3\4\5\6", 6);
    ct_frame_unref(&frame);
    assert_int_equal(decode((const uint8_t *)pgm, sizeof(pgm) - 1, &frame), 0);
    assert_int_equal(ct_frame_picture(frame)->format, CT_FORMAT_GREY);
    assert_memory_equal(ct_frame_picture(frame)->data[0], "\7\10", 2);
    ct_frame_unref(&frame);
    assert_int_equal(decode(bmp, sizeof(bmp), &frame), 0);
    assert_memory_equal(ct_frame_picture(frame)->data[0], "\1\2\3", 3);
    ct_frame_unref(&frame);
    assert_int_equal(decode((const uint8_t *)ppm, sizeof(ppm) - 4, &frame), CT_ERROR_FORMAT);
    expect_failure("broken or cut off: no ppm picture in it");
}

static void a_huge_header_is_refused_before_anything_is_allocated(void **state)
{
    (void)state;
    // IHDR of 100,000 x 100,000 with its right CRC.
    static const uint8_t png[] = {0x89, 'P',  'N', 'G', 13,  10, 26, 10,   0,    0,    0,
                                  13,   'I',  'H', 'D', 'R', 0,  1,  0x86, 0xa0, 0,    1,
                                  0x86, 0xa0, 8,   2,   0,   0,  0,  0x27, 0x30, 0x9c, 0x9f};
    ct_frame *frame = NULL;
    uint8_t bytes[sizeof(png)];
    memcpy(bytes, png, sizeof(png));
    uint64_t before = ct__mem_count();
    assert_int_equal(decode(bytes, sizeof(bytes), &frame), CT_ERROR_LIMIT);
    expect_failure("100000 x 100000 pixels: a side may have at most 65535");
    assert_int_equal(ct__mem_count(), before);
    size_t size;
    write_picture(in_folder("l.png"), ".png", CT_FORMAT_RGB, 40, 30);
    uint8_t *data = read_bytes(in_folder("l.png"), &size);
    assert_int_equal(ct__picture_decode(data, size, "p", 1199, pool, &frame), CT_ERROR_LIMIT);
    expect_failure("40 x 30 pixels: more than the limit of 1199");
    free(data);
    assert_null(frame);
}

// Heads alone, as large as each kind can say.
static void every_kind_of_picture_is_refused_by_its_head(void **state)
{
    (void)state;
#define SIDE "\xff\xff"
    static const struct {
        const char *data;
        size_t size;
        const char *said;
    } heads[] = {
#define HEAD(text) text, sizeof text - 1
        {HEAD("II*\0\10\0\0\0\11\0\0\1\3\0\1\0\0\0" SIDE "\0\0\1\1\3\0\1\0\0\0" SIDE
              "\0\0\2\1\3\0\1\0\0\0\10\0\0\0\3\1\3\0\1\0\0\0\1\0\0\0\6\1\3\0\1\0\0\0\1\0\0\0"
              "\21\1\4\0\1\0\0\0\310\0\0\0\25\1\3\0\1\0\0\0\1\0\0\0\26\1\3\0\1\0\0\0" SIDE
              "\0\0\27\1\4\0\1\0\0\0\12\0\0\0\0\0\0\0"),
         "65535 x 65535"},
        {HEAD("\xff\xd8\xff\xc0\0\x0b\x08\xff\0\xff\0\1\1\x11\0\xff\xda\0\x08\1\1\0\0\x3f\0\0\xff"
              "\xd9"),
         "65280 x 65280"},
        {HEAD("GIF89a" SIDE SIDE "\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0" SIDE SIDE "\0\2\2\x44\1\0;"),
         "65535 x 65535"},
        {HEAD("RIFF\x16\0\0\0WEBPVP8L\12\0\0\0/\xff\xff\xff\x0f\0\0\0\0\0"), "16384 x 16384"},
        {HEAD("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0" SIDE "\0\0" SIDE
              "\0\0\1\0\x18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
              "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
         "65535 x 65535"},
        {HEAD("qoif\0\0" SIDE "\0\0" SIDE "\3\0\0\0\0\0\0\0\0\1"), "65535 x 65535"},
        {HEAD("P6 65535 65535 255\n"), "65535 x 65535"},
    };
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        char expected[128];
        ct_frame *frame = NULL;
        uint8_t *data = malloc(heads[i].size);
        memcpy(data, heads[i].data, heads[i].size);
        uint64_t before = ct__mem_count();
        assert_int_equal(ct__picture_decode(data, heads[i].size, "p", 200000000, pool, &frame),
                         CT_ERROR_LIMIT);
        assert_int_equal(ct__mem_count(), before);
        snprintf(expected, sizeof expected, "%s pixels: more than the limit of 200000000",
                 heads[i].said);
        expect_failure(expected);
        free(data);
    }
}

static void a_size_that_libav_cannot_decode_is_told(void **state)
{
    (void)state;
    static const char head[] = "P6 65535 65535 255\n";
    ct_frame *frame = NULL;
    assert_int_equal(ct__picture_decode((const uint8_t *)head, sizeof head - 1, "p",
                                        INT64_C(1) << 32, pool, &frame),
                     CT_ERROR_LIMIT);
    expect_failure("65535 x 65535 pixels: libavcodec decodes no ppm so large");
}

static void what_is_no_picture_is_told(void **state)
{
    (void)state;
    ct_frame *frame = NULL;
    assert_int_equal(decode((const uint8_t *)"hello", 5, &frame), CT_ERROR_FORMAT);
    expect_failure("no picture that is known");
    assert_int_equal(decode((const uint8_t *)"", 0, &frame), CT_ERROR_FORMAT);
    expect_failure("empty file");
    assert_int_equal(ct__picture_sniff((const uint8_t *)"BMW is a car maker", 18),
                     CT__PICTURE_NONE);
    assert_int_equal(ct__picture_sniff((const uint8_t *)"RIFF....WAVEfmt ", 16), CT__PICTURE_NONE);
    assert_int_equal(ct__picture_sniff((const uint8_t *)"RIFF....WEBPVP8 ", 16), CT__PICTURE_OTHER);
}

static void media_info_tells_pictures(void **state)
{
    (void)state;
    struct ct_media_info info;
    write_picture(in_folder("i.jpg"), ".jpg", CT_FORMAT_I420, 48, 32);
    assert_int_equal(ct_media_read(in_folder("i.jpg"), &info), 0);
    assert_true(info.is_picture);
    assert_string_equal(info.container, "jpeg");
    assert_int_equal(info.streams[0].width, 48);
    assert_int_equal(info.streams[0].height, 32);
    assert_int_equal(ct_media_read(in_folder("nosuch.jpg"), &info), CT_ERROR_NOT_FOUND);
}

static void each_failed_allocation_is_told(void **state)
{
    (void)state;
    write_picture(in_folder("m.jpg"), ".jpg", CT_FORMAT_I420, 48, 32);
    size_t plain_size, size;
    uint8_t *plain = read_bytes(in_folder("m.jpg"), &plain_size);
    uint8_t *data = add_exif(plain, plain_size, 6, &size);
    fail_allocations(ct__picture_decode, data, size);
    free(data);
    free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_png_comes_back_bit_for_bit),
        cmocka_unit_test(a_jpeg_keeps_its_sampling_and_is_full_range),
        cmocka_unit_test(a_jpeg_of_odd_sides_has_nothing_from_behind_its_planes),
        cmocka_unit_test(sixteen_bits_of_a_png_become_eight),
        cmocka_unit_test(a_cmyk_jpeg_becomes_rgb),
        cmocka_unit_test(a_limited_range_picture_is_refused_as_jpeg),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(exif_turns_a_jpeg_upright),
        cmocka_unit_test(a_cut_picture_is_an_error_and_not_half_grey),
        cmocka_unit_test(damaged_bytes_never_crash),
        cmocka_unit_test(what_libav_decodes_becomes_rgb_or_grey),
        cmocka_unit_test(a_huge_header_is_refused_before_anything_is_allocated),
        cmocka_unit_test(every_kind_of_picture_is_refused_by_its_head),
        cmocka_unit_test(a_size_that_libav_cannot_decode_is_told),
        cmocka_unit_test(what_is_no_picture_is_told),
        cmocka_unit_test(media_info_tells_pictures),
        cmocka_unit_test(each_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
