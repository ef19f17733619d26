// SPDX-License-Identifier: Apache-2.0
// The commands that report: inspect, doctor, bench.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <jansson.h>

#include "fixture.h"
#include "program.h"

static json_t *whole_json(const struct answer *answer)
{
    json_t *json = json_loads(answer->out, 0, NULL);
    assert_non_null(json);
    return json;
}

static const char *member_text(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    assert_non_null(text);
    return text;
}

static void inspect_tells_what_a_model_is(void **state)
{
    (void)state;
    write_model("model.json");
    struct answer answer = run_program("inspect", "model.json", NULL);
    assert_string_equal(answer.err, "");
    assert_int_equal(answer.code, 0);
    assert_string_equal(answer.out, "model       model.json\n"
                                    "family      yolox\n"
                                    "backend     fake\n"
                                    "inputs      images float32 [1, 3, 64, 64]\n"
                                    "outputs     output float32 [1, 84, 85]\n"
                                    "picture     64 x 64\n"
                                    "prepared    layout nchw, order bgr, fit top_left, pad 114, "
                                    "mean 0, scale 1\n"
                                    "thresholds  conf 0.25, iou 0.45\n"
                                    "labels      80: person, bicycle, car, motorcycle, airplane, "
                                    "bus, train, truck, ...\n");
    answer_finish(&answer);
    answer = run_program("inspect", "model.json", "--json", "--conf", "0.5", NULL);
    json_t *json = whole_json(&answer);
    assert_string_equal(member_text(json, "family"), "yolox");
    assert_int_equal(json_array_size(json_object_get(json, "labels")), 80);
    assert_true(json_real_value(json_object_get(json, "conf")) == 0.5);
    json_decref(json);
    answer_finish(&answer);
}

static void inspect_knows_every_type_of_tensors(void **state)
{
    (void)state;
    write_text(
        "types.json",
        "{\"chiton_fake\":1,\"inputs\":[{\"name\":\"input.1\",\"type\":\"float32\",\"shape\":"
        "[1,3,320,320]}],\"outputs\":[{\"name\":\"d0\",\"shape\":[1,1,320,320]},"
        "{\"name\":\"count\",\"type\":\"int16\",\"shape\":[1]},"
        "{\"name\":\"sum\",\"type\":\"uint64\",\"shape\":[1]}]}");
    struct answer answer = run_program("inspect", "types.json", "--family", "u2net", NULL);
    assert_string_equal(answer.err, "");
    assert_non_null(strstr(answer.out, "count int16 [1]\n"));
    assert_non_null(strstr(answer.out, "sum uint64 [1]\n"));
    answer_finish(&answer);
}

static void inspect_tells_what_a_sidecar_changes(void **state)
{
    (void)state;
    write_model("beside.json");
    write_text("beside.json.yaml", "order: rgb\nmean: [1, 2.5, 3]\nconf: 0.4\nfit: stretch\n");
    struct answer answer = run_program("inspect", "beside.json", NULL);
    assert_int_equal(answer.code, 0);
    assert_non_null(strstr(answer.out, "sidecar     beside.json.yaml\n"));
    assert_non_null(strstr(answer.out, "prepared    layout nchw, order rgb, fit stretch, pad 114, "
                                       "mean [1, 2.5, 3], scale 1\n"));
    assert_non_null(strstr(answer.out, "conf 0.4,"));
    answer_finish(&answer);
}

static void inspect_tells_where_a_sidecar_is_wrong(void **state)
{
    (void)state;
    write_model("wrong.json");
    write_text("wrong.json.yaml", "order: rgb\n  \nconff: 0.4\n");
    struct answer answer = run_program("inspect", "wrong.json", NULL);
    assert_int_equal(answer.code, 1);
    assert_string_equal(answer.err, "error: wrong.json.yaml:3:1: unknown key conff; did you mean "
                                    "conf?\n");
    answer_finish(&answer);
}

static void inspect_tells_what_media_is(void **state)
{
    (void)state;
    write_clip("clip.mp4", 5);
    struct answer answer = run_program("inspect", "clip.mp4", NULL);
    assert_string_equal(answer.err, "");
    assert_int_equal(answer.code, 0);
    assert_non_null(strstr(answer.out, "clip        clip.mp4\n"));
    assert_non_null(strstr(answer.out, "streams     0: video, h264, yuv420p, 64 x 48"));
    answer_finish(&answer);
    write_picture("dot.ppm", 30, 20, 0);
    answer = run_program("inspect", "dot.ppm", "--json", NULL);
    json_t *json = whole_json(&answer);
    assert_string_equal(member_text(json, "picture"), "dot.ppm");
    json_t *stream = json_array_get(json_object_get(json, "streams"), 0);
    assert_int_equal(json_integer_value(json_object_get(stream, "width")), 30);
    assert_int_equal(json_integer_value(json_object_get(stream, "height")), 20);
    json_decref(json);
    answer_finish(&answer);
}

static void inspect_goes_by_content_not_by_name(void **state)
{
    (void)state;
    write_picture("liar.onnx", 30, 20, 0);
    struct answer answer = run_program("inspect", "liar.onnx", NULL);
    assert_int_equal(answer.code, 0);
    assert_non_null(strstr(answer.out, "picture     liar.onnx\n"));
    assert_non_null(strstr(answer.err, "warn: liar.onnx: named like a model, but it is none: "));
    answer_finish(&answer);
    write_model("liar.mp4");
    answer = run_program("inspect", "liar.mp4", NULL);
    assert_int_equal(answer.code, 0);
    assert_non_null(strstr(answer.out, "family      yolox\n"));
    answer_finish(&answer);
}

static void inspect_tells_why_a_camera_cannot_be_opened(void **state)
{
    (void)state;
    struct answer answer = run_program("inspect", "v4l2:/dev/nothing", NULL);
    assert_int_equal(answer.code, 1);
    assert_string_equal(answer.out, "");
    assert_memory_equal(answer.err, "error: v4l2:/dev/nothing: ", 26);
    answer_finish(&answer);
    answer = run_program("inspect", "/dev/null", NULL);
    assert_int_equal(answer.code, 1);
    assert_memory_equal(answer.err, "error: /dev/null: ", 18);
    answer_finish(&answer);
}

static void inspect_wants_one_file(void **state)
{
    (void)state;
    assert_int_equal(mkdir("folder", 0700), 0);
    struct answer answer = run_program("inspect", "folder", NULL);
    assert_string_equal(answer.err, "error: folder: a folder: inspect wants one file\n");
    assert_int_equal(answer.code, 2);
    answer_finish(&answer);
    answer = run_program("inspect", "nothing.mp4", NULL);
    assert_string_equal(answer.err, "error: nothing.mp4: no such file\n");
    assert_int_equal(answer.code, 1);
    answer_finish(&answer);
}

static void doctor_tells_what_is_there(void **state)
{
    (void)state;
    struct answer answer = run_program("doctor", "--json", NULL);
    json_t *json = whole_json(&answer);
    assert_true(json_integer_value(json_object_get(json, "cores_usable")) >= 1);
    static const char *const lists[] = {"backends", "families", "sources", "outputs"};
    for (int i = 0; i < 4; i++)
        assert_true(json_array_size(json_object_get(json, lists[i])) >= 2);
    json_t *runtime = json_object_get(json, "onnxruntime");
    assert_int_equal(answer.code, json_object_get(runtime, "error") ? 1 : 0);
    json_decref(json);
    answer_finish(&answer);
}

static void doctor_says_what_to_do_without_a_runtime(void **state)
{
    (void)state;
    write_text("broken.so", "no library");
    struct answer answer = run_program("doctor", "--ort-library", "broken.so", NULL);
    assert_int_equal(answer.code, 1);
    assert_non_null(strstr(answer.out, "problem: without ONNX Runtime no .onnx model runs\n"));
    assert_non_null(strstr(answer.out, "script/bootstrap"));
    assert_non_null(strstr(answer.out, "broken.so"));
    answer_finish(&answer);
}

static void bench_throughput_counts_answers(void **state)
{
    (void)state;
    write_model("model.json");
    write_pictures("counted", 7);
    struct answer answer = run_program("bench", "throughput", "counted", "-m", "model.json",
                                       "--rounds", "3", "--json", NULL);
    assert_string_equal(answer.err, "");
    assert_int_equal(answer.code, 0);
    json_t *json = whole_json(&answer);
    assert_int_equal(json_integer_value(json_object_get(json, "answers")), 7);
    assert_int_equal(json_integer_value(json_object_get(json, "rounds")), 3);
    assert_true(json_number_value(json_object_get(json, "answers_per_s")) > 0);
    assert_true(json_number_value(json_object_get(json, "peak_mb")) > 0);
    json_decref(json);
    answer_finish(&answer);
    answer = run_program("bench", "throughput", "counted", "-m", "model.json", NULL);
    assert_int_equal(answer.code, 0);
    assert_int_equal(strncmp(answer.out, "answers      ", 13), 0);
    answer_finish(&answer);
}

static void bench_stages_names_every_stage(void **state)
{
    (void)state;
    static const char *const names[] = {"decode", "prepare", "run", "outputs", "nms", "write"};
    write_model("model.json");
    write_pictures("staged", 5);
    struct answer answer =
        run_program("bench", "stages", "staged", "-m", "model.json", "--json", NULL);
    assert_string_equal(answer.err, "");
    assert_int_equal(answer.code, 0);
    json_t *json = whole_json(&answer), *stages = json_object_get(json, "stages");
    double share = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_non_null(strstr(answer.out, names[i]));
        share += json_number_value(json_object_get(json_array_get(stages, i), "cpu_share"));
    }
    assert_true(share > 0.5 && share < 1.001);
    json_decref(json);
    answer_finish(&answer);
    answer = run_program("bench", "stages", "staged", "-m", "model.json", NULL);
    assert_int_equal(count_lines(answer.out), 1 + 6);
    answer_finish(&answer);
}

static void bench_fails_with_its_input(void **state)
{
    (void)state;
    write_model("model.json");
    struct answer answer = run_program("bench", "stages", "none.mp4", "-m", "model.json", NULL);
    assert_int_equal(answer.code, 1);
    assert_string_equal(answer.out, "");
    answer_finish(&answer);
}

static void a_report_to_a_full_disk_is_a_failure(void **state)
{
    (void)state;
    const char *arguments[] = {"-c", "exec \"$0\" --version >/dev/full", program_path(), NULL};
    struct answer answer = run_other("/bin/sh", arguments);
    assert_int_equal(answer.code, 1);
    assert_string_equal(answer.err, "error: standard output: No space left on device\n");
    answer_finish(&answer);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inspect_tells_what_a_model_is),
        cmocka_unit_test(inspect_knows_every_type_of_tensors),
        cmocka_unit_test(inspect_tells_what_a_sidecar_changes),
        cmocka_unit_test(inspect_tells_where_a_sidecar_is_wrong),
        cmocka_unit_test(inspect_tells_what_media_is),
        cmocka_unit_test(inspect_goes_by_content_not_by_name),
        cmocka_unit_test(inspect_tells_why_a_camera_cannot_be_opened),
        cmocka_unit_test(inspect_wants_one_file),
        cmocka_unit_test(doctor_tells_what_is_there),
        cmocka_unit_test(doctor_says_what_to_do_without_a_runtime),
        cmocka_unit_test(bench_throughput_counts_answers),
        cmocka_unit_test(bench_stages_names_every_stage),
        cmocka_unit_test(bench_fails_with_its_input),
        cmocka_unit_test(a_report_to_a_full_disk_is_a_failure),
    };
    program_begin(argc, argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    return failed;
}
