// SPDX-License-Identifier: Apache-2.0
// Segment Anything in two files: the encoder looks at the picture, the decoder is told by points
// and boxes what of it is meant. There are two forms. That of samexporter, which rembg uses, takes
// a picture as it is and answers with masks of its size: sizes and arithmetic are rembg's. That of
// Meta's own network takes a square, normalised and padded by its caller, and is told the size of
// the source, in which it answers.
#include <math.h>
#include <string.h>

#include "base/log.h"
#include "frame/format.h"
#include "image/warp.h"
#include "models/input.h"
#include "models/salient.h"

enum { WIDTH = 1024, HEIGHT = 684, SQUARE = 1024, INPUTS = 6 };
enum { NOTHING = -1, TOP_LEFT = 2, BOTTOM_RIGHT = 3 }; // labels of points beside 0 and 1
enum form { SAMEXPORTER, META };                       // a usage's kind

static const char embeddings[] = "image_embeddings";

// ---- which it is

// A picture without a batch: [H,W,3].
static bool is_single(const struct ct_tensor_info *input, struct ct__usage *usage)
{
    if (input->rank != 3 || input->type != CT_TYPE_F32 ||
        (input->dim[2] != 3 && input->dim[2] != -1))
        return false;
    int64_t height = input->dim[0] < 0 ? HEIGHT : input->dim[0];
    int64_t width = input->dim[1] < 0 ? WIDTH : input->dim[1];
    if (!ct__size_ok(width, height))
        return false;
    usage->width = (int)width;
    usage->height = (int)height;
    usage->kind = SAMEXPORTER;
    return true;
}

// Planes of a square: [1,3,S,S].
static bool is_square(const struct ct__graph *graph, struct ct__usage *usage)
{
    if (!ct__input_picture(graph, usage) || usage->input.layout != CT__LAYOUT_NCHW ||
        usage->input.type != CT_TYPE_F32 || usage->width != usage->height)
        return false;
    usage->width = usage->height = usage->width ? usage->width : SQUARE;
    usage->kind = META;
    return true;
}

static bool is_picture(const struct ct__graph *graph, struct ct__usage *usage)
{
    return is_single(&graph->inputs[0], usage) || is_square(graph, usage);
}

// Whether the graph has an input of this name, float32, with these sides: -1 open, 0 any that is
// not. The first of all may be open in any case.
static bool has_input(const struct ct__graph *graph, const char *name, int rank,
                      const int64_t *sides)
{
    for (int i = 1; i < graph->input_count; i++) {
        const struct ct_tensor_info *input = &graph->inputs[i];
        if (strcmp(input->name, name) != 0)
            continue;
        bool fits = input->type == CT_TYPE_F32 && input->rank == rank;
        for (int d = 0; fits && d < rank; d++)
            fits = input->dim[d] == sides[d] || (!sides[d] && input->dim[d] > 0) ||
                   (d == 0 && rank > 1 && input->dim[d] < 0);
        return fits;
    }
    return false;
}

static bool is_whole(const struct ct__graph *graph, struct ct__usage *usage)
{
    return graph->input_count == INPUTS && graph->output_count > 0 && is_picture(graph, usage) &&
           has_input(graph, "point_coords", 3, (const int64_t[]){1, -1, 2}) &&
           has_input(graph, "point_labels", 2, (const int64_t[]){1, -1}) &&
           has_input(graph, "mask_input", 4, (const int64_t[]){1, 0, 0, 0}) &&
           has_input(graph, "has_mask_input", 1, (const int64_t[]){1}) &&
           has_input(graph, "orig_im_size", 1, (const int64_t[]){2});
}

// Many a network takes a square: only its output's name tells that it is this one.
static bool is_encoder(const struct ct__graph *graph)
{
    struct ct__usage usage;
    if (graph->input_count != 1 || graph->output_count < 1 || !is_picture(graph, &usage))
        return false;
    const struct ct_tensor_info *output = &graph->outputs[0];
    return usage.kind == META ? strcmp(output->name, embeddings) == 0
                              : output->rank == 4 || output->rank == 0;
}

static bool is_decoder(const struct ct__graph *graph)
{
    return graph->input_count == INPUTS && strcmp(graph->inputs[0].name, embeddings) == 0 &&
           has_input(graph, "orig_im_size", 1, (const int64_t[]){2});
}

// Half of it is recognised too, so that configure() can say what is missing.
static int recognise(const struct ct__graph *graph)
{
    struct ct__usage usage;
    if (is_whole(graph, &usage))
        return 99;
    return is_encoder(graph) || is_decoder(graph) ? 90 : 0;
}

static int fail_half(const struct ct__graph *graph, const char *scope)
{
    if (is_encoder(graph))
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "is the encoder of sam, and its decoder is not beside it: expected a file "
                        "of the same name with decoder in the place of encoder");
    if (is_decoder(graph))
        return ct__fail(CT_ERROR_FORMAT, scope,
                        "is the decoder of sam: name its encoder, a file of the same name with "
                        "encoder in the place of decoder");
    return ct__fail(CT_ERROR_FORMAT, scope,
                    "sam has a picture [H,W,3] or [1,3,S,S] of float32 and the inputs "
                    "point_coords [1,N,2], point_labels [1,N], mask_input, has_mask_input [1] and "
                    "orig_im_size [2]");
}

static const struct ct__input_spec samexporter_spec = {
    .layout = CT__LAYOUT_NHWC, .type = CT_TYPE_F32, .scale = {1, 1, 1}, .warp = true};

static struct ct__input_spec meta_spec(void)
{
    struct ct__input_spec spec = ct__input_imagenet;
    spec.layout = CT__LAYOUT_NCHW;
    spec.type = CT_TYPE_F32;
    spec.filter = CT__FILTER_TRIANGLE;
    spec.bare = true;
    return spec;
}

static int configure(const struct ct__graph *graph, const char *scope, struct ct__usage *usage)
{
    if (!is_whole(graph, usage))
        return fail_half(graph, scope);
    usage->input = usage->kind == META ? meta_spec() : samexporter_spec;
    usage->fit = CT__FIT_TOP_LEFT;
    usage->stride = 1;
    usage->class_count = 1;
    usage->nms.max_count = 1;
    return ct__outputs_check(graph, scope, 1);
}

// ---- what it is told

// A box is two points, and one that is none ends the list. Without prompts the middle is meant.
static int points(const struct ct__prompts *prompts)
{
    int count = prompts->count ? 1 : 2;
    for (int i = 0; i < prompts->count; i++)
        count += prompts->items[i].kind == CT_PROMPT_BOX ? 2 : 1;
    return count;
}

struct point {
    double x, y;
    int label;
};

// How places in the source become those on the canvas: the scale of each side, which whole sides
// make different ones.
struct scale {
    double x, y;
};

static struct scale scale_of(const struct ct__usage *usage, const struct ct__letterbox *box)
{
    if (usage->kind == META)
        return (struct scale){(double)box->width / box->source_width,
                              (double)box->height / box->source_height};
    return (struct scale){ct__warp_scale(box), ct__warp_scale(box)};
}

// The middle, which is meant where nothing is said; rembg's lies on a pixel.
static struct ct_prompt middle_of(const struct ct__usage *usage, const struct ct__letterbox *box)
{
    double x = box->source_width / 2., y = box->source_height / 2.;
    if (usage->kind == META)
        return (struct ct_prompt){CT_PROMPT_FOREGROUND, x, y, 0, 0};
    return (struct ct_prompt){CT_PROMPT_FOREGROUND, floor(x), floor(y), 0, 0};
}

// The points of a prompt, one or two.
static int points_of(const struct ct_prompt *prompt, struct point two[2])
{
    if (prompt->kind != CT_PROMPT_BOX) {
        two[0] = (struct point){prompt->x, prompt->y, prompt->kind == CT_PROMPT_FOREGROUND};
        return 1;
    }
    two[0] = (struct point){fmin(prompt->x, prompt->x2), fmin(prompt->y, prompt->y2), TOP_LEFT};
    two[1] = (struct point){fmax(prompt->x, prompt->x2), fmax(prompt->y, prompt->y2), BOTTOM_RIGHT};
    return 2;
}

// Writes places or labels of a point as number `n`.
static void put_point(const struct ct__tensor *input, int n, const struct point *point,
                      const struct scale *scale, bool labels)
{
    float *to = input->data;
    if (labels) {
        to[n] = (float)point->label;
        return;
    }
    to[2 * n] = (float)((float)point->x * scale->x);
    to[2 * n + 1] = (float)((float)point->y * scale->y);
}

static void put_points(const struct ct__usage *usage, const struct ct__letterbox *box,
                       const struct ct__prompts *prompts, const struct ct__tensor *input,
                       bool labels)
{
    const struct ct_prompt middle = middle_of(usage, box);
    const struct ct_prompt *items = prompts->count ? prompts->items : &middle;
    int count = prompts->count ? prompts->count : 1, n = 0;
    const struct scale scale = scale_of(usage, box);
    struct point two[2];
    for (int i = 0; i < count; i++)
        for (int k = 0, own = points_of(&items[i], two); k < own; k++)
            put_point(input, n++, &two[k], &scale, labels);
    put_point(input, n, &(struct point){0, 0, NOTHING}, &scale, labels);
}

static void fill(const struct ct__usage *usage, int index, const struct ct__letterbox *box,
                 const struct ct__prompts *prompts, const struct ct__tensor *input)
{
    float *to = input->data;
    bool source = usage->kind == META;
    (void)index;
    if (strcmp(input->name, "point_coords") == 0 || strcmp(input->name, "point_labels") == 0) {
        put_points(usage, box, prompts, input, strcmp(input->name, "point_labels") == 0);
    } else if (strcmp(input->name, "orig_im_size") == 0) {
        to[0] = (float)(source ? box->source_height : box->canvas_height);
        to[1] = (float)(source ? box->source_width : box->canvas_width);
    } else { // there is no mask of a run before
        memset(to, 0, (size_t)ct__shape_count(input->rank, input->dim) * sizeof *to);
    }
}

// ---- what it answers

struct mask {
    const float *values;
    int width, height;
};

// Sets the pixels of a row that a mask is above 0 at; `step` is from one to the next on the mask.
static void unite_row(uint8_t *row, int count, const struct mask *mask, double step,
                      const struct ct__warp_tap *line)
{
    const float *first = mask->values + (ptrdiff_t)line->at * mask->width;
    const float *second = mask->values + (ptrdiff_t)line->next * mask->width;
    for (int x = 0; x < count; x++) {
        const struct ct__warp_tap pixel = ct__warp_tap(step * x, mask->width);
        if (pixel.at < 0)
            return;
        const float a = first[pixel.at], b = first[pixel.next];
        const float c = second[pixel.at], d = second[pixel.next];
        if (row[x] || (a <= 0 && b <= 0 && c <= 0 && d <= 0))
            continue; // weights are never negative
        double sum = a * line->weight * pixel.weight;
        sum += b * line->weight * pixel.next_weight;
        sum += c * line->next_weight * pixel.weight;
        sum += d * line->next_weight * pixel.next_weight;
        if ((float)sum > 0)
            row[x] = 255;
    }
}

static void unite(uint8_t *alpha, const struct ct__tensor *masks, const struct ct__letterbox *box)
{
    struct mask mask = {masks->data, box->canvas_width, box->canvas_height};
    double step = 1 / (1 / ct__warp_scale(box)); // inverted twice, as rembg does it
    for (int64_t m = 0; m < masks->dim[1]; m++) {
        for (int y = 0; y < box->source_height; y++) {
            const struct ct__warp_tap line = ct__warp_tap(step * y, mask.height);
            if (line.at >= 0)
                unite_row(alpha + (ptrdiff_t)y * box->source_width, box->source_width, &mask, step,
                          &line);
        }
        mask.values += (ptrdiff_t)mask.width * mask.height;
    }
}

// Where there are several masks they are guesses at the same thing, and the first is meant.
static void take_first(uint8_t *alpha, const struct ct__tensor *masks, size_t count)
{
    const float *values = masks->data;
    for (size_t i = 0; i < count; i++)
        alpha[i] = values[i] > 0 ? 255 : 0;
}

static int matte(const struct ct__usage *usage, const struct ct__tensor *outputs,
                 const struct ct__letterbox *box, struct ct__scratch *scratch,
                 struct ct__result *result)
{
    bool source = usage->kind == META;
    const int64_t last[] = {-1, source ? box->source_height : box->canvas_height,
                            source ? box->source_width : box->canvas_width};
    size_t count = (size_t)box->source_width * (size_t)box->source_height;
    const struct ct__tensor *masks = &outputs[0];
    const char *label = usage->labels ? usage->labels[0] : NULL;
    uint8_t *alpha = NULL;
    (void)scratch;
    if (!ct__output_fits(masks, 4, 3, last) || (source && masks->dim[1] < 1))
        return ct__output_unfit("sam", masks,
                                source ? "[N,masks,H,W] of the size of the picture"
                                       : "[N,masks,H,W] of the size of the input");
    int error = ct__result_add_matte(result, 0, label, box->source_width, &alpha);
    if (error)
        return error;
    if (source) {
        take_first(alpha, masks, count);
    } else {
        memset(alpha, 0, count);
        unite(alpha, masks, box);
    }
    return CT_OK;
}

const struct ct__family ct__family_sam = {
    .name = "sam",
    .help = "mattes of what points and boxes mean, in two files, as Segment Anything's: masks "
            "[N,masks,H,W]",
    .preset_labels = ct__salient_labels,
    .recognise = recognise,
    .configure = configure,
    .points = points,
    .fill = fill,
    .matte = matte,
};
