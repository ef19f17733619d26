// SPDX-License-Identifier: Apache-2.0
// The examples work: each is run on inputs that the tests make. Their paths are the arguments after
// the program's.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "program.h"

static char *callback, *cameras, *clips, *image, *fleet, *tensors;

static struct answer run_example(const char *path, const char *const *arguments)
{
    struct answer answer = run_other(path, arguments);
    assert_string_equal(answer.err, "");
    assert_int_equal(answer.code, 0);
    return answer;
}

static void image_prints_the_objects_of_a_picture(void **state)
{
    (void)state;
    static const char *const arguments[] = {"model.json", "one.ppm", NULL};
    write_model("model.json");
    write_picture("one.ppm", 64, 64, 0);
    struct answer answer = run_example(image, arguments);
    assert_string_equal(answer.out, "car 0.80 at 28,28, 16 x 16\n");
    answer_finish(&answer);
}

static void clips_run_side_by_side(void **state)
{
    (void)state;
    static const char *const arguments[] = {"model.json", "a.mp4", "b.mp4", NULL};
    write_model("model.json");
    write_clip("a.mp4", 6);
    write_clip("b.mp4", 9);
    struct answer answer = run_example(clips, arguments);
    assert_non_null(strstr(answer.out, "a.mp4: 6 frames, 6 objects\n"));
    assert_non_null(strstr(answer.out, "b.mp4: 9 frames, 9 objects\n"));
    assert_int_equal(count_lines(answer.out), 6 + 9 + 2);
    answer_finish(&answer);
}

static void callback_keeps_a_frame_and_stops(void **state)
{
    (void)state;
    static const char *const arguments[] = {"model.json", "c.mp4", "3", NULL};
    write_model("model.json");
    write_clip("c.mp4", 12);
    struct answer answer = run_example(callback, arguments);
    assert_non_null(strstr(answer.out, " objects; the best, 0.80, in frame 0 (64 x 48)\n"));
    assert_in_range(atoi(answer.out), 3, 12);
    answer_finish(&answer);
}

static void fleet_tells_what_became_of_its_cameras(void **state)
{
    (void)state;
    static const char *const arguments[] = {"fleet.yaml", "1", NULL};
    write_model("model.json");
    write_text("fleet.yaml",
               "cameras:\n  door: {inputs: [{path: \"synthetic:walkers?n=1&frames=0\"}]"
               ", detect: {model: model.json}}\n");
    struct answer answer = run_example(fleet, arguments);
    assert_int_equal(strncmp(answer.out, "door: ", 6), 0);
    assert_non_null(strstr(answer.out, " frames looked at, "));
    answer_finish(&answer);
}

static void tensors_tells_what_comes_out(void **state)
{
    (void)state;
    static const char *const arguments[] = {"model.json", NULL};
    write_model("model.json");
    struct answer answer = run_example(tensors, arguments);
    assert_string_equal(answer.out, "output: 1 x 84 x 85, 28560 bytes\n");
    answer_finish(&answer);
}

static void what_is_wrong_is_told(void **state)
{
    (void)state;
    static const struct {
        char **program;
        const char *arguments[4], *words;
    } wrong[] = {
        {&image, {"none.json", "one.ppm"}, "one.ppm"},
        {&clips, {"none.json", "a.mp4"}, "none.json: "},
        {&callback, {"none.json", "a.mp4", "1"}, "none.json: "},
        {&cameras, {"none.json", "synthetic:walkers"}, "none.json: "},
        {&fleet, {"none.yaml", "1"}, "none.yaml"},
        {&tensors, {"none.json"}, "none.json: "},
    };
    remove("one.ppm");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct answer answer = run_other(*wrong[i].program, wrong[i].arguments);
        assert_int_equal(answer.code, 1);
        assert_non_null(strstr(answer.err, wrong[i].words));
        answer_finish(&answer);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(image_prints_the_objects_of_a_picture),
        cmocka_unit_test(clips_run_side_by_side),
        cmocka_unit_test(callback_keeps_a_frame_and_stops),
        cmocka_unit_test(fleet_tells_what_became_of_its_cameras),
        cmocka_unit_test(tensors_tells_what_comes_out),
        cmocka_unit_test(what_is_wrong_is_told),
    };
    if (argc != 8)
        return 99;
    callback = realpath(argv[2], NULL);
    clips = realpath(argv[3], NULL);
    image = realpath(argv[4], NULL);
    fleet = realpath(argv[5], NULL);
    tensors = realpath(argv[6], NULL);
    cameras = realpath(argv[7], NULL);
    program_begin(argc, argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    free(callback);
    free(cameras);
    free(clips);
    free(image);
    free(fleet);
    free(tensors);
    return failed;
}
