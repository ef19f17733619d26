// SPDX-License-Identifier: Apache-2.0
// The whole path with the fake backend: pictures in, ordered results out, whatever the number of
// lanes.
#include "files.h"

#include <limits.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "pipeline/engine.h"

#include <chiton/chiton.h>

enum { PICTURES = 40, CLIP_FRAMES = 240 };

static char message[1024]; // the last error that was logged

static void keep_message(void *opaque, enum ct_log_level level, const char *scope, const char *text)
{
    (void)opaque;
    if (level == CT_LOG_ERROR)
        snprintf(message, sizeof message, "%s: %s", scope, text);
}

static const char *const crowd = "synthetic:walkers?n=12&size=320x180&frames=150&speed=3&seed=6";

static int make_files(void **state)
{
    (void)state;
    char name[32];
    if (!mkdtemp(folder))
        return -1;
    ct_log_set(CT_LOG_ERROR, keep_message, NULL);
    for (int i = 0; i < PICTURES; i++) {
        snprintf(name, sizeof name, "p%d.ppm", i);
        write_picture(in_folder(name), 90 + 4 * i);
    }
    write_model(in_folder("model.json"), "");
    write_model(in_folder("fails.json"), ",\"fail_every\":3");
    write_text(in_folder("detector.json"),
               "{\"chiton_fake\":1,\"detector\":{\"noise\":0.03,\"miss\":0.1,\"false\":0.5}}");
    write_text(in_folder("broken.ppm"), "P6\n32 32\n255\nshort");
    return 0;
}

static int tidy_up(void **state)
{
    ct_log_set(CT_LOG_NONE, NULL, NULL);
    return remove_files(state);
}

// How many lines a file has; its last byte goes to *last if wanted.
static int count_lines(const char *name, int *last)
{
    FILE *file = fopen(in_folder(name), "r");
    assert_non_null(file);
    int lines = 0;
    for (int c; (c = getc(file)) != EOF;) {
        lines += c == '\n';
        if (last)
            *last = c;
    }
    fclose(file);
    return lines;
}

// What a callback saw.
struct seen {
    int count, failed;
    float scores[512];
    char sources[512][16];
    int stop_after;
    ct_engine *engine; // to be stopped after that many, else the callback refuses
    uint64_t allocations[512];
};

static int see(void *opaque, const struct ct_result *result, ct_frame *frame)
{
    struct seen *seen = opaque;
    const char *base = strrchr(result->source, '/');
    assert_true(seen->count < 512);
    assert_true(result->error || frame);
    seen->failed += result->error != 0;
    seen->scores[seen->count] = result->count ? result->objects[0].score : -1;
    seen->allocations[seen->count] = ct__mem_count();
    snprintf(seen->sources[seen->count], 16, "%s", base ? base + 1 : result->source);
    seen->count++;
    if (seen->stop_after && seen->count == seen->stop_after) {
        if (!seen->engine)
            return CT_ERROR_LIMIT;
        ct_engine_stop(seen->engine);
    }
    return 0;
}

// Runs one stream over `input` and says how it went.
static int run_lanes(int lanes, const char *input, const char *model, struct seen *seen,
                     const char *const *outputs)
{
    ct_engine *engine = NULL;
    assert_int_equal(ct_engine_create(&engine, &(struct ct_engine_params){.lanes = lanes}), 0);
    if (seen->engine)
        seen->engine = engine;
    int error = ct_engine_add_stream(
        engine, input,
        ct_stream_params(.model = model, .outputs = outputs, .on_result = see, .opaque = seen));
    error = error < 0 ? error : ct_engine_run(engine);
    ct_engine_destroy(&engine);
    return error;
}

static void results_come_in_the_order_of_the_input_for_any_number_of_lanes(void **state)
{
    (void)state;
    static struct seen one;
    assert_int_equal(run_lanes(1, in_folder("p*.ppm"), in_folder("model.json"), &one, NULL), 0);
    assert_int_equal(one.count, PICTURES);
    for (int i = 0; i < PICTURES; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%d.ppm", i);
        assert_string_equal(one.sources[i], name);
        assert_float_equal(one.scores[i], (90 + 4 * i) / 256., 1e-3);
    }
    for (int lanes = 2; lanes <= 5; lanes++) {
        static struct seen many;
        memset(&many, 0, sizeof many);
        assert_int_equal(
            run_lanes(lanes, in_folder("p*.ppm"), in_folder("model.json"), &many, NULL), 0);
        assert_int_equal(many.count, PICTURES);
        assert_memory_equal(many.scores, one.scores, sizeof one.scores);
        assert_memory_equal(many.sources, one.sources, sizeof one.sources);
    }
}

static void several_streams_each_keep_their_order(void **state)
{
    (void)state;
    static struct seen seen[5];
    ct_engine *engine = NULL;
    assert_int_equal(ct_engine_create(&engine, &(struct ct_engine_params){.lanes = 3}), 0);
    for (int i = 0; i < 5; i++) {
        int number = ct_engine_add_stream(engine, in_folder("p*.ppm"),
                                          ct_stream_params(.model = in_folder("model.json"),
                                                           .on_result = see, .opaque = &seen[i]));
        assert_int_equal(number, i);
    }
    assert_int_equal(ct_engine_run(engine), 0);
    struct ct_engine_stats stats;
    ct_engine_stats(engine, &stats);
    assert_int_equal(stats.total.results, 5 * PICTURES);
    assert_int_equal(stats.total.read, 5 * PICTURES);
    assert_int_equal(stats.total.failed, 0);
    assert_true(stats.total.ended);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(seen[i].count, PICTURES);
        for (int k = 1; k < PICTURES; k++)
            assert_true(seen[i].scores[k] > seen[i].scores[k - 1]);
    }
    ct_engine_destroy(&engine);
}

static void a_broken_picture_is_recorded_and_the_rest_go_on(void **state)
{
    (void)state;
    static struct seen seen;
    const char *const more[] = {in_folder("broken.ppm"), in_folder("missing.ppm"),
                                in_folder("p1.ppm"), NULL};
    ct_engine *engine = NULL;
    assert_int_equal(ct_engine_create(&engine, NULL), 0);
    assert_int_equal(
        ct_engine_add_stream(engine, in_folder("p0.ppm"),
                             ct_stream_params(.more_inputs = more, .model = in_folder("model.json"),
                                              .on_result = see, .opaque = &seen)),
        0);
    assert_int_equal(ct_engine_run(engine), CT_ERROR_FORMAT);
    struct ct_stream_stats stats;
    assert_int_equal(ct_engine_stream_stats(engine, 0, &stats), 0);
    assert_int_equal(stats.results, 2);
    assert_int_equal(stats.failed, 2);
    assert_int_equal(seen.count, 4);
    assert_int_equal(seen.failed, 2);
    assert_string_equal(seen.sources[1], "broken.ppm");
    assert_string_equal(seen.sources[3], "p1.ppm");
    ct_engine_destroy(&engine);
}

static void a_run_that_fails_is_recorded_against_its_frame(void **state)
{
    (void)state;
    static struct seen seen;
    assert_int_equal(run_lanes(1, in_folder("p*.ppm"), in_folder("fails.json"), &seen, NULL),
                     CT_ERROR_BACKEND);
    assert_int_equal(seen.count, PICTURES);
    assert_int_equal(seen.failed, PICTURES / 3);
    assert_true(seen.scores[2] < 0);
}

static void a_callback_that_refuses_ends_its_stream_with_its_code(void **state)
{
    (void)state;
    static struct seen seen = {.stop_after = 7};
    assert_int_equal(run_lanes(2, in_folder("p*.ppm"), in_folder("model.json"), &seen, NULL),
                     CT_ERROR_LIMIT);
    assert_true(seen.count >= 7 && seen.count < PICTURES);
}

static void stop_finishes_what_was_taken_and_keeps_the_output(void **state)
{
    (void)state;
    static struct seen seen = {.stop_after = 5, .engine = (ct_engine *)&seen};
    const char *const outputs[] = {in_folder("stopped.jsonl"), NULL};
    assert_int_equal(run_lanes(2, in_folder("p*.ppm"), in_folder("model.json"), &seen, outputs),
                     CT_ERROR_STOPPED);
    int last = 0;
    assert_int_equal(count_lines("stopped.jsonl", &last), seen.count);
    assert_int_equal(last, '\n');
}

static void an_output_that_cannot_be_written_ends_a_stream_that_has_no_other(void **state)
{
    (void)state;
    static struct seen seen;
    const char *const outputs[] = {"jsonl:/dev/full", NULL};
    assert_int_equal(run_lanes(1, in_folder("p*.ppm"), in_folder("model.json"), &seen, outputs),
                     CT_ERROR_IO);
}

static void one_model_file_is_one_model_however_many_streams_name_it(void **state)
{
    (void)state;
    ct_engine *engine = NULL;
    assert_int_equal(ct_engine_create(&engine, &(struct ct_engine_params){.lanes = 1}), 0);
    uint64_t first = 0, later = 0;
    for (int i = 0; i < 4; i++) {
        uint64_t before = ct__mem_count();
        assert_int_equal(ct_engine_add_stream(engine, in_folder("p0.ppm"),
                                              ct_stream_params(.model = in_folder("model.json"))),
                         i);
        *(i ? &later : &first) = ct__mem_count() - before;
    }
    assert_true(later < first);
    ct_engine_destroy(&engine);
}

static void nothing_is_allocated_for_a_frame_once_the_path_is_warm(void **state)
{
    (void)state;
    static struct seen made, seen;
    ct_engine *engine = NULL;
    const char *more[CLIP_FRAMES];
    for (int i = 0; i < CLIP_FRAMES - 1; i++)
        more[i] = strdup(in_folder(i % 2 ? "p1.ppm" : "p9.ppm"));
    more[CLIP_FRAMES - 1] = NULL;
    const char *const outputs[] = {in_folder("clip.mp4"), NULL};
    const char *const hash[] = {in_folder("lines.jsonl"), "null:", NULL};
    assert_int_equal(ct_engine_create(&engine, NULL), 0);
    assert_int_equal(ct_engine_add_stream(
                         engine, in_folder("p0.ppm"),
                         ct_stream_params(.more_inputs = more, .model = in_folder("model.json"),
                                          .outputs = outputs, .on_result = see, .opaque = &made)),
                     0);
    assert_int_equal(ct_engine_run(engine), 0);
    ct_engine_destroy(&engine);
    for (int i = 0; i < CLIP_FRAMES - 1; i++)
        free((void *)more[i]);

    assert_int_equal(run_lanes(2, in_folder("clip.mp4"), in_folder("model.json"), &seen, hash), 0);
    assert_int_equal(seen.count, CLIP_FRAMES);
    // Shells are made until as many frames are on their way as ever can be, and a lane makes its
    // worker with its first frame: when that is depends on the threads, how many do not. A block a
    // frame would be four times this.
    uint64_t later = seen.allocations[CLIP_FRAMES - 1] - seen.allocations[CLIP_FRAMES / 8];
    assert_true(later <= CLIP_FRAMES / 5);
}

static int run_briefly(void)
{
    ct_engine *engine = NULL;
    int error = ct_engine_create(&engine, &(struct ct_engine_params){.lanes = 1});
    const char *const outputs[] = {in_folder("torture.jsonl"), "null:", NULL};
    const char *const more[] = {in_folder("p1.ppm"), NULL};
    if (!error)
        error = ct_engine_add_stream(
            engine, in_folder("p0.ppm"),
            ct_stream_params(.more_inputs = more, .model = in_folder("model.json"),
                             .model_params = {.classes = "0"}, .outputs = outputs));
    error = error < 0 ? error : ct_engine_run(engine);
    ct_engine_destroy(&engine);
    return error;
}

static void every_allocation_that_fails_is_reported_and_leaks_nothing(void **state)
{
    (void)state;
    assert_int_equal(run_briefly(), 0);
    for (uint64_t n = 1;; n++) {
        ct__mem_fail(n);
        message[0] = 0;
        int error = run_briefly();
        int happened = ct__mem_failed();
        ct__mem_fail(0);
        if (!happened) {
            assert_int_equal(error, 0);
            assert_true(n > 20);
            return;
        }
        // What is only remembered for speed may go without; then the answer is whole.
        if (error)
            assert_true(error < 0 && message[0]);
        else
            assert_int_equal(count_lines("torture.jsonl", NULL), 2);
    }
}

static void wrong_calls_are_refused_with_a_sentence(void **state)
{
    (void)state;
    ct_engine *engine = NULL;
    assert_int_equal(ct_engine_create(&engine, &(struct ct_engine_params){.lanes = -1}),
                     CT_ERROR_INVALID);
    assert_string_equal(message, "engine: lanes = -1: expected 0 to 1024");
    assert_int_equal(ct_engine_create(&engine, NULL), 0);
    assert_int_equal(ct_engine_run(engine), CT_ERROR_INVALID);
    assert_int_equal(ct_engine_add_stream(engine, "x", NULL), CT_ERROR_INVALID);
    assert_string_equal(message, "x: no model given");
    assert_int_equal(ct_engine_add_stream(engine, "x",
                                          ct_stream_params(.model = in_folder("model.json"),
                                                           .model_params = {.conf = 1.5f})),
                     CT_ERROR_INVALID);
    assert_non_null(strstr(message, "conf = 1.5: expected 0 to 1"));
    assert_int_equal(ct_engine_stream_stats(engine, 0, NULL), CT_ERROR_NOT_FOUND);
    ct_engine_destroy(&engine);
    ct_engine_destroy(&engine);
    ct_engine_destroy(NULL);
}

static void prompts_need_a_model_that_takes_them(void **state)
{
    (void)state;
    ct_engine *engine = NULL;
    const struct ct_prompt prompt = {CT_PROMPT_FOREGROUND, 1, 2, 0, 0};
    const struct ct_cutout_params cutout = {.prompts = &prompt, .prompt_count = 1};
    assert_int_equal(ct_engine_create(&engine, NULL), 0);
    assert_int_equal(
        ct_engine_add_stream(engine, in_folder("*.ppm"),
                             ct_stream_params(.model = in_folder("model.json"), .cutout = &cutout)),
        CT_ERROR_INVALID);
    assert_non_null(strstr(message, "is of the family yolox, which takes no points and boxes"));
    assert_int_equal(
        ct_engine_add_stream(engine, "synthetic:walkers",
                             ct_stream_params(.live = {.enabled = 1}, .cutout = &cutout)),
        CT_ERROR_INVALID);
    assert_string_equal(message, "synthetic:walkers: prompts are for streams with a model");
    ct_engine_destroy(&engine);
}

static void a_model_runs_on_one_frame_without_an_engine(void **state)
{
    (void)state;
    ct_model *model = NULL;
    ct_frame *frame = NULL;
    struct ct_result *result = NULL;
    assert_int_equal(ct_model_open(&model, in_folder("model.json"), NULL), 0);
    assert_string_equal(ct_model_info(model)->family, "yolox");
    assert_string_equal(ct_model_info(model)->backend, "fake");
    assert_int_equal(ct_frame_create(&frame, CT_FORMAT_RGB, SIDE, SIDE), 0);
    for (int y = 0; y < SIDE; y++)
        memset(ct_frame_writable(frame, 0) + y * ct_frame_picture(frame)->stride[0], 128, 3 * SIDE);
    assert_int_equal(ct_model_run(model, frame, &result), 0);
    ct_model_close(&model);
    assert_int_equal(result->count, 1);
    assert_float_equal(result->objects[0].score, .5, 1e-3);
    assert_float_equal(result->objects[0].width, 8, 1e-3);
    ct_result_destroy(&result);
    assert_null(result);
    ct_frame_unref(&frame);
}

// What a tracked run writes for two worlds, one after the other.
static void track_crowds(int lanes, char *line, size_t size)
{
    ct_engine *engine = NULL;
    const char *output = in_folder("crowd.jsonl");
    assert_int_equal(ct_engine_create(&engine, &(struct ct_engine_params){.lanes = lanes}), 0);
    assert_int_equal(
        ct_engine_add_stream(engine, crowd,
                             ct_stream_params(.model = in_folder("detector.json"), .track = 1,
                                              .more_inputs = (const char *[]){crowd, NULL},
                                              .outputs = (const char *[]){output, NULL})),
        0);
    assert_int_equal(ct_engine_run(engine), 0);
    ct_engine_destroy(&engine);
    FILE *file = fopen(output, "r");
    assert_non_null(file);
    size_t length = fread(line, 1, size - 1, file);
    line[length] = 0;
    fclose(file);
    assert_true(length > 10000 && length < size - 1);
}

// The largest id up to a place in the lines, and the smallest behind it.
static void ids_on_both_sides(const char *lines, const char *middle, long *most, long *least)
{
    static const char key[] = "\"id\":";
    *most = 0;
    *least = LONG_MAX;
    for (const char *at = lines; (at = strstr(at, key)); at++) {
        long id = strtol(at + sizeof key - 1, NULL, 10);
        if (at[-1] == '{')
            continue; // of the truth
        if (at < middle)
            *most = id > *most ? id : *most;
        else
            *least = id < *least ? id : *least;
    }
}

static void ids_are_the_same_for_any_number_of_lanes_and_new_in_another_file(void **state)
{
    (void)state;
    enum { SIZE = 4 << 20 };
    char *one = malloc(SIZE), *many = malloc(SIZE);
    track_crowds(1, one, SIZE);
    for (int lanes = 2; lanes <= 5; lanes++) {
        track_crowds(lanes, many, SIZE);
        assert_string_equal(one, many);
    }
    const char *second = strstr(one + 1000, "\"frame\":0,");
    assert_non_null(strstr(one, "\"truth\":[{\"id\":"));
    assert_non_null(second);
    long most, least;
    ids_on_both_sides(one, second, &most, &least);
    assert_true(most > 5);
    assert_true(least == most + 1);
    free(one);
    free(many);
}

// A folder that is watched: its reader asks the outputs which files they want.
static void outputs_are_closed_when_their_reader_has_ended(void **state)
{
    (void)state;
    ct_engine *engine = NULL;
    const char *outputs[] = {"null:", NULL};
    assert_int_equal(mkdir(in_folder("watched"), 0700), 0);
    assert_int_equal(ct_engine_create(&engine, NULL), 0);
    assert_int_equal(ct_engine_add_stream(engine, in_folder("watched"),
                                          ct_stream_params(.model = in_folder("model.json"),
                                                           .watch = 1, .outputs = outputs)),
                     0);
    struct ct__stream *stream = ct__engine_pin(engine, 0);
    assert_int_equal(ct__stream_start(stream), 0);
    assert_true(stream->has_reader);
    pthread_mutex_lock(&engine->lock);
    ct__stream_cut(stream, CT_OK);
    pthread_mutex_unlock(&engine->lock);
    ct__stream_close_outputs(stream, false);
    assert_false(stream->has_reader);
    ct__engine_unpin(stream);
    ct_engine_destroy(&engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_come_in_the_order_of_the_input_for_any_number_of_lanes),
        cmocka_unit_test(ids_are_the_same_for_any_number_of_lanes_and_new_in_another_file),
        cmocka_unit_test(several_streams_each_keep_their_order),
        cmocka_unit_test(a_broken_picture_is_recorded_and_the_rest_go_on),
        cmocka_unit_test(a_run_that_fails_is_recorded_against_its_frame),
        cmocka_unit_test(a_callback_that_refuses_ends_its_stream_with_its_code),
        cmocka_unit_test(stop_finishes_what_was_taken_and_keeps_the_output),
        cmocka_unit_test(an_output_that_cannot_be_written_ends_a_stream_that_has_no_other),
        cmocka_unit_test(one_model_file_is_one_model_however_many_streams_name_it),
        cmocka_unit_test(nothing_is_allocated_for_a_frame_once_the_path_is_warm),
        cmocka_unit_test(every_allocation_that_fails_is_reported_and_leaks_nothing),
        cmocka_unit_test(wrong_calls_are_refused_with_a_sentence),
        cmocka_unit_test(outputs_are_closed_when_their_reader_has_ended),
        cmocka_unit_test(prompts_need_a_model_that_takes_them),
        cmocka_unit_test(a_model_runs_on_one_frame_without_an_engine),
    };
    return cmocka_run_group_tests(tests, make_files, tidy_up);
}
