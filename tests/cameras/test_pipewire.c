// SPDX-License-Identifier: Apache-2.0
// Cameras of a real PipeWire server, which pipewire.py has started for this program alone; its
// argument is the program that plays a camera.
#include "../unit/media/samples.h"

#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>

#include "base/clock.h"
#include "sources/source.h"

static const char *player;
static pid_t camera_pid, server_pid;
static const struct ct__source_params live = {.live = true, .timeout_ms = 10000};

// Plays a camera; returns when the server knows it.
static void play(const char *name, const char *format, const char *jpeg)
{
    extern char **environ;
    int ends[2];
    char word[8] = "";
    const char *const words[] = {player, name, format, "64", "48", "50", jpeg, NULL};
    posix_spawn_file_actions_t actions;
    assert_int_equal(pipe(ends), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    assert_int_equal(
        posix_spawn(&camera_pid, player, &actions, NULL, (char *const *)words, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    assert_true(read(ends[0], word, sizeof word - 1) > 0);
    assert_string_equal(word, "ready\n");
    close(ends[0]);
}

static void end_camera(void)
{
    kill(camera_pid, SIGKILL);
    waitpid(camera_pid, NULL, 0);
}

// The session manager may know a camera a little later than the server does.
static ct_frame *first_frame(const char *input, const struct ct__source_params *params,
                             struct ct__source **source)
{
    ct_frame *frame = NULL;
    const char *failed;
    int64_t begin = ct__now_ns();
    while (!frame && ct__now_ns() - begin < INT64_C(30000000000)) {
        assert_int_equal(ct__source_open(source, input, params), 0);
        int error = 0;
        while (!frame && !error)
            error = (*source)->class->read(*source, pool, &frame, &failed);
        if (error)
            ct__source_close(source);
    }
    assert_non_null(frame);
    return frame;
}

static ct_frame *read_frame(struct ct__source *source)
{
    ct_frame *frame = NULL;
    const char *failed;
    while (!frame)
        assert_int_equal(source->class->read(source, pool, &frame, &failed), 0);
    return frame;
}

static int read_error(struct ct__source *source)
{
    ct_frame *frame = NULL;
    const char *failed;
    int error = 0;
    while (!error) {
        error = source->class->read(source, pool, &frame, &failed);
        ct_frame_unref(&frame);
    }
    return error;
}

// All bytes of a picture are its number.
static void expect_flat(const struct ct_picture *picture)
{
    uint8_t value = picture->data[0][0];
    assert_int_equal(picture->data[0][47 * picture->stride[0] + 60], value);
    if (picture->format == CT_FORMAT_I420 || picture->format == CT_FORMAT_I422)
        assert_int_equal(picture->data[2][23 * picture->stride[2] + 31], value);
    if (picture->format == CT_FORMAT_NV12)
        assert_int_equal(picture->data[1][23 * picture->stride[1] + 63], value);
    if (picture->format == CT_FORMAT_BGRA)
        assert_int_equal(picture->data[0][47 * picture->stride[0] + 4 * 63 + 3], 255);
}

static void plain_pictures_of_each_format_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum ct_format format;
    } formats[] = {{"I420", CT_FORMAT_I420},
                   {"NV12", CT_FORMAT_NV12},
                   {"YUY2", CT_FORMAT_I422},
                   {"BGRx", CT_FORMAT_BGRA}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        char input[32];
        struct ct__source *source = NULL;
        int64_t last_ns = -1;
        int rate, base;
        snprintf(input, sizeof input, "pipewire:camera%s", formats[i].name);
        play(input + strlen("pipewire:"), formats[i].name, NULL);
        ct_frame *frame = first_frame(input, &live, &source);
        for (int n = 0; n < 20; n++) {
            const struct ct_frame_info *info = ct_frame_info(frame);
            assert_int_equal(ct_frame_picture(frame)->format, formats[i].format);
            assert_int_equal(ct_frame_picture(frame)->width, 64);
            expect_flat(ct_frame_picture(frame));
            assert_int_equal(info->number, n);
            assert_true(info->pts_ns > last_ns && info->capture_ns <= ct__now_ns());
            last_ns = info->pts_ns;
            ct_frame_unref(&frame);
            frame = read_frame(source);
        }
        ct_frame_unref(&frame);
        source->class->rate(source, &rate, &base);
        assert_int_equal(rate, 50 * base);
        assert_true(source->damaged > 0 && source->lost > 0);
        ct__source_close(&source);
        end_camera();
    }
}

static void jpeg_is_decoded(void **state)
{
    (void)state;
    struct ct__source *source = NULL;
    write_picture(in_folder("camera.jpg"), ".jpg", CT_FORMAT_I420, 64, 48);
    play("cameraJPEG", "MJPG", in_folder("camera.jpg"));
    ct_frame *frame = first_frame("pipewire:cameraJPEG", &live, &source);
    assert_int_equal(ct_frame_picture(frame)->format, CT_FORMAT_I420);
    assert_int_equal(ct_frame_picture(frame)->range, CT_RANGE_FULL);
    ct_frame_unref(&frame);
    ct__source_close(&source);
    end_camera();
}

static void frames_that_are_not_wanted_are_passed_over(void **state)
{
    (void)state;
    struct ct__source_params params = live;
    struct ct__source *source = NULL;
    params.fps = 10;
    play("slow", "I420", NULL);
    ct_frame *frame = first_frame("pipewire:slow", &params, &source);
    int64_t first_ns = ct_frame_info(frame)->pts_ns;
    for (int n = 0; n < 5; n++) {
        ct_frame_unref(&frame);
        frame = read_frame(source);
    }
    int64_t span_ns = ct_frame_info(frame)->pts_ns - first_ns;
    assert_true(span_ns > 400000000 && source->undecoded > 0); // a busy machine makes it longer
    ct_frame_unref(&frame);
    ct__source_close(&source);
    end_camera();
}

static void any_camera_is_taken_where_none_is_named(void **state)
{
    (void)state;
    struct ct__source *source = NULL;
    play("only", "I420", NULL);
    ct_frame *frame = first_frame("pipewire:", &live, &source);
    ct_frame_unref(&frame);
    ct__source_close(&source);
    end_camera();
}

static void a_camera_that_goes_away_is_an_end_with_a_reason(void **state)
{
    (void)state;
    char last[256];
    struct ct__source_params params = live;
    struct ct__source *source = NULL;
    params.timeout_ms = 2000; // so long, at most
    play("leaves", "I420", NULL);
    ct_frame *frame = first_frame("pipewire:leaves", &params, &source);
    ct_frame_unref(&frame);
    end_camera();
    assert_int_equal(read_error(source), CT_ERROR_IO);
    ct__last_failure(last, sizeof last);
    assert_true(strcmp(last, "the camera is gone") == 0 ||
                strcmp(last, "no picture came for 2 s") == 0); // as the session manager likes
    assert_int_equal(read_error(source), CT_ERROR_END);
    ct__source_close(&source);
}

static atomic_bool stop;
static atomic_llong stopped_ns;

static void *stop_later(void *argument)
{
    const struct timespec a_while = {0, 200000000};
    nanosleep(&a_while, NULL);
    atomic_store(&stopped_ns, ct__now_ns());
    atomic_store(&stop, true);
    return argument;
}

// 50 ms where the machine has nothing else to do.
static void a_stop_ends_a_read_that_waits(void **state)
{
    (void)state;
    pthread_t stopper;
    struct ct__source *source = NULL;
    struct ct__source_params params = live;
    params.stop = &stop;
    play("stops", "I420", NULL);
    ct_frame *frame = first_frame("pipewire:stops", &params, &source);
    ct_frame_unref(&frame);
    kill(camera_pid, SIGSTOP); // it gives nothing any more
    int64_t cpu_ns = ct__thread_cpu_ns();
    assert_int_equal(pthread_create(&stopper, NULL, stop_later, NULL), 0);
    assert_int_equal(read_error(source), CT_ERROR_STOPPED);
    double took_ms = (double)(ct__now_ns() - atomic_load(&stopped_ns)) / 1e6;
    cpu_ns = ct__thread_cpu_ns() - cpu_ns;
    print_message("stopped after %.1f ms, used %.1f ms\n", took_ms, (double)cpu_ns / 1e6);
    assert_true(took_ms < 5000 && cpu_ns < 50000000); // it sleeps while it waits
    pthread_join(stopper, NULL);
    ct__source_close(&source);
    end_camera();
}

static void a_larger_picture_than_allowed_is_refused(void **state)
{
    (void)state;
    struct ct__source_params params = live;
    struct ct__source *source = NULL;
    params.max_pixels = 1000;
    play("large", "I420", NULL);
    ct_frame *frame = NULL; // once it is known that it can be found
    frame = first_frame("pipewire:large", &live, &source);
    ct_frame_unref(&frame);
    ct__source_close(&source);
    assert_int_equal(ct__source_open(&source, "pipewire:large", &params), 0);
    assert_int_equal(read_error(source), CT_ERROR_LIMIT);
    expect_failure("64 x 48 pixels: more than the limit of 1000");
    ct__source_close(&source);
    end_camera();
}

static void a_camera_that_does_not_exist_is_told(void **state)
{
    (void)state;
    struct ct__source_params params = live;
    struct ct__source *source = NULL;
    params.timeout_ms = 5000;
    assert_int_equal(ct__source_open(&source, "pipewire:nobody", &params), 0);
    assert_int_equal(read_error(source), CT_ERROR_IO);
    expect_failure("no such camera");
    ct__source_close(&source);
}

// The last one: the server stays away.
static void a_server_that_goes_away_is_an_end_with_a_reason(void **state)
{
    (void)state;
    struct ct__source *source = NULL;
    play("last", "I420", NULL);
    ct_frame *frame = first_frame("pipewire:last", &live, &source);
    ct_frame_unref(&frame);
    kill(server_pid, SIGKILL);
    assert_int_equal(read_error(source), CT_ERROR_IO);
    expect_failure("the PipeWire server is gone");
    assert_int_equal(read_error(source), CT_ERROR_END);
    ct__source_close(&source);
    int error = ct__source_open(&source, "pipewire:last", &live);
    assert_int_equal(error ? error : read_error(source),
                     CT_ERROR_IO); // its socket may still be there
    ct__source_close(&source);
    end_camera();
}

int main(int count, char **words)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_pictures_of_each_format_are_read),
        cmocka_unit_test(jpeg_is_decoded),
        cmocka_unit_test(frames_that_are_not_wanted_are_passed_over),
        cmocka_unit_test(any_camera_is_taken_where_none_is_named),
        cmocka_unit_test(a_camera_that_goes_away_is_an_end_with_a_reason),
        cmocka_unit_test(a_stop_ends_a_read_that_waits),
        cmocka_unit_test(a_larger_picture_than_allowed_is_refused),
        cmocka_unit_test(a_camera_that_does_not_exist_is_told),
        cmocka_unit_test(a_server_that_goes_away_is_an_end_with_a_reason),
    };
    if (count != 3)
        return 2;
    player = words[1];
    server_pid = (pid_t)atoi(words[2]);
    return cmocka_run_group_tests(tests, begin, end);
}
