// SPDX-License-Identifier: Apache-2.0
// Where relative names count from.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "config/place.h"

static struct ct__arena arena;

static void addresses_stay_and_files_move(void **state)
{
    (void)state;
    static const struct {
        const char *input, *placed;
    } inputs[] = {
        {"a.mp4", "etc/a.mp4"},
        {"/a.mp4", "/a.mp4"},
        {"-", "-"},
        {"rtsp://u:p@h/a.mp4", "rtsp://u:p@h/a.mp4"},
        {"v4l2:/dev/video0", "v4l2:/dev/video0"},
        {"synthetic:walkers?n=3", "synthetic:walkers?n=3"},
        {"synthetic:pan?zoom=2&image=a.png&speed=2",
         "synthetic:pan?zoom=2&image=etc/a.png&speed=2"},
        {"synthetic:loop?clip=/a.mp4", "synthetic:loop?clip=/a.mp4"},
        {"c:a.mp4", "etc/c:a.mp4"},
    };
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        assert_string_equal(ct__place_input("etc", inputs[i].input, &arena), inputs[i].placed);
    assert_string_equal(ct__place_input(NULL, "a.mp4", &arena), "a.mp4");
    assert_string_equal(ct__place_file("etc", "a", &arena), "etc/a");
    ct__arena_finish(&arena);
}

static void outputs_keep_their_prefix_and_get_the_name_of_the_camera(void **state)
{
    (void)state;
    static const struct {
        const char *output, *placed;
    } outputs[] = {
        {"jsonl:a.jsonl", "jsonl:var/a.jsonl"},
        {"jsonl:/a.jsonl", "jsonl:/a.jsonl"},
        {"{camera}/{camera}.csv", "var/door/door.csv"},
        {"null:", "null:"},
        {"-", "-"},
        {"drawn/", "var/drawn/"},
        {"mqtt://host/{camera}", "mqtt://host/door"},
    };
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        assert_string_equal(ct__place_output("var", outputs[i].output, "door", &arena),
                            outputs[i].placed);
    assert_string_equal(ct__place_output(NULL, "a.csv", "door", &arena), "a.csv");
    ct__arena_finish(&arena);
}

static void the_folder_of_a_file_is_what_stands_before_its_name(void **state)
{
    (void)state;
    bool failed = false;
    assert_null(ct__place_of("fleet.yaml", &arena, &failed));
    assert_string_equal(ct__place_of("etc/fleet.yaml", &arena, &failed), "etc");
    assert_string_equal(ct__place_of("/fleet.yaml", &arena, &failed), "/");
    assert_false(failed);
    ct__arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_stay_and_files_move),
        cmocka_unit_test(outputs_keep_their_prefix_and_get_the_name_of_the_camera),
        cmocka_unit_test(the_folder_of_a_file_is_what_stands_before_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
