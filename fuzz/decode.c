// SPDX-License-Identifier: Apache-2.0
// Every family against any graph and any outputs: shapes, NaN, infinities. What comes out has to be
// what result.h promises.
//
// The first bytes name a family, or none, and choose the input and up to nine outputs, whose sides
// are picked from numbers that families look for; then come thresholds, then the values, again and
// again. Families that want six inputs of certain names get them: their own bytes say the shapes.
#include "base/mem.h"
#include "frame/mask.h"
#include "fuzz.h"
#include "models/family.h"

enum { MOST_INPUTS = 6, MOST_OUTPUTS = 9, MOST_ELEMENTS = 1 << 14, CLASSES = 26 };

struct model {
    struct ct__graph graph;
    struct ct_tensor_info inputs[MOST_INPUTS], outputs[MOST_OUTPUTS];
    struct ct__tensor tensors[MOST_OUTPUTS];
    const char *keys[4], *values[4];
};

static int64_t cells(int64_t width, int64_t height, int64_t stride)
{
    return ((width + stride - 1) / stride) * ((height + stride - 1) / stride);
}

// A side as a byte: open, small as itself, or one that follows from the input's size.
static int64_t side(unsigned code, int64_t width, int64_t height)
{
    const int64_t all =
        cells(width, height, 8) + cells(width, height, 16) + cells(width, height, 32);
    const int64_t chosen[] = {
        -1,
        width,
        height,
        width / 4,
        height / 4,
        all,
        3 * all,
        cells(width, height, 8),
        cells(width, height, 16),
        cells(width, height, 32),
        2 * cells(width, height, 8),
        2 * cells(width, height, 16),
        2 * cells(width, height, 32),
        300,
        0,
        INT64_C(1) << 40,
    };
    return code < 240 ? code : chosen[code - 240];
}

static struct ct_tensor_info take_info(struct fuzz_bytes *bytes, const char *name, int64_t width,
                                       int64_t height)
{
    struct ct_tensor_info info = {.name = name, .type = CT_TYPE_F32};
    unsigned first = fuzz_byte(bytes);
    info.rank = (int)(first % (CT_MAX_RANK + 1));
    if (first >= 200)
        info.type = (enum ct_type)(first % CT_TYPE_OTHER);
    for (int d = 0; d < info.rank; d++)
        info.dim[d] = side(fuzz_byte(bytes), width, height);
    return info;
}

static void take_graph(struct model *model, struct fuzz_bytes *bytes)
{
    static const char *const names[MOST_OUTPUTS] = {
        "537", "538", "539", "540", "float_segments", "float_part_heatmaps", "o6", "o7", "o8"};
    static const char *const tasks[] = {"detect", "segment", "pose", "obb", "classify"};
    static const char *const metadata[][2] = {
        {"task", NULL}, {"stride", "32"}, {"names", "{0: 'a', 1: 'b'}"}, {"end2end", "True"}};
    *model = (struct model){0};
    int64_t width = 8 * (int64_t)fuzz_below(bytes, 17), height = 8 * (int64_t)fuzz_below(bytes, 17);
    unsigned flags = fuzz_byte(bytes);
    int64_t w = flags & 1 || !width ? -1 : width, h = flags & 1 || !height ? -1 : height;
    model->inputs[0] = (struct ct_tensor_info){.name = "images",
                                               .type = flags & 2 ? CT_TYPE_U8 : CT_TYPE_F32,
                                               .rank = 4,
                                               .dim = {1, 3, h, w}};
    if (flags & 4)
        memcpy(model->inputs[0].dim, (int64_t[]){1, h, w, 3}, 4 * sizeof(int64_t));
    int pairs = 0;
    for (int i = 0; i < 4; i++) {
        if (!(flags >> (4 + i) & 1))
            continue;
        model->keys[pairs] = metadata[i][0];
        model->values[pairs++] = metadata[i][1] ? metadata[i][1] : tasks[fuzz_below(bytes, 5)];
    }
    if (flags & 8)
        model->inputs[1] = take_info(bytes, "orig_target_sizes", width, height);
    int outputs = (int)fuzz_below(bytes, MOST_OUTPUTS + 1);
    for (int i = 0; i < outputs; i++)
        model->outputs[i] = take_info(bytes, names[i], width, height);
    model->graph =
        (struct ct__graph){flags & 8 ? 2 : 1, outputs,      model->inputs, model->outputs, pairs,
                           model->keys,       model->values};
}

// The families whose inputs have names.
static const struct {
    const char *family, *inputs[MOST_INPUTS], *outputs[MOST_INPUTS];
} named[] = {
    {"rvm",
     {"src", "r1i", "r2i", "r3i", "r4i", "downsample_ratio"},
     {"fgr", "pha", "r1o", "r2o", "r3o", "r4o"}},
    {"sam",
     {"input_image", "point_coords", "point_labels", "mask_input", "has_mask_input",
      "orig_im_size"},
     {"masks", "iou_predictions", "low_res_masks"}},
};

static void name_inputs(struct model *model, const char *family, struct fuzz_bytes *bytes)
{
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        if (strcmp(named[i].family, family) != 0)
            continue;
        int64_t width = model->inputs[0].dim[3], height = model->inputs[0].dim[2];
        for (int k = 0; k < MOST_INPUTS; k++)
            if (k || fuzz_byte(bytes) % 2)
                model->inputs[k] = take_info(bytes, named[i].inputs[k], width, height);
        model->inputs[0].name = named[i].inputs[0];
        model->graph.input_count = MOST_INPUTS;
        for (int k = 0; k < model->graph.output_count && k < MOST_INPUTS; k++)
            if (named[i].outputs[k])
                model->outputs[k].name = named[i].outputs[k];
    }
}

// Outputs as a run gives them: as declared, or now and then not.
static bool take_tensors(struct model *model, struct fuzz_bytes *bytes)
{
    for (int i = 0; i < model->graph.output_count; i++) {
        const struct ct_tensor_info *info = &model->outputs[i];
        struct ct__tensor *tensor = &model->tensors[i];
        *tensor = (struct ct__tensor){.name = info->name, .type = info->type, .rank = info->rank};
        for (int d = 0; d < info->rank; d++)
            tensor->dim[d] = info->dim[d] < 0 ? (int64_t)fuzz_below(bytes, 20) : info->dim[d];
        if (info->rank && fuzz_byte(bytes) == 255)
            tensor->dim[fuzz_below(bytes, (unsigned)info->rank)] = (int64_t)fuzz_below(bytes, 40);
        int64_t count = ct__shape_count(tensor->rank, tensor->dim);
        size_t size = ct__type_size(tensor->type);
        if (count < 0 || count > MOST_ELEMENTS || !size)
            return false;
        tensor->data = malloc(count ? (size_t)count * size : 1);
        FUZZ_CHECK(tensor->data);
    }
    return true;
}

// The values repeat: few bytes fill large outputs, and a fuzzer learns more from few bytes.
static void fill_tensors(struct model *model, struct fuzz_bytes *bytes)
{
    const struct fuzz_bytes again = *bytes;
    for (int i = 0; i < model->graph.output_count; i++) {
        struct ct__tensor *tensor = &model->tensors[i];
        int64_t count = ct__shape_count(tensor->rank, tensor->dim);
        size_t size = ct__type_size(tensor->type);
        for (int64_t j = 0; j < count; j++) {
            float value = fuzz_float(bytes);
            if (tensor->type == CT_TYPE_F32)
                ((float *)tensor->data)[j] = value;
            else
                memset((uint8_t *)tensor->data + (size_t)j * size, (int)fuzz_byte(bytes), size);
            if (!bytes->left)
                *bytes = again;
        }
    }
}

static void check_object(const struct ct_object *object, const struct ct__usage *usage,
                         const struct ct__letterbox *box)
{
    float width = (float)box->source_width, height = (float)box->source_height;
    FUZZ_CHECK(object->x >= 0 && object->y >= 0 && object->width >= 0 && object->height >= 0);
    FUZZ_CHECK(object->x + object->width <= width * 1.0001F);
    FUZZ_CHECK(object->y + object->height <= height * 1.0001F);
    FUZZ_CHECK(isfinite(object->score));
    FUZZ_CHECK(object->class_id >= 0 && object->class_id < usage->class_count);
    FUZZ_CHECK(!usage->wanted || usage->wanted[object->class_id]);
    FUZZ_CHECK(object->point_count >= 0 && object->point_count <= CT_MAX_POINTS);
    for (int i = 0; i < object->point_count; i++) {
        const struct ct_point *point = &object->points[i];
        FUZZ_CHECK(isfinite(point->x) && isfinite(point->y));
        // The corners of a turned box may lie outside.
        FUZZ_CHECK(object->point_kind == CT_POINTS_CORNERS ||
                   (point->x >= 0 && point->x <= width && point->y >= 0 && point->y <= height));
    }
}

static void check_mask(const struct ct_object *object, const struct ct__letterbox *box)
{
    const struct ct_mask *mask = &object->mask;
    struct ct__mask_walk walk = {mask, box->source_height};
    uint64_t sum = 0;
    int x, y, length;
    for (int i = 0; i < mask->count; i++) {
        FUZZ_CHECK(i == 0 || mask->runs[i] > 0);
        sum += mask->runs[i];
    }
    FUZZ_CHECK(sum == (uint64_t)box->source_width * (uint64_t)box->source_height);
    while (ct__mask_next(&walk, &x, &y, &length)) {
        FUZZ_CHECK((float)x >= object->x - 1 && (float)x <= object->x + object->width);
        FUZZ_CHECK(length > 0 && y >= 0 && y + length <= box->source_height);
    }
}

// All pixels are there, also for a sanitizer.
static void check_mattes(const struct ct_result *result)
{
    unsigned sum = 0;
    for (int i = 0; i < result->matte_count; i++) {
        const struct ct_matte *matte = &result->mattes[i];
        FUZZ_CHECK(matte->width == result->width && matte->height == result->height);
        for (int y = 0; y < matte->height; y++)
            for (int x = 0; x < matte->width; x++)
                sum += matte->alpha[y * matte->stride + x];
    }
    FUZZ_CHECK(sum || !result->matte_count || result->mattes[0].alpha);
}

static void check_result(const struct ct_result *result, const struct ct__usage *usage,
                         const struct ct__letterbox *box)
{
    FUZZ_CHECK(result->count <= usage->nms.max_count);
    check_mattes(result);
    for (int i = 0; i < result->count; i++) {
        check_object(&result->objects[i], usage, box);
        if (result->objects[i].mask.count)
            check_mask(&result->objects[i], box);
        FUZZ_CHECK(i == 0 || result->objects[i - 1].score >= result->objects[i].score);
    }
}

static void wish(struct ct__usage *usage, struct fuzz_bytes *bytes)
{
    static const char *const labels[CLASSES] = {"a", "b", "c", "d", "e", "f", "g", "h", "i",
                                                "j", "k", "l", "m", "n", "o", "p", "q", "r",
                                                "s", "t", "u", "v", "w", "x", "y", "z"};
    static const bool wanted[CLASSES] = {true, false, true, true};
    unsigned flags = fuzz_byte(bytes);
    usage->conf = (float)fuzz_below(bytes, 128) / 128;
    usage->nms.iou = flags & 1 ? (float)fuzz_below(bytes, 129) / 128 : usage->nms.iou;
    usage->nms.max_count = 1 + (int)fuzz_below(bytes, 300);
    if (!usage->class_count)
        usage->class_count = CLASSES;
    if (usage->class_count <= CLASSES) {
        usage->labels = labels;
        usage->wanted = flags & 2 ? wanted : NULL;
    }
}

// Points within the picture, borders included, and boxes.
static struct ct__prompts take_prompts(struct fuzz_bytes *bytes, const struct ct__letterbox *box,
                                       struct ct_prompt *items)
{
    const struct ct__prompts prompts = {items, (int)fuzz_below(bytes, 5)};
    for (int i = 0; i < prompts.count; i++) {
        double places[4];
        for (int k = 0; k < 4; k++)
            places[k] =
                fuzz_below(bytes, 17) / 16. * (k % 2 ? box->source_height : box->source_width);
        items[i] = (struct ct_prompt){CT_PROMPT_FOREGROUND + fuzz_below(bytes, 3), places[0],
                                      places[1], places[2], places[3]};
    }
    FUZZ_CHECK(!ct__prompts_check(&prompts, "fuzz"));
    FUZZ_CHECK(!ct__prompts_check_within(&prompts, box->source_width, box->source_height, "fuzz"));
    return prompts;
}

// An input beside the picture: in memory of exactly its size.
static void fill_input(const struct ct_tensor_info *info, int index, const struct ct__usage *usage,
                       const struct ct__letterbox *box, const struct ct__prompts *prompts)
{
    struct ct__tensor input = {.name = info->name, .type = info->type, .rank = info->rank};
    int points = usage->family->points ? usage->family->points(prompts) : 1;
    for (int d = 0; d < info->rank; d++)
        input.dim[d] = info->dim[d] >= 0 ? info->dim[d] : d ? points : 1;
    int64_t count = ct__shape_count(input.rank, input.dim);
    if (count < 0 || count > MOST_ELEMENTS)
        return;
    input.data = malloc((size_t)count * ct__type_size(input.type) + 1);
    FUZZ_CHECK(input.data);
    usage->family->fill(usage, index, box, prompts, &input);
    free(input.data);
}

static void fill_inputs(const struct model *model, const struct ct__usage *usage,
                        const struct ct__letterbox *box, struct fuzz_bytes *bytes)
{
    struct ct_prompt items[4];
    if (!usage->family->fill)
        return;
    const struct ct__prompts prompts = take_prompts(bytes, box, items);
    for (int i = 1; i < model->graph.input_count; i++)
        fill_input(&model->inputs[i], i, usage, box, &prompts);
}

static void decode(struct model *model, struct ct__usage *usage, struct fuzz_bytes *bytes)
{
    int source_width = 1 + (int)fuzz_below(bytes, 2000);
    int source_height = 1 + (int)fuzz_below(bytes, 2000);
    int width = usage->width ? usage->width : 64, height = usage->height ? usage->height : 64;
    if (usage->family->size && !(usage->width && usage->height))
        usage->family->size(usage, source_width, source_height, &width, &height);
    FUZZ_CHECK(width > 0 && height > 0);
    struct ct__letterbox box;
    ct__letterbox_make(&box, usage->fit, source_width, source_height, width, height);
    struct ct__scratch scratch = {0};
    struct ct__result result = {0};
    fill_inputs(model, usage, &box, bytes);
    fill_tensors(model, bytes);
    for (int run = 0; run < 2; run++) {
        ct__result_clear(&result);
        if (ct__family_result(usage, model->tensors, &box, &scratch, &result, NULL, NULL))
            break;
        check_result(&result.view, usage, &box);
    }
    ct__result_finish(&result);
    ct__scratch_finish(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct model model;
    struct fuzz_bytes bytes = {data, size};
    struct ct__usage usage = {0};
    char *name = fuzz_text(&bytes, 20);
    take_graph(&model, &bytes);
    // 0 leaves it to recognition; a user may name a family that the graph is not of.
    name_inputs(&model, name, &bytes);
    int error = ct__family_find(&model.graph, "fuzz", *name ? name : NULL, &usage.family);
    free(name);
    if (error || usage.family->configure(&model.graph, "fuzz", &usage))
        return 0;
    FUZZ_CHECK(usage.class_count >= 0 && usage.width >= 0 && usage.height >= 0);
    wish(&usage, &bytes);
    if (take_tensors(&model, &bytes))
        decode(&model, &usage, &bytes);
    for (int i = 0; i < MOST_OUTPUTS; i++)
        free(model.tensors[i].data);
    return 0;
}
