// SPDX-License-Identifier: Apache-2.0
// Live streams with the fake detector: every frame is counted once, results keep their order, what
// breaks off is opened again, streams come and go.
#include "files.h"

#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "frame/frame.h"
#include "pipeline/engine.h"

#include <chiton/chiton.h>

#define CAMERA "synthetic:walkers?n=3&size=160x96&rate=400"

static int make_files(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    write_text(in_folder("detector.json"), "{\"chiton_fake\":1,\"detector\":{}}");
    write_text(in_folder("slow.json"), "{\"chiton_fake\":1,\"detector\":{\"delay_us\":8000}}");
    write_text(in_folder("fails.json"), "{\"chiton_fake\":1,\"fail_every\":2,\"detector\":{}}");
    return 0;
}

static ct_engine *engine_of(int lanes, bool keep)
{
    ct_engine *engine = NULL;
    const struct ct_engine_params params = {.lanes = lanes, .keep_running = keep};
    assert_int_equal(ct_engine_create(&engine, &params), CT_OK);
    return engine;
}

// What a callback saw, and when it stops the engine.
struct seen {
    ct_engine *engine;
    int count, stop_after;
    uint64_t last;
    int64_t last_pts_ns;
    int objects, other_objects; // of the first model; of a further one
};

static int see(void *opaque, const struct ct_result *result, ct_frame *frame)
{
    struct seen *seen = opaque;
    (void)frame;
    if (seen->count++) {
        assert_true(result->frame > seen->last);
        assert_true(result->pts_ns > seen->last_pts_ns);
    }
    seen->last = result->frame;
    seen->last_pts_ns = result->pts_ns;
    assert_true(result->wall_ns != CT_NO_TIME);
    if (seen->stop_after && seen->count == seen->stop_after)
        ct_engine_stop(seen->engine);
    return 0;
}

static int add(ct_engine *engine, const char *input, const char *model, struct seen *seen,
               struct ct_live_params live)
{
    live.enabled = 1;
    seen->engine = engine;
    return ct_engine_add_stream(engine, input,
                                ct_stream_params(.name = "door", .model = model, .on_result = see,
                                                 .opaque = seen, .results_only = 1, .live = live));
}

static void assert_adds_up(const struct ct_stream_stats *stats)
{
    assert_int_equal(stats->read, stats->results + stats->failed + stats->skipped + stats->dropped +
                                      stats->duplicates + stats->stale);
}

static void every_frame_is_counted_once(void **state)
{
    (void)state;
    static const char *const models[] = {"detector.json", "slow.json", "fails.json"};
    for (int i = 0; i < 3; i++) {
        struct seen seen = {0};
        struct ct_stream_stats stats;
        ct_engine *engine = engine_of(2, false);
        const struct ct_live_params live = {.fps = 200, .restart = CT_RESTART_NEVER};
        assert_int_equal(add(engine, CAMERA "&frames=150", in_folder(models[i]), &seen, live), 0);
        assert_int_equal(ct_engine_run(engine), CT_OK);
        assert_int_equal(ct_engine_stream_stats(engine, 0, &stats), CT_OK);
        assert_int_equal(stats.read, 150);
        assert_true(stats.skipped >= 70);
        assert_int_equal(seen.count, stats.results + stats.failed);
        // Of those that each lane ran, every second.
        assert_true(2 * stats.failed <= stats.results + stats.failed);
        assert_true(i == 2 ? stats.results <= stats.failed + 2 : !stats.failed);
        assert_adds_up(&stats);
        ct_engine_destroy(&engine);
    }
}

static void a_loop_goes_on_counting(void **state)
{
    (void)state;
    struct seen seen = {.stop_after = 30};
    struct ct_stream_stats stats;
    ct_engine *engine = engine_of(1, false);
    assert_int_equal(add(engine, CAMERA "&frames=10", in_folder("detector.json"), &seen,
                         (struct ct_live_params){.loop = 1}),
                     0);
    assert_int_equal(ct_engine_run(engine), CT_ERROR_STOPPED);
    ct_engine_stream_stats(engine, 0, &stats);
    assert_true(stats.read >= 30);
    assert_true(seen.last >= 29);
    ct_engine_destroy(&engine);
}

static void what_is_not_there_fails_or_is_waited_for(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct ct_stream_info info;
    ct_engine *engine = engine_of(1, false);
    assert_int_equal(add(engine, in_folder("none.mp4"), in_folder("detector.json"), &seen,
                         (struct ct_live_params){.restart = CT_RESTART_NEVER}),
                     0);
    assert_int_equal(ct_engine_run(engine), CT_ERROR_NOT_FOUND);
    assert_int_equal(ct_engine_stream_info(engine, 0, &info), CT_OK);
    assert_int_equal(info.state, CT_STREAM_FAILED);
    assert_string_equal(info.reason, "no such file");
    assert_string_equal(ct_stream_state_name(info.state), "failed");
    ct_engine_destroy(&engine);
}

static void *run_engine(void *engine)
{
    return (void *)(intptr_t)ct_engine_run(engine);
}

// Waits for what the engine does in its own time.
static struct ct_stream_info await(ct_engine *engine, int number, enum ct_stream_state state,
                                   uint64_t results)
{
    struct ct_stream_info info;
    do {
        usleep(1000);
        assert_int_equal(ct_engine_stream_info(engine, number, &info), CT_OK);
    } while (info.state != state || info.stats.results < results);
    return info;
}

static void streams_come_and_go_while_others_run(void **state)
{
    (void)state;
    struct seen first = {0}, second = {0}, third = {0};
    void *answer;
    pthread_t thread;
    const struct ct_live_params live = {.fps = 100, .loop = 1};
    ct_engine *engine = engine_of(2, true);
    assert_int_equal(pthread_create(&thread, NULL, run_engine, engine), 0);
    assert_int_equal(add(engine, CAMERA, in_folder("detector.json"), &first, live), 0);
    await(engine, 0, CT_STREAM_LIVE, 5);
    assert_int_equal(add(engine, in_folder("none.mp4"), in_folder("slow.json"), &second, live), 1);
    struct ct_stream_info info = await(engine, 1, CT_STREAM_WAITING, 0);
    assert_string_equal(info.reason, "no such file");
    assert_int_equal(ct_engine_remove_stream(engine, 1), CT_OK);
    assert_int_equal(ct_engine_stream_info(engine, 1, &info), CT_ERROR_NOT_FOUND);
    assert_int_equal(ct_engine_remove_stream(engine, 1), CT_ERROR_NOT_FOUND);
    assert_int_equal(add(engine, CAMERA "&seed=2", in_folder("fails.json"), &third, live), 2);
    uint64_t results = await(engine, 2, CT_STREAM_LIVE, 5).stats.results;
    assert_true(results >= 5);
    assert_int_equal(ct_engine_remove_stream(engine, 0), CT_OK);
    int count = first.count;
    await(engine, 2, CT_STREAM_LIVE, results + 20);
    assert_int_equal(first.count, count);
    assert_int_equal(ct_engine_stream_count(engine), 3);
    ct_engine_stop(engine);
    pthread_join(thread, &answer);
    assert_int_equal((int)(intptr_t)answer, CT_ERROR_STOPPED);
    assert_int_equal(ct_engine_stream_info(engine, 2, &info), CT_OK);
    assert_int_equal(info.state, CT_STREAM_ENDED);
    ct_engine_destroy(&engine);
}

static void further_models_look_at_their_own_rate(void **state)
{
    (void)state;
    struct seen seen = {.stop_after = 80};
    ct_engine *engine = engine_of(1, false);
    char model[256], other[256];
    snprintf(model, sizeof model, "%s", in_folder("detector.json"));
    snprintf(other, sizeof other, "%s", in_folder("other.json"));
    write_text(other, "{\"chiton_fake\":1,\"detector\":{\"false\":2}}");
    const struct ct_step_params steps[] = {{.name = "faces", .model = other, .fps = 1}};
    seen.engine = engine;
    assert_int_equal(
        ct_engine_add_stream(engine, CAMERA,
                             ct_stream_params(.model = model, .steps = steps, .step_count = 1,
                                              .on_result = see, .opaque = &seen, .track = 1,
                                              .live = {.enabled = 1, .fps = 200, .loop = 1})),
        0);
    assert_int_equal(ct_engine_run(engine), CT_ERROR_STOPPED);
    char text[65536];
    int64_t length = ct_engine_metrics(engine, text, sizeof text);
    assert_true(length > 0 && length < (int64_t)sizeof text);
    assert_non_null(strstr(text, "step=\"faces\""));
    char name[512];
    unsigned long runs[2];
    const char *const paths[] = {model, other};
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "chiton_inference_duration_seconds_count{model=\"%s\"} ",
                 paths[i]);
        const char *at = strstr(text, name);
        assert_non_null(at);
        runs[i] = strtoul(at + strlen(name), NULL, 10);
    }
    assert_true(runs[0] >= 80);
    assert_true(runs[1] >= 1 && runs[1] < runs[0]);
    ct_engine_destroy(&engine);
}

static void looks_at_streams_and_of_further_models_lie_apart(void **state)
{
    (void)state;
    ct_engine *engine = engine_of(1, false);
    char model[256];
    snprintf(model, sizeof model, "%s", in_folder("detector.json"));
    const struct ct_step_params steps[] = {{.name = "faces", .model = model, .fps = 5}};
    const struct ct_stream_params *params =
        ct_stream_params(.model = model, .steps = steps, .step_count = 1,
                         .live = {.enabled = 1, .fps = 100, .restart = CT_RESTART_NEVER});
    for (int i = 0; i < 3; i++)
        assert_int_equal(ct_engine_add_stream(engine, CAMERA "&frames=1", params), i);
    assert_int_equal(ct_engine_run(engine), CT_OK);
    static const double phases[] = {0, .5, .25, .75};
    for (int i = 0; i < 3; i++) {
        assert_true(engine->streams[i]->live.pacer.phase == phases[i]);
        assert_true(engine->streams[i]->steps[1].pacer.phase == phases[i + 1]);
    }
    ct_engine_destroy(&engine);
}

static void wrong_parameters_are_told(void **state)
{
    (void)state;
    struct seen seen = {0};
    ct_engine *engine = engine_of(1, false);
    const char *model = in_folder("detector.json");
    const struct ct_live_params wrong[] = {
        {.fps = -1}, {.rate = 5000}, {.every_s = -1}, {.timeout_ms = -5}, {.max_staleness_ms = -5}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(add(engine, CAMERA, model, &seen, wrong[i]), CT_ERROR_INVALID);
    const struct ct_step_params nameless = {.model = model};
    assert_int_equal(
        ct_engine_add_stream(engine, CAMERA,
                             ct_stream_params(.model = model, .steps = &nameless, .step_count = 1,
                                              .live = {.enabled = 1})),
        CT_ERROR_INVALID);
    assert_int_equal(
        ct_engine_add_stream(engine, CAMERA,
                             ct_stream_params(.model = model, .steps = &nameless, .step_count = 1)),
        CT_ERROR_INVALID);
    ct_engine_destroy(&engine);
    const struct ct_engine_params budget = {.cpu_budget = -1}, cores = {.cpus = "0-"},
                                  far = {.cpus = "9999"};
    assert_int_equal(ct_engine_create(&engine, &budget), CT_ERROR_INVALID);
    assert_int_equal(ct_engine_create(&engine, &cores), CT_ERROR_INVALID);
    assert_int_equal(ct_engine_create(&engine, &far), CT_ERROR_INVALID);
}

// ---- a camera that says nothing

static atomic_int woken;

static void note_signal(int signal)
{
    (void)signal;
    woken++;
}

// A server whose system accepts connections, and that never says anything.
static int listen_silently(char *address, size_t size)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &length), 0);
    snprintf(address, size, "rtsp://127.0.0.1:%d/x", ntohs(at.sin_port));
    return listener;
}

// Stops an engine whose camera has been asked and says nothing.
static void stop_in_silence(int listener, const char *address)
{
    const struct ct_engine_params params = {.lanes = 1, .wake_signal = SIGURG};
    struct seen seen = {0};
    char byte;
    pthread_t thread;
    ct_engine *engine = NULL;
    assert_int_equal(ct_engine_create(&engine, &params), CT_OK);
    assert_int_equal(add(engine, address, in_folder("detector.json"), &seen,
                         (struct ct_live_params){.timeout_ms = 60000}),
                     0);
    assert_int_equal(pthread_create(&thread, NULL, run_engine, engine), 0);
    int camera = accept(listener, NULL, NULL);
    assert_int_equal(recv(camera, &byte, 1, 0), 1); // it has asked, and waits
    ct_engine_stop(engine);
    pthread_join(thread, NULL);
    ct_engine_destroy(&engine);
    close(camera);
}

// A thread that sees by itself that it is to end gets no signal: that is not so every time.
static void a_signal_that_is_lent_ends_the_wait_for_a_silent_camera(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = note_signal}, before;
    char address[64];
    int listener = listen_silently(address, sizeof address);
    assert_int_equal(sigaction(SIGURG, &action, &before), 0);
    for (int i = 0; i < 50 && !woken; i++)
        stop_in_silence(listener, address);
    sigaction(SIGURG, &before, NULL);
    close(listener);
    assert_true(woken > 0);
}

static void a_signal_without_a_handler_is_refused(void **state)
{
    (void)state;
    static const int numbers[] = {SIGURG, SIGKILL, -1, 4711};
    ct_engine *engine = NULL;
    for (int i = 0; i < 4; i++) {
        const struct ct_engine_params params = {.wake_signal = numbers[i]};
        assert_int_equal(ct_engine_create(&engine, &params), CT_ERROR_INVALID);
    }
    assert_null(engine);
}

// ---- watching

struct watched {
    atomic_int results, pictures;
    ct_jpeg *kept; // the last picture
    pthread_mutex_t lock;
};

static void note_result(void *opaque, int stream, const struct ct_result *result)
{
    struct watched *watched = opaque;
    char line[64];
    assert_int_equal(stream, 0);
    assert_true(ct_result_json(result, line, sizeof line) > 60);
    assert_memory_equal(line, "{\"source\":\"door\"", 16);
    watched->results++;
}

static void note_picture(void *opaque, int stream, ct_jpeg *jpeg)
{
    struct watched *watched = opaque;
    size_t size;
    assert_int_equal(stream, 0);
    const uint8_t *data = ct_jpeg_data(jpeg, &size);
    assert_true(size > 200 && data[0] == 0xff && data[1] == 0xd8 && data[size - 1] == 0xd9);
    pthread_mutex_lock(&watched->lock);
    ct_jpeg_unref(&watched->kept);
    watched->kept = ct_jpeg_ref(jpeg);
    pthread_mutex_unlock(&watched->lock);
    watched->pictures++;
}

static void pictures_are_drawn_for_who_watches_and_for_nobody_else(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct watched watched = {.lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t thread;
    ct_watch *both = NULL, *pictures = NULL;
    ct_engine *engine = engine_of(2, true);
    assert_int_equal(pthread_create(&thread, NULL, run_engine, engine), 0);
    assert_int_equal(add(engine, CAMERA, in_folder("detector.json"), &seen,
                         (struct ct_live_params){.fps = 100, .loop = 1}),
                     0);
    struct ct_watch_params params = {.stream = 0,
                                     .on_result = note_result,
                                     .on_jpeg = note_picture,
                                     .opaque = &watched,
                                     .max_width = 80};
    assert_int_equal(ct_engine_watch(engine, &params, &both), CT_OK);
    params.on_result = NULL;
    assert_int_equal(ct_engine_watch(engine, &params, &pictures), CT_OK);
    struct ct_stream_info info = await(engine, 0, CT_STREAM_LIVE, 3);
    assert_int_equal(info.watched, 2);
    while (watched.results < 5 || watched.pictures < 6)
        usleep(1000);
    ct_engine_unwatch(&pictures);
    ct_engine_unwatch(&both);
    int count = watched.pictures;
    info = await(engine, 0, CT_STREAM_LIVE, info.stats.results + 20);
    assert_int_equal(info.watched, 0);
    assert_int_equal(watched.pictures, count);
    assert_true(ct_jpeg_info(watched.kept)->number > 0);
    ct_jpeg_unref(&watched.kept);
    params.stream = 7;
    assert_int_equal(ct_engine_watch(engine, &params, &both), CT_ERROR_NOT_FOUND);
    params.stream = -1;
    assert_int_equal(ct_engine_watch(engine, &params, &both), CT_ERROR_INVALID);
    ct_engine_stop(engine);
    pthread_join(thread, NULL);
    ct_engine_destroy(&engine);
}

static void without_a_model_frames_are_for_who_watches(void **state)
{
    (void)state;
    struct watched watched = {.lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t thread;
    ct_watch *watch = NULL;
    ct_engine *engine = engine_of(1, true);
    assert_int_equal(pthread_create(&thread, NULL, run_engine, engine), 0);
    assert_int_equal(
        ct_engine_add_stream(engine, CAMERA,
                             ct_stream_params(.name = "door", .live = {.enabled = 1, .loop = 1})),
        0);
    struct ct_stream_info info;
    do {
        info = await(engine, 0, CT_STREAM_LIVE, 0);
    } while (info.stats.read < 20);
    assert_int_equal(info.stats.results, 0);
    assert_true(info.stats.skipped >= 19);
    const struct ct_watch_params params = {.on_jpeg = note_picture, .opaque = &watched};
    assert_int_equal(ct_engine_watch(engine, &params, &watch), CT_OK);
    while (watched.pictures < 3)
        usleep(1000);
    ct_engine_unwatch(&watch);
    ct_jpeg_unref(&watched.kept);
    ct_engine_stop(engine);
    pthread_join(thread, NULL);
    ct_engine_destroy(&engine);
}

static int expect_no_name(void *opaque, const struct ct_result *result, ct_frame *frame)
{
    assert_null(frame->name);
    assert_string_equal(result->source, "door");
    ++*(int *)opaque;
    return 0;
}

// A folder's files have names of their own, which are gone when it is closed: at each loop.
static void frames_are_called_by_their_stream(void **state)
{
    (void)state;
    int count = 0;
    ct_engine *engine = engine_of(1, false);
    assert_int_equal(mkdir(in_folder("pictures"), 0700), 0);
    write_picture(in_folder("pictures/a.ppm"), 100);
    write_picture(in_folder("pictures/b.ppm"), 120);
    assert_int_equal(
        ct_engine_add_stream(
            engine, in_folder("pictures"),
            ct_stream_params(.name = "door", .model = in_folder("detector.json"),
                             .on_result = expect_no_name, .opaque = &count,
                             .live = {.enabled = 1, .rate = 20, .restart = CT_RESTART_NEVER})),
        0);
    assert_int_equal(ct_engine_run(engine), CT_OK);
    assert_in_range(count, 1, 2);
    ct_engine_destroy(&engine);
}

static void *remove_first(void *engine)
{
    assert_int_equal(ct_engine_remove_stream(engine, 0), CT_OK);
    return NULL;
}

// Metrics pin the streams that they are about to write.
static void a_pinned_stream_can_be_described_while_it_is_removed(void **state)
{
    (void)state;
    pthread_t remover;
    struct seen seen = {0};
    struct ct_stream_info info;
    ct_engine *engine = engine_of(1, true);
    assert_int_equal(
        add(engine, CAMERA, in_folder("detector.json"), &seen, (struct ct_live_params){0}), 0);
    struct ct__stream *pinned = ct__engine_pin(engine, 0);
    assert_non_null(pinned);
    assert_int_equal(pthread_create(&remover, NULL, remove_first, engine), 0);
    while (ct_engine_stream_info(engine, 0, &info) == CT_OK)
        sched_yield();
    memset(&info, 0xaa, sizeof info);
    ct__engine_describe(pinned, &info);
    assert_int_equal(info.number, 0);
    assert_string_equal(info.name, "door");
    assert_int_equal(info.stats.read, 0);
    ct__engine_unpin(pinned);
    assert_int_equal(pthread_join(remover, NULL), 0);
    ct_engine_destroy(&engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_frame_is_counted_once),
        cmocka_unit_test(a_loop_goes_on_counting),
        cmocka_unit_test(what_is_not_there_fails_or_is_waited_for),
        cmocka_unit_test(streams_come_and_go_while_others_run),
        cmocka_unit_test(frames_are_called_by_their_stream),
        cmocka_unit_test(a_pinned_stream_can_be_described_while_it_is_removed),
        cmocka_unit_test(further_models_look_at_their_own_rate),
        cmocka_unit_test(looks_at_streams_and_of_further_models_lie_apart),
        cmocka_unit_test(wrong_parameters_are_told),
        cmocka_unit_test(a_signal_that_is_lent_ends_the_wait_for_a_silent_camera),
        cmocka_unit_test(a_signal_without_a_handler_is_refused),
        cmocka_unit_test(pictures_are_drawn_for_who_watches_and_for_nobody_else),
        cmocka_unit_test(without_a_model_frames_are_for_who_watches),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
