// SPDX-License-Identifier: Apache-2.0
// chiton config: what is wrong with a fleet's file is told as the golden files have it, each
// with its exact words; what is right is explained.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>

#include "fixture.h"
#include "program.h"

enum { FEWEST = 20 };

static const char golden[] = GOLDEN "/fleet";

// A file of the golden ones; the caller frees it.
static char *read_golden(const char *name, const char *ending)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%s%s", golden, name, ending);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s is missing", path);
    char *text = calloc(1, 1 << 16);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
    fclose(file);
    return text;
}

static void take_golden(const char *name)
{
    char *text = read_golden(name, ".yaml");
    write_text("fleet.yaml", text);
    free(text);
}

static void broken_files_are_told_in_these_words(void **state)
{
    (void)state;
    DIR *folder = opendir(golden);
    int count = 0;
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        size_t length = strlen(entry->d_name);
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9' ||
            strcmp(entry->d_name + length - 5, ".yaml") != 0)
            continue;
        entry->d_name[length - 5] = 0;
        take_golden(entry->d_name);
        char *expected = read_golden(entry->d_name, ".txt");
        struct answer answer = run_program("config", "check", "fleet.yaml", NULL);
        if (strcmp(answer.err, expected) != 0)
            fail_msg("%s was told:\n%s", entry->d_name, answer.err);
        assert_int_equal(answer.code, 2);
        assert_string_equal(answer.out, "");
        answer_finish(&answer);
        free(expected);
        count++;
    }
    closedir(folder);
    assert_true(count >= FEWEST);
}

static void every_setting_is_explained_with_its_origin(void **state)
{
    (void)state;
    take_golden("explain");
    char *expected = read_golden("explain", ".txt");
    setenv("CHITON_CAMERAS_YARD_RESTART", "never", 1);
    struct answer answer = run_program("config", "explain", "fleet.yaml", "--set",
                                       "cameras.yard.detect.steps.faces.model=det.json", NULL);
    unsetenv("CHITON_CAMERAS_YARD_RESTART");
    assert_string_equal(answer.err, "");
    assert_string_equal(answer.out, expected);
    assert_int_equal(answer.code, 0);
    answer_finish(&answer);
    free(expected);
}

static void assert_told(const char *argument, const char *message)
{
    struct answer answer = run_program("config", "check", "fleet.yaml", "--set", argument, NULL);
    assert_string_equal(answer.err, message);
    assert_int_equal(answer.code, *message ? 2 : 0);
    answer_finish(&answer);
}

static void what_is_set_is_told_by_its_name(void **state)
{
    (void)state;
    take_golden("explain");
    assert_told("cameras.door.detect.fps=5", "");
    assert_told("cameras.door.outputs=[\"null:\", \"hash:\"]", "");
    assert_told("cameras.door.outputs=[null:, hash:]",
                "--set cameras.door.outputs: error: outputs: expected texts; what ends in a colon "
                "wants quotes, as in \"null:\"\n");
    assert_told("cameras.door.inputs.0.path=-", "");
    assert_told("cameras.door.detect.fps=fast",
                "--set cameras.door.detect.fps: error: fps = fast: expected a number, 0 to 1000\n");
    assert_told("cameras.door.dtect.fps=5", "--set cameras.door.dtect.fps: error: unknown key "
                                            "dtect; did you mean detect?\n");
    assert_told("cameras.door.inputs.7.path=x",
                "--set cameras.door.inputs.7.path: error: no such place in the file\n");
    assert_told("lanes", "--set lanes: error: expected KEY.KEY=VALUE\n");
    assert_told("lanes=[",
                "--set lanes: error: no YAML: flow sequence without a closing bracket\n");
}

static void what_the_environment_holds_is_not_told(void **state)
{
    (void)state;
    take_golden("explain");
    setenv("CHITON_CAMERAS_DOOR_DETECT_FPS", "secret", 1);
    setenv("CT_TEST_USER", "secret", 1);
    struct answer answer = run_program("config", "check", "fleet.yaml", NULL);
    assert_string_equal(answer.err, "CHITON_CAMERAS_DOOR_DETECT_FPS: error: fps = "
                                    "${CHITON_CAMERAS_DOOR_DETECT_FPS}: expected a number, 0 to "
                                    "1000\n");
    answer_finish(&answer);
    unsetenv("CHITON_CAMERAS_DOOR_DETECT_FPS");
    answer = run_program("config", "explain", "fleet.yaml", NULL);
    assert_null(strstr(answer.out, "secret"));
    assert_int_equal(answer.code, 0);
    answer_finish(&answer);
    unsetenv("CT_TEST_USER");
}

static void what_is_set_wins_over_the_environment_and_that_over_the_file(void **state)
{
    (void)state;
    take_golden("explain");
    setenv("CHITON_CAMERAS_DOOR_DETECT_FPS", "7", 1);
    setenv("CHITON_CAMERAS_DOOR_DETECT_CLASSES", "[cat, dog]", 1);
    setenv("CHITON_LANES", "3", 1);
    struct answer answer = run_program("config", "explain", "fleet.yaml", "--set", "lanes=2",
                                       "--set", "cameras.door.rotate.keep=9", NULL);
    assert_non_null(strstr(answer.out, "fps = ${CHITON_CAMERAS_DOOR_DETECT_FPS}"));
    assert_non_null(strstr(answer.out, "# --set cameras.door.rotate.keep\n"));
    assert_non_null(strstr(answer.out, "\nlanes = 2 "));
    answer_finish(&answer);
    unsetenv("CHITON_CAMERAS_DOOR_DETECT_FPS");
    unsetenv("CHITON_CAMERAS_DOOR_DETECT_CLASSES");
    unsetenv("CHITON_LANES");
}

static void problems_are_lines_of_json_where_messages_are(void **state)
{
    (void)state;
    take_golden("01_number_that_is_a_word");
    struct answer answer = run_program("config", "check", "fleet.yaml", "--log-json", NULL);
    assert_non_null(strstr(answer.err, "\"level\":\"error\",\"scope\":\"fleet.yaml:6:34\","
                                       "\"text\":\"fps = fast: expected a number, 0 to 1000\"}\n"));
    assert_int_equal(answer.code, 2);
    answer_finish(&answer);
}

static void a_file_that_is_not_there_is_a_failure(void **state)
{
    (void)state;
    struct answer answer = run_program("config", "check", "none.yaml", NULL);
    assert_string_equal(answer.err, "error: none.yaml: cannot open: No such file or directory\n");
    assert_int_equal(answer.code, 1);
    answer_finish(&answer);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_files_are_told_in_these_words),
        cmocka_unit_test(every_setting_is_explained_with_its_origin),
        cmocka_unit_test(what_is_set_is_told_by_its_name),
        cmocka_unit_test(what_the_environment_holds_is_not_told),
        cmocka_unit_test(what_is_set_wins_over_the_environment_and_that_over_the_file),
        cmocka_unit_test(problems_are_lines_of_json_where_messages_are),
        cmocka_unit_test(a_file_that_is_not_there_is_a_failure),
    };
    program_begin(argc, argv);
    setenv("XDG_DATA_HOME", "data", 1);
    write_text("det.json", "{\"chiton_fake\":1,\"detector\":{\"noise\":0.02}}");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    return failed;
}
