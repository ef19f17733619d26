// SPDX-License-Identifier: Apache-2.0
#include "samples.h"

#include <lcms2.h>
#include <libavcodec/avcodec.h>
#include <math.h>

#include "media/encode.h"

enum { WIDTH = 61, HEIGHT = 43 };

static uint8_t pixels[WIDTH * HEIGHT * 8];

// Samples that depend on their place; `scale` 257 makes the 16-bit ones of the same picture.
static struct ct__raster make_raster(int channels, int bits)
{
    for (int i = 0; i < WIDTH * HEIGHT * channels; i++) {
        int x = i / channels % WIDTH, y = i / channels / WIDTH, c = i % channels;
        int value = (c == 3 ? 4 * x : 20 + 2 * x + y + 30 * c) & 255;
        if (bits == 8)
            pixels[i] = (uint8_t)value;
        else
            ((uint16_t *)(void *)pixels)[i] = (uint16_t)(value * 257 ^ 5);
    }
    return (struct ct__raster){WIDTH, HEIGHT, channels,
                               bits,  pixels, (ptrdiff_t)WIDTH * channels * bits / 8};
}

static struct ct__text encode(const char *ending, const struct ct__raster *raster,
                              const struct ct__encode_params *params)
{
    static const struct ct__encode_params none;
    struct ct__text bytes = {0};
    const struct ct__encoder *encoder = ct__encoder_find(ending);
    assert_non_null(encoder);
    assert_int_equal(encoder->encode(&bytes, "p", raster, params ? params : &none), 0);
    return bytes;
}

static ct_frame *decode(const struct ct__text *bytes)
{
    ct_frame *frame = NULL;
    assert_int_equal(ct__picture_decode_whole((const uint8_t *)bytes->data, bytes->length, "p",
                                              1 << 20, pool, &frame),
                     0);
    assert_int_equal(ct_frame_picture(frame)->width, WIDTH);
    assert_int_equal(ct_frame_picture(frame)->height, HEIGHT);
    return frame;
}

// A sample of the raster as the decoded frame should have it: grey as RGB, alpha or none.
static int wanted(const struct ct__raster *raster, int x, int y, int channel)
{
    int c = raster->channels == 1 ? 0 : channel;
    int at = (y * WIDTH + x) * raster->channels + c;
    return raster->bits == 8 ? raster->data[at]
                             : ((const uint16_t *)(const void *)raster->data)[at];
}

static int worst_of(const struct ct__raster *raster, const ct_frame *frame)
{
    const struct ct_picture *picture = ct_frame_picture(frame);
    int channels = picture->format == CT_FORMAT_RGBA ? 4 : 3, worst = 0;
    assert_int_equal(channels, raster->channels == 4 ? 4 : 3);
    assert_int_equal(frame->extras.has_deep, raster->bits == 16);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            for (int c = 0; c < channels; c++) {
                int got = raster->bits == 16
                              ? frame->extras.deep[(y * WIDTH + x) * 4 + c]
                              : picture->data[0][y * picture->stride[0] + x * channels + c];
                int off = abs(got - wanted(raster, x, y, c));
                worst = off > worst ? off : worst;
            }
    return worst;
}

static void png_and_tiff_lose_nothing_of_8_and_16_bits(void **state)
{
    (void)state;
    static const char *const endings[] = {".png", ".tif", "A.TIFF"};
    static const int channels[] = {1, 3, 4};
    for (int kind = 0; kind < 3; kind++)
        for (int i = 0; i < 3; i++)
            for (int bits = 8; bits <= 16; bits += 8) {
                struct ct__raster raster = make_raster(channels[i], bits);
                struct ct__text bytes = encode(endings[kind], &raster, NULL);
                ct_frame *frame = decode(&bytes);
                assert_int_equal(worst_of(&raster, frame), 0);
                ct_frame_unref(&frame);
                ct__text_finish(&bytes);
            }
}

static void jpeg_and_webp_are_near(void **state)
{
    (void)state;
    for (int channels = 1; channels <= 4; channels++) {
        if (channels == 2)
            continue;
        struct ct__raster raster = make_raster(channels, 8);
        for (int webp = channels == 4; webp < 2; webp++) {
            struct ct__text bytes = encode(webp ? ".webp" : ".jpg", &raster, NULL);
            ct_frame *frame = decode(&bytes);
            assert_in_range(worst_of(&raster, frame), 0, webp ? 30 : 6);
            ct_frame_unref(&frame);
            ct__text_finish(&bytes);
        }
    }
}

static void webp_keeps_alpha_exactly(void **state)
{
    (void)state;
    struct ct__raster raster = make_raster(4, 8);
    struct ct__text bytes = encode(".webp", &raster, NULL);
    ct_frame *frame = decode(&bytes);
    const struct ct_picture *picture = ct_frame_picture(frame);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            assert_int_equal(picture->data[0][y * picture->stride[0] + 4 * x + 3],
                             wanted(&raster, x, y, 3));
    ct_frame_unref(&frame);
    ct__text_finish(&bytes);
}

// A real profile, long enough for several of JPEG's markers if it is repeated behind its end.
static uint8_t *make_profile(size_t *size, size_t more)
{
    cmsUInt32Number length = 0;
    cmsHPROFILE profile = cmsCreate_sRGBProfile();
    assert_true(cmsSaveProfileToMem(profile, NULL, &length));
    uint8_t *data = calloc(1, length + more);
    assert_true(cmsSaveProfileToMem(profile, data, &length));
    cmsCloseProfile(profile);
    for (size_t i = 0; i < more; i++)
        data[length + i] = (uint8_t)(i * 7);
    *size = length + more;
    return data;
}

static void the_profile_comes_back(void **state)
{
    (void)state;
    static const char *const endings[] = {".png", ".jpg", ".webp", ".tif"};
    for (int i = 0; i < 4; i++)
        for (size_t more = 0; more <= 200000; more += 200000) {
            struct ct__encode_params params = {0};
            uint8_t *profile = make_profile(&params.profile_size, more);
            params.profile = profile;
            struct ct__raster raster = make_raster(3, 8);
            struct ct__text bytes = encode(endings[i], &raster, &params);
            ct_frame *frame = decode(&bytes);
            assert_int_equal(frame->extras.profile_size, params.profile_size);
            assert_memory_equal(frame->extras.profile, profile, params.profile_size);
            ct_frame_unref(&frame);
            ct__text_finish(&bytes);
            free(profile);
        }
}

static float half_at(const AVFrame *frame, int plane, int x, int y)
{
    const uint8_t *row = frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane];
    return ((const float *)(const void *)row)[x];
}

static double linear(double x)
{
    return x <= .04045 ? x / 12.92 : pow((x + .055) / 1.055, 2.4);
}

static void exr_is_linear_light_with_alpha_multiplied_in(void **state)
{
    (void)state;
    for (int bits = 8; bits <= 16; bits += 8) {
        struct ct__raster raster = make_raster(4, bits);
        struct ct__text bytes = encode(".exr", &raster, NULL);
        AVCodecContext *codec = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_EXR));
        AVPacket *packet = av_packet_alloc();
        AVFrame *frame = av_frame_alloc();
        packet->data = (uint8_t *)bytes.data;
        packet->size = (int)bytes.length;
        assert_true(avcodec_open2(codec, NULL, NULL) >= 0);
        assert_true(avcodec_send_packet(codec, packet) >= 0);
        assert_true(avcodec_receive_frame(codec, frame) >= 0);
        assert_int_equal(frame->format, AV_PIX_FMT_GBRAPF32);
        double most = (1 << bits) - 1;
        for (int y = 0; y < HEIGHT; y++)
            for (int x = 0; x < WIDTH; x++) {
                double alpha = wanted(&raster, x, y, 3) / most;
                double green = linear(wanted(&raster, x, y, 1) / most) * alpha;
                assert_true(fabs(half_at(frame, 3, x, y) - alpha) < 1e-3);
                assert_true(fabs(half_at(frame, 0, x, y) - green) < 1e-3);
            }
        packet->data = NULL;
        av_frame_free(&frame);
        av_packet_free(&packet);
        avcodec_free_context(&codec);
        ct__text_finish(&bytes);
    }
}

static void a_side_too_long_for_the_format_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int most;
    } cases[] = {{"x.webp", 16383}, {"x.jpg", 65500}};
    static uint8_t row[65501 * 3];
    struct ct__text bytes = {0};
    for (int i = 0; i < 4; i++) {
        bool beyond = i % 2;
        const int width = cases[i / 2].most + beyond;
        const struct ct__raster raster = {width, 1, 3, 8, row, 3 * (ptrdiff_t)width};
        assert_int_equal(ct__encoder_find(cases[i / 2].name)
                             ->encode(&bytes, "p", &raster, &(const struct ct__encode_params){0}),
                         beyond ? CT_ERROR_LIMIT : CT_OK);
    }
    ct__text_finish(&bytes);
}

static void each_failed_allocation_is_told(void **state)
{
    (void)state;
    static const char *const endings[] = {".png", ".jpg", ".webp", ".tif", ".exr"};
    struct ct__raster raster = make_raster(3, 8);
    struct ct__encode_params params = {0};
    uint8_t *profile = make_profile(&params.profile_size, 0);
    params.profile = profile;
    for (int i = 0; i < 5; i++) {
        int error = CT_ERROR_MEMORY;
        for (uint64_t n = 1; error == CT_ERROR_MEMORY; n++) {
            struct ct__text bytes = {0};
            ct__mem_fail(n);
            error = ct__encoder_find(endings[i])->encode(&bytes, "p", &raster, &params);
            assert_int_equal(error == CT_ERROR_MEMORY, ct__mem_failed());
            ct__mem_fail(0);
            ct__text_finish(&bytes);
        }
        assert_int_equal(error, 0);
    }
    free(profile);
}

static void only_known_endings_are_known(void **state)
{
    (void)state;
    assert_null(ct__encoder_find("a.gif"));
    assert_null(ct__encoder_find("png"));
    assert_int_equal(ct__encoder_find("a.b.JPEG")->channels, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png_and_tiff_lose_nothing_of_8_and_16_bits),
        cmocka_unit_test(jpeg_and_webp_are_near),
        cmocka_unit_test(webp_keeps_alpha_exactly),
        cmocka_unit_test(the_profile_comes_back),
        cmocka_unit_test(exr_is_linear_light_with_alpha_multiplied_in),
        cmocka_unit_test(a_side_too_long_for_the_format_is_refused),
        cmocka_unit_test(each_failed_allocation_is_told),
        cmocka_unit_test(only_known_endings_are_known),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
