// SPDX-License-Identifier: Apache-2.0
// ONNX Runtime, for real, on the tiny models of tests/models: what it answers, what it refuses, and
// what it must not do to the process. Skips without the library or the models.
#include "../unit/runtime/support.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"

// One thread for all of them is the rule; the last tests ask for more, and what the library starts
// for them stays.
static const struct ct__plan one_thread = {1};
static const char *models;
static int warnings, threads_at_first;

static void receive(void *opaque, enum ct_log_level level, const char *scope, const char *text)
{
    (void)opaque, (void)scope;
    assert_null(strchr(text, '\n'));
    warnings += level == CT_LOG_WARN;
}

static const char *model_path(const char *name)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", models, name);
    return path;
}

static struct ct__session *open_with(const char *name, const struct ct__plan *plan)
{
    struct ct__session *session = NULL;
    assert_int_equal(ct__session_open(&session, model_path(name), "auto", plan), CT_OK);
    return session;
}

static struct ct__session *open_model(const char *name)
{
    return open_with(name, &one_thread);
}

// A request for the shape the file declares, `open` for what it leaves open, filled with 0, 1, 2
// ...
static struct ct__request *open_request(struct ct__session *session, int64_t open,
                                        struct ct__tensor *input)
{
    struct ct__request *request = NULL;
    const struct ct_tensor_info *info = &ct__session_graph(session)->inputs[0];
    *input = (struct ct__tensor){.rank = info->rank};
    for (int i = 0; i < info->rank; i++)
        input->dim[i] = info->dim[i] < 0 ? open : info->dim[i];
    assert_int_equal(ct__request_create(&request, session, input), CT_OK);
    int64_t count = ct__shape_count(input->rank, input->dim);
    for (int64_t i = 0; input->type == CT_TYPE_F32 && i < count; i++)
        ((float *)input->data)[i] = (float)(i % 256);
    return request;
}

// Threads beside those that the process had at first (a sanitizer may have one of its own).
static int extra_threads(void)
{
    int count = -threads_at_first;
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    for (struct dirent *entry; (entry = readdir(tasks));)
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

// One that was joined may be seen for a moment more.
static void expect_threads(int wanted)
{
    for (int looks = 0; looks < 60000 && extra_threads() > wanted; looks++)
        usleep(1000);
    assert_int_equal(extra_threads(), wanted);
}

// CPU time of this process while its one thread sleeps.
static double idle_cpu_ms(int ms)
{
    int64_t before = ct__process_cpu_ns();
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000L}, NULL);
    return (double)(ct__process_cpu_ns() - before) / 1e6;
}

// What it answers.

static void the_library_is_found_and_named(void **state)
{
    char version[64], path[512];
    (void)state;
    assert_int_equal(ct__backend_ort.probe(version, sizeof version, path, sizeof path), CT_OK);
    assert_true(strncmp(version, "1.", 2) == 0);
    assert_int_equal(path[0], '/');
    assert_string_equal(getenv("ORT_DISABLE_TELEMETRY"), "1");
}

static void a_convolution_gives_the_numbers_it_should(void **state)
{
    (void)state;
    struct ct__session *session = open_model("conv.onnx");
    struct ct__tensor input;
    struct ct__request *request = open_request(session, 0, &input);
    const struct ct__tensor *outputs;
    const struct ct__graph *graph = ct__session_graph(session);
    assert_string_equal(graph->inputs[0].name, "images");
    assert_string_equal(ct__graph_metadata(graph, "names"), "{0: 'a', 1: '\u00fc'}");
    assert_string_equal(ct__graph_metadata(graph, "empty"), "");
    assert_null(ct__graph_metadata(graph, "other"));
    assert_int_equal(ct__request_run(request, &outputs), CT_OK);
    assert_string_equal(outputs[0].name, "out");
    assert_int_equal(outputs[0].dim[1], 3);
    const float *in = input.data, *out = outputs[0].data;
    for (int i = 0; i < 3 * 256; i++)
        assert_true(out[i] == 2 * in[i] + (float)(i / 256));
    ct__request_destroy(&request);
    ct__session_close(&session);
}

static void a_run_with_known_shapes_allocates_nothing_of_ours(void **state)
{
    (void)state;
    struct ct__session *session = open_model("conv.onnx");
    struct ct__tensor input;
    struct ct__request *request = open_request(session, 0, &input);
    const struct ct__tensor *outputs;
    assert_int_equal(ct__request_run(request, &outputs), CT_OK);
    const void *first = outputs[0].data;
    uint64_t before = ct__mem_count();
    for (int i = 0; i < 10; i++) {
        assert_int_equal(ct__request_run(request, &outputs), CT_OK);
        assert_ptr_equal(outputs[0].data, first);
    }
    assert_int_equal(ct__mem_count(), before);
    ct__request_destroy(&request);
    ct__session_close(&session);
}

static void open_dimensions_take_any_size(void **state)
{
    (void)state;
    struct ct__session *session = open_model("dynamic.onnx");
    for (int64_t size = 1; size < 40; size += 13) {
        struct ct__tensor input;
        struct ct__request *request = open_request(session, size, &input);
        const struct ct__tensor *outputs;
        for (int i = 0; i < 3; i++)
            assert_int_equal(ct__request_run(request, &outputs), CT_OK);
        assert_memory_equal(outputs[0].dim, input.dim, 4 * sizeof *input.dim);
        size_t bytes = (size_t)ct__shape_count(input.rank, input.dim) * sizeof(float);
        assert_memory_equal(outputs[0].data, input.data, bytes);
        ct__request_destroy(&request);
    }
    ct__session_close(&session);
}

static void other_types_and_shapes_pass_as_they_are(void **state)
{
    (void)state;
    struct ct__session *session = open_model("types.onnx");
    struct ct__tensor input;
    struct ct__request *request = open_request(session, 0, &input);
    const struct ct__tensor *outputs;
    assert_int_equal(ct__request_run(request, &outputs), CT_OK);
    assert_int_equal(outputs[0].type, CT_TYPE_F16);
    assert_int_equal(((const uint16_t *)outputs[0].data)[2], 0x4000); // 2 as a half
    assert_int_equal(outputs[1].type, CT_TYPE_U8);
    assert_int_equal(((const uint8_t *)outputs[1].data)[3], 3);
    assert_int_equal(outputs[2].type, CT_TYPE_I64);
    assert_int_equal(((const int64_t *)outputs[2].data)[3], 3);
    assert_int_equal(outputs[3].rank, 0);
    assert_true(*(const float *)outputs[3].data == 3);
    assert_int_equal(ct__shape_count(outputs[4].rank, outputs[4].dim), 0);
    ct__request_destroy(&request);
    ct__session_close(&session);
}

static void bytes_are_taken_as_input(void **state)
{
    (void)state;
    struct ct__session *session = open_model("bytes.onnx");
    struct ct__tensor input;
    struct ct__request *request = open_request(session, 0, &input);
    const struct ct__tensor *outputs;
    assert_int_equal(input.type, CT_TYPE_U8);
    memset(input.data, 77, 48);
    assert_int_equal(ct__request_run(request, &outputs), CT_OK);
    assert_memory_equal(outputs[0].data, input.data, 48);
    ct__request_destroy(&request);
    ct__session_close(&session);
}

static void each_input_has_its_own_memory(void **state)
{
    (void)state;
    struct ct__session *session = open_model("two.onnx");
    struct ct__tensor inputs[2] = {{.rank = 2, .dim = {1, 8}}, {.rank = 1, .dim = {4}}};
    struct ct__request *request = NULL;
    const struct ct__tensor *outputs;
    assert_int_equal(ct__request_create(&request, session, inputs), CT_OK);
    for (int i = 0; i < 8; i++)
        ((float *)inputs[0].data)[i] = 3;
    for (int i = 0; i < 4; i++)
        ((float *)inputs[1].data)[i] = 5;
    assert_int_equal(ct__request_run(request, &outputs), CT_OK);
    assert_true(*(const float *)outputs[0].data == 8);
    ct__request_destroy(&request);
    ct__session_close(&session);
}

static void weights_beside_the_model_belong_to_its_folder(void **state)
{
    (void)state;
    struct ct__session *session[2] = {open_model("outside_2/outside.onnx"),
                                      open_model("outside_3/outside.onnx")};
    assert_ptr_not_equal(session[0], session[1]);
    for (int i = 0; i < 2; i++) {
        struct ct__tensor input;
        struct ct__request *request = open_request(session[i], 0, &input);
        const struct ct__tensor *outputs;
        assert_int_equal(ct__request_run(request, &outputs), CT_OK);
        assert_true(((const float *)outputs[0].data)[10] == 10.f * (float)(2 + i));
        ct__request_destroy(&request);
        ct__session_close(&session[i]);
    }
}

static void outputs_unlike_their_declaration_are_given_and_warned_of_once(void **state)
{
    (void)state;
    struct ct__session *session = open_model("wrong_shape.onnx");
    const struct ct__tensor *outputs;
    warnings = 0;
    for (int i = 0; i < 2; i++) {
        struct ct__tensor input;
        struct ct__request *request = open_request(session, 0, &input);
        for (int k = 0; k < 3; k++)
            assert_int_equal(ct__request_run(request, &outputs), CT_OK);
        assert_int_equal(outputs[0].rank, 2);
        assert_int_equal(outputs[0].dim[1], 768);
        assert_memory_equal(outputs[0].data, input.data, 768 * sizeof(float));
        ct__request_destroy(&request);
    }
    assert_int_equal(warnings, 1);
    ct__session_close(&session);
}

static void an_output_larger_than_memory_is_no_harm_until_it_comes(void **state)
{
    (void)state;
    struct ct__session *session = open_model("huge_output.onnx");
    struct ct__tensor input;
    struct ct__request *request = open_request(session, 0, &input);
    const struct ct__tensor *outputs;
    assert_int_equal(ct__request_run(request, &outputs), CT_OK);
    assert_int_equal(outputs[0].dim[0], 1);
    ct__request_destroy(&request);
    ct__session_close(&session);
}

static void a_constant_output_has_its_true_size(void **state)
{
    (void)state;
    struct ct__session *session = open_model("constant_output.onnx");
    struct ct__tensor input;
    struct ct__request *request = open_request(session, 0, &input);
    const struct ct__tensor *outputs;
    assert_int_equal(ct__request_run(request, &outputs), CT_OK);
    assert_int_equal(ct__shape_count(outputs[1].rank, outputs[1].dim), 1000);
    assert_true(((const float *)outputs[1].data)[999] == 1);
    ct__request_destroy(&request);
    ct__session_close(&session);
}

static void outputs_without_numbers_have_no_data(void **state)
{
    (void)state;
    struct ct__session *session = open_model("strings.onnx");
    struct ct__tensor input;
    struct ct__request *request = open_request(session, 0, &input);
    const struct ct__tensor *outputs;
    assert_int_equal(ct__request_run(request, &outputs), CT_OK);
    assert_int_equal(outputs[0].type, CT_TYPE_OTHER);
    assert_null(outputs[0].data);
    ct__request_destroy(&request);
    ct__session_close(&session);
}

// What it refuses.

static void a_failing_run_is_an_error_each_time(void **state)
{
    (void)state;
    struct ct__session *session = open_model("fails.onnx");
    struct ct__tensor input;
    struct ct__request *request = open_request(session, 0, &input);
    const struct ct__tensor *outputs = NULL;
    for (int i = 0; i < 3; i++)
        assert_int_equal(ct__request_run(request, &outputs), CT_ERROR_BACKEND);
    assert_reason("the run failed: ");
    assert_null(outputs);
    ct__request_destroy(&request);
    ct__session_close(&session);
}

static void models_of_no_use_are_refused_with_the_reason(void **state)
{
    static const struct {
        const char *name, *words;
        int error;
    } cases[] = {
        {"sequence.onnx", "out is no tensor", CT_ERROR_UNSUPPORTED},
        {"rank9.onnx", "images has 9 dimensions: expected at most 8", CT_ERROR_UNSUPPORTED},
        {"unknown_operator.onnx", "Frobnicate", CT_ERROR_FORMAT},
        {"future.onnx", "opset", CT_ERROR_FORMAT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ct__session *session = NULL;
        assert_int_equal(ct__session_open(&session, model_path(cases[i].name), "ort", NULL),
                         cases[i].error);
        assert_null(session);
        assert_reason(cases[i].words);
    }
    assert_int_equal(ct__session_loaded(), 0);
}

// Loads bytes that may be anything, and runs what loads after all.
static void load_anything(const uint8_t *data, size_t size)
{
    void *model = NULL;
    int error = ct__backend_ort.load(&model, "broken", data, size, &one_thread);
    if (error) {
        char reason[1024];
        ct__last_failure(reason, sizeof reason);
        assert_true(strlen(reason) > 0 && strlen(reason) < 500);
        assert_null(model);
        return;
    }
    const struct ct__graph *graph = ct__backend_ort.graph(model);
    struct ct__tensor input = {.name = "images", .type = CT_TYPE_F32};
    void *request = NULL;
    bool usable =
        graph->input_count == 1 && graph->inputs[0].type == CT_TYPE_F32 && graph->output_count < 8;
    input.rank = usable ? graph->inputs[0].rank : 0;
    for (int i = 0; i < input.rank; i++)
        input.dim[i] = graph->inputs[0].dim[i] < 0 ? 4 : graph->inputs[0].dim[i];
    int64_t count = ct__shape_count(input.rank, input.dim);
    if (usable && count >= 0 && count < 1 << 20 &&
        !ct__backend_ort.request(&request, model, "broken", &input)) {
        struct ct__tensor outputs[8];
        ct__backend_ort.run(request, outputs);
        ct__backend_ort.close(request);
    }
    ct__backend_ort.unload(model);
}

// Gives a file another time of change again and again, until told to stop.
struct toucher {
    const char *path;
    atomic_bool stop;
};

static void *touch(void *opaque)
{
    struct toucher *toucher = opaque;
    for (long i = 0; !atomic_load(&toucher->stop); i++)
        utimensat(AT_FDCWD, toucher->path, (struct timespec[2]){{.tv_sec = i}, {.tv_sec = i}}, 0);
    return NULL;
}

static void a_file_that_changes_while_it_is_loaded_is_an_error(void **state)
{
    (void)state;
    char path[] = "/tmp/chiton-ort-XXXXXX";
    uint8_t *data;
    size_t size;
    assert_int_equal(ct__file_read(model_path("conv.onnx"), 1 << 20, &data, &size), CT_OK);
    int file = mkstemp(path), error = CT_OK;
    assert_int_equal(write(file, data, size), size);
    close(file);
    struct toucher toucher = {.path = path};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, touch, &toucher), 0);
    for (int tries = 0; tries < 10000 && !error; tries++) {
        struct ct__session *session = NULL;
        error = ct__session_open(&session, path, "auto", &one_thread);
        ct__session_close(&session);
    }
    atomic_store(&toucher.stop, true);
    pthread_join(thread, NULL);
    assert_int_equal(error, CT_ERROR_IO);
    assert_int_equal(ct__session_loaded(), 0);
    unlink(path);
    ct__free(data);
}

static void half_a_model_is_an_error_at_any_length(void **state)
{
    uint8_t *data;
    size_t size;
    (void)state;
    assert_int_equal(ct__file_read(model_path("conv.onnx"), 1 << 20, &data, &size), CT_OK);
    for (size_t length = 0; length < size; length++) {
        uint8_t *part = malloc(length + 1);
        memcpy(part, data, length);
        load_anything(part, length);
        free(part);
    }
    ct__free(data);
}

static void flipped_bytes_never_crash(void **state)
{
    static const char *const names[] = {"conv.onnx", "types.onnx", "wrong_shape.onnx"};
    uint32_t seed = 1;
    (void)state;
    for (int round = 0; round < 900; round++) {
        uint8_t *data;
        size_t size;
        assert_int_equal(ct__file_read(model_path(names[round % 3]), 1 << 20, &data, &size), CT_OK);
        for (int flips = 1 + round % 4; flips > 0; flips--) {
            seed = seed * 1664525 + 1013904223;
            data[(seed >> 8) % size] ^= (uint8_t)(1 + seed % 255);
        }
        load_anything(data, size);
        ct__free(data);
    }
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        struct ct__session *session = NULL;
        struct ct__request *request = NULL;
        struct ct__tensor input = {.rank = 4, .dim = {1, 3, 16, 16}};
        ct__mem_fail(n);
        int error = ct__session_open(&session, model_path("conv.onnx"), "auto", NULL);
        if (!error)
            error = ct__request_create(&request, session, &input);
        bool failed = ct__mem_failed();
        ct__mem_fail(0);
        assert_true(error == CT_OK || (failed && error == CT_ERROR_MEMORY));
        ct__request_destroy(&request);
        ct__session_close(&session);
        assert_int_equal(ct__session_loaded(), 0);
        if (!failed)
            break;
    }
}

static void a_library_in_use_cannot_be_exchanged(void **state)
{
    (void)state;
    assert_int_equal(ct__ort_set_library("/elsewhere/libonnxruntime.so"), CT_ERROR_INVALID);
    assert_reason("is in use already");
}

// What it does to the process.

static void one_thread_a_run_starts_no_thread(void **state)
{
    (void)state;
    struct ct__session *session = open_model("deep.onnx");
    struct ct__tensor input;
    struct ct__request *request = open_request(session, 0, &input);
    const struct ct__tensor *outputs;
    assert_int_equal(ct__request_run(request, &outputs), CT_OK);
    expect_threads(0);
    assert_true(idle_cpu_ms(200) < 5);
    ct__request_destroy(&request);
    ct__session_close(&session);
}

struct caller {
    pthread_t thread;
    struct ct__request *request;
    float *first; // the answer of its first run
    size_t size;
    int differences;
};

static void *call_many_times(void *opaque)
{
    struct caller *caller = opaque;
    for (int i = 0; i < 10; i++) {
        const struct ct__tensor *outputs;
        if (ct__request_run(caller->request, &outputs))
            caller->differences++;
        else
            caller->differences += memcmp(outputs[0].data, caller->first, caller->size) != 0;
    }
    return NULL;
}

static void one_session_gives_many_threads_the_same_answer(void **state)
{
    enum { CALLERS = 4 };
    struct caller callers[CALLERS];
    struct ct__tensor input;
    const struct ct__tensor *outputs;
    (void)state;
    struct ct__session *session = open_model("deep.onnx");
    struct ct__request *single = open_request(session, 0, &input);
    assert_int_equal(ct__request_run(single, &outputs), CT_OK);
    size_t size = (size_t)ct__shape_count(outputs[0].rank, outputs[0].dim) * sizeof(float);
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (struct caller){
            .request = open_request(session, 0, &input), .first = outputs[0].data, .size = size};
        assert_int_equal(pthread_create(&callers[i].thread, NULL, call_many_times, &callers[i]), 0);
    }
    for (int i = 0; i < CALLERS; i++) {
        pthread_join(callers[i].thread, NULL);
        assert_int_equal(callers[i].differences, 0);
        ct__request_destroy(&callers[i].request);
    }
    ct__request_destroy(&single);
    ct__session_close(&session);
}

// A plan for more threads has as many less the caller's own, gives the same answer, and does not
// spin.
static void run_with_threads(int threads, int started)
{
    struct ct__plan plan = {threads};
    struct ct__tensor input;
    const struct ct__tensor *outputs, *expected;
    struct ct__session *session = open_model("deep.onnx"), *wide = open_with("deep.onnx", &plan);
    assert_ptr_not_equal(session, wide);
    struct ct__request *single = open_request(session, 0, &input);
    struct ct__request *request = open_request(wide, 0, &input);
    assert_int_equal(ct__request_run(single, &expected), CT_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ct__request_run(request, &outputs), CT_OK);
    expect_threads(started);
    assert_true(idle_cpu_ms(200) < 10);
    int64_t count = ct__shape_count(expected[0].rank, expected[0].dim);
    for (int64_t i = 0; i < count; i++)
        assert_true(((const float *)outputs[0].data)[i] == ((const float *)expected[0].data)[i]);
    ct__request_destroy(&single);
    ct__request_destroy(&request);
    ct__session_close(&session);
    ct__session_close(&wide);
}

static void a_late_plan_with_threads_has_its_own_asleep_between_runs(void **state)
{
    (void)state;
    run_with_threads(3, 2);
    expect_threads(0); // they went with the session
}

static void nothing_is_written_to_the_home_folder(void **state)
{
    (void)state;
    DIR *home = opendir(getenv("HOME"));
    assert_non_null(home);
    for (struct dirent *entry; (entry = readdir(home));)
        assert_int_equal(entry->d_name[0], '.');
    closedir(home);
    assert_int_equal(rmdir(getenv("HOME")), 0); // nothing hidden either
    assert_int_equal(mkdir(getenv("HOME"), 0700), 0);
}

// In a program of its own (argument "pool"): the first plan asks for threads, so that the process
// has its one pool.

static void the_first_plan_with_threads_makes_the_pool_of_all(void **state)
{
    (void)state;
    struct ct__session *first = open_with("conv.onnx", &(struct ct__plan){2});
    expect_threads(1);
    run_with_threads(2, 1);
    run_with_threads(3, 1 + 2);
    ct__session_close(&first);
    expect_threads(1);
    assert_true(idle_cpu_ms(200) < 10);
}

// In a program of its own (argument "none"): a library that is named is the only one.

static void a_named_library_that_is_none_is_an_error(void **state)
{
    char text[512], path[512];
    struct ct__session *session = NULL;
    (void)state;
    assert_int_equal(ct__ort_set_library("/nowhere/libonnxruntime.so"), CT_OK);
    assert_int_equal(ct__backend_ort.probe(text, sizeof text, path, sizeof path),
                     CT_ERROR_UNSUPPORTED);
    assert_non_null(strstr(text, "/nowhere/libonnxruntime.so"));
    assert_int_equal(ct__session_open(&session, model_path("conv.onnx"), "auto", NULL),
                     CT_ERROR_UNSUPPORTED);
    assert_reason("no ONNX Runtime: /nowhere/libonnxruntime.so");
    assert_int_equal(ct__ort_set_library(NULL), CT_OK);
    assert_int_equal(setenv("CHITON_ORT_LIBRARY", "/nowhere/libother.so", 1), 0);
    assert_int_equal(ct__backend_ort.probe(text, sizeof text, path, sizeof path),
                     CT_ERROR_UNSUPPORTED);
    assert_non_null(strstr(text, "/nowhere/libother.so"));
}

static void a_library_that_is_too_old_is_refused_by_its_version(void **state)
{
    char text[512], path[512];
    (void)state;
    assert_int_equal(ct__ort_set_library(OLD_LIBRARY), CT_OK);
    assert_int_equal(ct__backend_ort.probe(text, sizeof text, path, sizeof path),
                     CT_ERROR_UNSUPPORTED);
    assert_non_null(strstr(text, "is version 1.20.1; 1.21 or newer is needed"));
}

static const struct CMUnitTest rule[] = {
    cmocka_unit_test(the_library_is_found_and_named),
    cmocka_unit_test(a_convolution_gives_the_numbers_it_should),
    cmocka_unit_test(a_run_with_known_shapes_allocates_nothing_of_ours),
    cmocka_unit_test(open_dimensions_take_any_size),
    cmocka_unit_test(other_types_and_shapes_pass_as_they_are),
    cmocka_unit_test(bytes_are_taken_as_input),
    cmocka_unit_test(each_input_has_its_own_memory),
    cmocka_unit_test(weights_beside_the_model_belong_to_its_folder),
    cmocka_unit_test(outputs_unlike_their_declaration_are_given_and_warned_of_once),
    cmocka_unit_test(an_output_larger_than_memory_is_no_harm_until_it_comes),
    cmocka_unit_test(a_constant_output_has_its_true_size),
    cmocka_unit_test(outputs_without_numbers_have_no_data),
    cmocka_unit_test(a_failing_run_is_an_error_each_time),
    cmocka_unit_test(models_of_no_use_are_refused_with_the_reason),
    cmocka_unit_test(a_file_that_changes_while_it_is_loaded_is_an_error),
    cmocka_unit_test(half_a_model_is_an_error_at_any_length),
    cmocka_unit_test(flipped_bytes_never_crash),
    cmocka_unit_test(each_failed_allocation_is_reported),
    cmocka_unit_test(a_library_in_use_cannot_be_exchanged),
    cmocka_unit_test(one_thread_a_run_starts_no_thread),
    cmocka_unit_test(one_session_gives_many_threads_the_same_answer),
    cmocka_unit_test(a_late_plan_with_threads_has_its_own_asleep_between_runs),
    cmocka_unit_test(nothing_is_written_to_the_home_folder),
};

static const struct CMUnitTest pool[] = {
    cmocka_unit_test(the_first_plan_with_threads_makes_the_pool_of_all),
};

static const struct CMUnitTest none[] = {
    cmocka_unit_test(a_library_that_is_too_old_is_refused_by_its_version),
    cmocka_unit_test(a_named_library_that_is_none_is_an_error),
};

enum { SKIP = 77 }; // what meson takes for a skipped test

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "rule";
    char reason[512], path[512];
    models = getenv("CHITON_TEST_MODELS");
    if (!models) {
        puts("skipped: CHITON_TEST_MODELS does not name the folder that tests/models/make.py made");
        return SKIP;
    }
    if (ct__ort_set_library(NULL)) {
        puts("skipped: built without ONNX Runtime's headers");
        return SKIP;
    }
    ct_log_set(CT_LOG_DEBUG, receive, NULL);
    if (strcmp(what, "none") == 0)
        return cmocka_run_group_tests(none, NULL, NULL);
    threads_at_first = extra_threads();
    // An empty home, before anything is loaded.
    if (make_folder(NULL) || setenv("HOME", folder, 1))
        return 1;
    if (ct__backend_ort.probe(reason, sizeof reason, path, sizeof path)) {
        printf("skipped: no ONNX Runtime: %s\n", reason);
        return SKIP;
    }
    return strcmp(what, "pool") == 0 ? cmocka_run_group_tests(pool, NULL, remove_folder)
                                     : cmocka_run_group_tests(rule, NULL, remove_folder);
}
