// SPDX-License-Identifier: Apache-2.0
#include "samples.h"

#include <lcms2.h>
#include <spng.h>
#include <turbojpeg.h>
#include <webp/encode.h>
#include <webp/mux.h>

static ct_frame *decode(const void *data, size_t size)
{
    ct_frame *frame = NULL;
    assert_int_equal(ct__picture_decode_whole(data, size, "p", 1 << 20, pool, &frame), 0);
    return frame;
}

static const uint8_t *pixel(const ct_frame *frame, int x, int y)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    int step = picture->format == CT_FORMAT_RGBA ? 4 : 3;
    return picture->data[0] + y * picture->stride[0] + x * step;
}

// What a PNG is made of; zero: not there.
struct png {
    struct spng_ihdr header;
    struct spng_plte palette;
    struct spng_trns transparent;
    bool turned; // EXIF's orientation 6
};

static ct_frame *decode_png(struct png *png, const void *samples, size_t size)
{
    static char exif[] = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    spng_ctx *context = spng_ctx_new(SPNG_CTX_ENCODER);
    struct spng_exif turned = {sizeof exif - 1, exif};
    int error = 0;
    size_t length = 0;
    spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1);
    assert_int_equal(spng_set_ihdr(context, &png->header), 0);
    if (png->palette.n_entries)
        assert_int_equal(spng_set_plte(context, &png->palette), 0);
    if (png->transparent.n_type3_entries || png->transparent.gray)
        assert_int_equal(spng_set_trns(context, &png->transparent), 0);
    if (png->turned)
        assert_int_equal(spng_set_exif(context, &turned), 0);
    assert_int_equal(spng_encode_image(context, samples, size, SPNG_FMT_PNG, SPNG_ENCODE_FINALIZE),
                     0);
    void *data = spng_get_png_buffer(context, &length, &error);
    ct_frame *frame = decode(data, length);
    free(data);
    spng_ctx_free(context);
    return frame;
}

static void a_palette_keeps_its_transparent_colour(void **state)
{
    (void)state;
    struct png png = {.header = {2, 1, 8, SPNG_COLOR_TYPE_INDEXED, 0, 0, 0},
                      .palette = {.n_entries = 2, .entries = {{10, 20, 30, 255}, {40, 50, 60, 0}}},
                      .transparent = {.n_type3_entries = 2, .type3_alpha = {255, 7}}};
    ct_frame *frame = decode_png(&png, "\0\1", 2);
    assert_int_equal(ct_frame_picture(frame)->format, CT_FORMAT_RGBA);
    assert_memory_equal(pixel(frame, 0, 0), "\x0a\x14\x1e\xff", 4);
    assert_memory_equal(pixel(frame, 1, 0), "\x28\x32\x3c\x07", 4);
    ct_frame_unref(&frame);
}

static void grey_with_alpha_and_grey_with_a_transparent_value_become_rgba(void **state)
{
    (void)state;
    struct png alpha = {.header = {2, 1, 8, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, 0, 0, 0}};
    ct_frame *frame = decode_png(&alpha, "\x64\x32\xc8\xff", 4);
    assert_int_equal(ct_frame_picture(frame)->format, CT_FORMAT_RGBA);
    assert_memory_equal(pixel(frame, 0, 0), "\x64\x64\x64\x32", 4);
    ct_frame_unref(&frame);
    struct png value = {.header = {2, 1, 8, SPNG_COLOR_TYPE_GRAYSCALE, 0, 0, 0},
                        .transparent = {.gray = 0x64}};
    frame = decode_png(&value, "\x64\x65", 2);
    assert_memory_equal(pixel(frame, 0, 0), "\x64\x64\x64\0", 4);
    assert_memory_equal(pixel(frame, 1, 0), "\x65\x65\x65\xff", 4);
    ct_frame_unref(&frame);
}

static void sixteen_bits_are_kept_and_turned_upright(void **state)
{
    (void)state;
    static const uint16_t samples[2][3] = {{0x0102, 0x0304, 0x0506}, {0x0708, 0x090a, 0x0b0c}};
    struct png png = {.header = {2, 1, 16, SPNG_COLOR_TYPE_TRUECOLOR, 0, 0, 0}, .turned = true};
    ct_frame *frame = decode_png(&png, samples, sizeof samples);
    const struct ct_picture *picture = ct_frame_picture(frame);
    assert_int_equal(picture->width, 1);
    assert_int_equal(picture->height, 2);
    assert_true(frame->extras.has_deep);
    assert_memory_equal(pixel(frame, 0, 0), "\x01\x03\x05", 3);
    assert_memory_equal(frame->extras.deep, samples[0], 6);
    assert_memory_equal(frame->extras.deep + 4, samples[1], 6);
    assert_int_equal(frame->extras.deep[3], 0xffff);
    ct_frame_unref(&frame);
    // The next picture of the pool has nothing of it.
    struct png plain = {.header = {1, 2, 8, SPNG_COLOR_TYPE_TRUECOLOR, 0, 0, 0}};
    frame = decode_png(&plain, "abcdef", 6);
    assert_false(frame->extras.has_deep);
    ct_frame_unref(&frame);
}

static void a_webp_is_turned_by_its_exif(void **state)
{
    (void)state;
    static const uint8_t exif[] = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    static uint8_t rgb[8 * 4 * 3];
    uint8_t *simple = NULL;
    for (int i = 0; i < 8 * 4; i++)
        rgb[3 * i] = i % 8 < 4 ? 250 : 5;
    size_t size = WebPEncodeLosslessRGB(rgb, 8, 4, 24, &simple);
    WebPData picture = {simple, size}, mark = {exif, sizeof exif - 1}, whole;
    WebPMux *mux = WebPMuxCreate(&picture, 0);
    assert_int_equal(WebPMuxSetChunk(mux, "EXIF", &mark, 0), WEBP_MUX_OK);
    assert_int_equal(WebPMuxAssemble(mux, &whole), WEBP_MUX_OK);
    ct_frame *frame = decode(whole.bytes, whole.size);
    assert_int_equal(ct_frame_picture(frame)->width, 4);
    assert_int_equal(ct_frame_picture(frame)->height, 8);
    assert_in_range(pixel(frame, 0, 0)[0], 240, 255);
    assert_in_range(pixel(frame, 0, 7)[0], 0, 15);
    ct_frame_unref(&frame);
    // Cut short anywhere, it is an error or a picture, and nothing worse.
    for (size_t cut = 0; cut < whole.size; cut++) {
        uint8_t *part = malloc(cut + 1);
        memcpy(part, whole.bytes, cut);
        if (!ct__picture_decode_whole(part, cut, "p", 1 << 20, pool, &frame))
            ct_frame_unref(&frame);
        free(part);
    }
    WebPDataClear(&whole);
    WebPMuxDelete(mux);
    WebPFree(simple);
}

// A profile that knows black ink alone: L* falls from 100 to 0, whatever the other three say.
static uint8_t *make_ink_profile(cmsUInt32Number *size)
{
    static cmsUInt16Number table[16 * 3];
    for (int i = 0; i < 16; i++)
        memcpy(table + 3 * i, (cmsUInt16Number[3]){i % 2 ? 0 : 0xff00, 0x8000, 0x8000}, 6);
    cmsHPROFILE profile = cmsCreateProfilePlaceholder(NULL);
    cmsSetProfileVersion(profile, 2.1);
    cmsSetDeviceClass(profile, cmsSigOutputClass);
    cmsSetColorSpace(profile, cmsSigCmykData);
    cmsSetPCS(profile, cmsSigLabData);
    cmsPipeline *pipeline = cmsPipelineAlloc(NULL, 4, 3);
    cmsPipelineInsertStage(pipeline, cmsAT_BEGIN, cmsStageAllocCLut16bit(NULL, 2, 4, 3, table));
    assert_true(cmsWriteTag(profile, cmsSigAToB0Tag, pipeline));
    cmsPipelineFree(pipeline);
    assert_true(cmsSaveProfileToMem(profile, NULL, size));
    uint8_t *data = malloc(*size);
    assert_true(cmsSaveProfileToMem(profile, data, size));
    cmsCloseProfile(profile);
    return data;
}

// A CMYK JPEG with the profile in a marker behind its start.
static ct_frame *decode_ink(const uint8_t *profile, size_t size)
{
    uint8_t ink[24 * 24][4];
    for (int i = 0; i < 24 * 24; i++)
        memcpy(ink[i], (uint8_t[4]){250, 100, 20, 200}, 4);
    unsigned char *jpeg = NULL;
    unsigned long length = 0;
    tjhandle handle = tjInitCompress();
    assert_int_equal(
        tjCompress2(handle, ink[0], 24, 0, 24, TJPF_CMYK, &jpeg, &length, TJSAMP_444, 95, 0), 0);
    uint8_t *whole = malloc(length + size + 18);
    memcpy(whole, jpeg, 2);
    memcpy(whole + 2, "\xff\xe2\0\0ICC_PROFILE\0\1\1", 18);
    whole[4] = (uint8_t)((size + 16) >> 8);
    whole[5] = (uint8_t)(size + 16);
    memcpy(whole + 20, profile, size);
    memcpy(whole + 20 + size, jpeg + 2, length - 2);
    ct_frame *frame = decode(whole, length + size + 18);
    free(whole);
    tjFree(jpeg);
    tjDestroy(handle);
    return frame;
}

static void ink_goes_through_its_profile_or_without_one_by_the_plain_rule(void **state)
{
    (void)state;
    cmsUInt32Number size = 0;
    uint8_t *profile = make_ink_profile(&size);
    ct_frame *frame = decode_ink(profile, size);
    for (int i = 0; i < 3; i++)                           // 55 of 255 parts are ink
        assert_in_range(pixel(frame, 5, 5)[i], 189, 199); // sRGB of L* 78
    assert_int_equal(frame->extras.profile_size, 0);      // what it described is gone
    ct_frame_unref(&frame);
    memset(profile + 128, 0x55, size - 128); // a head without a body
    frame = decode_ink(profile, size);
    assert_in_range(pixel(frame, 5, 5)[0], 250 * 200 / 255 - 3, 250 * 200 / 255 + 3);
    ct_frame_unref(&frame);
    free(profile);
}

static void jpeg_planes_become_rgb(void **state)
{
    (void)state;
    static const enum ct_format formats[] = {CT_FORMAT_I420, CT_FORMAT_GREY};
    for (int i = 0; i < 2; i++) {
        size_t size;
        write_picture(in_folder("a.jpg"), ".jpg", formats[i], 33, 17);
        uint8_t *data = read_bytes(in_folder("a.jpg"), &size);
        ct_frame *frame = decode(data, size);
        assert_int_equal(ct_frame_picture(frame)->format, CT_FORMAT_RGB);
        ct_frame_unref(&frame);
        free(data);
    }
}

static void a_bomb_is_refused_by_its_header(void **state)
{
    (void)state;
    static const uint8_t bomb[] =
        "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\6\0\0\0";
    ct_frame *frame = NULL;
    uint64_t before = ct__mem_count();
    assert_int_not_equal(
        ct__picture_decode_whole(bomb, sizeof bomb - 1, "p", 1 << 28, pool, &frame), 0);
    assert_null(frame);
    assert_true(ct__mem_count() - before < 8);
}

static void each_failed_allocation_is_told(void **state)
{
    (void)state;
    static const char *const names[] = {"m.jpg", "m.png"};
    for (int i = 0; i < 2; i++) {
        size_t size;
        write_picture(in_folder(names[i]), names[i] + 1, CT_FORMAT_RGB, 48, 32);
        uint8_t *data = read_bytes(in_folder(names[i]), &size);
        fail_allocations(ct__picture_decode_whole, data, size);
        free(data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_palette_keeps_its_transparent_colour),
        cmocka_unit_test(grey_with_alpha_and_grey_with_a_transparent_value_become_rgba),
        cmocka_unit_test(sixteen_bits_are_kept_and_turned_upright),
        cmocka_unit_test(a_webp_is_turned_by_its_exif),
        cmocka_unit_test(ink_goes_through_its_profile_or_without_one_by_the_plain_rule),
        cmocka_unit_test(jpeg_planes_become_rgb),
        cmocka_unit_test(a_bomb_is_refused_by_its_header),
        cmocka_unit_test(each_failed_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
