// SPDX-License-Identifier: Apache-2.0
// Cameras over HTTP, well and badly behaved: those of httpserver.py.
#include "../unit/media/samples.h"

#include <pthread.h>

#include "../said.h"
#include "base/clock.h"
#include "server.h"
#include "sources/source.h"

#include <chiton/engine.h>

enum { READS = 5000, PATIENCE_MS = 20000, SOON_MS = 700, CALM_MS = 4000 };

static const char *python, *script;
static const struct ct__source_params patient = {
    .live = true, .timeout_ms = PATIENCE_MS, .every_s = .01};
static const struct ct__source_params hasty = {.live = true, .timeout_ms = SOON_MS};
// For a server that answers before it is missed, however slow the machine is to do it.
static const struct ct__source_params calm = {.live = true, .timeout_ms = CALM_MS};

static int prepare(void **state)
{
    if (make_folder(state) || ct__pool_create(&pool))
        return -1;
    write_picture(in_folder("a.jpg"), ".jpg", CT_FORMAT_I420, 64, 48);
    write_picture(in_folder("b.jpg"), ".jpg", CT_FORMAT_I420, 96, 48);
    said_listen(CT_LOG_DEBUG);
    const char *arguments[] = {script, in_folder("a.jpg"), in_folder("b.jpg"), NULL};
    return server_start(python, arguments);
}

static int clean(void **state)
{
    server_stop();
    ct__pool_unref(&pool);
    return remove_folder(state);
}

static const char *scheme = "http";

static const char *address(const char *user, const char *path)
{
    static char text[128];
    snprintf(text, sizeof text, "%s://%s127.0.0.1:%d%s", scheme, user, server_port(), path);
    return text;
}

static struct ct__source *open_camera(const char *user, const char *path)
{
    struct ct__source *source = NULL;
    assert_int_equal(ct__source_open(&source, address(user, path), &patient), 0);
    assert_true(source->waits && source->paced);
    return source;
}

static int read_once(struct ct__source *source, ct_frame **frame)
{
    const char *failed = "";
    int error = source->class->read(source, pool, frame, &failed);
    assert_null(failed);
    return error;
}

// Reads so many frames; their widths differ in turn where all come.
static void read_frames(struct ct__source *source, int count)
{
    int64_t last_ns = -1;
    for (int reads = 0; count > 0; reads++) {
        ct_frame *frame = NULL;
        assert_true(reads < READS);
        assert_int_equal(read_once(source, &frame), 0);
        if (!frame)
            continue;
        assert_int_equal(ct_frame_picture(frame)->height, 48);
        assert_true(ct_frame_info(frame)->pts_ns > last_ns);
        assert_true(ct_frame_info(frame)->wall_ns > 0);
        last_ns = ct_frame_info(frame)->pts_ns;
        count--;
        ct_frame_unref(&frame);
    }
}

static int read_to_end(struct ct__source *source)
{
    int error = 0;
    for (int reads = 0; !error; reads++) {
        ct_frame *frame = NULL;
        assert_true(reads < READS);
        error = read_once(source, &frame);
        ct_frame_unref(&frame);
    }
    return error;
}

static void pictures_come_however_their_parts_are_written(void **state)
{
    (void)state;
    static const char *const paths[] = {"/mjpeg",   "/nolength", "/dashes",   "/moredashes",
                                        "/untyped", "/nonsense", "/redirect", NULL};
    for (const char *const *path = paths; *path; path++) {
        struct ct__source *source = open_camera("", *path);
        read_frames(source, 10);
        assert_int_equal(source->damaged, 0);
        assert_true(source->class->expected(source) == 0);
        ct__source_close(&source);
    }
}

static void a_wrong_length_costs_a_picture_and_is_believed_no_more(void **state)
{
    (void)state;
    static const char *const paths[] = {"/toolong", "/tooshort", NULL};
    for (const char *const *path = paths; *path; path++) {
        struct ct__source *source = open_camera("", *path);
        read_frames(source, 10);
        assert_true(source->damaged <= 1);
        ct__source_close(&source);
    }
}

static void a_picture_is_there_before_the_next_begins(void **state)
{
    (void)state;
    struct ct__source *source = NULL;
    assert_int_equal(ct__source_open(&source, address("", "/held"), &calm), 0);
    read_frames(source, 1);
    said_forget();
    assert_int_equal(read_to_end(source), CT_ERROR_IO);
    assert_non_null(strstr(said, "nothing came in time"));
    ct__source_close(&source);
}

static void damaged_pictures_are_withheld(void **state)
{
    (void)state;
    struct ct__source *source = open_camera("", "/damaged");
    read_frames(source, 10);
    assert_in_range(source->damaged, 4, 6);
    ct__source_close(&source);
}

static void a_password_is_used_and_never_told(void **state)
{
    (void)state;
    static const char *const paths[] = {"/basic", "/digest", NULL};
    for (const char *const *path = paths; *path; path++) {
        struct ct__source *source = open_camera("eve:ge%3Ahe@", *path);
        assert_null(strstr(source->name, "ge%3Ahe"));
        read_frames(source, 2);
        ct__source_close(&source);
        said_forget();
        assert_int_equal(ct__source_open(&source, address("eve:falsch@", *path), &patient),
                         CT_ERROR_IO);
        assert_non_null(strstr(said, "401"));
        assert_null(strstr(said, "falsch"));
    }
}

static void the_same_bytes_are_the_same_picture(void **state)
{
    (void)state;
    struct ct__source *source = open_camera("", "/snap");
    int64_t times[8];
    int widths[8];
    for (int i = 0; i < 8;) {
        ct_frame *frame = NULL;
        assert_int_equal(read_once(source, &frame), 0);
        if (!frame)
            continue;
        times[i] = ct_frame_info(frame)->pts_ns;
        widths[i++] = ct_frame_picture(frame)->width;
        ct_frame_unref(&frame);
    }
    for (int i = 1; i < 8; i++)
        assert_int_equal(times[i] == times[i - 1], widths[i] == widths[i - 1]);
    int rate = 0, base = 1;
    source->class->rate(source, &rate, &base);
    assert_int_equal(rate / base, 100);
    ct__source_close(&source);
}

static void single_pictures_are_known_by_their_bytes(void **state)
{
    (void)state;
    struct ct__source *source = open_camera("", "/snap-untyped");
    read_frames(source, 1);
    ct__source_close(&source);
    source = open_camera("", "/snap-broken");
    read_frames(source, 3);
    assert_int_equal(source->damaged, 1);
    ct__source_close(&source);
}

static void pictures_that_nobody_wants_are_not_decoded(void **state)
{
    (void)state;
    static const char *const paths[] = {"/mjpeg", "/snap", NULL};
    for (const char *const *path = paths; *path; path++) {
        struct ct__source *source = open_camera("", *path);
        ct_frame *frame = NULL;
        read_frames(source, 1);
        source->class->want(source, -1);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(read_once(source, &frame), 0);
            assert_null(frame);
        }
        source->class->want(source, 0);
        read_frames(source, 1);
        ct__source_close(&source);
    }
}

static void what_is_no_camera_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int code;
    } rows[] = {{"/nothing", CT_ERROR_NOT_FOUND}, {"/loop", CT_ERROR_IO},
                {"/elsewhere", CT_ERROR_IO},      {"/silent", CT_ERROR_IO},
                {"/endless-answer", CT_ERROR_IO}, {"/page", CT_ERROR_IO}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ct__source *source = NULL;
        said_forget();
        assert_int_equal(ct__source_open(&source, address("", rows[i].path), &hasty), rows[i].code);
        assert_non_null(strstr(said, "http://127.0.0.1"));
    }
}

static void a_stream_that_goes_bad_ends_and_says_how(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        int code;
        const char *message;
    } rows[] = {
        {"/within", CT_ERROR_IO, "cannot be read"},
        {"/stalls", CT_ERROR_IO, "nothing came in time"},
        {"/drip", CT_ERROR_IO, ""},
        {"/garbage", CT_ERROR_FORMAT, "no part begins"},
        {"/endless-part", CT_ERROR_FORMAT, "no part begins"},
        {"/endless-picture", CT_ERROR_LIMIT, "a part of more than"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ct__source *source = NULL;
        struct ct__source_params params = rows[i].code == CT_ERROR_IO ? calm : patient;
        said_forget();
        assert_int_equal(ct__source_open(&source, address("", rows[i].path), &params), 0);
        assert_int_equal(read_to_end(source), rows[i].code);
        assert_non_null(strstr(said, rows[i].message));
        ct_frame *frame = NULL;
        assert_int_equal(read_once(source, &frame), CT_ERROR_END);
        ct__source_close(&source);
    }
}

static void *set_flag(void *flag)
{
    usleep(200000); // until the other thread blocks, most likely; either way the test is right
    atomic_store((atomic_bool *)flag, true);
    return NULL;
}

static void a_stop_ends_what_blocks(void **state)
{
    (void)state;
    static const char *const paths[] = {"/silent", "/stalls", "/snap", NULL};
    for (const char *const *path = paths; *path; path++) {
        atomic_bool stop = false;
        pthread_t thread;
        struct ct__source *source = NULL;
        struct ct__source_params params = patient;
        params.stop = &stop;
        assert_int_equal(pthread_create(&thread, NULL, set_flag, &stop), 0);
        int error = ct__source_open(&source, address("", *path), &params);
        if (!error)
            error = read_to_end(source);
        assert_int_equal(error, CT_ERROR_STOPPED);
        pthread_join(thread, NULL);
        ct__source_close(&source);
    }
    struct ct__source *source = open_camera("", "/mjpeg");
    source->class->interrupt(source);
    assert_int_equal(read_to_end(source), CT_ERROR_STOPPED);
    ct__source_close(&source);
}

static void a_lack_of_memory_is_told_and_leaves_nothing(void **state)
{
    (void)state;
    static const char *const paths[] = {"/mjpeg", "/snap", NULL};
    for (const char *const *path = paths; *path; path++) {
        bool failed = true;
        for (uint64_t n = 1; failed; n++) {
            struct ct__source *source = NULL;
            ct_frame *frame = NULL;
            ct__mem_fail(n);
            int error = ct__source_open(&source, address("", *path), &patient);
            while (!error && !frame)
                error = read_once(source, &frame);
            failed = ct__mem_failed();
            ct__mem_fail(0);
            assert_int_equal(error, failed ? CT_ERROR_MEMORY : 0);
            ct_frame_unref(&frame);
            ct__source_close(&source);
        }
    }
}

static void *run_engine(void *engine)
{
    ct_engine_run(engine);
    return NULL;
}

static int count_lines(const char *text)
{
    int count = 0;
    for (; (text = strchr(text, '\n')); text++)
        count++;
    return count;
}

static void a_camera_whose_pictures_are_all_broken_does_not_flood_the_log(void **state)
{
    (void)state;
    ct_engine *engine = NULL;
    pthread_t thread;
    struct ct_stream_stats stats = {0};
    static const char model[] = "{\"chiton_fake\":1,\"detector\":{}}";
    write_bytes(in_folder("fake.json"), model, sizeof model - 1);
    said_listen(CT_LOG_WARN);
    said_forget();
    assert_int_equal(ct_engine_create(&engine, NULL), 0);
    assert_int_equal(
        ct_engine_add_stream(engine, address("", "/broken"),
                             ct_stream_params(.model = in_folder("fake.json"),
                                              .live = {.enabled = 1, .timeout_ms = PATIENCE_MS})),
        0);
    int64_t begun_ns = ct__now_ns();
    assert_int_equal(pthread_create(&thread, NULL, run_engine, engine), 0);
    for (int looks = 0; stats.dropped < 60; looks++) {
        assert_true(looks < READS);
        usleep(5000);
        assert_int_equal(ct_engine_stream_stats(engine, 0, &stats), 0);
    }
    ct_engine_stop(engine);
    pthread_join(thread, NULL);
    ct_engine_destroy(&engine);
    int64_t most = 2 + (ct__now_ns() - begun_ns) / 10000000000; // one in ten seconds
    assert_in_range(count_lines(said), 1, most);
    said_listen(CT_LOG_DEBUG);
}

static void an_encrypted_camera_is_read(void **state)
{
    (void)state;
    static const char *const paths[] = {"/mjpeg", "/snap", NULL};
    if (!server_certificate(in_folder("camera.pem"))) {
        print_message("skipped: needs openssl\n");
        skip();
    }
    const char *arguments[] = {script, in_folder("a.jpg"), in_folder("b.jpg"),
                               in_folder("camera.pem"), NULL};
    assert_int_equal(server_start(python, arguments), 0);
    scheme = "https";
    for (const char *const *path = paths; *path; path++) {
        struct ct__source *source = open_camera("", *path);
        read_frames(source, 1);
        ct__source_close(&source);
    }
    struct ct__source *source = open_camera("eve:ge%3Ahe@", "/digest");
    read_frames(source, 2);
    ct__source_close(&source);
    // Speaking plainly with it is no way to read it.
    scheme = "http";
    assert_true(ct__source_open(&source, address("", "/mjpeg"), &hasty) < 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures_come_however_their_parts_are_written),
        cmocka_unit_test(a_wrong_length_costs_a_picture_and_is_believed_no_more),
        cmocka_unit_test(a_picture_is_there_before_the_next_begins),
        cmocka_unit_test(damaged_pictures_are_withheld),
        cmocka_unit_test(a_password_is_used_and_never_told),
        cmocka_unit_test(the_same_bytes_are_the_same_picture),
        cmocka_unit_test(single_pictures_are_known_by_their_bytes),
        cmocka_unit_test(pictures_that_nobody_wants_are_not_decoded),
        cmocka_unit_test(what_is_no_camera_is_told),
        cmocka_unit_test(a_stream_that_goes_bad_ends_and_says_how),
        cmocka_unit_test(a_stop_ends_what_blocks),
        cmocka_unit_test(a_lack_of_memory_is_told_and_leaves_nothing),
        cmocka_unit_test(a_camera_whose_pictures_are_all_broken_does_not_flood_the_log),
        cmocka_unit_test(an_encrypted_camera_is_read),
    };
    if (argc < 3)
        return 1;
    python = argv[1];
    script = argv[2];
    return cmocka_run_group_tests(tests, prepare, clean);
}
