// SPDX-License-Identifier: Apache-2.0
// Points, boxes and rembg's extras as strangers write them. What is accepted is sound.
#include "base/prompts.h"
#include "frame/prompts.h"
#include "fuzz.h"

static void check(const struct ct__prompt_list *list, bool good, const char *why)
{
    const struct ct__prompts prompts = {list->items, list->count};
    FUZZ_CHECK(good || (why[0] && strlen(why) < 96));
    FUZZ_CHECK(!ct__prompts_check(&prompts, "fuzz"));
    FUZZ_CHECK(strlen(list->model) < sizeof list->model);
    for (int i = 0; i < list->count; i++)
        FUZZ_CHECK(fabs(list->items[i].x) <= 65535 && fabs(list->items[i].y2) <= 65535);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ct__prompt_list list = {0};
    char why[96], name[96];
    if (!size)
        return 0;
    char *text = strndup((const char *)data, size);
    FUZZ_CHECK(text);
    check(&list, ct__prompts_add_point(&list, text, why, sizeof why), why);
    check(&list, ct__prompts_add_box(&list, text, why, sizeof why), why);
    free(text);
    check(&list, ct__prompts_read_extras(&list, (const char *)data, size, why, sizeof why), why);
    FUZZ_CHECK(strlen(ct__prompts_model(&list, "sam", name)) < sizeof name);
    return 0;
}
