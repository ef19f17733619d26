// SPDX-License-Identifier: Apache-2.0
// Files of labels, the metadata `names` that Python wrote, and the lists of --classes. The first
// byte says which.
#include "models/labels.h"
#include "base/mem.h"
#include "fuzz.h"

static void check_labels(const struct ct__labels *labels)
{
    FUZZ_CHECK(labels->count >= 0 && labels->count <= CT__MAX_LABELS);
    for (int i = 0; i < labels->count; i++)
        FUZZ_CHECK(strlen(labels->names[i]) <= CT__MAX_LABEL_SIZE);
    FUZZ_CHECK(!labels->count || !labels->names[labels->count]);
}

static void parse_names(const char *text)
{
    struct ct__labels labels = {0};
    int count = ct__labels_count_names(text);
    int error = ct__labels_parse_names(&labels, "fuzz", text);
    FUZZ_CHECK(error ? count == 0 : count == labels.count);
    if (!error)
        check_labels(&labels);
    ct__labels_finish(&labels);
}

static void parse_lines(const char *text, size_t size)
{
    struct ct__labels labels = {0};
    if (!ct__labels_parse_lines(&labels, "fuzz", text, size))
        check_labels(&labels);
    ct__labels_finish(&labels);
}

static void select_classes(const char *text)
{
    static const char *const some[] = {"person", "", "traffic light", "7", "dog"};
    struct ct__labels labels = {0};
    for (int i = 0; i < 5; i++)
        FUZZ_CHECK(!ct__labels_add(&labels, "fuzz", some[i]));
    bool *wanted = NULL;
    int error = ct__labels_select(&labels, "fuzz", text, &wanted);
    FUZZ_CHECK((error == 0) == (wanted != NULL));
    ct__free(wanted);
    ct__labels_finish(&labels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    char *text = strndup((const char *)data + 1, size - 1);
    if (data[0] == 'l')
        parse_lines((const char *)data + 1, size - 1);
    else if (data[0] == 's')
        select_classes(text);
    else
        parse_names(text);
    free(text);
    return 0;
}
