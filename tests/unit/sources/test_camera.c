// SPDX-License-Identifier: Apache-2.0
// Which pictures of a device are looked at.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sources/camera.h"

#define SECOND INT64_C(1000000000)

static const struct ct__source_class device = {.name = "device"};

static void open_camera(struct ct__camera *camera, double phase)
{
    const struct ct__source_params params = {.live = true, .fps = 5, .phase = phase};
    *camera = (struct ct__camera){0};
    assert_int_equal(ct__camera_init(camera, &device, "camera", &params), CT_OK);
}

static void cameras_that_send_at_once_are_looked_at_in_turn(void **state)
{
    (void)state;
    struct ct__camera cameras[2];
    struct ct_frame_info info;
    int wanted = 0;
    ct__clock_hold(100 * SECOND);
    open_camera(&cameras[0], 0);
    open_camera(&cameras[1], .5);
    for (int number = 0; number < 330; number++) {
        bool first = ct__camera_wants(&cameras[0], ct__now_ns(), &info);
        bool other = ct__camera_wants(&cameras[1], CT_NO_TIME, &info);
        bool settled = number >= 30;
        wanted += settled && first;
        assert_true(!settled || !first || !other);
        ct__clock_advance(SECOND / 30);
    }
    ct__clock_release();
    assert_in_range(wanted, 49, 51);
    for (int i = 0; i < 2; i++) {
        assert_true(cameras[i].head.picked);
        ct__camera_finish(&cameras[i]);
    }
}

static void while_nothing_is_wanted_every_picture_is_passed_over(void **state)
{
    (void)state;
    struct ct__camera camera;
    struct ct_frame_info info;
    open_camera(&camera, 0);
    ct__camera_want(&camera.head, -1);
    for (int number = 0; number < 10; number++)
        assert_false(ct__camera_wants(&camera, CT_NO_TIME, &info));
    assert_int_equal(camera.head.undecoded, 10);
    assert_int_equal(info.number, 9);
    ct__camera_finish(&camera);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cameras_that_send_at_once_are_looked_at_in_turn),
        cmocka_unit_test(while_nothing_is_wanted_every_picture_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
