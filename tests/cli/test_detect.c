// SPDX-License-Identifier: Apache-2.0
// What detect writes: one valid line a frame, in order, the same bytes for any number of lanes.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "fixture.h"
#include "program.h"

// The n-th line of a text as JSON; the caller has the reference.
static json_t *line_json(const char *text, int n)
{
    for (int i = 0; i < n; i++)
        text = strchr(text, '\n') + 1;
    json_t *json = json_loadb(text, strcspn(text, "\n"), 0, NULL);
    assert_non_null(json);
    return json;
}

static void assert_done(const struct answer *answer)
{
    assert_string_equal(answer->err, "");
    assert_int_equal(answer->code, 0);
}

static void a_picture_gives_one_line_of_json(void **state)
{
    (void)state;
    write_model("model.json");
    write_picture("one.ppm", 64, 48, 0);
    struct answer answer = run_program("detect", "one.ppm", "-m", "model.json", NULL);
    assert_done(&answer);
    assert_int_equal(count_lines(answer.out), 1);
    json_t *line = line_json(answer.out, 0);
    assert_string_equal(json_string_value(json_object_get(line, "source")), "one.ppm");
    assert_int_equal(json_integer_value(json_object_get(line, "width")), 64);
    assert_int_equal(json_integer_value(json_object_get(line, "height")), 48);
    json_t *objects = json_object_get(line, "objects");
    assert_int_equal(json_array_size(objects), 1);
    json_t *object = json_array_get(objects, 0);
    assert_string_equal(json_string_value(json_object_get(object, "label")), "car");
    assert_int_equal(json_integer_value(json_object_get(object, "class")), 2);
    assert_int_equal(json_array_size(json_object_get(object, "box")), 4);
    json_decref(line);
    answer_finish(&answer);
}

static void pictures_of_a_folder_come_in_order(void **state)
{
    (void)state;
    write_model("model.json");
    write_pictures("ordered", 24);
    struct answer answer =
        run_program("detect", "ordered", "-m", "model.json", "--lanes", "3", NULL);
    assert_done(&answer);
    assert_int_equal(count_lines(answer.out), 24);
    for (int i = 0; i < 24; i++) {
        char expected[32];
        snprintf(expected, sizeof expected, "ordered/%02d.ppm", i);
        json_t *line = line_json(answer.out, i);
        assert_string_equal(json_string_value(json_object_get(line, "source")), expected);
        json_decref(line);
    }
    answer_finish(&answer);
}

static void the_number_of_lanes_changes_no_byte(void **state)
{
    (void)state;
    static const char *const lanes[] = {"1", "2", "3"};
    char *first = NULL;
    write_model("model.json");
    write_pictures("hashed", 20);
    for (int i = 0; i < 3; i++) {
        struct answer answer = run_program("detect", "hashed", "-m", "model.json", "-o",
                                           "hash:", "--lanes", lanes[i], NULL);
        assert_done(&answer);
        assert_true(strlen(answer.out) > 32);
        if (first)
            assert_string_equal(answer.out, first);
        else
            first = strdup(answer.out);
        answer_finish(&answer);
    }
    free(first);
}

static void every_third_frame_is_looked_at(void **state)
{
    (void)state;
    write_model("model.json");
    write_clip("every.mp4", 10);
    struct answer answer =
        run_program("detect", "every.mp4", "-m", "model.json", "--every", "3", NULL);
    assert_done(&answer);
    assert_int_equal(count_lines(answer.out), 4);
    for (int i = 0; i < 4; i++) {
        json_t *line = line_json(answer.out, i);
        assert_int_equal(json_integer_value(json_object_get(line, "frame")), 3 * i);
        json_decref(line);
    }
    answer_finish(&answer);
}

static void it_ends_after_max_frames(void **state)
{
    (void)state;
    write_model("model.json");
    write_pictures("many", 12);
    struct answer answer =
        run_program("detect", "many", "-m", "model.json", "--max-frames", "5", NULL);
    assert_done(&answer);
    assert_int_equal(count_lines(answer.out), 5);
    answer_finish(&answer);
}

static void several_inputs_are_one_stream_in_the_order_given(void **state)
{
    (void)state;
    write_model("model.json");
    write_clip("second.mp4", 4);
    write_picture("z.ppm", 64, 48, 1);
    write_picture("a.ppm", 64, 48, 2);
    struct answer answer =
        run_program("detect", "z.ppm", "second.mp4", "a.ppm", "-m", "model.json", NULL);
    assert_done(&answer);
    assert_int_equal(count_lines(answer.out), 6);
    static const char *const sources[] = {"z.ppm",      "second.mp4", "second.mp4",
                                          "second.mp4", "second.mp4", "a.ppm"};
    for (int i = 0; i < 6; i++) {
        json_t *line = line_json(answer.out, i);
        assert_string_equal(json_string_value(json_object_get(line, "source")), sources[i]);
        json_decref(line);
    }
    answer_finish(&answer);
}

static void outputs_are_written_side_by_side(void **state)
{
    (void)state;
    write_model("model.json");
    write_pictures("in", 6);
    struct answer answer = run_program("detect", "in", "-m", "model.json", "-o", "deep/er/r.jsonl",
                                       "-o", "clip.mp4", "-o", "drawn/", "-o", "-", NULL);
    assert_done(&answer);
    assert_int_equal(count_lines(answer.out), 6);
    assert_true(file_exists("deep/er/r.jsonl") && file_exists("clip.mp4"));
    assert_true(file_exists("drawn"));
    answer_finish(&answer);
    answer = run_program("detect", "clip.mp4", "-m", "model.json", NULL);
    assert_done(&answer);
    assert_int_equal(count_lines(answer.out), 6);
    answer_finish(&answer);
    answer = run_program("detect", "drawn", "-m", "model.json", NULL);
    assert_done(&answer);
    assert_int_equal(count_lines(answer.out), 6);
    answer_finish(&answer);
}

static void picture_outputs_alone_leave_standard_output_empty(void **state)
{
    (void)state;
    write_model("model.json");
    write_picture("quiet.ppm", 64, 48, 0);
    struct answer answer =
        run_program("detect", "quiet.ppm", "-m", "model.json", "-o", "quiet/", NULL);
    assert_done(&answer);
    assert_string_equal(answer.out, "");
    answer_finish(&answer);
}

static void drawing_can_be_switched_off(void **state)
{
    (void)state;
    write_model("model.json");
    write_picture("draw.ppm", 64, 48, 0);
    struct answer answers[] = {
        run_program("detect", "draw.ppm", "-m", "model.json", "-o", "with/", NULL),
        run_program("detect", "draw.ppm", "-m", "model.json", "-o", "again/", NULL),
        run_program("detect", "draw.ppm", "-m", "model.json", "-o", "plain/", "--no-draw", NULL),
    };
    for (int i = 0; i < 3; i++) {
        assert_done(&answers[i]);
        answer_finish(&answers[i]);
    }
    static const char *const compare[] = {"-r", "with", "again", NULL};
    struct answer same = run_other("/usr/bin/diff", compare);
    assert_int_equal(same.code, 0);
    answer_finish(&same);
    static const char *const differ[] = {"-r", "with", "plain", NULL};
    struct answer different = run_other("/usr/bin/diff", differ);
    assert_int_equal(different.code, 1);
    answer_finish(&different);
}

static void a_model_is_found_by_name(void **state)
{
    (void)state;
    write_pictures("store", 0);
    write_model("store/tiny.onnx");
    write_picture("name.ppm", 64, 48, 0);
    struct answer answer =
        run_program("detect", "name.ppm", "-m", "tiny", "--model-dir", "store", NULL);
    assert_done(&answer);
    answer_finish(&answer);
    setenv("CHITON_MODEL_DIR", "store", 1);
    answer = run_program("detect", "name.ppm", "-m", "tiny.onnx", NULL);
    assert_done(&answer);
    answer_finish(&answer);
    setenv("XDG_DATA_HOME", "/nowhere", 1);
    answer = run_program("detect", "name.ppm", "-m", "tinny", NULL);
    assert_string_equal(answer.err, "error: tinny: no such model: neither a file here nor in store "
                                    "or /nowhere/chiton/models (each also with .onnx)\n");
    assert_int_equal(answer.code, 1);
    unsetenv("CHITON_MODEL_DIR");
    unsetenv("XDG_DATA_HOME");
    answer_finish(&answer);
}

static void classes_are_chosen_by_label(void **state)
{
    (void)state;
    write_model("model.json");
    write_picture("class.ppm", 64, 48, 0);
    struct answer answer =
        run_program("detect", "class.ppm", "-m", "model.json", "--classes", "person,dog", NULL);
    assert_done(&answer);
    assert_non_null(strstr(answer.out, "\"objects\":[]"));
    answer_finish(&answer);
    answer = run_program("detect", "class.ppm", "-m", "model.json", "--classes", "cra", NULL);
    assert_int_equal(answer.code, 2);
    assert_non_null(strstr(answer.err, "cra"));
    assert_non_null(strstr(answer.err, "car"));
    answer_finish(&answer);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_gives_one_line_of_json),
        cmocka_unit_test(pictures_of_a_folder_come_in_order),
        cmocka_unit_test(the_number_of_lanes_changes_no_byte),
        cmocka_unit_test(every_third_frame_is_looked_at),
        cmocka_unit_test(it_ends_after_max_frames),
        cmocka_unit_test(several_inputs_are_one_stream_in_the_order_given),
        cmocka_unit_test(outputs_are_written_side_by_side),
        cmocka_unit_test(picture_outputs_alone_leave_standard_output_empty),
        cmocka_unit_test(drawing_can_be_switched_off),
        cmocka_unit_test(a_model_is_found_by_name),
        cmocka_unit_test(classes_are_chosen_by_label),
    };
    program_begin(argc, argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    return failed;
}
