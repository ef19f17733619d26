// SPDX-License-Identifier: Apache-2.0
// What is written, seen by another program: FFmpeg decodes every clip, and sound is compared packet
// by packet.
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "fixture.h"
#include "program.h"

static char ffmpeg[256], ffprobe[256];

static void find_tool(char *path, size_t size, const char *name)
{
    const char *folders = getenv("PATH");
    while (folders && *folders) {
        size_t length = strcspn(folders, ":");
        snprintf(path, size, "%.*s/%s", (int)length, folders, name);
        if (access(path, X_OK) == 0)
            return;
        folders += length + (folders[length] == ':');
    }
    path[0] = 0;
}

// The standard output of FFmpeg's tools, which have nothing to complain about.
static char *ask(const char *tool, const char *const *arguments)
{
    struct answer answer = run_other(tool, arguments);
    assert_string_equal(answer.err, "");
    assert_int_equal(answer.code, 0);
    char *out = strdup(answer.out);
    answer_finish(&answer);
    return out;
}

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void assert_decodes(const char *path)
{
    free(ask(ffmpeg, ARGUMENTS("-v", "error", "-xerror", "-i", path, "-f", "null", "-")));
}

// One entry of the first stream of a kind ("v", "a").
static char *entry(const char *path, const char *kind, const char *name)
{
    char show[64];
    snprintf(show, sizeof show, "stream=%s", name);
    char *out = ask(ffprobe, ARGUMENTS("-v", "error", "-count_packets", "-select_streams", kind,
                                       "-show_entries", show, "-of", "csv=p=0", path));
    out[strcspn(out, "\n")] = 0;
    return out;
}

static void assert_entry(const char *path, const char *kind, const char *name, const char *expected)
{
    char *found = entry(path, kind, name);
    assert_string_equal(found, expected);
    free(found);
}

static double seconds(const char *path, const char *kind, const char *name)
{
    char *found = entry(path, kind, name);
    double value = strtod(found, NULL);
    free(found);
    return value;
}

// A checksum over the bytes of all packets of sound.
static char *sound_of(const char *path)
{
    return ask(ffmpeg, ARGUMENTS("-v", "error", "-i", path, "-map", "0:a", "-c", "copy", "-f",
                                 "streamhash", "-hash", "md5", "-"));
}

static void assert_same_sound(const char *path, const char *other)
{
    char *first = sound_of(path), *second = sound_of(other);
    assert_string_equal(first, second);
    free(first);
    free(second);
}

// Two seconds, 50 pictures, with a tone.
static void write_sounding_clip(const char *path, const char *codec)
{
    free(
        ask(ffmpeg, ARGUMENTS("-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=2",
                              "-f", "lavfi", "-i", "sine=f=440:r=48000:d=2", "-c:v", "mpeg4",
                              "-c:a", codec, "-strict", "-2", path)));
}

static void detect(const char *input, const char *output, const char *option, const char *value,
                   const char *said)
{
    write_model("model.json");
    struct answer answer =
        run_program("detect", input, "-m", "model.json", "-o", output, option, value, NULL);
    assert_string_equal(answer.err, said);
    assert_int_equal(answer.code, 0);
    answer_finish(&answer);
}

static int lines_of(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    int lines = 0;
    for (int c; (c = fgetc(file)) != EOF;)
        lines += c == '\n';
    fclose(file);
    return lines;
}

static void all_kinds_of_outputs_are_written_at_once_and_agree(void **state)
{
    (void)state;
    write_model("model.json");
    write_clip("all.mp4", 9);
    struct answer answer =
        run_program("detect", "all.mp4", "-m", "model.json", "-o", "r.jsonl", "-o", "r.csv", "-o",
                    "r.coco.json", "-o", "r.mot.txt", "-o", "r.mkv", "-o", "r/", "-o", "crops:cut",
                    "-o", "hash:sum", "-o", "-", NULL);
    assert_string_equal(answer.err, "");
    assert_int_equal(answer.code, 0);
    assert_int_equal(count_lines(answer.out), 9);
    answer_finish(&answer);
    assert_int_equal(lines_of("r.jsonl"), 9);
    assert_int_equal(lines_of("r.csv"), 1 + 9);
    assert_int_equal(lines_of("r.mot.txt"), 9);
    json_t *array = json_load_file("r.coco.json", 0, NULL);
    assert_int_equal(json_array_size(array), 9);
    json_decref(array);
    assert_true(file_exists("cut/all_000000_00_car.jpg") &&
                file_exists("cut/all_000008_00_car.jpg") && file_exists("sum"));
    if (!ffprobe[0])
        return;
    assert_entry("r.mkv", "v", "nb_read_packets", "9");
    assert_entry("r/all.mp4", "v", "nb_read_packets", "9");
}

static void every_clip_is_decoded_by_another_program(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"made.mp4", "h264", "yuv420p"},
        {"made.mkv", "h264", "yuv420p"},
        {"made.mov", "prores", "yuv422p10le"},
        {"made.webm", "vp9", "yuv420p"},
    };
    if (!ffmpeg[0] || !ffprobe[0])
        skip();
    write_clip("plain.mp4", 12);
    for (int i = 0; i < 4; i++) {
        detect("plain.mp4", rows[i][0], "--draw", NULL, "");
        assert_decodes(rows[i][0]);
        assert_entry(rows[i][0], "v", "codec_name", rows[i][1]);
        assert_entry(rows[i][0], "v", "pix_fmt", rows[i][2]);
        assert_entry(rows[i][0], "v", "nb_read_packets", "12");
        assert_entry(rows[i][0], "v", "color_range", "tv");
    }
    assert_entry("made.mov", "v", "profile", "HQ");
}

static void sound_is_copied_packet_by_packet(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"aac", "a.mp4", "a-out.mp4"},        {"aac", "b.mp4", "b-out.mov"},
        {"libmp3lame", "c.mkv", "c-out.mp4"}, {"pcm_s16le", "d.mkv", "d-out.mov"},
        {"flac", "f.mkv", "f-out.mp4"},
    };
    if (!ffmpeg[0] || !ffprobe[0])
        skip();
    for (int i = 0; i < 5; i++) {
        write_sounding_clip(rows[i][1], rows[i][0]);
        detect(rows[i][1], rows[i][2], "--draw", NULL, "");
        assert_decodes(rows[i][2]);
        assert_same_sound(rows[i][1], rows[i][2]);
        double begin = seconds(rows[i][2], "v", "start_time");
        assert_true(begin == 0);
    }
}

// What comes once is copied as it comes, for each of two outputs, and as from a file.
static void sound_of_a_pipe_is_copied_too(void **state)
{
    (void)state;
    int out = -1;
    if (!ffmpeg[0] || !ffprobe[0])
        skip();
    write_sounding_clip("once.mkv", "aac");
    write_model("model.json");
    assert_int_equal(mkfifo("gate", 0600), 0);
    pid_t pid = start_program(&out, ARGUMENTS("detect", "gate", "-m", "model.json", "-o",
                                              "gate-out.mp4", "-o", "gate-out.mov"));
    free(ask(ffmpeg, ARGUMENTS("-v", "error", "-y", "-i", "once.mkv", "-c", "copy", "-f",
                               "matroska", "gate")));
    assert_int_equal(wait_program(pid), 0);
    close(out);
    detect("once.mkv", "once-out.mp4", "--draw", NULL, "");
    assert_decodes("gate-out.mp4");
    assert_decodes("gate-out.mov");
    assert_same_sound("once-out.mp4", "gate-out.mp4");
    assert_same_sound("once-out.mp4", "gate-out.mov");
    assert_true(seconds("gate-out.mp4", "v", "start_time") == 0);
}

static void a_cut_out_has_the_sound_of_its_pipe(void **state)
{
    (void)state;
    int out = -1;
    if (!ffmpeg[0] || !ffprobe[0])
        skip();
    write_sounding_clip("loud.mkv", "aac");
    write_matte_model("matte.json");
    assert_int_equal(mkfifo("door", 0600), 0);
    pid_t pid =
        start_program(&out, ARGUMENTS("cutout", "door", "-m", "matte.json", "-o", "door-out.mov"));
    free(ask(ffmpeg, ARGUMENTS("-v", "error", "-y", "-i", "loud.mkv", "-c", "copy", "-f",
                               "matroska", "door")));
    assert_int_equal(wait_program(pid), 0);
    close(out);
    struct answer answer =
        run_program("cutout", "loud.mkv", "-m", "matte.json", "-o", "loud-out.mov", NULL);
    assert_string_equal(answer.err, "");
    answer_finish(&answer);
    assert_decodes("door-out.mov");
    assert_same_sound("loud-out.mov", "door-out.mov");
}

static void sound_ends_with_the_pictures_and_keeps_their_time(void **state)
{
    (void)state;
    if (!ffmpeg[0] || !ffprobe[0])
        skip();
    write_sounding_clip("long.mp4", "aac");
    detect("long.mp4", "short.mp4", "--max-frames", "10", "");
    assert_decodes("short.mp4");
    double length = seconds("short.mp4", "a", "duration");
    assert_true(length > 0.4 && length < 0.43);
    detect("long.mp4", "some.mp4", "--every", "10", "");
    assert_decodes("some.mp4");
    assert_entry("some.mp4", "v", "nb_read_packets", "5");
    assert_same_sound("long.mp4", "some.mp4");
}

static void sound_that_a_file_cannot_hold_is_a_warning(void **state)
{
    (void)state;
    if (!ffmpeg[0] || !ffprobe[0])
        skip();
    write_sounding_clip("w.mp4", "aac");
    detect("w.mp4", "w.webm", "--draw", NULL,
           "warn: w.webm: sound (aac) is left out: this kind of file cannot hold it\n");
    assert_decodes("w.webm");
    assert_entry("w.webm", "a", "codec_name", "");
}

static void several_clips_keep_their_sound_in_one_file(void **state)
{
    (void)state;
    if (!ffmpeg[0] || !ffprobe[0])
        skip();
    write_model("model.json");
    write_sounding_clip("one.mkv", "pcm_s16le");
    write_sounding_clip("two.mkv", "flac");
    static const char *const rows[][2] = {
        {"three.mkv", "warn: three.mkv: sound (flac) is left out: the file began with another "
                      "kind\n"},
        {"three.mov",
         "warn: three.mov: sound (flac) is left out: this kind of file cannot hold it\n"
         "warn: three.mov: sound (pcm_s16le) is left out: this kind of file can hold "
         "that of one clip\n"},
    };
    for (int i = 0; i < 2; i++) {
        struct answer answer = run_program("detect", "one.mkv", "two.mkv", "one.mkv", "-m",
                                           "model.json", "-o", rows[i][0], NULL);
        assert_string_equal(answer.err, rows[i][1]);
        assert_int_equal(answer.code, 0);
        answer_finish(&answer);
        assert_decodes(rows[i][0]);
        assert_entry(rows[i][0], "v", "nb_read_packets", "150");
    }
    char *one = entry("one.mkv", "a", "nb_read_packets"), both[16];
    snprintf(both, sizeof both, "%ld", 2 * strtol(one, NULL, 10));
    assert_entry("three.mkv", "a", "nb_read_packets", both);
    assert_true(seconds("three.mov", "a", "duration") == 2);
    free(one);
}

static void a_clip_is_cut_at_the_first_frame_of_each_segment(void **state)
{
    (void)state;
    static const char *const frames[] = {"18", "17", "15"};
    char names[3][32], list[128] = "";
    if (!ffmpeg[0] || !ffprobe[0])
        skip();
    write_sounding_clip("cut.mp4", "aac");
    detect("cut.mp4", "part.mp4", "--segment", "0.7", "");
    for (int i = 0; i < 3; i++) {
        snprintf(names[i], sizeof names[i], "part_%03d.mp4", i);
        assert_decodes(names[i]);
        assert_entry(names[i], "v", "nb_read_packets", frames[i]);
        assert_true(seconds(names[i], "v", "start_time") == 0);
        snprintf(list + strlen(list), sizeof list - strlen(list), "file %s\n", names[i]);
    }
    assert_false(file_exists("part_003.mp4") || file_exists("part.mp4"));
    write_text("list", list);
    free(ask(ffmpeg, ARGUMENTS("-v", "error", "-f", "concat", "-i", "list", "-c", "copy", "-y",
                               "joined.mkv")));
    char *first = entry("cut.mp4", "a", "nb_read_packets");
    assert_entry("joined.mkv", "a", "nb_read_packets", first);
    free(first);
    detect("cut.mp4", "folder/", "--segment", "1", "");
    assert_true(file_exists("folder/cut_000.mp4") && file_exists("folder/cut_001.mp4"));
}

static void a_disk_that_fills_up_leaves_no_clip(void **state)
{
    (void)state;
    struct rlimit limits, kept;
    if (!ffmpeg[0])
        skip();
    write_model("model.json");
    write_sounding_clip("sound.mp4", "aac");
    detect("sound.mp4", "whole.mp4", "--draw", NULL, "");
    struct stat whole;
    assert_int_equal(stat("whole.mp4", &whole), 0);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &kept), 0);
    for (int i = 0; i < 8; i++) {
        limits = kept;
        limits.rlim_cur = (rlim_t)whole.st_size * (unsigned)i / 8;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limits), 0);
        struct answer answer =
            run_program("detect", "sound.mp4", "-m", "model.json", "-o", "half.mp4", NULL);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &kept), 0);
        assert_int_equal(answer.code, 1);
        assert_false(file_exists("half.mp4"));
        answer_finish(&answer);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_kinds_of_outputs_are_written_at_once_and_agree),
        cmocka_unit_test(every_clip_is_decoded_by_another_program),
        cmocka_unit_test(sound_is_copied_packet_by_packet),
        cmocka_unit_test(sound_of_a_pipe_is_copied_too),
        cmocka_unit_test(a_cut_out_has_the_sound_of_its_pipe),
        cmocka_unit_test(sound_ends_with_the_pictures_and_keeps_their_time),
        cmocka_unit_test(sound_that_a_file_cannot_hold_is_a_warning),
        cmocka_unit_test(several_clips_keep_their_sound_in_one_file),
        cmocka_unit_test(a_clip_is_cut_at_the_first_frame_of_each_segment),
        cmocka_unit_test(a_disk_that_fills_up_leaves_no_clip),
    };
    program_begin(argc, argv);
    find_tool(ffmpeg, sizeof ffmpeg, "ffmpeg");
    find_tool(ffprobe, sizeof ffprobe, "ffprobe");
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    program_end();
    return failed;
}
