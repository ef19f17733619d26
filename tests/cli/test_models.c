// SPDX-License-Identifier: Apache-2.0
// chiton models as a person calls it, and what -m says about a known model that is not here.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "fixture.h"
#include "program.h"
#include "server.h"

static const char *python, *script;
static char real_model[512];

static void assert_answer(struct answer answer, int code, const char *out, const char *err)
{
    if (!strstr(answer.out, out))
        assert_string_equal(answer.out, out);
    if (!strstr(answer.err, err))
        assert_string_equal(answer.err, err);
    if (!*err)
        assert_string_equal(answer.err, "");
    assert_int_equal(answer.code, code);
    answer_finish(&answer);
}

static int begin(void **state)
{
    (void)state;
    remove("here/yolox_nano.onnx");
    remove("data/chiton/models/yolox_nano.onnx");
    return 0;
}

static void the_list_tells_what_is_known_and_where_it_is(void **state)
{
    (void)state;
    struct answer answer = run_program("models", "list", NULL);
    assert_int_equal(answer.code, 0);
    const char *row = strstr(answer.out, "\nyolox_nano ");
    assert_non_null(row);
    const char *size = strstr(row, " 3.7 MB  Apache-2.0");
    assert_true(size && size < strchr(row + 1, '\n'));
    assert_non_null(strstr(answer.out, "not here"));
    assert_non_null(
        strstr(answer.out, "sam_vit_b              108.6 MB  Apache-2.0")); // of two files
    answer_finish(&answer);
    write_text("here/yolox_nano.onnx", "");
    answer = run_program("models", "list", "--model-dir", "here", NULL);
    assert_non_null(strstr(answer.out, " here/yolox_nano.onnx\n"));
    answer_finish(&answer);
}

static void expect_decoder(const json_t *decoder, const char *path)
{
    const char *own = json_string_value(json_object_get(decoder, "path"));
    assert_non_null(strstr(json_string_value(json_object_get(decoder, "url")), "decoder.onnx"));
    assert_int_equal(strlen(json_string_value(json_object_get(decoder, "sha256"))), 64);
    assert_int_equal(json_integer_value(json_object_get(decoder, "bytes")), 8743656);
    if (path)
        assert_string_equal(own, path);
    else
        assert_null(own);
}

static void a_model_of_two_files_is_here_when_both_are(void **state)
{
    (void)state;
    const char *path = "here/sam_vit_b.encoder.onnx", *second = "here/sam_vit_b.decoder.onnx";
    for (int files = 1; files <= 2; files++) {
        write_text(path, "");
        if (files == 2)
            write_text(second, "");
        struct answer answer = run_program("models", "list", "--json", "--model-dir", "here", NULL);
        json_t *list = json_loads(answer.out, 0, NULL), *row;
        size_t i;
        json_array_foreach(list, i, row)
        {
            if (strcmp(json_string_value(json_object_get(row, "name")), "sam_vit_b") != 0)
                continue;
            expect_decoder(json_object_get(row, "decoder"), files == 2 ? second : NULL);
            assert_int_equal(json_is_null(json_object_get(row, "path")), files == 1);
        }
        json_decref(list);
        answer_finish(&answer);
    }
    assert_answer(run_program("models", "path", "sam_vit_b", "--model-dir", "here", NULL), 0,
                  "here/sam_vit_b.encoder.onnx\n", "");
    assert_answer(run_program("models", "verify", "sam_vit_b", "--model-dir", "here", NULL), 1, "",
                  "error: sam_vit_b: here/sam_vit_b.decoder.onnx is another file: 0 bytes");
    remove(path);
    remove(second);
}

// rembg's files, where they are here; else those that can be pulled.
static void sam_is_rembgs_or_the_known_one(void **state)
{
    (void)state;
    const char *usual = "here/sam_vit_b_01ec64.encoder.onnx",
               *known = "here/sam_vit_b.encoder.onnx";
    assert_answer(
        run_program("cutout", "x.jpg", "-m", "sam", "-o", "y.png", NULL), 1, "",
        "error: sam: not here yet: `chiton models pull sam_vit_b` fetches it (108.6 MB)\n");
    write_text(known, "");
    assert_answer(run_program("models", "path", "sam", "--model-dir", "here", NULL), 0,
                  "here/sam_vit_b.encoder.onnx\n", "");
    write_text(usual, "");
    assert_answer(run_program("models", "path", "sam", "--model-dir", "here", NULL), 0,
                  "here/sam_vit_b_01ec64.encoder.onnx\n", "");
    remove(known);
    remove(usual);
}

static void the_list_as_json_has_all_of_a_row(void **state)
{
    (void)state;
    write_text("here/yolox_nano.onnx", "");
    struct answer answer = run_program("models", "list", "--json", "--model-dir", "here", NULL);
    json_t *list = json_loads(answer.out, 0, NULL), *row;
    size_t i, found = 0;
    assert_true(json_is_array(list));
    json_array_foreach(list, i, row)
    {
        bool own = strcmp(json_string_value(json_object_get(row, "name")), "yolox_nano") == 0;
        const char *path = json_string_value(json_object_get(row, "path"));
        assert_int_equal(strncmp(json_string_value(json_object_get(row, "url")), "https://", 8), 0);
        assert_int_equal(strlen(json_string_value(json_object_get(row, "sha256"))), 64);
        assert_true(json_integer_value(json_object_get(row, "bytes")) > 0);
        assert_true(*json_string_value(json_object_get(row, "licence")));
        assert_true(*json_string_value(json_object_get(row, "help")));
        if (strcmp(json_string_value(json_object_get(row, "family")), "sam") == 0)
            expect_decoder(json_object_get(row, "decoder"), NULL);
        else
            assert_null(json_object_get(row, "decoder"));
        if (own)
            assert_string_equal(path, "here/yolox_nano.onnx");
        else
            assert_null(path);
        found += own;
    }
    assert_int_equal(found, 1);
    json_decref(list);
    answer_finish(&answer);
}

static void the_path_is_the_first_that_m_would_take(void **state)
{
    (void)state;
    write_text("data/chiton/models/yolox_nano.onnx", "");
    assert_answer(run_program("models", "path", "yolox_nano", NULL), 0,
                  "data/chiton/models/yolox_nano.onnx\n", "");
    write_text("here/yolox_nano.onnx", "");
    assert_answer(run_program("models", "path", "yolox_nano", "--model-dir", "here", NULL), 0,
                  "here/yolox_nano.onnx\n", "");
    setenv("CHITON_MODEL_DIR", "here", 1);
    assert_answer(run_program("models", "path", "yolox_nano.onnx", NULL), 0,
                  "here/yolox_nano.onnx\n", "");
    unsetenv("CHITON_MODEL_DIR");
}

static void a_known_model_that_is_not_here_says_how_to_get_it(void **state)
{
    (void)state;
    const char *message = "error: yolox_nano: not here yet: `chiton models pull yolox_nano` "
                          "fetches it (3.7 MB)\n";
    assert_answer(run_program("models", "path", "yolox_nano", NULL), 1, "", message);
    assert_answer(run_program("detect", "x.jpg", "-m", "yolox_nano", NULL), 1, "", message);
    assert_answer(run_program("detect", "x.jpg", "-m", "yolox_nano.onnx", NULL), 1, "",
                  "`chiton models pull yolox_nano`");
}

static void an_unknown_name_is_a_wrong_call(void **state)
{
    (void)state;
    assert_answer(run_program("models", "pull", "yolox_nono", NULL), 2, "",
                  "error: yolox_nono: not a known model; did you mean yolox_nano?\n");
    assert_answer(run_program("models", "verify", "zzz", NULL), 2, "",
                  "error: zzz: not a known model: `chiton models list` shows those there are\n");
    assert_answer(run_program("models", "pull", NULL), 2, "", "expected NAME...");
    assert_answer(run_program("models", "pull", "u2netp", "yolox_nano", "--url", "http://x", NULL),
                  2, "", "error: --url: is the address of one model, 2 are asked for\n");
}

static void another_file_under_the_name_is_told_and_stays(void **state)
{
    (void)state;
    write_text("here/yolox_nano.onnx", "mine");
    assert_answer(run_program("models", "verify", "--model-dir", "here", NULL), 1, "",
                  "error: yolox_nano: here/yolox_nano.onnx is another file: 4 bytes, SHA-256 ");
    assert_answer(run_program("models", "pull", "yolox_nano", "--model-dir", "here", NULL), 1, "",
                  "is another file");
    assert_true(file_exists("here/yolox_nano.onnx"));
    assert_answer(run_program("models", "verify", "yolox_nano", NULL), 1, "",
                  "error: yolox_nano: not here\n");
}

static void a_pull_that_fails_leaves_no_name_and_exits_1(void **state)
{
    (void)state;
    server_start(python, script, NULL);
    char url[256];
    snprintf(url, sizeof url, "%s", server_url("/good"));
    assert_answer(
        run_program("models", "pull", "yolox_nano", "--url", url, "--model-dir", "here", NULL), 1,
        "", "error: yolox_nano: the answer ends after 300000 of 3659407 bytes\n");
    assert_false(file_exists("here/yolox_nano.onnx"));
    remove("here/yolox_nano.onnx.part");
    server_stop();
}

// The whole way with real bytes, where they are.
static void a_pull_prints_the_path_and_is_done_once(void **state)
{
    (void)state;
    if (access(real_model, R_OK)) {
        print_message("no %s: script/bootstrap gets it\n", real_model);
        skip();
    }
    server_start(python, script, real_model);
    server_requests();
    char url[256];
    snprintf(url, sizeof url, "%s", server_url("/redirect/1"));
    for (int i = 0; i < 2; i++)
        assert_answer(run_program("models", "pull", "u2netp", "--url", url, NULL), 0,
                      "data/chiton/models/u2netp.onnx\n", "");
    assert_int_equal(count_lines(server_requests()), 3);
    assert_answer(run_program("models", "verify", NULL), 0,
                  "u2netp  ok  data/chiton/models/u2netp.onnx\n", "");
    server_stop();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_list_tells_what_is_known_and_where_it_is, begin),
        cmocka_unit_test_setup(the_list_as_json_has_all_of_a_row, begin),
        cmocka_unit_test_setup(a_model_of_two_files_is_here_when_both_are, begin),
        cmocka_unit_test_setup(sam_is_rembgs_or_the_known_one, begin),
        cmocka_unit_test_setup(the_path_is_the_first_that_m_would_take, begin),
        cmocka_unit_test_setup(a_known_model_that_is_not_here_says_how_to_get_it, begin),
        cmocka_unit_test_setup(an_unknown_name_is_a_wrong_call, begin),
        cmocka_unit_test_setup(another_file_under_the_name_is_told_and_stays, begin),
        cmocka_unit_test_setup(a_pull_that_fails_leaves_no_name_and_exits_1, begin),
        cmocka_unit_test_setup(a_pull_prints_the_path_and_is_done_once, begin),
    };
    program_begin(argc, argv);
    python = argv[2];
    script = argv[3];
    const char *models = getenv("CHITON_MODELS");
    snprintf(real_model, sizeof real_model, "%s/u2netp.onnx", models ? models : argv[4]);
    setenv("XDG_DATA_HOME", "data", 1);
    setenv("no_proxy", "127.0.0.1", 1);
    mkdir("here", 0700);
    mkdir("data", 0700);
    mkdir("data/chiton", 0700);
    mkdir("data/chiton/models", 0700);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    return failed;
}
