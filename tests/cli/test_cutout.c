// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "program.h"

#define MODEL "-m", "matte.json", "--backend", "fake"

static int prepare(void **state)
{
    (void)state;
    write_matte_model("matte.json");
    write_picture("a.ppm", 64, 48, 0);
    return 0;
}

static void expect(struct answer answer, int code, const char *out, const char *err)
{
    assert_string_equal(answer.err, err);
    assert_string_equal(answer.out, out);
    assert_int_equal(answer.code, code);
    answer_finish(&answer);
}

// Width, height, depth and type of colour of a PNG.
static void expect_png(const char *path, int width, int height, int bits, int type)
{
    uint8_t head[26] = {0};
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(head, 1, sizeof head, file), sizeof head);
    fclose(file);
    assert_memory_equal(head, "\x89PNG\r\n\x1a\n", 8);
    assert_int_equal(head[18] << 8 | head[19], width);
    assert_int_equal(head[22] << 8 | head[23], height);
    assert_int_equal(head[24], bits);
    assert_int_equal(head[25], type);
}

static struct answer run_shell(const char *command)
{
    char line[1024];
    snprintf(line, sizeof line, "chiton() { '%s' \"$@\"; }; %s", program_path(), command);
    const char *const arguments[] = {"-c", line, NULL};
    return run_other("/bin/sh", arguments);
}

static void a_picture_becomes_a_picture_with_alpha(void **state)
{
    (void)state;
    expect(run_program("cutout", "a.ppm", "-o", "a.png", MODEL, NULL), 0, "", "");
    expect_png("a.png", 64, 48, 8, 6);
    expect(run_program("cutout", "a.ppm", "-o", "m.png", "--only-mask", MODEL, NULL), 0, "", "");
    expect_png("m.png", 64, 48, 8, 0);
}

static void sixteen_bits_stay_sixteen(void **state)
{
    (void)state;
    FILE *file = fopen("deep.ppm", "wb");
    assert_non_null(file);
    fprintf(file, "P6\n8 6\n65535\n");
    for (int i = 0; i < 8 * 6 * 6; i++)
        fputc(i, file);
    fclose(file);
    expect(run_program("cutout", "deep.ppm", "-o", "deep.png", MODEL, NULL), 0, "", "");
    expect_png("deep.png", 8, 6, 16, 6);
}

static void pipes_carry_pictures_and_bare_pixels(void **state)
{
    (void)state;
    expect(run_shell("chiton cutout - -m matte.json <a.ppm >p.png"), 0, "", "");
    expect_png("p.png", 64, 48, 8, 6);
    expect(run_shell("head -c 1536 /dev/zero | chiton cutout --raw 16x16 - -m matte.json | wc -c"),
           0, "2048\n", "");
    expect(run_shell("chiton cutout - -m matte.json --format webp <a.ppm | head -c 4"), 0, "RIFF",
           "");
}

static void a_folder_keeps_its_structure_and_goes_on_where_it_ended(void **state)
{
    (void)state;
    assert_int_equal(mkdir("in", 0700), 0);
    write_pictures("in/b", 3);
    write_picture("in/a.ppm", 64, 48, 1);
    write_text("in/notes.txt", "none of mine\n");
    expect(run_program("cutout", "in", "-o", "out", MODEL, NULL), 0, "", "");
    expect_png("out/a.png", 64, 48, 8, 6);
    expect_png("out/b/02.png", 64, 48, 8, 6);
    assert_int_equal(remove("out/b/01.png"), 0);
    write_text("out/b/00.png", "mine\n"); // newer than its input, and so left alone
    expect(run_program("cutout", "in", "-o", "out", "--log-level", "info", MODEL, NULL), 0, "",
           "info: out: 3 of the inputs were done before\n");
    expect_png("out/b/01.png", 64, 48, 8, 6);
    expect(run_program("cutout", "in", "-o", "out", "--overwrite", MODEL, NULL), 0, "", "");
    expect_png("out/b/00.png", 64, 48, 8, 6);
}

static void a_broken_file_is_told_and_the_others_are_done(void **state)
{
    (void)state;
    assert_int_equal(mkdir("some", 0700), 0);
    write_picture("some/a.ppm", 64, 48, 1);
    write_picture("some/b.ppm", 64, 48, 2);
    cut_file("some/b.ppm", 100);
    write_picture("some/c.png", 64, 48, 3); // known by what it is
    write_text("some/d.jpg", "no picture\n");
    struct answer answer = run_program("cutout", "some", "-o", "done/", MODEL, NULL);
    assert_int_equal(answer.code, 1);
    assert_non_null(strstr(answer.err, "error: some/b.ppm: "));
    assert_non_null(strstr(answer.err, "error: some/d.jpg: "));
    assert_non_null(strstr(answer.err, "error: 2 of 4 frames failed\n"));
    answer_finish(&answer);
    expect_png("done/a.png", 64, 48, 8, 6);
    expect_png("done/c.png", 64, 48, 8, 6);
    assert_false(file_exists("done/b.png"));
}

static void a_bomb_is_refused_by_its_header(void **state)
{
    (void)state;
    // A head of 30,000 x 30,000 with its right checksum.
    write_file("bomb",
               "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x75\x30\0\0\x75\x30\x08\2\0\0\0\xe9\x45\x6f\xed",
               33);
    expect(run_program("cutout", "bomb", "-o", "bomb.png", MODEL, NULL), 1, "",
           "error: bomb: 30000 x 30000 pixels: more than the limit of 268435456\n");
    expect(run_program("cutout", "a.ppm", "-o", "bomb.png", "--max-pixels", "100", MODEL, NULL), 1,
           "", "error: a.ppm: 64 x 48 pixels: more than the limit of 100\n");
    assert_false(file_exists("bomb.png"));
}

static void the_plan_is_explained(void **state)
{
    (void)state;
    struct answer answer =
        run_program("cutout", "a.ppm", "-o", "x.png", "--explain-plan", MODEL, NULL);
    assert_int_equal(answer.code, 0);
    assert_non_null(strstr(answer.out, "1 lane x "));
    assert_non_null(strstr(answer.out, "1 picture, "));
    answer_finish(&answer);
    answer = run_program("cutout", ".", "-o", "x/", "--explain-plan", "--lanes", "3", "--threads",
                         "2", "--cpus", "0", MODEL, NULL);
    assert_non_null(strstr(answer.out, "3 lanes x 2 threads a run, bound to 0: as asked for"));
    answer_finish(&answer);
    assert_false(file_exists("x.png") || file_exists("x"));
}

static void a_wrong_call_is_told(void **state)
{
    (void)state;
    expect(run_program("cutout", "a.ppm", MODEL, NULL), 2, "",
           "error: cutout: say where to: -o OUT\n");
    expect(
        run_program("cutout", "a.ppm", "-o", "a.gif", MODEL, NULL), 2, "",
        "error: a.gif: no such ending: a cut-out is written as .png, .webp, .tif, .jpg or .exr, a "
        "clip as .mov or .webm, or into a folder (DIR/)\n");
    expect(run_program("cutout", "a.ppm", "-o", "a.png", "--bgcolor", "1,2", MODEL, NULL), 2, "",
           "error: --bgcolor: 1,2: expected R,G,B or R,G,B,A, 0 to 255 each, as in "
           "255,255,255,255\n");
    expect(run_program("cutout", "a.ppm", "-o", "a.png", "--bgcolor", "1,2,3", "--background",
                       "a.ppm", MODEL, NULL),
           2, "", "error: cutout: --bgcolor and --background: expected one of them\n");
    expect(run_program("cutout", "a.ppm", "-o", "x/", "--watch", MODEL, NULL), 2, "",
           "error: --watch: expected one INPUT, a folder\n");
    expect(run_program("cutout", ".", "-o", ".", "--watch", MODEL, NULL), 2, "",
           "error: --watch: .: expected another folder than INPUT\n");
    expect(run_program("cutout", "a.ppm", "-o", "b.png", "--cpus", "nine", MODEL, NULL), 2, "",
           "error: cpus: nine: expected cores such as 0-3,6\n");
    expect(
        run_program("cutout", "a.ppm", "-o", "b.png", "--point", "1,2", MODEL, NULL), 2, "",
        "error: matte.json: is of the family u2net, which takes no points and boxes: sam does\n");
    assert_false(file_exists("b.png"));
}

static void a_model_without_mattes_is_refused_before_any_picture_is_read(void **state)
{
    static const char why[] =
        "error: boxes.json: makes no mattes: cutting out needs a model that does (u2netp)\n";
    (void)state;
    write_model("boxes.json");
    expect(run_program("cutout", "nosuch.jpg", "-o", "cut/", "-m", "boxes.json", NULL), 2, "", why);
    expect(run_program("detect", "a.ppm", "-o", "cutout:cut/", "-m", "boxes.json", NULL), 2, "",
           why);
    assert_false(file_exists("cut"));
}

// Looks until a file is there: it has its name when it is whole.
static void wait_for(const char *path)
{
    while (!file_exists(path))
        usleep(1000);
}

static void a_watched_folder_is_followed_until_told_to_end(void **state)
{
    static const char *const arguments[] = {"cutout", "box", "-o", "kept/", "--watch", MODEL, NULL};
    (void)state;
    uint8_t whole[16384], kept[8] = {0};
    int out;
    assert_int_equal(mkdir("box", 0700) | mkdir("kept", 0700), 0);
    write_picture("box/done.ppm", 64, 48, 1);
    write_picture("box/first.ppm", 64, 48, 2);
    write_text("kept/done.png", "mine\n"); // newer than its input
    pid_t pid = start_program(&out, arguments);
    wait_for("kept/first.png");

    write_picture("slow.ppm", 64, 48, 3);
    FILE *from = fopen("slow.ppm", "rb"), *slow = fopen("box/slow.ppm", "wb");
    assert_true(from && slow);
    size_t size = fread(whole, 1, sizeof whole, from), half = size / 2;
    assert_int_equal(fwrite(whole, 1, half, slow), half);
    assert_int_equal(fflush(slow), 0);
    write_picture(".moved.ppm", 64, 48, 4);
    assert_int_equal(rename(".moved.ppm", "box/moved.ppm"), 0);
    wait_for("kept/moved.png");
    assert_false(file_exists("kept/slow.png")); // it is not whole yet
    assert_int_equal(fwrite(whole + half, 1, size - half, slow), size - half);
    fclose(slow);
    fclose(from);
    wait_for("kept/slow.png");
    expect_png("kept/slow.png", 64, 48, 8, 6);

    assert_int_equal(mkdir("box/later", 0700), 0);
    write_picture(".later.ppm", 64, 48, 5);
    assert_int_equal(rename(".later.ppm", "box/later/a.ppm"), 0);
    wait_for("kept/later/a.png");
    assert_int_equal(kill(pid, SIGTERM), 0);
    assert_int_equal(wait_program(pid), 0);
    close(out);
    FILE *done = fopen("kept/done.png", "rb");
    assert_non_null(done);
    assert_int_equal(fread(kept, 1, sizeof kept, done), 5);
    fclose(done);
    assert_memory_equal(kept, "mine\n", 5);
}

// The same words as rembg's: -a -af 240 -ab 10 -ae 10.
static void short_options_are_those_that_people_know(void **state)
{
    (void)state;
    expect(run_program("cutout", "a.ppm", "-o", "s.png", "--explain-plan", "-af", "200", "-ab",
                       "300", MODEL, NULL),
           2, "", "error: cutout: -b = 300: expected 0 to 255\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_becomes_a_picture_with_alpha),
        cmocka_unit_test(sixteen_bits_stay_sixteen),
        cmocka_unit_test(pipes_carry_pictures_and_bare_pixels),
        cmocka_unit_test(a_folder_keeps_its_structure_and_goes_on_where_it_ended),
        cmocka_unit_test(a_broken_file_is_told_and_the_others_are_done),
        cmocka_unit_test(a_bomb_is_refused_by_its_header),
        cmocka_unit_test(the_plan_is_explained),
        cmocka_unit_test(a_wrong_call_is_told),
        cmocka_unit_test(a_model_without_mattes_is_refused_before_any_picture_is_read),
        cmocka_unit_test(a_watched_folder_is_followed_until_told_to_end),
        cmocka_unit_test(short_options_are_those_that_people_know),
    };
    program_begin(argc, argv);
    int failed = cmocka_run_group_tests(tests, prepare, NULL);
    program_end();
    return failed;
}
