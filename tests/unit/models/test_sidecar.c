// SPDX-License-Identifier: Apache-2.0
// Sidecars: what they say, and that whatever is wrong in them is told with its place.
#include "graphs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "models/sidecar.h"

static int parse(struct ct__sidecar *sidecar, const char *text)
{
    memset(sidecar, 0, sizeof *sidecar);
    return ct__sidecar_parse(sidecar, "folder/m.yaml", text, strlen(text));
}

static void every_key_is_read(void **state)
{
    (void)state;
    struct ct__sidecar sidecar;
    assert_int_equal(parse(&sidecar, "# what the file does not say\n"
                                     "family: yolox\n"
                                     "size: 640x480\n"
                                     "mean: [1, 2.5, 3]\n"
                                     "scale: 0.5\n"
                                     "pad: 114\n"
                                     "order: bgr\n"
                                     "layout: nhwc\n"
                                     "fit: top_left\n"
                                     "labels: [cat, \"it's\", 7]\n"
                                     "conf: .3\n"
                                     "iou: 0.6\n"
                                     "max_objects: 50\n"),
                     0);
    assert_string_equal(sidecar.family, "yolox");
    assert_int_equal(sidecar.width, 640);
    assert_int_equal(sidecar.height, 480);
    assert_true(sidecar.has_mean && sidecar.mean[1] == 2.5f);
    assert_true(sidecar.has_scale && sidecar.scale[2] == .5f);
    assert_true(sidecar.has_pad && sidecar.pad == 114);
    assert_int_equal(sidecar.order, 2);
    assert_int_equal(sidecar.layout, CT__LAYOUT_NHWC);
    assert_int_equal(sidecar.fit, CT__FIT_TOP_LEFT);
    assert_int_equal(sidecar.labels.count, 3);
    assert_string_equal(sidecar.labels.names[1], "it's");
    assert_true(sidecar.conf == .3f && sidecar.iou == .6f);
    assert_int_equal(sidecar.max_objects, 50);
    ct__sidecar_finish(&sidecar);
}

static void sizes_have_three_forms_and_labels_may_be_a_file(void **state)
{
    (void)state;
    struct ct__sidecar sidecar;
    assert_int_equal(parse(&sidecar, "{size: 320, labels: names.txt}"), 0);
    assert_true(sidecar.width == 320 && sidecar.height == 320);
    assert_string_equal(sidecar.labels_path, "folder/names.txt");
    ct__sidecar_finish(&sidecar);
    assert_int_equal(parse(&sidecar, "size: [64, 96]\nlabels: /names.txt\n"), 0);
    assert_true(sidecar.width == 64 && sidecar.height == 96);
    assert_string_equal(sidecar.labels_path, "/names.txt");
    ct__sidecar_finish(&sidecar);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *sentence;
    } wrong[] = {
        {"", "expected keys and values"},
        {"conf: [", "no YAML"},
        {"conf: .1\nconf: .2\n", "duplicate key conf: it stands in line 1 already"},
        {"just words", "expected keys and values"},
        {"- conf", "expected keys and values"},
        {"famly: yolo", "unknown key famly; did you mean family?"},
        {"zzzzzz: 1", "unknown key zzzzzz: expected one of family, size, mean"},
        {"[1, 2]: 1", "a key has to be a word"},
        {"family: [a]", "family: expected a text"},
        {"family:", "family: expected a text"},
        {"conf: 1.5", "conf = 1.5: expected a number from 0 to 1"},
        {"conf: nan", "conf = nan: expected"},
        {"iou: {a: 1}", "iou = this: expected"},
        {"conf: &a .2\niou: *a\n", "aliases are not read here"},
        {"size: 0", "size = 0: expected a whole number"},
        {"size: 0x64", "size = 0x64: expected sides"},
        {"size: 99999x64", "size = 99999x64: expected sides"},
        {"size: [64, 64, 64]", "size = this: expected"},
        {"mean: [1, 2]", "mean: expected a number or a list of three"},
        {"mean: [1, x, 2]", "mean = x: expected a number"},
        {"fit: center", "fit = center; did you mean centre?"},
        {"order: xyz", "order = xyz: expected one of rgb, bgr"},
        {"labels: []", "labels: the list is empty"},
        {"labels: {a: 1}", "labels: expected a list of names or a file"},
        {"labels: [\"a\\0b\"]", "a text with a zero byte in it"},
        {"conf: .1\n---\niou: .1\n", "more than one document"},
        {"labels: [[a]]", "labels: expected names"},
        {"max_objects: 0", "max_objects = 0: expected a whole number"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ct__sidecar sidecar;
        if (parse(&sidecar, wrong[i].text) != CT_ERROR_FORMAT)
            fail_msg("\"%s\" was taken", wrong[i].text);
        assert_failure(wrong[i].sentence);
        ct__sidecar_finish(&sidecar);
    }
}

static struct {
    char scope[256];
} logged;

static void keep(void *opaque, enum ct_log_level level, const char *scope, const char *text)
{
    (void)opaque;
    (void)level;
    (void)text;
    snprintf(logged.scope, sizeof logged.scope, "%s", scope);
}

static void a_place_is_line_and_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *scope;
    } places[] = {
        {"conf: .1\n\nioo: .2\n", "folder/m.yaml:3:1"},
        {"conf: .1\niou:   9\n", "folder/m.yaml:2:8"},
        {"mean:\n  - 1\n  - b\n  - 3\n", "folder/m.yaml:3:5"},
        {"conf: .1\nmean: []\n", "folder/m.yaml:2:1"},
    };
    ct_log_set(CT_LOG_ERROR, keep, NULL);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct ct__sidecar sidecar;
        assert_int_equal(parse(&sidecar, places[i].text), CT_ERROR_FORMAT);
        assert_string_equal(logged.scope, places[i].scope);
        ct__sidecar_finish(&sidecar);
    }
    ct_log_set(CT_LOG_NONE, NULL, NULL);
}

// A list that grows with each round, and nesting beyond the parser's depth.
static void hostile_files_are_bounded(void **state)
{
    (void)state;
    struct ct__sidecar sidecar = {0};
    size_t size = 0, room = 1 << 20;
    char *text = malloc(room);
    size += (size_t)sprintf(text, "labels: [a");
    for (int i = 0; i < CT__MAX_LABELS; i++)
        size += (size_t)sprintf(text + size, ",\n b");
    size += (size_t)sprintf(text + size, "]");
    assert_int_equal(ct__sidecar_parse(&sidecar, "m", text, size), CT_ERROR_FORMAT);
    assert_failure("more than 65536 labels");
    ct__sidecar_finish(&sidecar);
    memset(text, '[', room);
    memcpy(text, "mean: ", 6);
    assert_int_equal(ct__sidecar_parse(&sidecar, "m", text, room), CT_ERROR_FORMAT);
    ct__sidecar_finish(&sidecar);
    memset(text, 'x', room);
    memcpy(text, "labels: [", 9);
    text[room - 1] = ']';
    assert_int_equal(ct__sidecar_parse(&sidecar, "m", text, room), CT_ERROR_FORMAT);
    assert_failure("names of at most 255 bytes");
    ct__sidecar_finish(&sidecar);
    free(text);
}

static void flipped_bytes_never_crash(void **state)
{
    (void)state;
    static const char good[] = "family: yolox\nsize: [64, 64]\nmean: [1, 2, 3]\nlabels: [a, b]\n"
                               "fit: crop\nconf: .3\n";
    uint32_t random = 5;
    for (int i = 0; i < 3000; i++) {
        struct ct__sidecar sidecar = {0};
        char text[sizeof good];
        memcpy(text, good, sizeof good);
        for (int k = 0; k < 2; k++) {
            random = random * 1664525u + 1013904223u;
            text[(random >> 8) % (sizeof good - 1)] = (char)(random >> 24);
        }
        int status = ct__sidecar_parse(&sidecar, "m", text, sizeof good - 1);
        assert_true(status == 0 || status == CT_ERROR_FORMAT);
        ct__sidecar_finish(&sidecar);
    }
}

static void a_sidecar_lies_beside_its_model(void **state)
{
    (void)state;
    char folder[] = "/tmp/chiton-sidecar-XXXXXX", model[64], path[64];
    struct ct__sidecar sidecar = {0};
    assert_non_null(mkdtemp(folder));
    snprintf(model, sizeof model, "%s/m.onnx", folder);
    assert_int_equal(ct__sidecar_find(&sidecar, model), 0);
    assert_null(sidecar.path);
    static const char *const names[] = {"m.yaml", "m.onnx.yaml"}; // the second one wins
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fprintf(file, "max_objects: %d\n", i + 1);
        fclose(file);
        assert_int_equal(ct__sidecar_find(&sidecar, model), 0);
        assert_string_equal(sidecar.path, path);
        assert_int_equal(sidecar.max_objects, i + 1);
        ct__sidecar_finish(&sidecar);
    }
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void what_it_says_wins_over_the_family(void **state)
{
    (void)state;
    struct model model;
    struct ct__sidecar sidecar;
    make_model(&model, (struct shape){{1, 3, 64, 3}}, (struct shape[]){{{1, 1000}}, {{0}}});
    struct ct__usage usage = configured(&model, "classify");
    assert_int_equal(usage.input.layout, CT__LAYOUT_NCHW);
    assert_int_equal(parse(&sidecar, "{layout: nhwc, order: bgr, mean: 7, fit: stretch, pad: 3}"),
                     0);
    sidecar.path = ct__strdup("m.yaml");
    float scale = usage.input.scale[0];
    assert_int_equal(ct__sidecar_apply(&sidecar, &model.graph, &usage), 0);
    assert_int_equal(usage.input.layout, CT__LAYOUT_NHWC);
    assert_true(usage.width == 64 && usage.height == 3);
    assert_true(usage.input.bgr && usage.input.mean[2] == 7 && usage.input.scale[0] == scale);
    assert_true(usage.fit == CT__FIT_STRETCH && usage.input.pad == 3);
    model.inputs[0].dim[3] = 4;
    assert_int_equal(ct__sidecar_apply(&sidecar, &model.graph, &usage), CT_ERROR_INVALID);
    assert_failure("expected a picture, [N,H,W,3]");
    ct__sidecar_finish(&sidecar);
}

static void a_failed_allocation_is_reported(void **state)
{
    (void)state;
    bool failed = true;
    int failures = 0;
    for (; failed; failures += failed) {
        struct ct__sidecar sidecar = {0};
        static const char text[] = "family: x\nlabels: [a, b, c]\n";
        ct__mem_fail((uint64_t)failures + 1);
        int status = ct__sidecar_parse(&sidecar, "m", text, strlen(text));
        failed = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(status, failed ? CT_ERROR_MEMORY : 0);
        ct__sidecar_finish(&sidecar);
    }
    assert_true(failures >= 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(sizes_have_three_forms_and_labels_may_be_a_file),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(a_place_is_line_and_column),
        cmocka_unit_test(hostile_files_are_bounded),
        cmocka_unit_test(flipped_bytes_never_crash),
        cmocka_unit_test(a_sidecar_lies_beside_its_model),
        cmocka_unit_test(what_it_says_wins_over_the_family),
        cmocka_unit_test(a_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
