// SPDX-License-Identifier: Apache-2.0
// Mattes of rembg's own example pictures against rembg itself (tools/oracle/mattes.py), and the
// masks of persons that real models make.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <chiton/chiton.h>

enum { BLOCKS = 32 };

static bool is_here(const char *path)
{
    if (access(path, R_OK) == 0)
        return true;
    print_message("needs %s\n", path);
    return false;
}

// What a callback keeps of the matte.
struct matte {
    double blocks[BLOCKS][BLOCKS]; // means
    double mean;
    char label[32];
};

static double mean_of(const struct ct_matte *matte, int left, int top, int right, int bottom)
{
    double sum = 0;
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++)
            sum += matte->alpha[y * matte->stride + x];
    return sum / (right - left) / (bottom - top);
}

static int keep(void *opaque, const struct ct_result *result, ct_frame *frame)
{
    struct matte *kept = opaque;
    (void)frame;
    assert_int_equal(result->error, 0);
    assert_int_equal(result->matte_count, 1);
    const struct ct_matte *matte = &result->mattes[0];
    int w = matte->width, h = matte->height;
    assert_true(w == result->width && h == result->height);
    for (int y = 0; y < BLOCKS; y++)
        for (int x = 0; x < BLOCKS; x++)
            kept->blocks[y][x] = mean_of(matte, x * w / BLOCKS, y * h / BLOCKS,
                                         (x + 1) * w / BLOCKS, (y + 1) * h / BLOCKS);
    kept->mean = mean_of(matte, 0, 0, w, h) / 255;
    snprintf(kept->label, sizeof kept->label, "%s", matte->label);
    return CT_OK;
}

static void run(const char *model, const char *picture, const struct ct_cutout_params *cutout,
                struct matte *matte)
{
    ct_engine *engine = NULL;
    const struct ct_stream_params params = {
        .model = model, .on_result = keep, .opaque = matte, .results_only = 1, .cutout = cutout};
    memset(matte, 0, sizeof *matte);
    assert_int_equal(ct_engine_create(&engine, &(struct ct_engine_params){.lanes = 1}), 0);
    assert_int_equal(ct_engine_add_stream(engine, picture, &params), 0);
    ct_engine_run(engine);
    ct_engine_destroy(&engine);
    assert_true(matte->label[0]);
}

// The means that rembg's own matte has, and how far ours may be from them.
static void compare(const struct matte *matte, const char *golden, double average, double largest)
{
    FILE *file = fopen(golden, "r");
    assert_non_null(file);
    double sum = 0, most = 0;
    for (int i = 0; i < BLOCKS * BLOCKS; i++) {
        double theirs;
        assert_int_equal(fscanf(file, "%lf", &theirs), 1);
        double apart = fabs(matte->blocks[i / BLOCKS][i % BLOCKS] - theirs / 100);
        sum += apart;
        most = apart > most ? apart : most;
    }
    fclose(file);
    print_message("blocks differ by %.4f of 255 on average, %.3f at most\n", sum / BLOCKS / BLOCKS,
                  most);
    assert_true(sum / BLOCKS / BLOCKS <= average);
    assert_true(most <= largest);
}

// Means of blocks may differ less than pixels do, where these differ both ways; pixel by pixel the
// pictures below are at most .07 of 255 from rembg's on average (the tool's `compare`).
static void the_matte_is_rembgs(void **state)
{
    const char *name = *state, *models = getenv("CHITON_MODELS");
    char model[512], picture[512], golden[512];
    snprintf(model, sizeof model, "%s/u2netp.onnx", models ? models : CHITON_SHARED "/models");
    snprintf(picture, sizeof picture, CHITON_SHARED "/media/rembg_%s.jpg", name);
    snprintf(golden, sizeof golden, CHITON_GOLDEN "/rembg_%s.txt", name);
    if (!is_here(model) || !is_here(picture))
        skip();
    struct matte matte;
    run(model, picture, NULL, &matte);
    assert_string_equal(matte.label, "foreground");
    compare(&matte, golden, .3, 5);
}

// The made models, on a photograph: hard masks, so that a pixel of another sample is 255 away.
static void the_mask_of_prompts_is_the_oracles(void **state)
{
    const char *const *names = *state; // of the model and of what it must make
    const struct ct_prompt prompts[] = {{CT_PROMPT_BOX, 200, 100, 500, 390},
                                        {CT_PROMPT_FOREGROUND, 120, 300, 0, 0},
                                        {CT_PROMPT_BACKGROUND, 380, 250, 0, 0}};
    const struct ct_cutout_params cutout = {.prompts = prompts, .prompt_count = 3};
    const char *models = getenv("CHITON_TEST_MODELS"), *media = CHITON_SHARED "/media";
    char model[512], picture[512], golden[512];
    snprintf(model, sizeof model, "%s/%s.encoder.onnx", models ? models : "", names[0]);
    snprintf(picture, sizeof picture, "%s/rembg_girl-1.jpg", media);
    if (!is_here(model) || !is_here(picture))
        skip();
    struct matte matte;
    run(model, picture, &cutout, &matte);
    snprintf(golden, sizeof golden, CHITON_GOLDEN "/%s.txt", names[1]);
    compare(&matte, golden, .01, .5);
}

// Two girls: one fills a fifth of her picture, in the lower half of the middle.
static void a_person_is_found(void **state)
{
    const char *name = *state, picture[] = CHITON_SHARED "/media/rembg_girl-1.jpg";
    char model[512];
    snprintf(model, sizeof model, CHITON_SHARED "/models/%s.onnx", name);
    if (!is_here(model) || !is_here(picture))
        skip();
    struct matte matte;
    run(model, picture, NULL, &matte);
    assert_string_equal(matte.label, "person");
    print_message("%.3f of the picture\n", matte.mean);
    assert_true(matte.blocks[12][11] > 200); // her face
    assert_true(matte.blocks[0][1] < 60);    // the sky
    assert_true(matte.mean > .05 && matte.mean < .35);
}

#define REMBG(name)                                                                                \
    {                                                                                              \
        "the_matte_of_" name, the_matte_is_rembgs, NULL, NULL, (void *)name                        \
    }
#define PERSON(name)                                                                               \
    {                                                                                              \
        "a_person_by_" name, a_person_is_found, NULL, NULL, (void *)name                           \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        REMBG("animal-1"),
        REMBG("car-1"),
        REMBG("girl-1"),
        REMBG("girl-2"),
        cmocka_unit_test_prestate(the_mask_of_prompts_is_the_oracles,
                                  ((const char *[]){"sam", "rembg_sam_girl-1"})),
        cmocka_unit_test_prestate(the_mask_of_prompts_is_the_oracles,
                                  ((const char *[]){"sam_square", "sam_square_girl-1"})),
        PERSON("selfie_segmentation"),
        PERSON("mediapipe"),
        PERSON("sinet"),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
