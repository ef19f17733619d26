// SPDX-License-Identifier: Apache-2.0
// A fleet's file. What is taken can be explained and printed; what is not is told with its place.
#include "config/document.h"
#include "config/plan.h"
#include "fuzz.h"

#include "base/text.h"
#include "config/settings.h"

static void on_problem(void *opaque, const struct ct_fleet_problem *problem)
{
    (void)opaque;
    FUZZ_CHECK(*problem->sentence && *problem->place);
    FUZZ_CHECK(problem->line >= 0 && problem->column >= 0);
}

static void check_cameras(const struct ct__settings *settings)
{
    for (int i = 0; i < settings->cameras.count; i++) {
        const struct ct__camera_settings *camera =
            ct__field_item(&settings->cameras, ct__camera_list, i);
        FUZZ_CHECK(camera->head.name && camera->restart);
        FUZZ_CHECK(camera->detect.fps >= 0 && camera->detect.fps <= 1000);
        FUZZ_CHECK(camera->rotate.keep >= 1 && camera->max_staleness_ms >= 1);
        FUZZ_CHECK(camera->outputs.count >= 0 && camera->inputs.count >= 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ct_fleet_params params = {.on_problem = on_problem};
    struct ct__problems problems = {
        .file = "fuzz.yaml", .params = &params, .text = (const char *)data, .size = size};
    struct ct__arena arena = {0};
    struct ct__settings settings = {0};
    struct ct__yaml_node *root = NULL;
    FUZZ_CHECK(ct__document_read(&root, ct__fleet_keys, NULL, &arena, &problems));
    FUZZ_CHECK(root && root->kind == CT__YAML_MAPPING);
    FUZZ_CHECK(ct__fields_read(ct__fleet_keys, root, &settings, &arena, &problems));
    check_cameras(&settings);
    struct ct__text text = {0};
    struct ct__plan plan = {.root = root};
    ct__plan_explain(&plan, "fuzz.yaml", &text);
    ct__plan_print(ct__fleet_keys, root, &text);
    FUZZ_CHECK(!text.failed);
    ct__text_finish(&text);
    ct__problems_tell(&problems);
    ct__arena_finish(&problems.arena);
    ct__arena_finish(&arena);
    return 0;
}
