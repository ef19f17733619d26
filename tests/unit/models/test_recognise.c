// SPDX-License-Identifier: Apache-2.0
// Which family a graph is given to, and how it is configured: a table of graphs as exporters make
// them, and the sentences for those that nobody knows.
#include "graphs.h"

struct known {
    const char *what;
    struct shape input, outputs[MOST_OUTPUTS + 1];
    const char *names, *task, *end2end; // metadata
    const char *family;                 // NULL: unknown
    int classes;
};

static const struct known table[] = {
    {"yolox", {{1, 3, 416, 416}}, {{{1, 3549, 85}}}, .family = "yolox", .classes = 80},
    {"yolox, one class", {{1, 3, 416, 416}}, {{{1, 3549, 6}}}, .family = "yolox", .classes = 1},
    {"yolov8", {{1, 3, 640, 640}}, {{{1, 84, 8400}}}, .family = "yolo", .classes = 80},
    {"yolov8, 2 classes", {{1, 3, 640, 640}}, {{{1, 6, 8400}}}, .family = "yolo", .classes = 2},
    {"yolov8, transposed", {{1, 3, 640, 640}}, {{{1, 8400, 84}}}, .family = "yolo", .classes = 80},
    {"yolov8, open", {{-1, 3, -1, -1}}, {{{-1, 84, -1}}}, .family = "yolo", .classes = 80},
    {"yolov8, rows named",
     {{1, 3, 640, 640}},
     {{{1, 8400, 7}}},
     .names = "{0: 'a', 1: 'b', 2: 'c'}",
     .task = "detect",
     .family = "yolo",
     .classes = 3},
    {"yolov5, open and named",
     {{-1, 3, -1, -1}},
     {{{-1, -1, 7}}},
     .names = "['a', 'b']",
     .task = "detect",
     .family = "yolo",
     .classes = 2},
    {"yolov5", {{1, 3, 640, 640}}, {{{1, 25200, 85}}}, .family = "yolo", .classes = 80},
    {"yolov5 with its heads",
     {{1, 3, 640, 640}},
     {{{1, 25200, 85}}, {{1, 3, 80, 80, 85}}, {{1, 3, 40, 40, 85}}, {{1, 3, 20, 20, 85}}},
     .family = "yolo",
     .classes = 80},
    {"yolov10", {{1, 3, 640, 640}}, {{{1, 300, 6}}}, .family = "yolo", .classes = 0},
    {"yolo26, two classes",
     {{1, 3, 640, 640}},
     {{{1, 300, 6}}},
     .names = "{0: 'a', 1: 'b'}",
     .task = "detect",
     .end2end = "True",
     .family = "yolo",
     .classes = 2},
    {"end to end, one class", {{1, 3, 640, 640}}, {{{1, 100, 5}}}, .family = "yolo", .classes = 1},
    {"end to end, open", {{-1, 3, 640, 640}}, {{{-1, -1, 6}}}, .family = "yolo", .classes = 0},
    {"yolo of bytes, channels last",
     {{1, 640, 640, 3}},
     {{{1, 84, 8400}}},
     .family = "yolo",
     .classes = 80},
    {"scrfd",
     {{1, 3, 640, 640}},
     {{{1, 12800, 1}},
      {{1, 3200, 1}},
      {{1, 800, 1}},
      {{1, 12800, 4}},
      {{1, 3200, 4}},
      {{1, 800, 4}},
      {{1, 12800, 10}},
      {{1, 3200, 10}},
      {{1, 800, 10}}},
     .family = "scrfd",
     .classes = 1},
    {"scrfd, open, by level, no landmarks",
     {{1, 3, -1, -1}},
     {{{-1, 1}}, {{-1, 4}}, {{-1, 1}}, {{-1, 4}}, {{-1, 1}}, {{-1, 4}}},
     .family = "scrfd",
     .classes = 1},
    {"centerface",
     {{-1, 3, -1, -1}},
     {{{-1, 1, -1, -1}}, {{-1, 2, -1, -1}}, {{-1, 2, -1, -1}}, {{-1, 10, -1, -1}}},
     .family = "centerface",
     .classes = 1},
    {"a classifier", {{1, 3, 224, 224}}, {{{1, 1000}}}, .family = "classify", .classes = 1000},
    {"a classifier, channels last",
     {{-1, 299, 299, 3}},
     {{{-1, 1001}}},
     .family = "classify",
     .classes = 1001},
    {"a classifier with sides left over",
     {{-1, 3, -1, -1}},
     {{{-1, 1000, 1, 1}}},
     .family = "classify",
     .classes = 1000},
    {"features of a face", {{-1, 3, 112, 112}}, {{{-1, 512}}}},
    {"two of a classifier", {{2, 3, 224, 224}}, {{{2, 1000}}}},
    {"rt-detr, logits last",
     {{1, 3, 640, 640}},
     {{{1, 300, 4}}, {{1, 300, 80}}},
     .family = "detr",
     .classes = 80},
    {"rt-detr of four classes, unnamed", {{1, 3, 640, 640}}, {{{1, 300, 4}}, {{1, 300, 4}}}},
    {"ssd before suppression", {{1, 3, 240, 320}}, {{{1, 4420, 2}}, {{1, 4420, 4}}}},
    {"retinaface",
     {{1, 3, 640, 640}},
     {{{1, 16800, 4}}, {{1, 16800, 2}}, {{1, 16800, 10}}},
     .family = "retinaface",
     .classes = 1},
    {"retinaface, open, other order",
     {{-1, 3, -1, -1}},
     {{{-1, -1, 10}}, {{-1, -1, 4}}, {{-1, -1, 2}}},
     .family = "retinaface",
     .classes = 1},
    {"retinaface with other priors",
     {{1, 3, 640, 640}},
     {{{1, 21824, 4}}, {{1, 21824, 2}}, {{1, 21824, 10}}}},
    {"a mask of three classes", {{1, 3, 320, 320}}, {{{1, 3, 320, 320}}}},
    {"sinet", {{1, 3, 320, 320}}, {{{1, 2, 320, 320}}}, .family = "sinet", .classes = 1},
    {"a mask like sinet's", {{1, 3, 256, 256}}, {{{1, 2, 256, 256}}}},
    {"mediapipe's selfie",
     {{1, 256, 256, 3}},
     {{{1, 256, 256, 1}}},
     .family = "selfie",
     .classes = 1},
    {"mediapipe's landscape",
     {{1, 144, 256, 3}},
     {{{1, 144, 256, 2}}},
     .family = "selfie",
     .classes = 1},
    {"a map of many classes", {{1, 256, 256, 3}}, {{{1, 256, 256, 21}}}},
    {"clothes",
     {{1, 3, 768, 768}},
     {{{1, 4, 768, 768}}, {{1, 4, 768, 768}}},
     .family = "cloth",
     .classes = 3},
    {"isnet with its side outputs",
     {{1, 3, 1024, 1024}},
     {{{1, 1, 1024, 1024}},
      {{1, 1, 512, 512}},
      {{1, 1, 256, 256}},
      {{1, 1, 128, 128}},
      {{1, 1, 64, 64}},
      {{1, 1, 32, 32}}},
     .family = "isnet",
     .classes = 1},
    {"one map of 1024, which many give", {{1, 3, 1024, 1024}}, {{{1, 1, 1024, 1024}}}},
    {"yolov8-seg, unnamed",
     {{1, 3, 640, 640}},
     {{{1, 116, 8400}}, {{1, 32, 160, 160}}},
     .family = "yolo",
     .classes = 80},
    {"yolov5-seg, unnamed",
     {{1, 3, 640, 640}},
     {{{1, 25200, 117}}, {{1, 32, 160, 160}}},
     .family = "yolo",
     .classes = 80},
    {"yolo26-seg",
     {{1, 3, 640, 640}},
     {{{1, 300, 38}}, {{1, 32, 160, 160}}},
     .names = "['a', 'b']",
     .task = "segment",
     .end2end = "True",
     .family = "yolo",
     .classes = 2},
    {"yolov8-seg, open",
     {{-1, 3, -1, -1}},
     {{{-1, 38, -1}}, {{-1, 32, -1, -1}}},
     .names = "['a', 'b']",
     .task = "segment",
     .family = "yolo",
     .classes = 2},
    {"yolov8-pose, unnamed", {{1, 3, 640, 640}}, {{{1, 56, 8400}}}, .family = "yolo", .classes = 1},
    {"yolov8-pose",
     {{1, 3, 640, 640}},
     {{{1, 56, 8400}}},
     .names = "{0: 'person'}",
     .task = "pose",
     .family = "yolo",
     .classes = 1},
    {"52 classes in as many rows as a pose",
     {{1, 3, 640, 640}},
     {{{1, 56, 8400}}},
     .names = "{0: 'a'}",
     .task = "detect",
     .family = "yolo",
     .classes = 52},
    {"yolo26-pose",
     {{1, 3, 640, 640}},
     {{{1, 300, 57}}},
     .names = "{0: 'person'}",
     .task = "pose",
     .end2end = "True",
     .family = "yolo",
     .classes = 1},
    {"yolov8-obb",
     {{1, 3, 1024, 1024}},
     {{{1, 20, 21504}}},
     .names = "['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14']",
     .task = "obb",
     .family = "yolo",
     .classes = 15},
    {"yolo26-obb",
     {{1, 3, 1024, 1024}},
     {{{1, 300, 7}}},
     .names = "['ship', 'plane']",
     .task = "obb",
     .end2end = "True",
     .family = "yolo",
     .classes = 2},
    {"masks of another kind", {{1, 3, 640, 640}}, {{{1, 84, 8400}}, {{1, 3, 160, 160}}}},
    {"u2net",
     {{1, 3, 320, 320}},
     {{{1, 1, 320, 320}},
      {{1, 1, 320, 320}},
      {{-1, -1, -1, -1}},
      {{-1, -1, -1, -1}},
      {{-1, -1, -1, -1}},
      {{-1, -1, -1, -1}},
      {{-1, -1, -1, -1}}},
     .family = "u2net",
     .classes = 1},
    {"one map of 320, which many give", {{1, 3, 320, 320}}, {{{1, 1, 320, 320}}}},
    {"yolox, all open", {{-1, 3, -1, -1}}, {{{-1, -1, 85}}}},
    {"no picture", {{1, 128}}, {{{1, 84, 8400}}}},
    {"one channel", {{1, 1, 640, 640}}, {{{1, 84, 8400}}}},
    {"a side beyond all", {{1, 3, INT64_MAX, 640}}, {{{1, 84, 8400}}}},
    {"anchors beyond all", {{1, 3, 640, 640}}, {{{1, INT64_MAX, INT64_MAX}}}},
    {"five outputs", {{1, 3, 64, 64}}, {{{1, 1}}, {{1, 4}}, {{1, 1}}, {{1, 4}}, {{1, 1}}}},
};

static void make_known(const struct known *known, struct model *model)
{
    make_model(model, known->input, known->outputs);
    if (known->names)
        add_pair(model, "names", known->names);
    if (known->task)
        add_pair(model, "task", known->task);
    if (known->end2end)
        add_pair(model, "end2end", known->end2end);
}

static void graphs_go_to_their_families(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct known *known = &table[i];
        const struct ct__family *family = NULL;
        struct ct__usage usage = {0};
        struct model model;
        make_known(known, &model);
        int status = ct__family_find(&model.graph, "model", NULL, &family);
        const char *found = family ? family->name : "none", *meant = known->family;
        if (strcmp(found, meant ? meant : "none") || status != (meant ? 0 : CT_ERROR_FORMAT))
            fail_msg("%s: found %s (%d)", known->what, found, status);
        if (!family)
            continue;
        assert_int_equal(family->configure(&model.graph, "model", &usage), 0);
        if (usage.class_count != known->classes)
            fail_msg("%s: %d classes", known->what, usage.class_count);
    }
}

static void every_family_survives_every_graph(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct model model;
        make_known(&table[i], &model);
        for (const struct ct__family *const *at = ct__families(); *at; at++) {
            struct ct__usage usage = {0};
            int sure = (*at)->recognise(&model.graph);
            int status = (*at)->configure(&model.graph, "model", &usage);
            assert_in_range(sure, 0, 100);
            assert_true(status == 0 || status == CT_ERROR_FORMAT);
            assert_true(sure <= 50 || status == 0);
        }
    }
}

static void an_empty_graph_is_nobodys(void **state)
{
    (void)state;
    const struct ct__graph graph = {0};
    const struct ct__family *family = NULL;
    assert_int_equal(ct__family_find(&graph, "model", NULL, &family), CT_ERROR_FORMAT);
    for (const struct ct__family *const *at = ct__families(); *at; at++) {
        struct ct__usage usage = {0};
        assert_int_equal((*at)->configure(&graph, "model", &usage), CT_ERROR_FORMAT);
    }
}

static void an_unknown_graph_is_described(void **state)
{
    (void)state;
    struct model model;
    const struct ct__family *family = NULL;
    make_model(&model, (struct shape){{-1, 3, -1, -1}}, (struct shape[]){{{-1, -1, 85}}, {{0}}});
    assert_int_equal(ct__family_find(&model.graph, "model", NULL, &family), CT_ERROR_FORMAT);
    assert_failure("no known family has the outputs o0 [?,?,85]; closest: yolo (35 of 100), "
                   "yolox (40 of 100)");
    assert_null(family);
}

static void a_wrong_name_gets_the_nearest(void **state)
{
    (void)state;
    struct model model;
    const struct ct__family *family = NULL;
    make_known(&table[0], &model);
    assert_int_equal(ct__family_find(&model.graph, "model", "scrdf", &family), CT_ERROR_INVALID);
    assert_failure("unknown family scrdf; did you mean scrfd?");
    assert_int_equal(ct__family_find(&model.graph, "model", "resnet50", &family), CT_ERROR_INVALID);
    assert_failure("expected one of birefnet, bodypix, bria, centerface, classify, cloth, detr, "
                   "isnet, isnet_anime, modnet, retinaface, rvm, sam, scrfd, selfie, sinet, "
                   "truth, u2net, yolo, yolox");
}

static void a_name_wins_over_shapes_but_must_fit(void **state)
{
    (void)state;
    struct model model;
    struct ct__usage usage = {0};
    make_known(&table[0], &model);
    assert_int_equal(ct__family_find(&model.graph, "model", "scrfd", &usage.family), 0);
    assert_string_equal(usage.family->name, "scrfd");
    assert_int_equal(usage.family->configure(&model.graph, "model", &usage), CT_ERROR_FORMAT);
    assert_failure("1 outputs: scrfd has three each of");
    usage = configured(&model, "yolo"); // 81 classes in rows: odd, but asked for
    assert_int_equal(usage.class_count, 81);
}

static void assert_unfit(const char *key, const char *value, const char *task, const char *sentence)
{
    struct model model;
    struct ct__usage usage = {0};
    make_model(&model, (struct shape){{1, 3, 640, 640}}, (struct shape[]){{{1, 116, 8400}}, {{0}}});
    add_pair(&model, "names", "{0: 'a'}");
    add_pair(&model, "task", task);
    if (key)
        add_pair(&model, key, value);
    assert_int_equal(ct__family_find(&model.graph, "model", NULL, &usage.family), 0);
    assert_int_equal(usage.family->configure(&model.graph, "model", &usage), CT_ERROR_FORMAT);
    assert_failure(sentence);
}

static void a_task_without_an_answer_is_named_in_the_error(void **state)
{
    (void)state;
    assert_unfit(NULL, NULL, "depth",
                 "task = depth: of yolo detect, pose, segment and obb are known");
    assert_unfit(NULL, NULL, "segment",
                 "task = segment: expected a second output [N,prototypes,h,w]");
    assert_unfit("kpt_shape", "[21, 3]", "pose",
                 "kpt_shape = [21, 3]: expected 5 or 17 points of 2 or 3 numbers");
    assert_unfit("kpt_shape", "[17, 4]", "pose", "kpt_shape = [17, 4]: expected");
    assert_unfit("kpt_shape", "many", "pose", "kpt_shape = many: expected");
}

static void inputs_and_outputs_of_other_types_are_refused(void **state)
{
    (void)state;
    struct model model;
    struct ct__usage usage = {0};
    make_known(&table[0], &model);
    model.inputs[0].type = CT_TYPE_F64;
    assert_int_equal(ct__family_find(&model.graph, "model", "yolox", &usage.family), 0);
    assert_int_equal(usage.family->configure(&model.graph, "model", &usage), CT_ERROR_FORMAT);
    assert_failure("input images [1,3,416,416] of float64: expected a picture");
    model.inputs[0].type = CT_TYPE_F32;
    model.outputs[0].type = CT_TYPE_I64;
    assert_int_equal(usage.family->configure(&model.graph, "model", &usage), CT_ERROR_FORMAT);
    assert_failure("output o0 is int64: expected float32");
}

static void an_input_of_bytes_gets_samples_as_they_are(void **state)
{
    (void)state;
    struct model model;
    make_model(&model, (struct shape){{1, 640, 480, 3}}, (struct shape[]){{{1, 84, 6300}}, {{0}}});
    model.inputs[0].type = CT_TYPE_U8;
    struct ct__usage usage = configured(&model, NULL);
    assert_int_equal(usage.input.layout, CT__LAYOUT_NHWC);
    assert_int_equal(usage.input.type, CT_TYPE_U8);
    assert_int_equal(usage.width, 480);
    assert_int_equal(usage.height, 640);
    assert_true(usage.input.scale[0] == 1 && usage.input.mean[2] == 0);
}

static void an_input_of_signed_bytes_gets_samples_less_128(void **state)
{
    (void)state;
    struct model model;
    make_model(&model, (struct shape){{1, 224, 224, 3}}, (struct shape[]){{{1, 1000}}, {{0}}});
    model.inputs[0].type = CT_TYPE_I8;
    struct ct__usage usage = configured(&model, NULL);
    assert_int_equal(usage.input.type, CT_TYPE_I8);
    assert_true(usage.input.scale[0] == 1 && usage.input.mean[2] == 128);
}

static void a_classifier_of_ultralytics_has_its_own_preparation(void **state)
{
    (void)state;
    struct model model;
    make_model(&model, (struct shape){{1, 3, 224, 224}}, (struct shape[]){{{1, 2}}, {{0}}});
    add_pair(&model, "task", "classify");
    add_pair(&model, "names", "{0: 'a', 1: 'b'}");
    struct ct__usage usage = configured(&model, NULL);
    assert_string_equal(usage.family->name, "classify");
    assert_int_equal(usage.class_count, 2);
    assert_int_equal(usage.fit, CT__FIT_COVER);
    assert_true(usage.input.mean[0] == 0);
}

static void names_tell_the_mattes_apart(void **state)
{
    (void)state;
    static const struct {
        const char *input, *output, *family;
        struct shape from, to;
    } graphs[] = {
        {"input_image", "output_image", "birefnet", {{1, 3, 1024, 1024}}, {{1, 1, 1024, 1024}}},
        {"pixel_values", "alphas", "bria", {{-1, 3, 1024, 1024}}, {{-1, 1, -1, -1}}},
        {"img", "mask", "isnet_anime", {{1, 3, -1, -1}}, {{1, 1, -1, -1}}},
        {"input", "output", "modnet", {{-1, 3, -1, -1}}, {{-1, 1, -1, -1}}},
        {"sub_2", "float_segments", "bodypix", {{1, 257, 353, 3}}, {{1, 17, 23, 1}}},
    };
    for (size_t i = 0; i < sizeof graphs / sizeof *graphs; i++) {
        struct model model;
        const struct ct__family *family = NULL;
        make_model(&model, graphs[i].from, (struct shape[]){graphs[i].to, {{0}}});
        model.inputs[0].name = graphs[i].input;
        model.outputs[0].name = graphs[i].output;
        assert_int_equal(ct__family_find(&model.graph, "model", NULL, &family), 0);
        assert_string_equal(family->name, graphs[i].family);
    }
}

static void an_open_matte_chooses_its_size(void **state)
{
    (void)state;
    struct model model;
    int width, height;
    make_model(&model, (struct shape){{-1, 3, -1, -1}}, (struct shape[]){{{-1, 1, -1, -1}}, {{0}}});
    struct ct__usage usage = configured(&model, "modnet");
    usage.family->size(&usage, 1920, 1080, &width, &height);
    assert_true(width == 896 && height == 512);
    usage.family->size(&usage, 10, 60000, &width, &height);
    assert_true(width == 512 && height == 4096);
    usage = configured(&model, "isnet_anime");
    assert_true(usage.width == 1024 && usage.height == 1024);
    make_model(&model, (struct shape){{-1, -1, -1, 3}}, (struct shape[]){{{-1, -1, -1, 1}}, {{0}}});
    model.outputs[0].name = "float_segments:0";
    usage = configured(&model, "bodypix");
    usage.family->size(&usage, 640, 480, &width, &height);
    assert_true(width == 321 && height == 241);
    usage.family->size(&usage, 4000, 3, &width, &height);
    assert_true(width == 641 && height == 17);
}

static void names_tell_the_transformers_apart(void **state)
{
    (void)state;
    struct model model;
    make_model(&model, (struct shape){{1, 3, 560, 560}},
               (struct shape[]){{{1, 300, 4}}, {{1, 300, 4}}, {{0}}});
    model.outputs[0].name = "labels";
    model.outputs[1].name = "dets";
    struct ct__usage usage = configured(&model, NULL);
    assert_string_equal(usage.family->name, "detr");
    assert_int_equal(usage.class_count, 4);
    assert_float_equal(usage.input.mean[0], 123.675, 1e-3); // RF-DETR's
    model.outputs[0].name = "logits";
    model.outputs[1].name = "pred_boxes";
    usage = configured(&model, NULL);
    assert_true(usage.input.mean[0] == 0);
}

// Ultralytics' RT-DETR: rows as yolo's transposed form has them, but 300, or a sentence says it.
static void one_output_of_queries_is_told_from_rows_of_yolo(void **state)
{
    (void)state;
    static const struct {
        struct shape output;
        const char *key, *value, *family;
        int classes;
    } cases[] = {
        {{{1, 300, 84}}, "author", "?", "detr", 80},
        {{{1, 300, 7}}, "description", "Ultralytics rtdetr-l model trained on x", "detr", 3},
        {{{-1, 300, -1}}, "description", "Ultralytics rtdetr-x model", "detr", 3},
        {{{1, 300, 6}}, "author", "?", "yolo", 0},          // boxes that are final
        {{{1, 8400, 84}}, "author", "?", "yolo", 80},       // a grid
        {{{1, 8400, 7}}, "description", "YOLO", "yolo", 3}, // the same with names
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct model model;
        make_model(&model, (struct shape){{1, 3, 640, 640}},
                   (struct shape[]){cases[i].output, {{0}}});
        add_pair(&model, cases[i].key, cases[i].value);
        if (cases[i].classes == 3) {
            add_pair(&model, "names", "{0: 'a', 1: 'b', 2: 'c'}");
            add_pair(&model, "task", "detect");
        }
        struct ct__usage usage = configured(&model, NULL);
        assert_string_equal(usage.family->name, cases[i].family);
        assert_int_equal(usage.class_count, cases[i].classes);
    }
}

static void open_transformers_take_the_size_that_their_metadata_name(void **state)
{
    (void)state;
    struct model model;
    make_model(&model, (struct shape){{1, 3, -1, -1}}, (struct shape[]){{{1, 300, 84}}, {{0}}});
    add_pair(&model, "imgsz", "[480, 640]");
    struct ct__usage usage = configured(&model, "detr");
    assert_int_equal(usage.width, 640);
    assert_int_equal(usage.height, 480);
    assert_int_equal(usage.fit, CT__FIT_STRETCH);
}

// Labels, boxes and scores in any order; the size of the picture is the second input.
static void a_second_input_for_the_size_is_known(void **state)
{
    (void)state;
    struct model model;
    make_model(&model, (struct shape){{-1, 3, 640, 640}},
               (struct shape[]){{{-1, 300}}, {{-1, 300, 4}}, {{-1, 300}}, {{0}}});
    add_size_input(&model, (struct shape){{-1, 2}});
    model.outputs[0].type = CT_TYPE_I64;
    struct ct__usage usage = configured(&model, NULL);
    assert_string_equal(usage.family->name, "detr");
    assert_int_equal(usage.class_count, 0);
    int64_t size[2] = {0};
    const struct ct__tensor input = {.rank = 2, .dim = {1, 2}, .data = size};
    struct ct__letterbox box;
    ct__letterbox_make(&box, usage.fit, 1920, 1080, 640, 640);
    usage.family->fill(&usage, 1, &box, &(struct ct__prompts){0}, &input);
    assert_int_equal(size[0], 1920);
    assert_int_equal(size[1], 1080);
    model.inputs[1].type = CT_TYPE_F32; // no size of that type is known
    const struct ct__family *family = NULL;
    assert_int_equal(ct__family_find(&model.graph, "model", NULL, &family), CT_ERROR_FORMAT);
    assert_int_equal(usage.family->configure(&model.graph, "model", &usage), CT_ERROR_FORMAT);
    assert_failure("2 inputs and 3 outputs: detr has");
}

static void the_size_of_an_open_yolo_comes_from_its_metadata(void **state)
{
    (void)state;
    static const struct {
        const char *imgsz;
        int width, height;
    } sizes[] = {
        {"[320, 640]", 640, 320}, {"[320,640]", 640, 320}, {"[0, 0]", 0, 0},    {"[33, 64]", 0, 0},
        {"[-32, -32]", 0, 0},     {"640", 0, 0},           {"[640, 640", 0, 0}, {"", 0, 0},
        {"[99999, 99999]", 0, 0}, {"[99968, 99968]", 0, 0}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct model model;
        make_model(&model, (struct shape){{-1, 3, -1, -1}},
                   (struct shape[]){{{-1, 84, -1}}, {{0}}});
        add_pair(&model, "imgsz", sizes[i].imgsz);
        add_pair(&model, "stride", "32");
        struct ct__usage usage = configured(&model, NULL);
        assert_int_equal(usage.width, sizes[i].width);
        assert_int_equal(usage.height, sizes[i].height);
    }
}

static void yolox_needs_the_anchors_of_its_input(void **state)
{
    (void)state;
    struct model model;
    struct ct__usage usage = {0};
    make_model(&model, (struct shape){{1, 3, 416, 416}}, (struct shape[]){{{1, 3548, 85}}, {{0}}});
    assert_int_equal(ct__family_find(&model.graph, "model", "yolox", &usage.family), 0);
    assert_int_equal(usage.family->configure(&model.graph, "model", &usage), CT_ERROR_FORMAT);
    assert_failure("output o0 [1,3548,85]: yolox has 3549 anchors for an input of 416 x 416");
}

static void an_open_face_model_chooses_its_size(void **state)
{
    (void)state;
    static const int sizes[][4] = {
        {1920, 1080, 640, 352}, {1080, 1920, 352, 640}, {640, 640, 640, 640}, {100, 50, 96, 64},
        {1, 1, 32, 32},         {65535, 1, 640, 32},    {639, 479, 640, 480}};
    struct model model;
    make_model(
        &model, (struct shape){{-1, 3, -1, -1}},
        (struct shape[]){
            {{-1, 1, -1, -1}}, {{-1, 2, -1, -1}}, {{-1, 2, -1, -1}}, {{-1, 10, -1, -1}}, {{0}}});
    struct ct__usage usage = configured(&model, NULL);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int width, height;
        usage.family->size(&usage, sizes[i][0], sizes[i][1], &width, &height);
        assert_int_equal(width, sizes[i][2]);
        assert_int_equal(height, sizes[i][3]);
    }
    make_model(&model, (struct shape){{1, 3, 100, 64}},
               (struct shape[]){
                   {{1, 1, 25, 16}}, {{1, 2, 25, 16}}, {{1, 2, 25, 16}}, {{1, 10, 25, 16}}, {{0}}});
    assert_int_equal(usage.family->configure(&model.graph, "model", &usage), CT_ERROR_FORMAT);
    assert_failure("input of 64 x 100: centerface takes multiples of 32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graphs_go_to_their_families),
        cmocka_unit_test(every_family_survives_every_graph),
        cmocka_unit_test(an_empty_graph_is_nobodys),
        cmocka_unit_test(an_unknown_graph_is_described),
        cmocka_unit_test(a_wrong_name_gets_the_nearest),
        cmocka_unit_test(a_name_wins_over_shapes_but_must_fit),
        cmocka_unit_test(a_task_without_an_answer_is_named_in_the_error),
        cmocka_unit_test(inputs_and_outputs_of_other_types_are_refused),
        cmocka_unit_test(an_input_of_bytes_gets_samples_as_they_are),
        cmocka_unit_test(an_input_of_signed_bytes_gets_samples_less_128),
        cmocka_unit_test(a_classifier_of_ultralytics_has_its_own_preparation),
        cmocka_unit_test(names_tell_the_mattes_apart),
        cmocka_unit_test(an_open_matte_chooses_its_size),
        cmocka_unit_test(names_tell_the_transformers_apart),
        cmocka_unit_test(one_output_of_queries_is_told_from_rows_of_yolo),
        cmocka_unit_test(open_transformers_take_the_size_that_their_metadata_name),
        cmocka_unit_test(a_second_input_for_the_size_is_known),
        cmocka_unit_test(the_size_of_an_open_yolo_comes_from_its_metadata),
        cmocka_unit_test(yolox_needs_the_anchors_of_its_input),
        cmocka_unit_test(an_open_face_model_chooses_its_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
