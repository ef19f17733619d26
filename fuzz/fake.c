// SPDX-License-Identifier: Apache-2.0
// Model files of the backend `fake`: any JSON, through the reader, the search for a family, and a
// run. It stands for every model file too, since the graph it describes may be anything.
#include "fuzz.h"
#include "models/labels.h"
#include "runtime/backend.h"

enum { MOST_ELEMENTS = 1 << 16 };

// Whether a run is small enough to be tried a thousand times a second; open sides become 2.
static bool small(int count, const struct ct_tensor_info *infos)
{
    for (int i = 0; i < count; i++) {
        int64_t elements = 1;
        for (int d = 0; d < infos[i].rank; d++) {
            elements *= infos[i].dim[d] < 0 ? 2 : infos[i].dim[d];
            if (elements > MOST_ELEMENTS)
                return false;
        }
    }
    return true;
}

static void run(void *model, const struct ct__graph *graph)
{
    struct ct__tensor inputs[64] = {{0}}, outputs[64] = {{0}};
    void *request = NULL;
    for (int i = 0; i < graph->input_count; i++) {
        const struct ct_tensor_info *info = &graph->inputs[i];
        inputs[i] = (struct ct__tensor){.name = info->name, .type = info->type, .rank = info->rank};
        for (int d = 0; d < info->rank; d++)
            inputs[i].dim[d] = info->dim[d] < 0 ? 2 : info->dim[d];
    }
    if (ct__backend_fake.request(&request, model, "fuzz", inputs))
        return;
    ct__backend_fake.run(request, outputs);
    ct__backend_fake.close(request);
}

static void find_family(const struct ct__graph *graph)
{
    struct ct__usage usage = {0};
    struct ct__labels labels = {0};
    if (ct__family_find(graph, "fuzz", NULL, &usage.family))
        return;
    if (usage.family->configure(graph, "fuzz", &usage))
        return;
    FUZZ_CHECK(usage.class_count >= 0 && usage.class_count <= CT__MAX_LABELS);
    if (!ct__labels_find(&labels, graph, usage.family, "/nonexistent/fuzz", NULL,
                         usage.class_count))
        FUZZ_CHECK(usage.class_count == 0 || labels.count == usage.class_count);
    ct__labels_finish(&labels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct ct__plan plan = {.threads = 1};
    void *model = NULL;
    // Work is CPU time that is burnt on purpose.
    if (memmem(data, size, "work", 4) || memmem(data, size, "\\u", 2))
        return 0;
    ct__backend_fake.accepts(data, size);
    if (ct__backend_fake.load(&model, "fuzz", data, size, &plan))
        return 0;
    const struct ct__graph *graph = ct__backend_fake.graph(model);
    FUZZ_CHECK(graph->input_count <= 64 && graph->output_count <= 64);
    find_family(graph);
    if (small(graph->input_count, graph->inputs) && small(graph->output_count, graph->outputs))
        run(model, graph);
    ct__backend_fake.unload(model);
    return 0;
}
