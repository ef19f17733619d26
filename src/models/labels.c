// SPDX-License-Identifier: Apache-2.0
// Names of classes. Files and metadata come from strangers: both are read by cursors that never
// leave the text, into names of bounded number and length.
#include "models/labels.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

enum { COCO = 80, OPEN_NUMBERS = 1000 };
enum { FILE_LIMIT = CT__MAX_LABELS * (CT__MAX_LABEL_SIZE + 2) };

void ct__labels_finish(struct ct__labels *labels)
{
    for (int i = 0; i < labels->count; i++)
        ct__free(labels->names[i]);
    ct__free(labels->names);
    *labels = (struct ct__labels){0};
}

// Adds a copy of a name. The room doubles whenever the count reaches a power of two.
int ct__labels_add(struct ct__labels *labels, const char *scope, const char *name)
{
    int count = labels->count;
    if ((count & (count - 1)) == 0) {
        size_t room = (count ? 2 * (size_t)count : 1) + 1;
        char **names = ct__realloc_array(labels->names, room, sizeof *names);
        if (!names)
            return ct__fail_memory(scope);
        labels->names = names;
    }
    labels->names[count] = ct__strdup(name);
    if (!labels->names[count])
        return ct__fail_memory(scope);
    labels->names[count + 1] = NULL;
    labels->count = count + 1;
    return CT_OK;
}

// --- Lines ---

// Adds the line without its end; an empty one keeps its place in the numbering.
static int add_line(struct ct__labels *labels, const char *scope, const char *line, size_t length)
{
    char name[CT__MAX_LABEL_SIZE + 1];
    int number = labels->count + 1;
    if (length && line[length - 1] == '\r')
        length--;
    if (number > CT__MAX_LABELS)
        return ct__fail(CT_ERROR_LIMIT, scope, "more than %d labels", CT__MAX_LABELS);
    if (length > CT__MAX_LABEL_SIZE)
        return ct__fail(CT_ERROR_LIMIT, scope, "line %d has %zu bytes: at most %d", number, length,
                        CT__MAX_LABEL_SIZE);
    if (memchr(line, 0, length))
        return ct__fail(CT_ERROR_FORMAT, scope, "line %d holds a zero byte", number);
    memcpy(name, line, length);
    name[length] = 0;
    return ct__labels_add(labels, scope, name);
}

static int add_lines(struct ct__labels *labels, const char *scope, const char *text, size_t size)
{
    const char *at = text, *end = text + size;
    int status = CT_OK;
    while (at < end && !status) {
        const char *line = at, *stop = memchr(at, '\n', (size_t)(end - at));
        at = stop ? stop + 1 : end;
        status = add_line(labels, scope, line, (size_t)((stop ? stop : end) - line));
    }
    return status;
}

int ct__labels_parse_lines(struct ct__labels *labels, const char *scope, const char *text,
                           size_t size)
{
    struct ct__labels parsed = {0};
    // Some editors put a mark in front of UTF-8.
    size_t mark = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    int status = add_lines(&parsed, scope, text + mark, size - mark);
    if (!status && parsed.count == 0)
        status = ct__fail(CT_ERROR_FORMAT, scope, "no labels");
    if (status)
        ct__labels_finish(&parsed);
    else
        *labels = parsed;
    return status;
}

// --- Where the labels of a model come from ---

static int read_file(struct ct__labels *labels, const char *path)
{
    uint8_t *data = NULL;
    size_t size = 0;
    int status = ct__file_read(path, FILE_LIMIT, &data, &size);
    if (!status)
        status = ct__labels_parse_lines(labels, path, (const char *)data, size);
    ct__free(data);
    return status;
}

// The file that the user named: a wrong count is the user's mistake, not one to pass over.
static int find_in_file(struct ct__labels *labels, const char *path, int count)
{
    struct ct__labels read = {0};
    int status = read_file(&read, path);
    if (!status && count && read.count != count) {
        status = ct__fail(CT_ERROR_INVALID, path, "%d labels: the model has %d classes", read.count,
                          count);
        ct__labels_finish(&read);
    }
    if (!status)
        *labels = read;
    return status;
}

// What the model says of itself, unless it contradicts its own outputs.
static int find_in_metadata(struct ct__labels *labels, const struct ct__graph *graph,
                            const char *scope, int count)
{
    const char *names = ct__graph_metadata(graph, "names");
    if (!names)
        return CT_OK;
    int named = ct__labels_count_names(names);
    if (!named || (count && named != count)) {
        ct__log(CT_LOG_WARN, scope, "metadata name %d classes, the model has %d: ignored", named,
                count);
        return CT_OK;
    }
    return ct__labels_parse_names(labels, scope, names);
}

// Reads a file beside the model if there is one. It may have been meant for something else: one
// that does not fit is passed over.
static int find_beside(struct ct__labels *labels, const char *model_path, size_t length,
                       const char *ending, int count)
{
    struct ct__text path = {0};
    struct ct__labels read = {0};
    ct__text_append(&path, model_path, length);
    ct__text_puts(&path, ending);
    int status = path.failed ? ct__fail_memory(model_path) : CT_OK;
    if (!status && access(path.data, R_OK) == 0)
        status = read_file(&read, path.data);
    if (read.count && count && read.count != count) {
        ct__log(CT_LOG_WARN, path.data, "%d labels, the model has %d classes: ignored", read.count,
                count);
        ct__labels_finish(&read);
    }
    if (read.count)
        *labels = read;
    ct__text_finish(&path);
    return status;
}

static int find_sidecar(struct ct__labels *labels, const char *model_path, int count)
{
    size_t length = strlen(model_path);
    int status = find_beside(labels, model_path, length, ".labels", count);
    if (!status && !labels->count && ct__ends_with(model_path, ".onnx"))
        status = find_beside(labels, model_path, length - strlen(".onnx"), ".txt", count);
    return status;
}

static int copy(struct ct__labels *labels, const char *scope, const char *const *names, int count)
{
    int status = CT_OK;
    for (int i = 0; i < count && !status; i++)
        status = ct__labels_add(labels, scope, names[i]);
    return status;
}

static int add_imagenet(struct ct__labels *labels, const char *scope, bool background)
{
    int status = background ? ct__labels_add(labels, scope, "background") : CT_OK;
    for (int i = 0; i < CT__IMAGENET_PARTS && !status; i++)
        status = add_lines(labels, scope, ct__labels_imagenet[i], strlen(ct__labels_imagenet[i]));
    return status;
}

static int add_numbers(struct ct__labels *labels, const char *scope, int count)
{
    char name[16];
    int status = CT_OK;
    for (int i = 0; i < count && !status; i++) {
        snprintf(name, sizeof name, "%d", i);
        status = ct__labels_add(labels, scope, name);
    }
    return status;
}

static int count_preset(const struct ct__family *family)
{
    int count = 0;
    while (family->preset_labels && family->preset_labels[count])
        count++;
    return count;
}

int ct__labels_find(struct ct__labels *labels, const struct ct__graph *graph,
                    const struct ct__family *family, const char *model_path,
                    const char *labels_path, int count)
{
    struct ct__labels found = {0};
    int status, preset = count_preset(family);
    if (labels_path)
        return find_in_file(labels, labels_path, count);
    status = find_in_metadata(&found, graph, model_path, count);
    if (!status && !found.count)
        status = find_sidecar(&found, model_path, count);
    if (!status && !found.count && (preset == count || (family->may_have_fewer && preset > count)))
        status = copy(&found, model_path, family->preset_labels, count);
    if (!status && !found.count && count == COCO)
        status = copy(&found, model_path, ct__labels_coco, count);
    if (!status && !found.count && family->of_picture &&
        (count == CT__IMAGENET || count == CT__IMAGENET + 1))
        status = add_imagenet(&found, model_path, count > CT__IMAGENET);
    if (!status && !found.count)
        status = add_numbers(&found, model_path, count ? count : OPEN_NUMBERS);
    if (status)
        ct__labels_finish(&found);
    else
        *labels = found;
    return status;
}

// --- Choosing classes ---

// Sets the flags of all classes of this name, else of this number.
static bool select_word(const struct ct__labels *labels, const char *word, bool *wanted)
{
    bool known = false;
    int64_t number;
    for (int i = 0; i < labels->count; i++)
        if (strcmp(labels->names[i], word) == 0)
            known = wanted[i] = true;
    if (!known && ct__parse_int(word, &number) && number >= 0 && number < labels->count)
        known = wanted[number] = true;
    return known;
}

static int fail_unknown(const struct ct__labels *labels, const char *scope, const char *word)
{
    const char *nearest = ct__nearest(word, (const char *const *)labels->names);
    if (nearest)
        return ct__fail(CT_ERROR_INVALID, scope, "unknown class %s; did you mean %s?", word,
                        nearest);
    return ct__fail(CT_ERROR_INVALID, scope, "unknown class %s: the model has %d, from %s to %s",
                    word, labels->count, labels->names[0], labels->names[labels->count - 1]);
}

// Copies the word up to the next comma, without the spaces around it; true if it is one.
static bool next_word(const char **list, char *word)
{
    const char *at = *list + strspn(*list, " ");
    size_t length = strcspn(at, ",");
    *list = at + length;
    while (length && at[length - 1] == ' ')
        length--;
    if (!length || length > CT__MAX_LABEL_SIZE)
        return false;
    memcpy(word, at, length);
    word[length] = 0;
    return true;
}

int ct__labels_select(const struct ct__labels *labels, const char *scope, const char *list,
                      bool **wanted)
{
    char word[CT__MAX_LABEL_SIZE + 1];
    int status = CT_OK;
    bool *flags = ct__calloc((size_t)labels->count + 1, sizeof *flags);
    if (!flags)
        return ct__fail_memory(scope);
    for (const char *at = list; !status; at++) {
        if (!next_word(&at, word))
            status = ct__fail(CT_ERROR_INVALID, scope,
                              "classes = %s: expected labels or numbers, "
                              "comma separated",
                              list);
        else if (!select_word(labels, word, flags))
            status = fail_unknown(labels, scope, word);
        if (!*at)
            break;
    }
    if (status)
        ct__free(flags);
    else
        *wanted = flags;
    return status;
}

const char *const ct__labels_coco[81] = {
    "person",        "bicycle",      "car",
    "motorcycle",    "airplane",     "bus",
    "train",         "truck",        "boat",
    "traffic light", "fire hydrant", "stop sign",
    "parking meter", "bench",        "bird",
    "cat",           "dog",          "horse",
    "sheep",         "cow",          "elephant",
    "bear",          "zebra",        "giraffe",
    "backpack",      "umbrella",     "handbag",
    "tie",           "suitcase",     "frisbee",
    "skis",          "snowboard",    "sports ball",
    "kite",          "baseball bat", "baseball glove",
    "skateboard",    "surfboard",    "tennis racket",
    "bottle",        "wine glass",   "cup",
    "fork",          "knife",        "spoon",
    "bowl",          "banana",       "apple",
    "sandwich",      "orange",       "broccoli",
    "carrot",        "hot dog",      "pizza",
    "donut",         "cake",         "chair",
    "couch",         "potted plant", "bed",
    "dining table",  "toilet",       "tv",
    "laptop",        "mouse",        "remote",
    "keyboard",      "cell phone",   "microwave",
    "oven",          "toaster",      "sink",
    "refrigerator",  "book",         "clock",
    "vase",          "scissors",     "teddy bear",
    "hair drier",    "toothbrush",   NULL,
};
