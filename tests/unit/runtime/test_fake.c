// SPDX-License-Identifier: Apache-2.0
// The fake backend gives what its file says, and refuses a file that is wrong.
#include "support.h"

#include <math.h>

#include "frame/truth.h"
#include "runtime/detector.h"

#include "base/clock.h"

static const struct ct__plan plan = {1};
static const char scope[] = "fake.json";

static int load(void **model, const char *text)
{
    *model = NULL;
    return ct__backend_fake.load(model, scope, (const uint8_t *)text, strlen(text), &plan);
}

// Loads what must load, and opens a request on 2 x 2 pixels.
static void *open_request(void **model, const char *text, struct ct__tensor *input)
{
    void *request = NULL;
    *input = (struct ct__tensor){"images", CT_TYPE_F32, 4, {1, 1, 2, 2}, NULL};
    assert_int_equal(load(model, text), CT_OK);
    assert_int_equal(ct__backend_fake.request(&request, *model, scope, input), CT_OK);
    return request;
}

static void close_both(void *request, void *model)
{
    ct__backend_fake.close(request);
    ct__backend_fake.unload(model);
}

#define INPUTS "\"chiton_fake\": 1, \"inputs\": [{\"name\": \"images\", \"shape\": [1, 1, -1, -1]}]"

static const char full[] =
    "{" INPUTS ", \"outputs\": [{\"name\": \"a\", \"shape\": [2, 3], \"fill\": 0.5, "
    "\"values\": [[4, -7.25]]}, {\"name\": \"b\", \"type\": \"int64\", \"shape\": [2], "
    "\"values\": [[1, 1234567890123]]}, {\"name\": \"c\", \"type\": \"uint8\", \"shape\": [2], "
    "\"fill\": 255}], \"mark\": {\"output\": 0, \"index\": 5, \"scale\": 2}, "
    "\"metadata\": {\"task\": \"detect\"}}";

static void the_graph_is_what_the_file_declares(void **state)
{
    (void)state;
    void *model;
    assert_int_equal(load(&model, full), CT_OK);
    const struct ct__graph *graph = ct__backend_fake.graph(model);
    assert_int_equal(graph->input_count, 1);
    assert_string_equal(graph->inputs[0].name, "images");
    assert_int_equal(graph->inputs[0].rank, 4);
    assert_int_equal(graph->inputs[0].dim[1], 1);
    assert_int_equal(graph->inputs[0].dim[2], -1);
    assert_int_equal(graph->output_count, 3);
    assert_int_equal(graph->outputs[1].type, CT_TYPE_I64);
    assert_string_equal(ct__graph_metadata(graph, "task"), "detect");
    ct__backend_fake.unload(model);
}

static void a_run_gives_the_values_of_the_file(void **state)
{
    (void)state;
    void *model;
    struct ct__tensor input, outputs[3];
    void *request = open_request(&model, full, &input);
    assert_int_equal(ct__backend_fake.run(request, outputs), CT_OK);
    const float *a = outputs[0].data;
    assert_true(a[0] == 0.5f && a[3] == 0.5f && a[4] == -7.25f && a[5] == 0);
    assert_int_equal(((const int64_t *)outputs[1].data)[0], 0);
    assert_int_equal(((const int64_t *)outputs[1].data)[1], 1234567890123);
    assert_int_equal(((const uint8_t *)outputs[2].data)[1], 255);
    assert_string_equal(outputs[2].name, "c");
    close_both(request, model);
}

static void a_mark_tells_one_input_from_another(void **state)
{
    (void)state;
    void *model;
    struct ct__tensor input, outputs[3];
    void *request = open_request(&model, full, &input);
    float *pixels = input.data;
    for (int i = 0; i < 4; i++)
        pixels[i] = (float)i;
    assert_int_equal(ct__backend_fake.run(request, outputs), CT_OK);
    assert_true(((const float *)outputs[0].data)[5] == 3); // 2 x (0 + 1 + 2 + 3) / 4
    close_both(request, model);
}

static void input_memory_is_aligned_and_zero(void **state)
{
    (void)state;
    void *model;
    struct ct__tensor input;
    void *request = open_request(&model, full, &input);
    assert_int_equal((uintptr_t)input.data % 64, 0);
    for (int i = 0; i < 4 * 4 + 64; i++)
        assert_int_equal(((const uint8_t *)input.data)[i], 0);
    close_both(request, model);
}

static void a_run_allocates_nothing(void **state)
{
    (void)state;
    void *model;
    struct ct__tensor input, outputs[3];
    void *request = open_request(&model, full, &input);
    uint64_t before = ct__mem_count();
    for (int i = 0; i < 10; i++)
        assert_int_equal(ct__backend_fake.run(request, outputs), CT_OK);
    assert_int_equal(ct__mem_count(), before);
    close_both(request, model);
}

static void each_nth_run_fails_as_asked(void **state)
{
    (void)state;
    void *model;
    struct ct__tensor input, output;
    void *request =
        open_request(&model, "{" INPUTS ", \"outputs\": [], \"fail_every\": 3}", &input);
    for (int i = 1; i <= 7; i++)
        assert_int_equal(ct__backend_fake.run(request, &output), i % 3 ? CT_OK : CT_ERROR_BACKEND);
    assert_reason("run 6 fails as asked");
    close_both(request, model);
}

static void work_costs_the_time_asked_for(void **state)
{
    (void)state;
    void *model;
    struct ct__tensor input, output;
    void *request =
        open_request(&model, "{" INPUTS ", \"outputs\": [], \"work_us\": 3000}", &input);
    int64_t before = ct__thread_cpu_ns();
    assert_int_equal(ct__backend_fake.run(request, &output), CT_OK);
    assert_true(ct__thread_cpu_ns() - before >= 3000 * 1000);
    close_both(request, model);
}

static void a_wrong_file_is_refused_with_the_place(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        {"{\"chiton_fake\": 1,\n  \"inputs\": [}", "line 2, column 14"},
        {"{\"chiton_fake\": 1}", "expected lists"},
        {"{" INPUTS ", \"outputs\": [], \"extra\": 1}", "extra: unknown key"},
        {"{" INPUTS ", \"outputs\": [{\"shape\": [1]}]}", "has no name"},
        {"{" INPUTS ", \"outputs\": [{\"name\": \"a\", \"shape\": 1}]}", "a: expected a shape"},
        {"{" INPUTS ", \"outputs\": [{\"name\": \"a\", \"shape\": [-1]}]}", "a: shape[0]"},
        {"{" INPUTS ", \"outputs\": [{\"name\": \"a\", \"shape\": [1.5]}]}", "a: shape[0]"},
        {"{" INPUTS ", \"outputs\": [{\"name\": \"a\", \"shape\": [65536, 65536]}]}", "elements"},
        {"{" INPUTS ", \"outputs\": [{\"name\": \"a\", \"shape\": [1,1,1,1,1,1,1,1,1]}]}",
         "at most 8"},
        {"{" INPUTS ", \"outputs\": [{\"name\": \"a\", \"shape\": [1], \"type\": \"str\"}]}",
         "str is not known"},
        {"{" INPUTS ", \"outputs\": [{\"name\": \"a\", \"shape\": [2], \"values\": [[2, 0]]}]}",
         "index 2: expected 0 to 1"},
        {"{" INPUTS ", \"outputs\": [{\"name\": \"a\", \"shape\": [2], \"values\": [[-1, 0]]}]}",
         "index -1"},
        {"{" INPUTS ", \"outputs\": [{\"name\": \"a\", \"shape\": [2], \"values\": [7]}]}",
         "expected [index, value]"},
        {"{" INPUTS ", \"outputs\": [], \"mark\": {\"output\": 0}}", "output = 0"},
        {"{" INPUTS ", \"outputs\": [], \"work_us\": -1}", "work_us = -1"},
        {"{" INPUTS ", \"outputs\": [], \"work_us\": \"x\"}", "work_us: expected an integer"},
        {"{" INPUTS ", \"outputs\": [], \"metadata\": {\"k\": 1}}", "k: expected a string"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        void *model;
        assert_int_equal(load(&model, cases[i].text), CT_ERROR_FORMAT);
        assert_null(model);
        assert_reason(cases[i].words);
    }
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    for (uint64_t n = 1;; n++) {
        void *model = NULL, *request = NULL;
        struct ct__tensor input = {"images", CT_TYPE_F32, 4, {1, 1, 2, 2}, NULL};
        ct__mem_fail(n);
        int error = load(&model, full);
        if (!error) {
            error = ct__backend_fake.request(&request, model, scope, &input);
            if (!error)
                ct__backend_fake.close(request);
            ct__backend_fake.unload(model);
        }
        bool failed = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(error, failed ? CT_ERROR_MEMORY : CT_OK);
        if (!failed)
            break;
        assert_null(input.data);
    }
}

// What a detector with some keys says of one figure on a canvas of 100 x 100, in frame
// `number`: its rows.
static const float *look(const char *keys, double number, double visible)
{
    static float rows[CT__DETECTOR_BOXES * CT__DETECTOR_VALUES];
    char text[256];
    void *model = NULL, *request = NULL;
    snprintf(text, sizeof text, "{\"chiton_fake\": 1, \"detector\": {%s}}", keys);
    assert_int_equal(load(&model, text), 0);
    const struct ct__graph *graph = ct__backend_fake.graph(model);
    struct ct__tensor inputs[2], output;
    for (int i = 0; i < 2; i++) {
        const struct ct_tensor_info *info = &graph->inputs[i];
        inputs[i] = (struct ct__tensor){.type = info->type, .rank = info->rank};
        memcpy(inputs[i].dim, info->dim, sizeof info->dim);
    }
    assert_true(ct__truth_wanted(&graph->inputs[1]));
    assert_int_equal(ct__backend_fake.request(&request, model, scope, inputs), 0);
    const double figure[] = {1, number, 100, 100, 0, 0, 0, 0, 7, 2, 40, 20, 60, 80, visible, 0};
    memcpy(inputs[1].data, figure, sizeof figure);
    assert_int_equal(ct__backend_fake.run(request, &output), 0);
    memcpy(rows, output.data, sizeof rows);
    ct__backend_fake.close(request);
    ct__backend_fake.unload(model);
    return rows;
}

static void a_detector_without_mistakes_says_the_truth(void **state)
{
    (void)state;
    const float all[] = {40, 20, 60, 80, .92f, 2}, *row = look("", 3, 1);
    for (int i = 0; i < CT__DETECTOR_VALUES; i++)
        assert_true(fabsf(row[i] - all[i]) < 1e-4f);
    assert_true(row[CT__DETECTOR_VALUES + 4] == 0);
    row = look("", 3, .5);
    assert_true(fabsf(row[4] - .52f) < 1e-4f);
    row = look("", 3, .05); // too little is seen
    assert_true(row[4] == 0);
}

// The mistakes are as many as asked for, and the same whenever a frame is looked at again.
static void a_detector_errs_as_is_stated(void **state)
{
    (void)state;
    const char *keys = "\"noise\": 0.1, \"miss\": 0.25, \"false\": 1.5, \"seed\": 3";
    int found = 0, alarms = 0;
    double spread = 0;
    for (int number = 0; number < 400; number++) {
        float first[3 * CT__DETECTOR_VALUES];
        memcpy(first, look(keys, number, 1), sizeof first);
        assert_memory_equal(first, look(keys, number, 1), sizeof first);
        bool seen = first[5] == 2;
        found += seen;
        spread += seen ? pow(((double)first[0] + (double)first[2]) / 2 - 50, 2) : 0;
        for (int i = seen; i < 3; i++)
            alarms += first[i * CT__DETECTOR_VALUES + 4] > 0;
    }
    assert_in_range(found, 270, 330);
    assert_in_range(alarms, 550, 650);
    assert_true(fabs(sqrt(spread / found) - .1 * 20) < .3);
}

static void a_detector_brings_its_own_graph(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
    } wrong[] = {
        {"{\"chiton_fake\": 1, \"detector\": {}, \"inputs\": []}", "no inputs, outputs or mark"},
        {"{\"chiton_fake\": 1, \"detector\": 1}", "expected an object"},
        {"{\"chiton_fake\": 1, \"detector\": {\"nois\": 1}}", "nois: unknown key"},
        {"{\"chiton_fake\": 1, \"detector\": {\"miss\": 1.5}}", "miss = 1.5: expected 0 to 1"},
        {"{\"chiton_fake\": 1, \"detector\": {\"noise\": \"\"}}", "noise: expected a number"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        void *model = NULL;
        assert_int_equal(load(&model, wrong[i].text), CT_ERROR_FORMAT);
        assert_reason(wrong[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_graph_is_what_the_file_declares),
        cmocka_unit_test(a_run_gives_the_values_of_the_file),
        cmocka_unit_test(a_mark_tells_one_input_from_another),
        cmocka_unit_test(input_memory_is_aligned_and_zero),
        cmocka_unit_test(a_run_allocates_nothing),
        cmocka_unit_test(each_nth_run_fails_as_asked),
        cmocka_unit_test(work_costs_the_time_asked_for),
        cmocka_unit_test(a_wrong_file_is_refused_with_the_place),
        cmocka_unit_test(each_failed_allocation_is_reported),
        cmocka_unit_test(a_detector_without_mistakes_says_the_truth),
        cmocka_unit_test(a_detector_errs_as_is_stated),
        cmocka_unit_test(a_detector_brings_its_own_graph),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
