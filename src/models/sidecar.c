// SPDX-License-Identifier: Apache-2.0
// Each key is a row of one table: its name and the function that reads its value. Aliases are
// refused: nothing in a sidecar is long enough to be said twice.
#include "models/sidecar.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/yaml.h"
#include "models/input.h"

enum { FILE_LIMIT = 1 << 22, MOST_SIDE = 16384, MOST_OBJECTS = 10000 };

struct reader {
    struct ct__sidecar *sidecar;
    const char *path;
    const struct ct__yaml_node *key; // of the value that is read
};

// --- Errors ---

static int fail_place(const char *path, int line, int column, const char *sentence)
{
    char scope[4200];
    snprintf(scope, sizeof scope, line ? "%s:%d:%d" : "%s", path, line, column);
    return ct__fail(CT_ERROR_FORMAT, scope, "%s", sentence);
}

__attribute__((format(printf, 3, 4))) static int
fail_at(const struct reader *reader, const struct ct__yaml_node *node, const char *format, ...)
{
    char sentence[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return fail_place(reader->path, node ? node->line : 1, node ? node->column : 1, sentence);
}

// The text of a scalar, or NULL for what is none.
static const char *text_of(const struct ct__yaml_node *node)
{
    return node->kind == CT__YAML_SCALAR ? node->text : NULL;
}

static const char *shown(const struct ct__yaml_node *node)
{
    const char *text = text_of(node);
    return text ? text : "this";
}

static const char *key_name(const struct reader *reader)
{
    return shown(reader->key);
}

// --- Values ---

static int read_number(const struct reader *reader, const struct ct__yaml_node *value, double least,
                       double most, double *number)
{
    const char *text = text_of(value);
    if (text && ct__parse_double(text, number) && *number >= least && *number <= most)
        return CT_OK;
    return fail_at(reader, value, "%s = %.64s: expected a number from %g to %g", key_name(reader),
                   shown(value), least, most);
}

static int read_float(const struct reader *reader, const struct ct__yaml_node *value, double least,
                      double most, float *number)
{
    double wide;
    int status = read_number(reader, value, least, most, &wide);
    if (!status)
        *number = (float)wide;
    return status;
}

static int read_whole(const struct reader *reader, const struct ct__yaml_node *value, int most,
                      int *number)
{
    const char *text = text_of(value);
    int64_t wide;
    if (!text || !ct__parse_int(text, &wide) || wide < 1 || wide > most)
        return fail_at(reader, value, "%s = %.64s: expected a whole number from 1 to %d",
                       key_name(reader), shown(value), most);
    *number = (int)wide;
    return CT_OK;
}

// One number for all channels, or a list of three.
static int read_channels(const struct reader *reader, const struct ct__yaml_node *value,
                         float channels[3])
{
    int status = CT_OK;
    bool list = value->kind == CT__YAML_SEQUENCE;
    if (list && value->count != 3)
        return fail_at(reader, value, "%s: expected a number or a list of three", key_name(reader));
    const struct ct__yaml_node *item = list ? value->first : value;
    for (int c = 0; c < 3 && !status; c++) {
        status = read_float(reader, item, -1e6, 1e6, &channels[c]);
        item = list ? item->next : value;
    }
    return status;
}

// One of `words` (ends with NULL) as its place from 1.
static int read_word(const struct reader *reader, const struct ct__yaml_node *value,
                     const char *const *words, int *place)
{
    const char *text = text_of(value);
    for (int i = 0; text && words[i]; i++)
        if (strcmp(text, words[i]) == 0) {
            *place = i + 1;
            return CT_OK;
        }
    const char *nearest = text ? ct__nearest(text, words) : NULL;
    if (nearest)
        return fail_at(reader, value, "%s = %.64s; did you mean %s?", key_name(reader), text,
                       nearest);
    struct ct__text list = {0};
    for (int i = 0; words[i]; i++)
        ct__text_printf(&list, "%s%s", i ? ", " : "", words[i]);
    int status = fail_at(reader, value, "%s = %.64s: expected one of %s", key_name(reader),
                         shown(value), list.failed ? "those known" : list.data);
    ct__text_finish(&list);
    return status;
}

static int copy_text(const struct reader *reader, const struct ct__yaml_node *value, char **copy)
{
    const char *text = text_of(value);
    if (!text || !*text)
        return fail_at(reader, value, "%s: expected a text", key_name(reader));
    *copy = ct__strdup(text);
    return *copy ? CT_OK : ct__fail_memory(reader->path);
}

// --- Keys ---

static int read_family(struct reader *reader, const struct ct__yaml_node *value)
{
    return copy_text(reader, value, &reader->sidecar->family);
}

// 640, 640x480 or [640, 480].
static int read_size(struct reader *reader, const struct ct__yaml_node *value)
{
    struct ct__sidecar *sidecar = reader->sidecar;
    const char *text = text_of(value);
    int width = 0, height = 0;
    const char *end = text ? ct__parse_size(text, &width, &height) : NULL;
    if (value->kind == CT__YAML_SEQUENCE && value->count == 2) {
        int status = read_whole(reader, value->first, MOST_SIDE, &width);
        if (!status)
            status = read_whole(reader, value->first->next, MOST_SIDE, &height);
        if (status)
            return status;
    } else if (end && !*end) {
        if (width < 1 || height < 1 || width > MOST_SIDE || height > MOST_SIDE)
            return fail_at(reader, value, "size = %.64s: expected sides from 1 to %d", text,
                           MOST_SIDE);
    } else {
        int status = read_whole(reader, value, MOST_SIDE, &width);
        if (status)
            return status;
        height = width;
    }
    sidecar->width = width;
    sidecar->height = height;
    return CT_OK;
}

static int read_mean(struct reader *reader, const struct ct__yaml_node *value)
{
    reader->sidecar->has_mean = true;
    return read_channels(reader, value, reader->sidecar->mean);
}

static int read_scale(struct reader *reader, const struct ct__yaml_node *value)
{
    reader->sidecar->has_scale = true;
    return read_channels(reader, value, reader->sidecar->scale);
}

static int read_pad(struct reader *reader, const struct ct__yaml_node *value)
{
    reader->sidecar->has_pad = true;
    return read_float(reader, value, 0, 255, &reader->sidecar->pad);
}

// Words in the order of enum ct__layout and enum ct__fit.
static const char *const orders[] = {"rgb", "bgr", NULL};
static const char *const layouts[] = {"nchw", "nhwc", NULL};
static const char *const fits[] = {"stretch", "centre", "top_left", "top_left_floor",
                                   "cover",   "crop",   NULL};

static int read_order(struct reader *reader, const struct ct__yaml_node *value)
{
    return read_word(reader, value, orders, &reader->sidecar->order);
}

static int read_layout(struct reader *reader, const struct ct__yaml_node *value)
{
    int place = 0, status = read_word(reader, value, layouts, &place);
    reader->sidecar->layout = (enum ct__layout)place;
    return status;
}

static int read_fit(struct reader *reader, const struct ct__yaml_node *value)
{
    int place = 0, status = read_word(reader, value, fits, &place);
    reader->sidecar->fit = (enum ct__fit)place;
    return status;
}

static int read_label(struct reader *reader, const struct ct__yaml_node *item)
{
    const char *text = text_of(item);
    if (!text || strlen(text) > CT__MAX_LABEL_SIZE)
        return fail_at(reader, item, "labels: expected names of at most %d bytes",
                       CT__MAX_LABEL_SIZE);
    if (reader->sidecar->labels.count == CT__MAX_LABELS)
        return fail_at(reader, item, "more than %d labels", CT__MAX_LABELS);
    return ct__labels_add(&reader->sidecar->labels, reader->path, text);
}

// A file that is named without a folder lies where the sidecar is.
static int read_labels_path(struct reader *reader, const struct ct__yaml_node *value)
{
    struct ct__text path = {0};
    const char *name = text_of(value), *slash = strrchr(reader->path, '/');
    if (!name || !*name)
        return fail_at(reader, value, "labels: expected a list of names or a file");
    if (*name != '/' && slash)
        ct__text_append(&path, reader->path, (size_t)(slash + 1 - reader->path));
    ct__text_puts(&path, name);
    reader->sidecar->labels_path = path.failed ? NULL : ct__strdup(path.data);
    ct__text_finish(&path);
    return reader->sidecar->labels_path ? CT_OK : ct__fail_memory(reader->path);
}

static int read_labels(struct reader *reader, const struct ct__yaml_node *value)
{
    int status = CT_OK;
    if (value->kind != CT__YAML_SEQUENCE)
        return read_labels_path(reader, value);
    if (!value->count)
        return fail_at(reader, value, "labels: the list is empty");
    for (const struct ct__yaml_node *item = value->first; item && !status; item = item->next)
        status = read_label(reader, item);
    return status;
}

static int read_conf(struct reader *reader, const struct ct__yaml_node *value)
{
    return read_float(reader, value, 0, 1, &reader->sidecar->conf);
}

static int read_iou(struct reader *reader, const struct ct__yaml_node *value)
{
    return read_float(reader, value, 0, 1, &reader->sidecar->iou);
}

static int read_max_objects(struct reader *reader, const struct ct__yaml_node *value)
{
    return read_whole(reader, value, MOST_OBJECTS, &reader->sidecar->max_objects);
}

static const struct {
    const char *name;
    int (*read)(struct reader *reader, const struct ct__yaml_node *value);
} keys[] = {
    {"family", read_family}, {"size", read_size}, {"mean", read_mean},
    {"scale", read_scale},   {"pad", read_pad},   {"order", read_order},
    {"layout", read_layout}, {"fit", read_fit},   {"labels", read_labels},
    {"conf", read_conf},     {"iou", read_iou},   {"max_objects", read_max_objects},
};
enum { KEYS = sizeof keys / sizeof *keys };

// --- The file ---

static int fail_key(const struct reader *reader)
{
    const char *names[KEYS + 1] = {0}, *key = text_of(reader->key);
    for (int i = 0; i < KEYS; i++)
        names[i] = keys[i].name;
    const char *nearest = key ? ct__nearest(key, names) : NULL;
    if (nearest)
        return fail_at(reader, reader->key, "unknown key %.64s; did you mean %s?", key, nearest);
    struct ct__text list = {0};
    for (int i = 0; i < KEYS; i++)
        ct__text_printf(&list, "%s%s", i ? ", " : "", names[i]);
    int status = fail_at(reader, reader->key, "unknown key %.64s: expected one of %s",
                         key ? key : "", list.failed ? "those known" : list.data);
    ct__text_finish(&list);
    return status;
}

static int read_pair(struct reader *reader, const struct ct__yaml_node *value)
{
    reader->key = value->key;
    for (int i = 0; i < KEYS; i++)
        if (strcmp(value->key->text, keys[i].name) == 0)
            return keys[i].read(reader, value);
    return fail_key(reader);
}

static int read_root(struct reader *reader, const struct ct__yaml_node *root)
{
    int status = CT_OK;
    if (!root || root->kind != CT__YAML_MAPPING)
        return fail_at(reader, root, "expected keys and values, as in \"family: yolox\"");
    for (const struct ct__yaml_node *value = root->first; value && !status; value = value->next)
        status = read_pair(reader, value);
    return status;
}

static void tell(void *path, int line, int column, const char *sentence)
{
    fail_place(path, line, column, sentence);
}

int ct__sidecar_parse(struct ct__sidecar *sidecar, const char *path, const char *text, size_t size)
{
    struct reader reader = {.sidecar = sidecar, .path = path};
    const struct ct__yaml_params params = {
        .most_nodes = CT__MAX_LABELS + 64, .on_problem = tell, .opaque = (void *)path};
    struct ct__arena arena = {0};
    struct ct__yaml_node *root;
    int status = ct__yaml_parse(&root, text, size, &params, &arena);
    if (!status)
        status = read_root(&reader, root);
    else if (status == CT_ERROR_MEMORY)
        ct__fail_memory(path);
    ct__arena_finish(&arena);
    return status;
}

// Reads `path` if it exists.
static int find_at(struct ct__sidecar *sidecar, const char *model_path, size_t length)
{
    struct ct__text path = {0};
    uint8_t *data = NULL;
    size_t size = 0;
    ct__text_append(&path, model_path, length);
    ct__text_puts(&path, ".yaml");
    int status = path.failed ? ct__fail_memory(model_path) : CT_OK;
    if (!status && access(path.data, F_OK) == 0) {
        sidecar->path = ct__strdup(path.data);
        status = sidecar->path ? ct__file_read(path.data, FILE_LIMIT, &data, &size)
                               : ct__fail_memory(model_path);
        if (!status)
            status = ct__sidecar_parse(sidecar, sidecar->path, (const char *)data, size);
    }
    ct__free(data);
    ct__text_finish(&path);
    return status;
}

int ct__sidecar_find(struct ct__sidecar *sidecar, const char *model_path)
{
    size_t length = strlen(model_path);
    int status = find_at(sidecar, model_path, length);
    if (!status && !sidecar->path && ct__ends_with(model_path, ".onnx"))
        status = find_at(sidecar, model_path, length - strlen(".onnx"));
    return status;
}

int ct__sidecar_apply(const struct ct__sidecar *sidecar, const struct ct__graph *graph,
                      struct ct__usage *usage)
{
    for (int c = 0; c < 3; c++) {
        if (sidecar->has_mean)
            usage->input.mean[c] = sidecar->mean[c];
        if (sidecar->has_scale)
            usage->input.scale[c] = sidecar->scale[c];
    }
    if (sidecar->has_pad) {
        usage->input.pad = sidecar->pad;
        usage->input.bare = false;
    }
    if (sidecar->order)
        usage->input.bgr = sidecar->order == 2;
    if (sidecar->fit)
        usage->fit = sidecar->fit;
    if (!sidecar->layout)
        return CT_OK;
    return ct__input_set_layout(graph, sidecar->path, sidecar->layout, usage);
}

static void put_channels(struct ct__text *text, const char *key, const float channels[3])
{
    bool same = channels[0] == channels[1] && channels[1] == channels[2];
    ct__text_printf(text, ", %s %s", key, same ? "" : "[");
    for (int c = 0; c < (same ? 1 : 3); c++)
        ct__text_printf(text, "%s%.5g", c ? ", " : "", (double)channels[c]);
    ct__text_puts(text, same ? "" : "]");
}

void ct__sidecar_describe(const struct ct__usage *usage, struct ct__text *text)
{
    const struct ct__input_spec *input = &usage->input;
    ct__text_printf(text, "layout %s, order %s, fit %s", layouts[input->layout - 1],
                    orders[input->bgr], fits[usage->fit - 1]);
    if (!input->bare)
        ct__text_printf(text, ", pad %g", (double)input->pad);
    put_channels(text, "mean", input->mean);
    put_channels(text, "scale", input->scale);
}

void ct__sidecar_finish(struct ct__sidecar *sidecar)
{
    ct__labels_finish(&sidecar->labels);
    ct__free(sidecar->path);
    ct__free(sidecar->family);
    ct__free(sidecar->labels_path);
    *sidecar = (struct ct__sidecar){0};
}
