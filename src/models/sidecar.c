// SPDX-License-Identifier: Apache-2.0
// Sidecars by libfyaml. Each key is a row of one table: its name and the function that reads its
// value. Aliases are refused, so that a small file stays small.
#include "models/sidecar.h"

#include <libfyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "models/input.h"

enum { FILE_LIMIT = 1 << 22, MOST_SIDE = 16384, MOST_OBJECTS = 10000 };

struct reader {
    struct ct__sidecar *sidecar;
    const char *path;
    struct fy_node *key; // of the value that is read
};

// --- Errors ---

// The place of the first scalar of a node.
static const struct fy_mark *mark_of(struct fy_node *node)
{
    while (node && fy_node_is_sequence(node))
        node = fy_node_sequence_get_by_index(node, 0);
    struct fy_token *token = node ? fy_node_get_scalar_token(node) : NULL;
    return token ? fy_token_start_mark(token) : NULL;
}

// Fails at a node, or at its key where the node has no place of its own.
__attribute__((format(printf, 3, 4))) static int
fail_at(const struct reader *reader, struct fy_node *node, const char *format, ...)
{
    char scope[4200], sentence[512];
    const struct fy_mark *mark = mark_of(node);
    mark = mark || !reader->key ? mark : mark_of(reader->key);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    snprintf(scope, sizeof scope, "%s:%d:%d", reader->path, mark ? mark->line + 1 : 1,
             mark ? mark->column + 1 : 1);
    return ct__fail(CT_ERROR_FORMAT, scope, "%s", sentence);
}

// The text of a scalar, or NULL for what is none, an alias, or holds a zero byte.
static const char *text_of(struct fy_node *node)
{
    size_t length = 0;
    if (!fy_node_is_scalar(node) || fy_node_is_alias(node))
        return NULL;
    const char *text = fy_node_get_scalar0(node);
    fy_node_get_scalar(node, &length);
    return text && strlen(text) == length ? text : NULL;
}

static const char *shown(struct fy_node *node)
{
    const char *text = text_of(node);
    return text ? text : "this";
}

static const char *key_name(const struct reader *reader)
{
    return shown(reader->key);
}

// --- Values ---

static int read_number(const struct reader *reader, struct fy_node *value, double least,
                       double most, double *number)
{
    const char *text = text_of(value);
    if (text && ct__parse_double(text, number) && *number >= least && *number <= most)
        return CT_OK;
    return fail_at(reader, value, "%s = %.64s: expected a number from %g to %g", key_name(reader),
                   shown(value), least, most);
}

static int read_float(const struct reader *reader, struct fy_node *value, double least, double most,
                      float *number)
{
    double wide;
    int status = read_number(reader, value, least, most, &wide);
    if (!status)
        *number = (float)wide;
    return status;
}

static int read_whole(const struct reader *reader, struct fy_node *value, int most, int *number)
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
static int read_channels(const struct reader *reader, struct fy_node *value, float channels[3])
{
    int status = CT_OK;
    bool list = fy_node_is_sequence(value);
    if (list && fy_node_sequence_item_count(value) != 3)
        return fail_at(reader, value, "%s: expected a number or a list of three", key_name(reader));
    for (int c = 0; c < 3 && !status; c++) {
        struct fy_node *item = list ? fy_node_sequence_get_by_index(value, c) : value;
        status = read_float(reader, item, -1e6, 1e6, &channels[c]);
    }
    return status;
}

// One of `words` (ends with NULL) as its place from 1.
static int read_word(const struct reader *reader, struct fy_node *value, const char *const *words,
                     int *place)
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

static int copy_text(const struct reader *reader, struct fy_node *value, char **copy)
{
    const char *text = text_of(value);
    if (!text || !*text)
        return fail_at(reader, value, "%s: expected a text", key_name(reader));
    *copy = ct__strdup(text);
    return *copy ? CT_OK : ct__fail_memory(reader->path);
}

// --- Keys ---

static int read_family(struct reader *reader, struct fy_node *value)
{
    return copy_text(reader, value, &reader->sidecar->family);
}

// 640, 640x480 or [640, 480].
static int read_size(struct reader *reader, struct fy_node *value)
{
    struct ct__sidecar *sidecar = reader->sidecar;
    const char *text = text_of(value);
    int width = 0, height = 0, end = 0;
    if (fy_node_is_sequence(value) && fy_node_sequence_item_count(value) == 2) {
        int status = read_whole(reader, fy_node_sequence_get_by_index(value, 0), MOST_SIDE, &width);
        if (!status)
            status =
                read_whole(reader, fy_node_sequence_get_by_index(value, 1), MOST_SIDE, &height);
        if (status)
            return status;
    } else if (text && sscanf(text, "%5dx%5d%n", &width, &height, &end) == 2 && !text[end]) {
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

static int read_mean(struct reader *reader, struct fy_node *value)
{
    reader->sidecar->has_mean = true;
    return read_channels(reader, value, reader->sidecar->mean);
}

static int read_scale(struct reader *reader, struct fy_node *value)
{
    reader->sidecar->has_scale = true;
    return read_channels(reader, value, reader->sidecar->scale);
}

static int read_pad(struct reader *reader, struct fy_node *value)
{
    reader->sidecar->has_pad = true;
    return read_float(reader, value, 0, 255, &reader->sidecar->pad);
}

static int read_order(struct reader *reader, struct fy_node *value)
{
    static const char *const words[] = {"rgb", "bgr", NULL};
    return read_word(reader, value, words, &reader->sidecar->order);
}

// Words in the order of enum ct__layout and enum ct__fit.
static int read_layout(struct reader *reader, struct fy_node *value)
{
    static const char *const words[] = {"nchw", "nhwc", NULL};
    int place = 0, status = read_word(reader, value, words, &place);
    reader->sidecar->layout = (enum ct__layout)place;
    return status;
}

static int read_fit(struct reader *reader, struct fy_node *value)
{
    static const char *const words[] = {"stretch", "centre", "top_left", "top_left_floor",
                                        "cover",   "crop",   NULL};
    int place = 0, status = read_word(reader, value, words, &place);
    reader->sidecar->fit = (enum ct__fit)place;
    return status;
}

static int read_label(struct reader *reader, struct fy_node *item)
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
static int read_labels_path(struct reader *reader, struct fy_node *value)
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

static int read_labels(struct reader *reader, struct fy_node *value)
{
    void *at = NULL;
    struct fy_node *item;
    int status = CT_OK;
    if (!fy_node_is_sequence(value))
        return read_labels_path(reader, value);
    if (fy_node_sequence_is_empty(value))
        return fail_at(reader, value, "labels: the list is empty");
    while (!status && (item = fy_node_sequence_iterate(value, &at)))
        status = read_label(reader, item);
    return status;
}

static int read_conf(struct reader *reader, struct fy_node *value)
{
    return read_float(reader, value, 0, 1, &reader->sidecar->conf);
}

static int read_iou(struct reader *reader, struct fy_node *value)
{
    return read_float(reader, value, 0, 1, &reader->sidecar->iou);
}

static int read_max_objects(struct reader *reader, struct fy_node *value)
{
    return read_whole(reader, value, MOST_OBJECTS, &reader->sidecar->max_objects);
}

static const struct {
    const char *name;
    int (*read)(struct reader *reader, struct fy_node *value);
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

static int read_pair(struct reader *reader, struct fy_node_pair *pair)
{
    reader->key = fy_node_pair_key(pair);
    const char *key = reader->key ? text_of(reader->key) : NULL;
    struct fy_node *value = fy_node_pair_value(pair);
    for (int i = 0; key && i < KEYS; i++)
        if (strcmp(key, keys[i].name) == 0)
            return value ? keys[i].read(reader, value)
                         : fail_at(reader, reader->key, "%s has no value", key);
    return fail_key(reader);
}

static int read_root(struct reader *reader, struct fy_node *root)
{
    void *at = NULL;
    struct fy_node_pair *pair;
    int status = CT_OK;
    if (!root || !fy_node_is_mapping(root))
        return fail_at(reader, root, "expected keys and values, as in \"family: yolox\"");
    while (!status && (pair = fy_node_mapping_iterate(root, &at)))
        status = read_pair(reader, pair);
    return status;
}

// What the parser found wrong, where it found it.
static int fail_syntax(const char *path, struct fy_diag *diag)
{
    void *at = NULL;
    char scope[4200];
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &at);
    snprintf(scope, sizeof scope, "%s:%d:%d", path, error ? error->line : 1,
             error ? error->column : 1);
    return ct__fail(CT_ERROR_FORMAT, scope, "no YAML: %.200s",
                    error && error->msg ? error->msg : "nothing in it");
}

// Errors are collected; what the library would also print goes nowhere.
static void keep_silent(struct fy_diag *diag, void *user, const char *text, size_t size)
{
    (void)diag;
    (void)user;
    (void)text;
    (void)size;
}

// Directives are of no use here, and the parser never ends on some broken ones. One begins a line,
// after whatever the parser may take for a break.
static bool has_directive(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char before = i ? (unsigned char)text[i - 1] : '\n';
        if (text[i] == '%' && (before < ' ' || before > '~'))
            return true;
    }
    return false;
}

// Whether it is UTF-8: else the message would be a riddle about syntax.
static bool is_text(const char *text, size_t size)
{
    for (size_t at = 0, length; at < size; at += length) {
        char sequence[4] = {0}; // the text need not end with a zero
        memcpy(sequence, text + at, size - at < sizeof sequence ? size - at : sizeof sequence);
        length = ct__utf8_length(sequence);
        if (length == 0)
            return false;
    }
    return true;
}

int ct__sidecar_parse(struct ct__sidecar *sidecar, const char *path, const char *text, size_t size)
{
    struct reader reader = {.sidecar = sidecar, .path = path};
    const struct fy_diag_cfg silent = {.output_fn = keep_silent, .level = FYET_ERROR};
    if (has_directive(text, size))
        return ct__fail(CT_ERROR_FORMAT, path, "a line begins with %%: directives are not read");
    if (!is_text(text, size))
        return ct__fail(CT_ERROR_FORMAT, path, "not a text in UTF-8");
    struct fy_diag *diag = fy_diag_create(&silent);
    if (!diag)
        return ct__fail_memory(path);
    fy_diag_set_collect_errors(diag, true);
    const struct fy_parse_cfg config = {.flags = FYPCF_QUIET, .diag = diag};
    struct fy_document *document = fy_document_build_from_string(&config, text, size);
    int status =
        document ? read_root(&reader, fy_document_root(document)) : fail_syntax(path, diag);
    fy_document_destroy(document);
    fy_diag_destroy(diag);
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
    if (sidecar->has_pad)
        usage->input.pad = sidecar->pad;
    if (sidecar->order)
        usage->input.bgr = sidecar->order == 2;
    if (sidecar->fit)
        usage->fit = sidecar->fit;
    if (!sidecar->layout)
        return CT_OK;
    return ct__input_set_layout(graph, sidecar->path, sidecar->layout, usage);
}

void ct__sidecar_finish(struct ct__sidecar *sidecar)
{
    ct__labels_finish(&sidecar->labels);
    ct__free(sidecar->path);
    ct__free(sidecar->family);
    ct__free(sidecar->labels_path);
    *sidecar = (struct ct__sidecar){0};
}
