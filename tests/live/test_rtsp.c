// SPDX-License-Identifier: Apache-2.0
// RTSP against a real server: GStreamer's, which plays clips that are made here.
#include <glob.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../said.h"
#include "base/log.h"
#include "base/mem.h"
#include "server.h"
#include "sources/source.h"

#include <chiton/engine.h>

// Long enough for any machine; what is measured is not time.
enum { READS = 2000, PATIENCE_MS = 20000, SOON_MS = 1500, CALM_MS = 8000 };

static const char *python, *script;
static char folder[] = "/tmp/chiton-live-XXXXXX";
static const char *missing; // what the tests need and did not find
static struct ct__pool *pool;

// ---- clips and servers

static int encode(const char *name, const char *size, const char *codec)
{
    char command[1024];
    snprintf(command, sizeof command,
             "ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=s=%s:r=30:d=3 -pix_fmt yuv420p "
             "-c:v %s %s",
             size, codec, name);
    return system(command);
}

static int prepare(void **state)
{
    (void)state;
    static const char zero[] = "libx264 -preset veryfast -tune zerolatency -g 30 -bf 0";
    if (!mkdtemp(folder) || chdir(folder))
        return -1;
    if (encode("p.mp4", "320x240", zero) || encode("small.mp4", "160x120", zero) ||
        encode("b.mp4", "320x240",
               "libx264 -preset veryfast -g 45 -keyint_min 45 -sc_threshold 0") ||
        encode("h.mp4", "160x120",
               "libx265 -preset ultrafast -tag:v hvc1 -x265-params "
               "log-level=none:bframes=0:keyint=30:min-keyint=30:scenecut=0") ||
        encode("j.mov", "320x240", "mjpeg -pix_fmt yuvj420p -q:v 6"))
        missing = "ffmpeg with libx264 and libx265";
    said_listen(CT_LOG_DEBUG);
    return ct__pool_create(&pool);
}

static int clean(void **state)
{
    (void)state;
    char command[64];
    server_stop();
    ct__pool_unref(&pool);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return chdir("/") || system(command);
}

// Starts a server with cameras: p (references alone), b (others too), s (changes its size), h and j
// (H.265 and JPEG), and what `more` says.
static void serve(const char *const *more)
{
    const char *arguments[16] = {script,    "0",      "p=p.mp4", "b=b.mp4", "s=p.mp4,small.mp4",
                                 "h=h.mp4", "j=j.mov"};
    for (int i = 0; more[i]; i++)
        arguments[7 + i] = more[i];
    if (!missing) {
        int status = server_start(python, arguments);
        if (status == SERVER_MISSING)
            missing = "gst-rtsp-server and its Python modules";
        else
            assert_int_equal(status, 0);
    }
    if (missing) {
        print_message("skipped: needs %s\n", missing);
        skip();
    }
}

static const char *scheme = "rtsp";

static const char *camera(const char *user, const char *name)
{
    static char address[128];
    snprintf(address, sizeof address, "%s://%s127.0.0.1:%d/%s", scheme, user, server_port(), name);
    return address;
}

// ---- reading

static const struct ct__source_params patient = {.live = true, .timeout_ms = PATIENCE_MS};
static const struct ct__source_params hasty = {.live = true, .timeout_ms = SOON_MS};
// For a server that answers before it is missed, however slow the machine is to do it.
static const struct ct__source_params calm = {.live = true, .timeout_ms = CALM_MS};

static struct ct__source *open_with(const char *address, struct ct__source_params params)
{
    struct ct__source *source = NULL;
    assert_int_equal(ct__source_open(&source, address, &params), 0);
    assert_true(source->waits && source->paced);
    return source;
}

static struct ct__source *open_camera(const char *name)
{
    return open_with(camera("", name), patient);
}

// The next frame; NULL where a read gave none. What ends the source is left in *error.
static ct_frame *next(struct ct__source *source, int *error)
{
    ct_frame *frame = NULL;
    const char *failed = "";
    *error = source->class->read(source, pool, &frame, &failed);
    assert_null(failed);
    return frame;
}

// Reads so many frames, whose times grow; the last of their numbers of rows.
static int read_frames(struct ct__source *source, int count)
{
    int64_t last_ns = -1;
    int height = 0, error = 0;
    for (int reads = 0; count > 0; reads++) {
        assert_true(reads < READS);
        ct_frame *frame = next(source, &error);
        assert_int_equal(error, 0);
        if (!frame)
            continue;
        const struct ct_frame_info *info = ct_frame_info(frame);
        assert_true(info->pts_ns > last_ns);
        assert_true(info->wall_ns > 0 && info->capture_ns > 0);
        last_ns = info->pts_ns;
        height = ct_frame_picture(frame)->height;
        count--;
        ct_frame_unref(&frame);
    }
    return height;
}

// Reads until the source ends; with what.
static int read_to_end(struct ct__source *source)
{
    int error = 0;
    for (int reads = 0; !error; reads++) {
        assert_true(reads < READS);
        ct_frame *frame = next(source, &error);
        ct_frame_unref(&frame);
    }
    return error;
}

// Reads until `counter` has grown by so many.
static void read_until(struct ct__source *source, const uint64_t *counter, uint64_t more)
{
    int error = 0;
    uint64_t enough = *counter + more;
    for (int reads = 0; *counter < enough; reads++) {
        assert_true(reads < READS);
        ct_frame *frame = next(source, &error);
        ct_frame_unref(&frame);
        assert_int_equal(error, 0);
    }
}

static void a_camera_is_read_from_a_key_picture_on(void **state)
{
    (void)state;
    serve((const char *[]){NULL});
    for (int i = 0; i < 2; i++) {
        struct ct__source *source = open_camera(i ? "b" : "p");
        int rate = 0, base = 0, error;
        ct_frame *frame = next(source, &error);
        assert_int_equal(error, 0);
        assert_non_null(frame);
        assert_int_equal(ct_frame_info(frame)->pts_ns, 0);
        assert_int_equal(ct_frame_info(frame)->number, 0);
        assert_int_equal(ct_frame_picture(frame)->width, 320);
        ct_frame_unref(&frame);
        assert_int_equal(read_frames(source, 20), 240);
        source->class->rate(source, &rate, &base);
        assert_int_equal(rate, 30 * base);
        assert_true(source->class->expected(source) == 0);
        assert_int_equal(source->damaged + source->undecoded + source->lost, 0);
        ct__source_close(&source);
    }
}

static void other_codecs_are_read_as_well(void **state)
{
    (void)state;
    serve((const char *[]){NULL});
    struct ct__source *source = open_camera("h");
    assert_int_equal(read_frames(source, 50), 120);
    source->class->want(source, -1);
    read_until(source, &source->undecoded, 10);
    source->class->want(source, 0);
    assert_int_equal(read_frames(source, 5), 120);
    assert_int_equal(source->damaged, 0);
    ct__source_close(&source);
    source = open_camera("j");
    assert_int_equal(read_frames(source, 20), 240);
    assert_int_equal(source->damaged, 0);
    ct__source_close(&source);
}

// A server that stops for good after so many pictures: the last of them is not the first of
// another.
static void a_picture_is_there_before_the_next_begins(void **state)
{
    (void)state;
    static const char *const names[] = {"p", "h"};
    serve((const char *[]){"--halt", "100", NULL});
    for (int i = 0; i < 2; i++) {
        struct ct__source *source = open_camera(names[i]);
        read_frames(source, 100);
        assert_int_equal(source->damaged, 0);
        ct__source_close(&source);
    }
}

static void an_encrypted_camera_is_read(void **state)
{
    (void)state;
    if (!server_certificate("camera.pem")) {
        print_message("skipped: needs openssl\n");
        skip();
    }
    serve((const char *[]){"--tls", "camera.pem", "--user", "eve", "--password", "geheim", NULL});
    scheme = "rtsps";
    struct ct__source *source = open_with(camera("eve:geheim@", "p"), patient);
    assert_int_equal(read_frames(source, 40), 240);
    assert_int_equal(source->damaged, 0);
    ct__source_close(&source);
    assert_int_equal(ct__source_open(&source, camera("eve:falsch@", "p"), &patient), CT_ERROR_IO);
    scheme = "rtsp";
    assert_int_equal(ct__source_open(&source, camera("eve:geheim@", "p"), &hasty), CT_ERROR_IO);
}

static void both_ways_of_transport_are_used(void **state)
{
    (void)state;
    struct ct__source_params params = patient;
    serve((const char *[]){"--udp-only", NULL});
    said_forget();
    struct ct__source *source = open_camera("p"); // TCP is tried first
    assert_non_null(strstr(said, "refuses TCP: trying UDP"));
    read_frames(source, 5);
    ct__source_close(&source);
    params.transport = CT_TRANSPORT_TCP;
    assert_int_equal(ct__source_open(&source, camera("", "p"), &params), CT_ERROR_IO);
    params.transport = CT_TRANSPORT_UDP;
    source = open_with(camera("", "p"), params);
    read_frames(source, 5);
    ct__source_close(&source);
}

static void a_password_is_used_and_never_told(void **state)
{
    (void)state;
    struct ct__source *source = NULL;
    for (int basic = 0; basic < 2; basic++) {
        said_forget();
        serve((const char *[]){"--user", "eve", "--password", "ge:he@im", basic ? "--basic" : NULL,
                               NULL});
        source = open_with(camera("eve:ge%3Ahe%40im@", "p"), patient);
        read_frames(source, 2);
        ct__source_close(&source);
        assert_int_equal(ct__source_open(&source, camera("eve:falsch@", "p"), &patient),
                         CT_ERROR_IO);
        assert_non_null(strstr(said, "401"));
        assert_int_equal(ct__source_open(&source, camera("", "p"), &patient), CT_ERROR_IO);
        assert_null(strstr(said, "falsch"));
        assert_null(strstr(said, "he%40im"));
        assert_null(strstr(said, "he@im"));
    }
}

static void what_is_not_there_is_told(void **state)
{
    (void)state;
    serve((const char *[]){NULL});
    struct ct__source *source = NULL;
    said_forget();
    assert_int_equal(ct__source_open(&source, camera("", "nothing"), &patient), CT_ERROR_NOT_FOUND);
    assert_non_null(strstr(said, "404"));
    int port = server_port();
    server_stop();
    char address[64];
    snprintf(address, sizeof address, "rtsp://127.0.0.1:%d/p", port);
    assert_int_equal(ct__source_open(&source, address, &patient), CT_ERROR_IO);
    assert_non_null(strstr(said, "refused"));
}

static void pictures_that_nobody_wants_are_not_decoded(void **state)
{
    (void)state;
    serve((const char *[]){NULL});
    struct ct__source_params few = patient;
    few.fps = 4;
    struct ct__source *source = open_with(camera("", "b"), few);
    read_until(source, &source->undecoded, 40); // unreferenced ones
    read_frames(source, 10);
    assert_int_equal(source->damaged, 0);
    source->class->want(source, .5); // key pictures, two in three seconds
    read_until(source, &source->undecoded, 60);
    read_frames(source, 2);
    source->class->want(source, 0); // and all again, from the next key picture on
    read_frames(source, 50);
    assert_int_equal(source->damaged, 0);
    ct__source_close(&source);
}

static void a_camera_that_nobody_watches_stays_connected(void **state)
{
    (void)state;
    serve((const char *[]){NULL});
    struct ct__source *source = open_camera("p");
    int error = 0;
    read_frames(source, 3);
    source->class->want(source, -1);
    ct_frame *late = next(source, &error); // one may have been inside still
    ct_frame_unref(&late);
    for (int i = 0; i < 3; i++) {
        assert_null(next(source, &error));
        assert_int_equal(error, 0);
    }
    assert_true(source->undecoded > 0);
    source->class->want(source, 0);
    read_frames(source, 5);
    assert_int_equal(source->damaged, 0);
    ct__source_close(&source);
    // From the start too: that pictures come is seen by those that are passed over.
    struct ct__source_params none = patient;
    none.fps = -1;
    source = open_with(camera("", "p"), none);
    read_until(source, &source->undecoded, 10);
    ct__source_close(&source);
}

static void a_new_size_in_the_middle_is_the_next_frames_size(void **state)
{
    (void)state;
    serve((const char *[]){NULL});
    struct ct__source *source = open_camera("s");
    int small = 0;
    for (int frames = 0; frames < 150 && !small; frames++)
        small = read_frames(source, 1) == 120;
    assert_true(small);
    assert_int_equal(source->damaged, 0);
    ct__source_close(&source);
}

static void lost_packets_withhold_pictures_and_end_nothing(void **state)
{
    (void)state;
    serve((const char *[]){"--drop", "0.1", NULL});
    struct ct__source *source = open_camera("p");
    read_until(source, &source->damaged, 10);
    read_frames(source, 10);
    ct__source_close(&source);
}

static void a_camera_that_falls_silent_is_missed_though_nobody_watches(void **state)
{
    (void)state;
    serve((const char *[]){"--misbehave", NULL});
    struct ct__source_params none = calm;
    none.fps = -1;
    struct ct__source *source = open_with(server_address("stalls"), none);
    read_until(source, &source->undecoded, 10);
    said_forget();
    assert_int_equal(read_to_end(source), CT_ERROR_IO);
    assert_non_null(strstr(said, "nothing came for 8000 ms"));
    ct__source_close(&source);
}

static void *run_engine(void *engine)
{
    ct_engine_run(engine);
    return NULL;
}

static void await_state(ct_engine *engine, enum ct_stream_state state)
{
    struct ct_stream_info info;
    do {
        usleep(5000);
        assert_int_equal(ct_engine_stream_info(engine, 0, &info), 0);
        assert_int_not_equal(info.state, CT_STREAM_WAITING);
    } while (info.state != state);
}

static void a_stream_that_nobody_watches_is_live_and_stalls_as_others_do(void **state)
{
    (void)state;
    pthread_t thread;
    ct_engine *engine = NULL;
    serve((const char *[]){"--misbehave", NULL});
    assert_int_equal(ct_engine_create(&engine, NULL), 0);
    assert_int_equal(
        ct_engine_add_stream(engine, server_address("stalls"),
                             ct_stream_params(.live = {.enabled = 1, .timeout_ms = PATIENCE_MS})),
        0);
    assert_int_equal(pthread_create(&thread, NULL, run_engine, engine), 0);
    await_state(engine, CT_STREAM_LIVE);
    await_state(engine, CT_STREAM_STALLED);
    ct_engine_stop(engine);
    pthread_join(thread, NULL);
    ct_engine_destroy(&engine);
}

static void a_stream_that_goes_bad_ends_and_says_how(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int code;
        const char *message;
    } ways[] = {
        {"stalls", CT_ERROR_IO, "nothing came for 8000 ms"},
        {"noise", CT_ERROR_IO, "127.0.0.1"},
        {"breaks", CT_ERROR_END, "has ended the stream"},
    };
    serve((const char *[]){"--misbehave", NULL});
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        said_forget();
        struct ct__source *source = open_with(server_address(ways[i].name), calm);
        read_frames(source, 5);
        assert_int_equal(read_to_end(source), ways[i].code);
        assert_non_null(strstr(said, ways[i].message));
        ct__source_close(&source);
    }
}

static void a_server_that_makes_no_sense_is_given_up(void **state)
{
    (void)state;
    static const char *const ways[] = {"silent", "garbage", "closes", "drip", NULL};
    serve((const char *[]){"--misbehave", NULL});
    for (const char *const *way = ways; *way; way++) {
        struct ct__source *source = NULL;
        said_forget();
        assert_int_equal(ct__source_open(&source, server_address(*way), &hasty), CT_ERROR_IO);
        assert_true(said[0]);
    }
}

static void *set_flag(void *flag)
{
    usleep(300000); // until the other thread blocks, most likely; either way the test is right
    atomic_store((atomic_bool *)flag, true);
    return NULL;
}

static void a_stop_ends_what_blocks(void **state)
{
    (void)state;
    atomic_bool stop = false;
    pthread_t thread;
    struct ct__source_params params = patient;
    struct ct__source *source = NULL;
    serve((const char *[]){"--misbehave", NULL});
    params.stop = &stop;
    assert_int_equal(pthread_create(&thread, NULL, set_flag, &stop), 0);
    assert_int_equal(ct__source_open(&source, server_address("silent"), &params), CT_ERROR_STOPPED);
    pthread_join(thread, NULL);
    atomic_store(&stop, false);
    source = open_with(server_address("stalls"), params);
    read_frames(source, 2);
    assert_int_equal(pthread_create(&thread, NULL, set_flag, &stop), 0);
    assert_int_equal(read_to_end(source), CT_ERROR_STOPPED);
    pthread_join(thread, NULL);
    ct__source_close(&source);
    source = open_camera("p");
    read_frames(source, 2);
    source->class->interrupt(source);
    assert_int_equal(read_to_end(source), CT_ERROR_STOPPED);
    ct__source_close(&source);
}

static void a_lack_of_memory_is_told_and_leaves_nothing(void **state)
{
    (void)state;
    serve((const char *[]){NULL});
    struct ct__source *source = NULL;
    for (uint64_t n = 1;; n++) {
        ct__mem_fail(n);
        int error = ct__source_open(&source, camera("", "p"), &patient);
        bool failed = ct__mem_failed();
        ct__mem_fail(0);
        if (!failed)
            break;
        assert_int_equal(error, CT_ERROR_MEMORY);
        assert_null(source);
    }
    read_frames(source, 2);
    ct__source_close(&source);
}

// What a stream's results say of its pictures.
struct seen {
    ct_engine *engine;
    bool large, small;
    uint64_t last;
};

static int see(void *opaque, const struct ct_result *result, ct_frame *frame)
{
    struct seen *seen = opaque;
    (void)frame;
    assert_true(result->frame >= seen->last);
    seen->last = result->frame;
    seen->large |= result->width == 320;
    seen->small |= result->width == 160;
    if (seen->large && seen->small)
        ct_engine_stop(seen->engine);
    return 0;
}

static void a_camera_may_have_another_codec_when_it_is_opened_again(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct ct_stream_stats stats;
    FILE *file = fopen("fake.json", "w");
    assert_non_null(file);
    fputs("{\"chiton_fake\":1,\"detector\":{}}", file);
    fclose(file);
    serve((const char *[]){"x=p.mp4,h.mp4", "--misbehave", "x", NULL});
    assert_int_equal(ct_engine_create(&seen.engine, NULL), 0);
    assert_int_equal(ct_engine_add_stream(
                         seen.engine, server_address("breaks"),
                         ct_stream_params(.model = "fake.json", .on_result = see, .opaque = &seen,
                                          .outputs = (const char *const[]){"seen.mp4", NULL},
                                          .live = {.enabled = 1, .timeout_ms = PATIENCE_MS})),
                     0);
    assert_int_equal(ct_engine_run(seen.engine), CT_ERROR_STOPPED);
    assert_int_equal(ct_engine_stream_stats(seen.engine, 0, &stats), 0);
    assert_int_equal(stats.failed, 0);
    ct_engine_destroy(&seen.engine);
    assert_true(seen.large && seen.small);
    glob_t clips; // one of each size
    assert_int_equal(glob("seen_*.mp4", 0, NULL, &clips), 0);
    assert_true(clips.gl_pathc >= 2);
    globfree(&clips);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_camera_is_read_from_a_key_picture_on),
        cmocka_unit_test(other_codecs_are_read_as_well),
        cmocka_unit_test(a_picture_is_there_before_the_next_begins),
        cmocka_unit_test(an_encrypted_camera_is_read),
        cmocka_unit_test(both_ways_of_transport_are_used),
        cmocka_unit_test(a_password_is_used_and_never_told),
        cmocka_unit_test(what_is_not_there_is_told),
        cmocka_unit_test(pictures_that_nobody_wants_are_not_decoded),
        cmocka_unit_test(a_camera_that_nobody_watches_stays_connected),
        cmocka_unit_test(a_new_size_in_the_middle_is_the_next_frames_size),
        cmocka_unit_test(lost_packets_withhold_pictures_and_end_nothing),
        cmocka_unit_test(a_camera_that_falls_silent_is_missed_though_nobody_watches),
        cmocka_unit_test(a_stream_that_nobody_watches_is_live_and_stalls_as_others_do),
        cmocka_unit_test(a_camera_may_have_another_codec_when_it_is_opened_again),
        cmocka_unit_test(a_stream_that_goes_bad_ends_and_says_how),
        cmocka_unit_test(a_server_that_makes_no_sense_is_given_up),
        cmocka_unit_test(a_stop_ends_what_blocks),
        cmocka_unit_test(a_lack_of_memory_is_told_and_leaves_nothing),
    };
    if (argc < 3)
        return 1;
    python = argv[1];
    script = argv[2];
    return cmocka_run_group_tests(tests, prepare, clean);
}
