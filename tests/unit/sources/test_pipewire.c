// SPDX-License-Identifier: Apache-2.0
// A PipeWire camera without a server; with one it is read in tests/cameras.
#include "../media/samples.h"

#include "sources/pipewire_format.h"

#include <spa/param/video/format-utils.h>
#include <spa/pod/builder.h>

static const struct ct__source_params live = {.live = true};

static void a_missing_server_is_told_however_much_memory_there_is(void **state)
{
    (void)state;
    struct ct__source *source = NULL;
    char last[256];
    setenv("XDG_RUNTIME_DIR", folder, 1);
    setenv("PIPEWIRE_RUNTIME_DIR", folder, 1);
    for (uint64_t n = 0; n < 3; n++) {
        ct__mem_fail(n);
        int error = ct__source_open(&source, "pipewire:", &live);
        assert_int_equal(ct__mem_failed(), n > 0);
        ct__mem_fail(0);
        assert_null(source);
        if (error == CT_ERROR_UNSUPPORTED) { // no library
            expect_failure("libpipewire-0.3.so.0 cannot be loaded");
            continue;
        }
        assert_int_equal(error, n ? CT_ERROR_MEMORY : CT_ERROR_IO);
        ct__last_failure(last, sizeof last);
        assert_true(n || strncmp(last, "no PipeWire server: ", 20) == 0);
    }
}

static const struct spa_pod *agree(struct spa_pod_builder *builder, uint32_t subtype,
                                   uint32_t format, struct spa_rectangle size,
                                   struct spa_fraction rate)
{
    struct spa_pod_frame frame;
    spa_pod_builder_push_object(builder, &frame, SPA_TYPE_OBJECT_Format, SPA_PARAM_Format);
    spa_pod_builder_add(builder, SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video),
                        SPA_FORMAT_mediaSubtype, SPA_POD_Id(subtype), SPA_FORMAT_VIDEO_size,
                        SPA_POD_Rectangle(&size), SPA_FORMAT_VIDEO_framerate,
                        SPA_POD_Fraction(&rate), 0);
    if (format)
        spa_pod_builder_add(builder, SPA_FORMAT_VIDEO_format, SPA_POD_Id(format), 0);
    return spa_pod_builder_pop(builder, &frame);
}

static bool read_format(uint32_t subtype, uint32_t format, uint32_t width,
                        struct ct__camera_form *form, int *rate_num)
{
    uint8_t memory[1024];
    int rate_den;
    struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, sizeof memory);
    const struct spa_pod *pod =
        agree(&builder, subtype, format, SPA_RECTANGLE(width, 48), SPA_FRACTION(width, 2));
    return ct__pipewire_read_format(pod, form, rate_num, &rate_den);
}

static void the_format_that_was_agreed_on_is_read(void **state)
{
    (void)state;
    struct ct__camera_form form;
    int rate;
    assert_true(read_format(SPA_MEDIA_SUBTYPE_raw, SPA_VIDEO_FORMAT_YUY2, 64, &form, &rate));
    assert_int_equal(form.layout, CT__CAMERA_YUYV);
    assert_int_equal(form.width, 64);
    assert_int_equal(form.height, 48);
    assert_int_equal(rate, 64);
    assert_string_equal(ct__pipewire_format_name(&form), "YUY2");
    assert_true(read_format(SPA_MEDIA_SUBTYPE_mjpg, 0, 64, &form, &rate));
    assert_string_equal(ct__pipewire_format_name(&form), "MJPG");
    assert_true(
        read_format(SPA_MEDIA_SUBTYPE_raw, SPA_VIDEO_FORMAT_I420, UINT32_MAX, &form, &rate));
    assert_int_equal(form.width, 0); // no size for a frame
    assert_int_equal(rate, 0);
    assert_false(read_format(SPA_MEDIA_SUBTYPE_raw, SPA_VIDEO_FORMAT_v210, 64, &form, &rate));
    assert_false(read_format(SPA_MEDIA_SUBTYPE_h264, 0, 64, &form, &rate));
}

static void what_is_offered_fits_its_memory(void **state)
{
    (void)state;
    static const struct ct__camera_wish wish = {1280, 720, false, 30};
    static const struct ct__camera_form coded = {
        .layout = CT__CAMERA_JPEG, .width = 65535, .height = 65535};
    uint8_t memory[4096];
    const struct spa_pod *pods[2];
    assert_int_equal(ct__pipewire_formats(&wish, memory, sizeof memory, pods), 2);
    assert_non_null(pods[0]);
    assert_non_null(pods[1]);
    assert_int_equal(ct__pipewire_buffers(&coded, memory, sizeof memory, pods), 2);
    assert_non_null(pods[0]);
    assert_non_null(pods[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_server_is_told_however_much_memory_there_is),
        cmocka_unit_test(the_format_that_was_agreed_on_is_read),
        cmocka_unit_test(what_is_offered_fits_its_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
