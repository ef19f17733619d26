// SPDX-License-Identifier: Apache-2.0
// A session and a request for the shapes that were wanted last: who asks for the same again finds
// it there.
#include <chiton/runner.h>

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "runtime/session.h"

static const char SCOPE[] = "runner";

struct ct_runner {
    char *path;
    struct ct__session *session;
    struct ct__request *request; // or NULL
    struct ct__tensor *inputs;   // of the request
    struct ct_tensor *outputs;   // of the last run
};

static size_t size_of(const struct ct__tensor *tensor)
{
    int64_t count = ct__shape_count(tensor->rank, tensor->dim);
    return count > 0 ? (size_t)count * ct__type_size(tensor->type) : 0;
}

static struct ct_tensor show(const struct ct__tensor *tensor)
{
    struct ct_tensor shown = {
        .name = tensor->name,
        .type = tensor->type,
        .rank = tensor->rank,
        .data = tensor->data,
        .size = size_of(tensor),
    };
    memcpy(shown.dim, tensor->dim, sizeof shown.dim);
    return shown;
}

static int open_session(ct_runner *runner, const char *path, const struct ct_runner_params *params)
{
    const struct ct__plan plan = {.threads = params->threads};
    runner->path = ct__strdup(path);
    if (!runner->path)
        return ct__fail_memory(path);
    ct__session_measure();
    int error = ct__session_open(&runner->session, path, params->backend, &plan);
    if (error)
        return error;
    const struct ct__graph *graph = ct__session_graph(runner->session);
    // One more than needed, so that nothing is asked for zero bytes.
    runner->inputs = ct__calloc((size_t)graph->input_count + 1, sizeof *runner->inputs);
    runner->outputs = ct__calloc((size_t)graph->output_count + 1, sizeof *runner->outputs);
    return runner->inputs && runner->outputs ? CT_OK : ct__fail_memory(path);
}

int ct_runner_open(ct_runner **out, const char *path, const struct ct_runner_params *params)
{
    static const struct ct_runner_params defaults = {0};
    if (!out || !path || !*path)
        return ct__fail(CT_ERROR_INVALID, SCOPE, "no path given");
    ct_runner *runner = ct__calloc(1, sizeof *runner);
    if (!runner)
        return ct__fail_memory(path);
    int error = open_session(runner, path, params ? params : &defaults);
    if (error)
        ct_runner_close(&runner);
    else
        *out = runner;
    return error;
}

struct ct_runner_info ct_runner_info(const ct_runner *runner)
{
    const struct ct__graph *graph = ct__session_graph(runner->session);
    return (struct ct_runner_info){
        .path = runner->path,
        .backend = ct__session_backend(runner->session)->name,
        .input_count = graph->input_count,
        .output_count = graph->output_count,
        .inputs = graph->inputs,
        .outputs = graph->outputs,
        .memory_bytes = ct__session_memory(runner->session),
    };
}

static bool same_shape(const struct ct__tensor *a, const struct ct_tensor *b)
{
    return a->rank == b->rank && memcmp(a->dim, b->dim, (size_t)a->rank * sizeof *a->dim) == 0;
}

static bool has_shapes(const ct_runner *runner, const struct ct_tensor *inputs, int count)
{
    bool same = runner->request != NULL;
    for (int i = 0; same && i < count; i++)
        same = same_shape(&runner->inputs[i], &inputs[i]);
    return same;
}

static int make_request(ct_runner *runner, const struct ct_tensor *inputs, int count)
{
    ct__request_destroy(&runner->request);
    for (int i = 0; i < count; i++) {
        if (inputs[i].rank < 0 || inputs[i].rank > CT_MAX_RANK)
            return ct__fail(CT_ERROR_INVALID, runner->path, "a rank of %d: expected 0 to %d",
                            inputs[i].rank, CT_MAX_RANK);
        runner->inputs[i] = (struct ct__tensor){.rank = inputs[i].rank};
        memcpy(runner->inputs[i].dim, inputs[i].dim, sizeof inputs[i].dim);
    }
    return ct__request_create(&runner->request, runner->session, runner->inputs);
}

int ct_runner_prepare(ct_runner *runner, struct ct_tensor *inputs)
{
    if (!runner || !inputs)
        return ct__fail(CT_ERROR_INVALID, SCOPE, "a runner and inputs are required");
    int count = ct__session_graph(runner->session)->input_count;
    int error = has_shapes(runner, inputs, count) ? CT_OK : make_request(runner, inputs, count);
    for (int i = 0; !error && i < count; i++)
        inputs[i] = show(&runner->inputs[i]);
    return error;
}

int ct_runner_run(ct_runner *runner, const struct ct_tensor **outputs)
{
    const struct ct__tensor *results = NULL;
    if (!runner || !outputs || !runner->request)
        return ct__fail(CT_ERROR_INVALID, SCOPE, "prepare a runner before it runs");
    int error = ct__request_run(runner->request, &results);
    if (error)
        return error;
    int count = ct__session_graph(runner->session)->output_count;
    for (int i = 0; i < count; i++)
        runner->outputs[i] = show(&results[i]);
    *outputs = runner->outputs;
    return CT_OK;
}

void ct_runner_close(ct_runner **pointer)
{
    ct_runner *runner = pointer ? *pointer : NULL;
    if (!runner)
        return;
    *pointer = NULL;
    ct__request_destroy(&runner->request);
    ct__session_close(&runner->session);
    ct__free(runner->inputs);
    ct__free(runner->outputs);
    ct__free(runner->path);
    ct__free(runner);
}
