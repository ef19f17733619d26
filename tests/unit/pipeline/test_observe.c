// SPDX-License-Identifier: Apache-2.0
// What a run leaves for those who look at it: the trace, read back as JSON, and the metrics, read
// as strictly as Prometheus reads them.
#include "files.h"

#include <ctype.h>
#include <jansson.h>
#include <stdbool.h>

#include "base/mem.h"

#include <chiton/chiton.h>

enum { PICTURES = 12, LANES = 2, MOST_SAMPLES = 512 };

static int make_files(void **state)
{
    (void)state;
    char name[32];
    if (!mkdtemp(folder))
        return -1;
    for (int i = 0; i < PICTURES; i++) {
        snprintf(name, sizeof name, "p%02d.ppm", i);
        write_picture(in_folder(name), 90 + 4 * i);
    }
    write_model(in_folder("model.json"), "");
    write_text(in_folder("labels.txt"), "a \"quoted\" \\ thing\n");
    return 0;
}

static int stop_after_three(void *opaque, const struct ct_result *result, ct_frame *frame)
{
    (void)frame;
    if (opaque && strstr(result->source, "p03"))
        ct_engine_stop(opaque);
    return 0;
}

// Runs all pictures into a quick and a slow output.
static int run(const struct ct_engine_params *params, const char *name, bool stop, ct_engine **kept)
{
    ct_engine *engine = NULL;
    int error = ct_engine_create(&engine, params);
    char pictures[256], lines[256];
    snprintf(pictures, sizeof pictures, "%s", in_folder("p*.ppm"));
    snprintf(lines, sizeof lines, "%s", in_folder("out.jsonl"));
    const char *outputs[] = {lines, in_folder("drawn/"), NULL};
    if (!error)
        error = ct_engine_add_stream(
            engine, pictures,
            ct_stream_params(.name = name, .model = in_folder("model.json"),
                             .model_params = {.backend = "fake", .labels = in_folder("labels.txt")},
                             .outputs = outputs, .on_result = stop_after_three,
                             .opaque = stop ? engine : NULL));
    error = error < 0 ? error : ct_engine_run(engine);
    if (kept)
        *kept = engine;
    else
        ct_engine_destroy(&engine);
    return error;
}

// ---- the trace

static json_t *load_trace(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    return root;
}

static bool is(json_t *event, const char *key, const char *value)
{
    const char *found = json_string_value(json_object_get(event, key));
    return found && !strcmp(found, value);
}

static int count_events(json_t *root, const char *key, const char *value)
{
    json_t *events = json_object_get(root, "traceEvents");
    int count = 0;
    for (size_t i = 0; i < json_array_size(events); i++)
        count += is(json_array_get(events, i), key, value);
    return count;
}

static void each_stage_of_each_frame_is_a_slice(void **state)
{
    (void)state;
    static const char *const stages[] = {"decode", "prepare", "run",   "outputs",
                                         "nms",    "write",   "encode"};
    const char *path = in_folder("trace.json");
    assert_int_equal(
        run(&(struct ct_engine_params){.lanes = LANES, .trace = path}, "door", false, NULL), 0);
    json_t *root = load_trace(path);
    for (int i = 0; i < 7; i++)
        assert_int_equal(count_events(root, "name", stages[i]), PICTURES);
    json_decref(root);
}

static void rows_are_named_after_their_threads(void **state)
{
    (void)state;
    const char *path = in_folder("trace.json");
    assert_int_equal(
        run(&(struct ct_engine_params){.lanes = LANES, .trace = path}, "door", false, NULL), 0);
    json_t *root = load_trace(path), *events = json_object_get(root, "traceEvents");
    int lanes = 0, outputs = 0;
    for (size_t i = 0; i < json_array_size(events); i++) {
        json_t *event = json_array_get(events, i);
        const char *name =
            json_string_value(json_object_get(json_object_get(event, "args"), "name"));
        if (!is(event, "name", "thread_name"))
            continue;
        lanes += !strncmp(name, "ct-lane-", 8);
        outputs += !strcmp(name, "ct-output");
    }
    assert_int_equal(lanes, LANES);
    assert_int_equal(outputs, 1);
    json_decref(root);
}

// From decoding to encoding each frame has its own number, and each step but the first comes from
// one before.
static void a_flow_leads_each_frame_from_thread_to_thread(void **state)
{
    (void)state;
    const char *path = in_folder("trace.json");
    assert_int_equal(
        run(&(struct ct_engine_params){.lanes = LANES, .trace = path}, "door", false, NULL), 0);
    json_t *root = load_trace(path), *events = json_object_get(root, "traceEvents");
    char id[32];
    for (int frame = 0; frame < PICTURES; frame++) {
        int begins = 0, steps = 0, ends = 0;
        snprintf(id, sizeof id, "0x%llx", 1LL << 40 | frame);
        for (size_t i = 0; i < json_array_size(events); i++) {
            json_t *event = json_array_get(events, i);
            bool in = json_is_true(json_object_get(event, "flow_in"));
            bool out = json_is_true(json_object_get(event, "flow_out"));
            if (!is(event, "bind_id", id))
                continue;
            begins += out && !in;
            steps += out && in;
            ends += in && !out;
        }
        assert_int_equal(begins, 1);
        assert_int_equal(steps, 2);
        assert_int_equal(ends, 1);
    }
    json_decref(root);
}

static void a_stopped_run_leaves_a_whole_trace(void **state)
{
    (void)state;
    const char *path = in_folder("stopped.json");
    assert_int_equal(
        run(&(struct ct_engine_params){.lanes = LANES, .trace = path}, NULL, true, NULL),
        CT_ERROR_STOPPED);
    json_t *root = load_trace(path);
    assert_true(count_events(root, "name", "run") >= 4);
    json_decref(root);
}

static void a_full_disk_fails_the_run(void **state)
{
    (void)state;
    assert_int_equal(run(&(struct ct_engine_params){.trace = "/dev/full"}, "door", false, NULL),
                     CT_ERROR_IO);
    assert_int_equal(run(&(struct ct_engine_params){.metrics = "/dev/full"}, "door", false, NULL),
                     CT_ERROR_IO);
    assert_int_equal(run(&(struct ct_engine_params){.trace = "/proc/nowhere/t"}, "d", false, NULL),
                     CT_ERROR_IO);
}

// ---- the metrics

// The samples of a text: everything before the value, and the value.
struct samples {
    char names[MOST_SAMPLES][256];
    double values[MOST_SAMPLES];
    int count;
};

static size_t name_length(const char *line)
{
    size_t length = 0;
    while (isalnum((unsigned char)line[length]) || line[length] == '_' || line[length] == ':')
        length++;
    return length;
}

// The end of {name="value",...}: values know three escapes and no bare newline.
static const char *end_of_labels(const char *at)
{
    assert_int_equal(*at, '{');
    do {
        size_t length = name_length(++at);
        assert_true(length > 0);
        at += length;
        assert_memory_equal(at, "=\"", 2);
        for (at += 2; *at != '"'; at++) {
            assert_true(*at && *at != '\n');
            if (*at == '\\')
                assert_non_null(strchr("\\\"n", *++at));
        }
    } while (*++at == ',');
    assert_int_equal(*at, '}');
    return at + 1;
}

static void read_sample(struct samples *samples, const char *line, const char *family)
{
    static const char *const endings[] = {"", "_bucket", "_sum", "_count"};
    size_t length = name_length(line);
    const char *end = line[length] == '{' ? end_of_labels(line + length) : line + length;
    bool known = false;
    char name[128];
    for (int i = 0; i < 4; i++) {
        int size = snprintf(name, sizeof name, "%s%s", family, endings[i]);
        known |= (size_t)size == length && !memcmp(name, line, length);
    }
    assert_true(known); // samples stand together, behind their TYPE
    assert_int_equal(*end, ' ');
    assert_true(samples->count < MOST_SAMPLES && end - line < 256);
    snprintf(samples->names[samples->count], 256, "%.*s", (int)(end - line), line);
    for (int i = 0; i < samples->count; i++)
        assert_string_not_equal(samples->names[i], samples->names[samples->count]);
    char *rest;
    samples->values[samples->count++] = strtod(end, &rest);
    assert_int_equal(*rest, '\n');
}

static void read_metrics(struct samples *samples, const char *text)
{
    char family[128] = "", type[16] = "";
    samples->count = 0;
    while (*text) {
        const char *end = strchr(text, '\n');
        assert_non_null(end);
        if (!strncmp(text, "# HELP ", 7)) {
            snprintf(family, sizeof family, "%.*s", (int)name_length(text + 7), text + 7);
            assert_true(end - text > 9 + (ptrdiff_t)strlen(family));
        } else if (!strncmp(text, "# TYPE ", 7)) {
            char named[128];
            assert_int_equal(sscanf(text + 7, "%127s %15s", named, type), 2);
            assert_string_equal(named, family);
            assert_non_null(strstr("counter gauge histogram", type));
            bool total = strlen(named) > 6 && !strcmp(named + strlen(named) - 6, "_total");
            assert_int_equal(total, !strcmp(type, "counter"));
        } else {
            read_sample(samples, text, family);
        }
        text = end + 1;
    }
}

static double value_of(const struct samples *samples, const char *name)
{
    for (int i = 0; i < samples->count; i++) {
        if (!strcmp(samples->names[i], name))
            return samples->values[i];
    }
    fail_msg("no sample %s", name);
    return 0;
}

static void read_engine(struct samples *samples, ct_engine *engine)
{
    int64_t length = ct_engine_metrics(engine, NULL, 0);
    assert_true(length > 0);
    char *text = malloc((size_t)length + 65);
    assert_true(ct_engine_metrics(engine, text, (size_t)length + 65) > 0);
    read_metrics(samples, text);
    free(text);
}

static void metrics_count_what_happened(void **state)
{
    (void)state;
    static struct samples samples;
    ct_engine *engine = NULL;
    assert_int_equal(
        run(&(struct ct_engine_params){.lanes = LANES}, "a\"b\\c\nd\xff", false, &engine), 0);
    read_engine(&samples, engine);
#define CAMERA "camera=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\""
    assert_true(value_of(&samples, "chiton_frames_total{" CAMERA "}") == PICTURES);
    assert_true(value_of(&samples, "chiton_stream_up{" CAMERA "}") == 0);
    assert_true(value_of(&samples, "chiton_objects_total{" CAMERA
                                   ",label=\"a \\\"quoted\\\" \\\\ thing\"}") == PICTURES);
    assert_true(value_of(&samples, "chiton_stage_duration_seconds_count{stage=\"run\"}") ==
                PICTURES);
    assert_true(value_of(&samples, "chiton_end_to_end_latency_seconds_count{" CAMERA "}") ==
                PICTURES);
    for (int lane = 0; lane < LANES; lane++) {
        char name[64];
        snprintf(name, sizeof name, "chiton_lane_busy_ratio{lane=\"%d\"}", lane);
        assert_true(value_of(&samples, name) >= 0 && value_of(&samples, name) <= 1);
    }
    ct_engine_destroy(&engine);
}

static void buckets_grow_to_the_count(void **state)
{
    (void)state;
    static struct samples samples;
    ct_engine *engine = NULL;
    assert_int_equal(run(NULL, "door", false, &engine), 0);
    read_engine(&samples, engine);
    double before = 0;
    int last = 0;
    for (int i = 0; i < samples.count; i++) {
        if (!strstr(samples.names[i], "_bucket{"))
            continue;
        assert_true(samples.values[i] >= before);
        before = samples.values[i];
        if (!strstr(samples.names[i], "le=\"+Inf\""))
            continue;
        assert_non_null(strstr(samples.names[i + 2], "_count"));
        assert_true(samples.values[i + 2] == before);
        before = 0;
        last++;
    }
    assert_int_equal(last, 7 + 1 + 1); // stages, the model, the stream
    ct_engine_destroy(&engine);
}

static void streams_of_one_name_have_samples_of_their_own(void **state)
{
    (void)state;
    static struct samples samples;
    ct_engine *engine = NULL;
    assert_int_equal(ct_engine_create(&engine, NULL), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(
            ct_engine_add_stream(engine, in_folder("p00.ppm"),
                                 ct_stream_params(.name = "door", .model = in_folder("model.json"),
                                                  .model_params = {.conf = 0.1F + (float)i / 5})),
            i);
    read_engine(&samples, engine); // also before the run, and strict about repetitions
    assert_int_equal(ct_engine_run(engine), 0);
    read_engine(&samples, engine);
    assert_true(value_of(&samples, "chiton_frames_total{camera=\"door\"}") == 1);
    assert_true(value_of(&samples, "chiton_frames_total{camera=\"door#1\"}") == 1);
    ct_engine_destroy(&engine);
}

static void a_short_buffer_gets_the_beginning(void **state)
{
    (void)state;
    ct_engine *engine = NULL;
    char text[8];
    assert_int_equal(ct_engine_create(&engine, NULL), 0);
    assert_true(ct_engine_metrics(engine, text, sizeof text) > 500);
    assert_string_equal(text, "# HELP ");
    ct_engine_destroy(&engine);
}

static void the_file_is_there_at_the_end(void **state)
{
    (void)state;
    static struct samples samples;
    static char text[65536];
    const char *path = in_folder("metrics.prom");
    assert_int_equal(run(&(struct ct_engine_params){.metrics = path}, "door", false, NULL), 0);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    read_metrics(&samples, text);
    assert_true(value_of(&samples, "chiton_frames_total{camera=\"door\"}") == PICTURES);
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    const char *trace = in_folder("t.json"), *metrics = in_folder("m.prom");
    bool failed = true;
    for (uint64_t n = 1; failed; n++) {
        struct ct_engine_params params = {.lanes = 1, .trace = trace, .metrics = metrics};
        ct__mem_fail(n);
        ct_engine *engine = NULL;
        int error = ct_engine_create(&engine, &params);
        assert_true(error == 0 || error == CT_ERROR_MEMORY);
        if (engine)
            assert_true(ct_engine_metrics(engine, NULL, 0) != 0);
        ct_engine_destroy(&engine);
        failed = ct__mem_failed();
        ct__mem_fail(0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stage_of_each_frame_is_a_slice),
        cmocka_unit_test(rows_are_named_after_their_threads),
        cmocka_unit_test(a_flow_leads_each_frame_from_thread_to_thread),
        cmocka_unit_test(a_stopped_run_leaves_a_whole_trace),
        cmocka_unit_test(a_full_disk_fails_the_run),
        cmocka_unit_test(metrics_count_what_happened),
        cmocka_unit_test(buckets_grow_to_the_count),
        cmocka_unit_test(streams_of_one_name_have_samples_of_their_own),
        cmocka_unit_test(a_short_buffer_gets_the_beginning),
        cmocka_unit_test(the_file_is_there_at_the_end),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
