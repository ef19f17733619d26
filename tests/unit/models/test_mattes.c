// SPDX-License-Identifier: Apache-2.0
// From outputs to mattes: known answers, other shapes, numbers that are none, failed allocations.
#include "graphs.h"

enum { WIDTH = 100, HEIGHT = 60 };

// A small graph of each family, forced by its name.
struct setup {
    struct model model;
    struct ct__tensor outputs[MOST_OUTPUTS];
    struct ct__usage usage;
    struct ct__letterbox box;
    struct ct__scratch scratch;
    struct ct__result result;
};

static const struct {
    const char *family;
    struct shape input, outputs[MOST_OUTPUTS + 1];
} small[] = {
    {"u2net", {{1, 3, 32, 32}}, {{{1, 1, 32, 32}}}},
};
enum { SMALL = sizeof small / sizeof *small };

static void set_up(struct setup *setup, int which)
{
    memset(setup, 0, sizeof *setup);
    make_model(&setup->model, small[which].input, small[which].outputs);
    setup->usage = configured(&setup->model, small[which].family);
    make_tensors(&setup->model, setup->outputs);
    ct__letterbox_make(&setup->box, setup->usage.fit, WIDTH, HEIGHT, setup->usage.width,
                       setup->usage.height);
}

static void tear_down(struct setup *setup)
{
    free_tensors(&setup->model, setup->outputs);
    ct__scratch_finish(&setup->scratch);
    ct__result_finish(&setup->result);
}

static int run(struct setup *setup)
{
    ct__result_clear(&setup->result);
    return ct__family_result(&setup->usage, setup->outputs, &setup->box, &setup->scratch,
                             &setup->result, NULL, NULL);
}

static int alpha_at(const struct setup *setup, int matte, int x, int y)
{
    const struct ct_matte *at = &setup->result.view.mattes[matte];
    assert_true(matte < setup->result.view.matte_count);
    return at->alpha[y * at->stride + x];
}

static void check_mattes(const struct setup *setup)
{
    const struct ct_result *result = &setup->result.view;
    assert_int_equal(result->matte_count, setup->usage.class_count);
    assert_int_equal(result->count, 0);
    for (int i = 0; i < result->matte_count; i++) {
        const struct ct_matte *matte = &result->mattes[i];
        assert_true(matte->width == WIDTH && matte->height == HEIGHT);
        assert_true(matte->stride >= WIDTH && matte->alpha);
        assert_true(i == 0 || matte->class_id > result->mattes[i - 1].class_id);
    }
}

static void fill(struct ct__tensor *tensor, float value)
{
    int64_t count = ct__shape_count(tensor->rank, tensor->dim);
    for (int64_t k = 0; k < count; k++)
        ((float *)tensor->data)[k] = value;
}

static void the_least_is_none_and_the_largest_is_all(void **state)
{
    (void)state;
    struct setup setup;
    set_up(&setup, 0);
    fill(&setup.outputs[0], -3);
    float *values = setup.outputs[0].data;
    for (int y = 0; y < 32; y++)
        for (int x = 16; x < 32; x++)
            values[y * 32 + x] = 5;
    values[0] = 1; // half way: trunc(127.5)
    assert_int_equal(run(&setup), 0);
    check_mattes(&setup);
    assert_int_equal(alpha_at(&setup, 0, 20, 30), 0);
    assert_int_equal(alpha_at(&setup, 0, 80, 30), 255);
    setup.box.source_width = setup.box.source_height = 32; // nothing to resize: bytes as they are
    assert_int_equal(run(&setup), 0);
    assert_int_equal(alpha_at(&setup, 0, 0, 0), 127);
    assert_int_equal(alpha_at(&setup, 0, 15, 0), 0);
    assert_int_equal(alpha_at(&setup, 0, 16, 0), 255);
    tear_down(&setup);
}

static void any_numbers_give_a_sound_matte(void **state)
{
    (void)state;
    static const float odd[] = {NAN, INFINITY, -INFINITY, 3e38f, -3e38f, 0, 1, .5f};
    for (int i = 0; i < SMALL; i++)
        for (size_t k = 0; k < sizeof odd / sizeof *odd; k++)
            for (int mixed = 0; mixed < 2; mixed++) {
                struct setup setup;
                set_up(&setup, i);
                for (int o = 0; o < setup.model.graph.output_count; o++) {
                    fill(&setup.outputs[o], odd[k]);
                    if (mixed)
                        ((float *)setup.outputs[o].data)[1] = .25f;
                }
                assert_int_equal(run(&setup), 0);
                check_mattes(&setup);
                tear_down(&setup);
            }
}

static void other_shapes_are_refused_before_they_are_read(void **state)
{
    (void)state;
    for (int i = 0; i < SMALL; i++) {
        struct setup setup;
        set_up(&setup, i);
        struct ct__tensor *output = &setup.outputs[0], right = *output;
        for (int kind = 0; kind < 4; kind++) {
            *output = right;
            output->type = kind == 0 ? CT_TYPE_F64 : CT_TYPE_F32;
            output->rank = kind == 1 ? 1 : right.rank;
            output->dim[2] += kind == 2 ? 2 : 0;
            output->dim[0] = kind == 3 ? 0 : 1;
            assert_int_equal(run(&setup), CT_ERROR_FORMAT);
            assert_null(setup.result.view.mattes);
        }
        *output = right;
        assert_int_equal(run(&setup), 0);
        tear_down(&setup);
    }
}

static void every_failed_allocation_is_told(void **state)
{
    (void)state;
    for (int i = 0; i < SMALL; i++)
        for (uint64_t n = 1;; n++) {
            struct setup setup;
            set_up(&setup, i);
            ct__mem_fail(n);
            int error = run(&setup);
            bool failed = ct__mem_failed();
            ct__mem_fail(0);
            assert_int_equal(error, failed ? CT_ERROR_MEMORY : 0);
            assert_int_equal(run(&setup), 0);
            check_mattes(&setup);
            tear_down(&setup);
            if (!failed)
                break;
            assert_true(n < 50);
        }
}

static void nothing_is_allocated_for_the_next_picture(void **state)
{
    (void)state;
    for (int i = 0; i < SMALL; i++) {
        struct setup setup;
        set_up(&setup, i);
        assert_int_equal(run(&setup), 0);
        uint64_t before = ct__mem_count();
        assert_int_equal(run(&setup), 0);
        assert_int_equal(ct__mem_count(), before);
        tear_down(&setup);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_is_none_and_the_largest_is_all),
        cmocka_unit_test(any_numbers_give_a_sound_matte),
        cmocka_unit_test(other_shapes_are_refused_before_they_are_read),
        cmocka_unit_test(every_failed_allocation_is_told),
        cmocka_unit_test(nothing_is_allocated_for_the_next_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
