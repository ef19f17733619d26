// SPDX-License-Identifier: Apache-2.0
// What families make of a picture against the oracle (tools/oracle/inputs.py): the place on the
// canvas, the order of channels, means and deviations. Both make the same samples.
#include <stdio.h>
#include <stdlib.h>

#include "graphs.h"
#include "image/prepare.h"

enum { MOST_SAMPLES = 3 * 40 * 40, MOST_VALUES = 3 * 32 * 32 };

static void make_samples(uint8_t *samples, int count, uint32_t state)
{
    for (int i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        samples[i] = (uint8_t)(state >> 24);
    }
}

// Within `steps` of the samples, of which one is what weights in whole numbers leave open.
static void compare(const char *name, const float *values, int count, const float scale[3],
                    double steps)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/input_%s.txt", GOLDEN, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    double expected;
    int read = 0;
    for (; fscanf(file, "%lf", &expected) == 1; read++) {
        assert_true(read < count);
        double most = steps * (double)scale[3 * read / count];
        if (!(fabs((double)values[read] - expected) <= most))
            fail_msg("%s: value %d is %.4f, the oracle says %.4f", name, read, (double)values[read],
                     expected);
    }
    fclose(file);
    assert_int_equal(read, count);
}

// Prepares a picture as the family of the model wants it.
static void check(const char *name, const struct model *model, const char *family, uint32_t seed,
                  int width, int height)
{
    static uint8_t samples[MOST_SAMPLES];
    _Alignas(64) static float values[MOST_VALUES + 16];
    struct ct__usage usage = configured(model, family);
    struct ct__prepare *prepare = NULL;
    struct ct__letterbox box;
    int count = 3 * usage.width * usage.height;
    const struct ct_picture picture = {.format = CT_FORMAT_RGB,
                                       .width = width,
                                       .height = height,
                                       .data = {samples},
                                       .stride = {3 * width}};
    assert_true(3 * width * height <= MOST_SAMPLES && count <= MOST_VALUES);
    make_samples(samples, 3 * width * height, seed);
    ct__letterbox_make(&box, usage.fit, width, height, usage.width, usage.height);
    assert_int_equal(ct__prepare_create(&prepare), 0);
    assert_int_equal(ct__prepare_run(prepare, &picture, &box, &usage.input, values), 0);
    double steps = usage.input.warp ? 0 : usage.input.filter ? 1e-4 : 1;
    compare(name, values, count, usage.input.scale, steps);
    ct__prepare_destroy(&prepare);
}

static void transformers_see_the_whole_picture(void **state)
{
    (void)state;
    struct model model;
    const struct shape outputs[] = {{{1, 20, 4}}, {{1, 20, 7}}, {{0}}};
    make_model(&model, (struct shape){{1, 3, 12, 16}}, outputs);
    check("detr", &model, "detr", 21, 37, 29);
    make_model(&model, (struct shape){{1, 3, 16, 16}}, outputs);
    model.outputs[0].name = "dets"; // RF-DETR's, which wants means and deviations
    check("detr_rf", &model, "detr", 22, 29, 37);
}

static void retinaface_sees_blue_first_less_its_means(void **state)
{
    (void)state;
    struct model model;
    make_model(&model, (struct shape){{1, 3, 32, 24}},
               (struct shape[]){{{1, 42, 4}}, {{1, 42, 2}}, {{1, 42, 10}}, {{0}}});
    check("retinaface", &model, "retinaface", 23, 37, 29);
}

static void classifiers_see_the_middle(void **state)
{
    (void)state;
    struct model model;
    const struct shape outputs[] = {{{1, 1000}}, {{0}}};
    make_model(&model, (struct shape){{1, 3, 14, 14}}, outputs);
    check("classify", &model, "classify", 24, 37, 29);
    check("classify_tall", &model, "classify", 25, 19, 40);
    make_model(&model, (struct shape){{1, 3, 16, 16}}, outputs);
    add_pair(&model, "task", "classify");
    check("classify_own", &model, "classify", 26, 37, 29);
}

static void sam_sees_the_picture_from_its_corner(void **state)
{
    (void)state;
    struct model model;
    make_model(&model, (struct shape){{24, 32, 3}}, (struct shape[]){{{1, 1, 24, 32}}, {{0}}});
    add_prompt_inputs(&model);
    check("sam", &model, "sam", 27, 37, 29);
    check("sam_small", &model, "sam", 28, 13, 11);
    make_model(&model, (struct shape){{1, 3, 32, 32}}, (struct shape[]){{{1, 1, 29, 37}}, {{0}}});
    add_prompt_inputs(&model);
    check("sam_square", &model, "sam", 29, 37, 29);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transformers_see_the_whole_picture),
        cmocka_unit_test(retinaface_sees_blue_first_less_its_means),
        cmocka_unit_test(classifiers_see_the_middle),
        cmocka_unit_test(sam_sees_the_picture_from_its_corner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
