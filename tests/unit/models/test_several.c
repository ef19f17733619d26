// SPDX-License-Identifier: Apache-2.0
// Families of graphs with several inputs, which are known by the names of these.
#include "graphs.h"

static void a_recurrent_matte_is_known_by_all_its_names(void **state)
{
    (void)state;
    struct model model;
    int width, height;
    const struct ct__family *family = NULL;
    make_rvm(&model, (struct shape){{-1, 3, -1, -1}}, (struct shape){{-1, 1, -1, -1}});
    struct ct__usage usage = configured(&model, NULL);
    assert_string_equal(usage.family->name, "rvm");
    assert_int_equal(usage.class_count, 1);
    usage.family->size(&usage, 1280, 720, &width, &height);
    assert_true(width == 1280 && height == 720);
    usage.family->size(&usage, 3840, 1, &width, &height);
    assert_true(width == 1920 && height == 1);
    for (int i = 0; i < 6; i++)
        assert_int_equal(usage.family->carry(&usage, i), i >= 1 && i <= 4 ? i + 1 : -1);
    model.inputs[3].name = "state";
    assert_int_equal(ct__family_find(&model.graph, "model", NULL, &family), CT_ERROR_FORMAT);
    assert_int_equal(usage.family->configure(&model.graph, "model", &usage), CT_ERROR_FORMAT);
    assert_failure("rvm has inputs src, r1i to r4i");
}

static void make_sam(struct model *model, struct shape picture)
{
    make_model(model, picture, (struct shape[]){{{1, 4, -1, -1}}, {{1, 4}}, {{0}}});
    add_prompt_inputs(model);
}

static void both_halves_of_sam_are_one_model(void **state)
{
    (void)state;
    struct model model;
    make_sam(&model, (struct shape){{-1, -1, 3}});
    struct ct__usage usage = configured(&model, NULL);
    assert_string_equal(usage.family->name, "sam");
    assert_true(usage.width == 1024 && usage.height == 684); // rembg's
    assert_true(usage.input.warp && usage.input.layout == CT__LAYOUT_NHWC);
    assert_int_equal(usage.class_count, 1);
    make_sam(&model, (struct shape){{684, 1024, 3}});
    usage = configured(&model, NULL);
    assert_true(usage.width == 1024 && usage.height == 684);
}

static void sam_of_a_square_has_planes_and_zeros_around(void **state)
{
    (void)state;
    struct model model;
    static const struct shape squares[] = {
        {{1, 3, 1024, 1024}}, {{-1, 3, -1, -1}}, {{1, 3, 32, 32}}};
    for (int i = 0; i < 3; i++) {
        make_sam(&model, squares[i]);
        struct ct__usage usage = configured(&model, NULL);
        assert_string_equal(usage.family->name, "sam");
        assert_int_equal(usage.width, i == 2 ? 32 : 1024);
        assert_int_equal(usage.height, usage.width);
        assert_true(usage.input.filter == CT__FILTER_TRIANGLE && usage.input.bare);
        assert_true(usage.input.layout == CT__LAYOUT_NCHW && !usage.input.warp);
    }
}

static void expect_no_sam(const struct model *model, const char *sentence)
{
    struct ct__usage usage = {0};
    assert_int_equal(ct__family_find(&model->graph, "model", "sam", &usage.family), 0);
    assert_int_equal(usage.family->configure(&model->graph, "model", &usage), CT_ERROR_FORMAT);
    assert_failure(sentence);
}

static void a_half_of_sam_is_known_and_refused(void **state)
{
    (void)state;
    struct model model;
    const struct ct__family *family = NULL;
    make_model(&model, (struct shape){{-1, -1, 3}}, (struct shape[]){{{1, 256, 64, 64}}, {{0}}});
    assert_int_equal(ct__family_find(&model.graph, "model", NULL, &family), 0);
    assert_string_equal(family->name, "sam");
    expect_no_sam(&model, "is the encoder of sam, and its decoder is not beside it");
    make_model(&model, (struct shape){{-1, 3, 1024, 1024}},
               (struct shape[]){{{-1, 256, 64, 64}}, {{0}}});
    model.outputs[0].name = "image_embeddings";
    assert_int_equal(ct__family_find(&model.graph, "model", NULL, &family), 0);
    assert_string_equal(family->name, "sam");
    expect_no_sam(&model, "is the encoder of sam, and its decoder is not beside it");
    model.outputs[0].name = "features"; // any network may take a square
    assert_int_equal(ct__family_find(&model.graph, "model", NULL, &family), CT_ERROR_FORMAT);
    make_sam(&model, (struct shape){{1, 256, 64, 64}});
    model.inputs[0].name = "image_embeddings";
    assert_int_equal(ct__family_find(&model.graph, "model", NULL, &family), 0);
    assert_string_equal(family->name, "sam");
    expect_no_sam(&model, "is the decoder of sam: name its encoder");
}

static void another_form_of_sam_is_refused(void **state)
{
    (void)state;
    struct model model;
    static const struct {
        int input, dim, side;
    } cases[] = {{0, 2, 4}, {0, 0, 0},  {1, 1, 3},  {1, 2, 3},
                 {2, 1, 1}, {3, 1, -1}, {4, 0, -1}, {5, 0, 4}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        make_sam(&model, (struct shape){{-1, -1, 3}});
        model.inputs[cases[i].input].dim[cases[i].dim] = cases[i].side;
        expect_no_sam(&model, "sam has a picture [H,W,3] or [1,3,S,S] of float32 and the inputs");
    }
    for (int i = 0; i < MOST_INPUTS; i++) {
        make_sam(&model, (struct shape){{-1, -1, 3}});
        model.inputs[i].type = CT_TYPE_F16;
        expect_no_sam(&model, "sam has a picture");
        model.inputs[i].type = CT_TYPE_F32;
        model.inputs[i].rank++;
        expect_no_sam(&model, "sam has a picture");
    }
    make_model(&model, (struct shape){{1, 3, 32, 32}}, (struct shape[]){{{1, 1, 32, 32}}, {{0}}});
    expect_no_sam(&model, "sam has a picture");
    const struct shape no_squares[] = {
        {{1, 3, 32, 64}}, {{1, 3, 32, -1}}, {{1, 32, 32, 3}}, {{1, 1, 32, 32}}};
    for (int i = 0; i < 4; i++) {
        make_sam(&model, no_squares[i]);
        expect_no_sam(&model, "sam has a picture");
    }
    make_sam(&model, (struct shape){{1, 3, 32, 32}});
    model.inputs[0].type = CT_TYPE_U8;
    expect_no_sam(&model, "sam has a picture");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recurrent_matte_is_known_by_all_its_names),
        cmocka_unit_test(both_halves_of_sam_are_one_model),
        cmocka_unit_test(sam_of_a_square_has_planes_and_zeros_around),
        cmocka_unit_test(a_half_of_sam_is_known_and_refused),
        cmocka_unit_test(another_form_of_sam_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
