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
    {"isnet", {{1, 3, 32, 32}}, {{{1, 1, 32, 32}}}},
    {"isnet_anime", {{1, 3, 32, 32}}, {{{1, 1, 32, 32}}}},
    {"birefnet", {{1, 3, 32, 32}}, {{{1, 1, 32, 32}}}},
    {"bria", {{1, 3, 32, 32}}, {{{1, 1, 32, 32}}}},
    {"cloth", {{1, 3, 32, 32}}, {{{1, 4, 32, 32}}}},
    {"selfie", {{1, 32, 32, 3}}, {{{1, 32, 32, 1}}}},
    {"selfie", {{1, 32, 48, 3}}, {{{1, 32, 48, 2}}}},
    {"sinet", {{1, 3, 32, 32}}, {{{1, 2, 32, 32}}}},
    {"modnet", {{1, 3, 32, 32}}, {{{1, 1, 32, 32}}}},
    {"bodypix", {{1, 33, 33, 3}}, {{{1, 3, 3, 1}}}},
    {"bodypix", {{1, 33, 33, 3}}, {{{1, 3, 3, 1}}, {{1, 3, 3, 24}}}},
    {"sam", {{32, 32, 3}}, {{{1, 2, 32, 32}}}},
    {"sam", {{1, 3, 32, 32}}, {{{1, 2, HEIGHT, WIDTH}}}},
};
enum {
    U2NET,
    ISNET,
    ISNET_ANIME,
    BIREFNET,
    BRIA,
    CLOTH,
    SELFIE,
    LANDSCAPE,
    SINET,
    MODNET,
    BODYPIX,
    PARTS,
    SAM,
    SQUARE
};
enum { SMALL = sizeof small / sizeof *small };

static void set_up(struct setup *setup, int which)
{
    static const bool all[25] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    memset(setup, 0, sizeof *setup);
    make_model(&setup->model, small[which].input, small[which].outputs);
    if (which == BODYPIX || which == PARTS) {
        setup->model.outputs[0].name = "float_segments:0";
        setup->model.outputs[1].name = "float_part_heatmaps:0";
    }
    if (which >= SAM)
        add_prompt_inputs(&setup->model);
    setup->usage = configured(&setup->model, small[which].family);
    make_tensors(&setup->model, setup->outputs);
    ct__letterbox_make(&setup->box, setup->usage.fit, WIDTH, HEIGHT, setup->usage.width,
                       setup->usage.height);
    if (which == PARTS)
        setup->usage.wanted = all;
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
        assert_int_equal(matte->width, setup->box.source_width);
        assert_int_equal(matte->height, setup->box.source_height);
        assert_true(matte->stride >= matte->width && matte->alpha);
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
    set_up(&setup, U2NET);
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

// Makes the picture as large as the canvas, so that bytes come as they are.
static void unstretch(struct setup *setup)
{
    ct__letterbox_make(&setup->box, setup->usage.fit, setup->usage.width, setup->usage.height,
                       setup->usage.width, setup->usage.height);
}

static void each_family_has_its_own_scale(void **state)
{
    (void)state;
    static const struct {
        int which;
        float first, second; // of pixel 0; all others are -2
        int alpha, other;
    } cases[] = {
        {BIREFNET, 2, 2, 255, 0},     {SELFIE, .5f, 0, 128, 0}, {MODNET, 2, 0, 255, 0},
        {LANDSCAPE, -2, 0, 225, 128}, // softmax of -2 and 0, of equal ones
        {SINET, -2, 0, 225, 128},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct setup setup;
        set_up(&setup, cases[i].which);
        float *values = setup.outputs[0].data;
        fill(&setup.outputs[0], -2);
        values[0] = cases[i].first;
        values[cases[i].which == SINET ? 32 * 32 : 1] = cases[i].second;
        unstretch(&setup);
        assert_int_equal(run(&setup), 0);
        assert_int_equal(alpha_at(&setup, 0, 0, 0), cases[i].alpha);
        assert_int_equal(alpha_at(&setup, 0, 9, 9), cases[i].other);
        tear_down(&setup);
    }
}

static void shares_of_two_are_taken_as_they_are(void **state)
{
    (void)state;
    struct setup setup;
    set_up(&setup, LANDSCAPE);
    float *values = setup.outputs[0].data;
    for (int i = 0; i < 32 * 48; i++) {
        values[2 * i] = .8f;
        values[2 * i + 1] = .2f;
    }
    assert_int_equal(run(&setup), 0);
    assert_int_equal(alpha_at(&setup, 0, 50, 30), 51);
    tear_down(&setup);
}

static void logits_are_bent_before_they_are_stretched(void **state)
{
    (void)state;
    struct setup setup;
    set_up(&setup, BIREFNET);
    float *values = setup.outputs[0].data; // 0 elsewhere: .5
    values[0] = 20;
    values[1] = -20;
    values[2] = 1; // .731
    unstretch(&setup);
    assert_int_equal(run(&setup), 0);
    assert_int_equal(alpha_at(&setup, 0, 0, 0), 255);
    assert_int_equal(alpha_at(&setup, 0, 1, 0), 0);
    assert_int_equal(alpha_at(&setup, 0, 2, 0), 186);
    assert_int_equal(alpha_at(&setup, 0, 3, 0), 127);
    tear_down(&setup);
}

static void clothes_that_nobody_wants_are_not_made(void **state)
{
    (void)state;
    struct setup setup;
    set_up(&setup, CLOTH);
    float *values = setup.outputs[0].data;
    for (int i = 0; i < 32 * 32; i++)
        values[i % 4 * 32 * 32 + i] = 1; // columns of nothing, upper, lower, full in turn
    unstretch(&setup);
    static const char *const labels[] = {"upper", "lower", "full"};
    setup.usage.labels = labels;
    assert_int_equal(run(&setup), 0);
    check_mattes(&setup);
    for (int kind = 0; kind < 3; kind++)
        for (int x = 0; x < 8; x++)
            assert_int_equal(setup.result.view.mattes[kind].alpha[x], x % 4 == kind + 1 ? 255 : 0);
    setup.usage.wanted = (const bool[]){false, true, false};
    assert_int_equal(run(&setup), 0);
    assert_int_equal(setup.result.view.matte_count, 1);
    assert_string_equal(setup.result.view.mattes[0].label, "lower");
    assert_int_equal(alpha_at(&setup, 0, 2, 0), 255);
    tear_down(&setup);
}

static void bodypix_cuts_between_its_cells_and_leaves_the_border_out(void **state)
{
    (void)state;
    struct setup setup;
    set_up(&setup, BODYPIX);
    float *values = setup.outputs[0].data;
    for (int i = 0; i < 9; i++)
        values[i] = i % 3 == 2 ? 10 : -10;                           // the right third of the grid
    ct__letterbox_make(&setup.box, setup.usage.fit, 33, 11, 33, 33); // bars above and below
    assert_true(setup.box.y == 11 && setup.box.height == 11);
    assert_int_equal(run(&setup), 0);
    assert_true(setup.result.view.mattes[0].width == 33 &&
                setup.result.view.mattes[0].height == 11);
    for (int x = 0; x < 33; x++) // logit above ln 3 from pixel 16 + 16 * (10 + 1.1) / 20 on
        assert_int_equal(alpha_at(&setup, 0, x, 5), x > 24 ? 255 : 0);
    tear_down(&setup);
}

static void parts_of_bodies_are_made_where_they_are_asked_for(void **state)
{
    (void)state;
    struct setup setup;
    set_up(&setup, PARTS);
    float *persons = setup.outputs[0].data, *parts = setup.outputs[1].data;
    for (int i = 0; i < 9; i++)
        for (int part = 0; part < 24; part++) {
            persons[i] = 2;
            parts[24 * i + part] = part == 12 ? 7 : 6.8f; // a thousandth of doubt is at 6.907
        }
    unstretch(&setup);
    setup.usage.wanted = NULL;
    assert_int_equal(run(&setup), 0);
    assert_int_equal(setup.result.view.matte_count, 1);
    assert_int_equal(setup.result.view.mattes[0].class_id, 0);
    bool some[25] = {[3] = true, [13] = true};
    setup.usage.wanted = some;
    setup.usage.labels = setup.usage.family->preset_labels;
    assert_int_equal(run(&setup), 0);
    assert_int_equal(setup.result.view.matte_count, 2);
    assert_string_equal(setup.result.view.mattes[0].label, "left_upper_arm_front");
    assert_string_equal(setup.result.view.mattes[1].label, "torso_front");
    assert_int_equal(alpha_at(&setup, 0, 9, 9), 0);
    assert_int_equal(alpha_at(&setup, 1, 9, 9), 255);
    setup.outputs[1].dim[3] = 23;
    assert_int_equal(run(&setup), CT_ERROR_FORMAT);
    assert_null(setup.result.view.mattes);
    tear_down(&setup);
}

// Masks are one: a pixel belongs to it where any is above 0. The canvas of 32 x 32 holds a picture
// of 16 x 8 twice as large in its upper half.
static void sam_unites_what_is_above_nothing(void **state)
{
    (void)state;
    struct setup setup;
    set_up(&setup, SAM);
    float *values = setup.outputs[0].data;
    fill(&setup.outputs[0], -1);
    values[2 * 32 + 4] = 1;                 // exactly pixel (2, 1)
    values[32 * 32 + 14 * 32 + 30] = .001f; // of the second, pixel (15, 7)
    values[32 * 32 + 1 * 32 + 1] = 100;     // between pixels: none of them
    values[20 * 32 + 4] = 1;                // below the picture
    ct__letterbox_make(&setup.box, setup.usage.fit, 16, 8, 32, 32);
    assert_int_equal(run(&setup), 0);
    check_mattes(&setup);
    for (int y = 0; y < 8; y++)
        for (int x = 0; x < 16; x++)
            assert_int_equal(alpha_at(&setup, 0, x, y),
                             (x == 2 && y == 1) || (x == 15 && y == 7) ? 255 : 0);
    tear_down(&setup);
}

static void sam_of_a_square_means_the_first_mask(void **state)
{
    (void)state;
    struct setup setup;
    set_up(&setup, SQUARE);
    float *values = setup.outputs[0].data;
    fill(&setup.outputs[0], 1);
    for (int i = 0; i < WIDTH * HEIGHT; i++)
        values[i] = 0;
    values[WIDTH + 2] = .001f;
    values[WIDTH * HEIGHT - 1] = 100;
    assert_int_equal(run(&setup), 0);
    check_mattes(&setup);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            assert_int_equal(alpha_at(&setup, 0, x, y),
                             (x == 2 && y == 1) || (x == WIDTH - 1 && y == HEIGHT - 1) ? 255 : 0);
    setup.outputs[0].dim[1] = 0;
    assert_int_equal(run(&setup), CT_ERROR_FORMAT);
    assert_failure("of the size of the picture");
    tear_down(&setup);
}

// What one of its inputs gets for prompts on a picture of 16 x 8, for a square 16 x 9.
static void expect_input(int which, const struct ct_prompt *items, int count, int index,
                         int64_t first, const float *expected)
{
    struct setup setup;
    float values[32];
    const struct ct__prompts prompts = {items, count};
    set_up(&setup, which);
    const struct ct_tensor_info *info = &setup.model.inputs[index];
    int points = setup.usage.family->points(&prompts);
    struct ct__tensor input = {.name = info->name, .rank = info->rank, .data = values};
    for (int d = 0; d < info->rank; d++)
        input.dim[d] = info->dim[d] < 0 ? points : info->dim[d];
    assert_int_equal(input.dim[info->rank > 1], first);
    ct__letterbox_make(&setup.box, setup.usage.fit, 16, which == SQUARE ? 9 : 8, 32, 32);
    setup.usage.family->fill(&setup.usage, index, &setup.box, &prompts, &input);
    for (int64_t i = 0; i < ct__shape_count(input.rank, input.dim); i++)
        assert_float_equal(values[i], expected[i], 0);
    tear_down(&setup);
}

static void sam_is_told_points_on_its_canvas(void **state)
{
    (void)state;
    enum { COORDS = 1, LABELS, MASK, HAS_MASK, SIZE };
    static const struct ct_prompt all[] = {{CT_PROMPT_FOREGROUND, 1, 2, 0, 0},
                                           {CT_PROMPT_BOX, 12, 7, 3.5, 4},
                                           {CT_PROMPT_BACKGROUND, 16, 8, 0, 0}};
    expect_input(SAM, all, 3, COORDS, 5, (float[]){2, 4, 7, 8, 24, 14, 32, 16, 0, 0});
    expect_input(SAM, all, 3, LABELS, 5, (float[]){1, 2, 3, 0, -1});
    expect_input(SAM, all, 1, LABELS, 2, (float[]){1, -1});
    expect_input(SAM, NULL, 0, COORDS, 2, (float[]){16, 8, 0, 0}); // the middle
    expect_input(SAM, NULL, 0, LABELS, 2, (float[]){1, -1});
    expect_input(SAM, all, 3, HAS_MASK, 1, (float[]){0});
    expect_input(SAM, all, 3, SIZE, 2, (float[]){32, 32});
}

static void sam_of_a_square_is_told_the_size_of_the_source(void **state)
{
    (void)state;
    enum { COORDS = 1, LABELS, MASK, HAS_MASK, SIZE };
    static const struct ct_prompt all[] = {{CT_PROMPT_FOREGROUND, 1, 2, 0, 0},
                                           {CT_PROMPT_BOX, 12, 7, 3.5, 4}};
    expect_input(SQUARE, all, 2, COORDS, 4, (float[]){2, 4, 7, 8, 24, 14, 0, 0});
    expect_input(SQUARE, all, 2, LABELS, 4, (float[]){1, 2, 3, -1});
    expect_input(SQUARE, NULL, 0, COORDS, 2, (float[]){16, 9, 0, 0}); // the very middle
    expect_input(SQUARE, all, 2, HAS_MASK, 1, (float[]){0});
    expect_input(SQUARE, all, 2, SIZE, 2, (float[]){9, 16});
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
            output->dim[i >= BODYPIX ? 3 : 2] += kind == 2 ? 2 : 0;
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
        cmocka_unit_test(each_family_has_its_own_scale),
        cmocka_unit_test(shares_of_two_are_taken_as_they_are),
        cmocka_unit_test(logits_are_bent_before_they_are_stretched),
        cmocka_unit_test(clothes_that_nobody_wants_are_not_made),
        cmocka_unit_test(bodypix_cuts_between_its_cells_and_leaves_the_border_out),
        cmocka_unit_test(parts_of_bodies_are_made_where_they_are_asked_for),
        cmocka_unit_test(sam_unites_what_is_above_nothing),
        cmocka_unit_test(sam_is_told_points_on_its_canvas),
        cmocka_unit_test(sam_of_a_square_means_the_first_mask),
        cmocka_unit_test(sam_of_a_square_is_told_the_size_of_the_source),
        cmocka_unit_test(any_numbers_give_a_sound_matte),
        cmocka_unit_test(other_shapes_are_refused_before_they_are_read),
        cmocka_unit_test(every_failed_allocation_is_told),
        cmocka_unit_test(nothing_is_allocated_for_the_next_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
