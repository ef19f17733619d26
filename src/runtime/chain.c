// SPDX-License-Identifier: Apache-2.0
// What joins the two is copied: a few megabytes, once for each picture.
#include "runtime/chain.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/model_path.h"

struct ct__chain_request {
    const struct ct__chain *chain;
    struct ct__request *first, *second;
    struct ct__tensor inputs[]; // of the second
};

// ---- two files

// The input that has the name of the output, else the first.
static int find_link(const struct ct__graph *graph, const char *name)
{
    for (int i = 0; i < graph->input_count; i++)
        if (strcmp(graph->inputs[i].name, name) == 0)
            return i;
    return 0;
}

// Gives the shape in which input and output agree; what both leave open is 1. False if they do not.
// An output without sides may be one whose shape is not declared.
static bool agree(struct ct_tensor_info *joint, const struct ct_tensor_info *output)
{
    bool fits = joint->type == output->type && (joint->rank == output->rank || !output->rank);
    for (int i = 0; fits && i < joint->rank; i++) {
        int64_t *dim = &joint->dim[i], other = output->rank ? output->dim[i] : -1;
        fits = *dim < 0 || other < 0 || *dim == other;
        *dim = *dim >= 0 ? *dim : other >= 0 ? other : 1;
    }
    return fits;
}

static int fail_to_join(const char *path, const struct ct_tensor_info *input,
                        const struct ct_tensor_info *output)
{
    char wanted[128], given[128];
    return ct__fail(CT_ERROR_FORMAT, path,
                    "input %s %s of %s does not take output %s %s of %s of the encoder",
                    input->name, ct__shape_text(input->rank, input->dim, wanted, sizeof wanted),
                    ct__type_name(input->type), output->name,
                    ct__shape_text(output->rank, output->dim, given, sizeof given),
                    ct__type_name(output->type));
}

static int join(struct ct__chain *chain, const char *path)
{
    const struct ct__graph *first = ct__session_graph(chain->first);
    const struct ct__graph *second = ct__session_graph(chain->second);
    if (!first->output_count || !second->input_count)
        return ct__fail(CT_ERROR_FORMAT, path, "has nothing that joins it to its encoder");
    chain->link = find_link(second, first->outputs[0].name);
    const struct ct_tensor_info *link = &second->inputs[chain->link];
    chain->joint = *link;
    if (!agree(&chain->joint, &first->outputs[0]))
        return fail_to_join(path, link, &first->outputs[0]);
    size_t count = (size_t)(first->input_count + second->input_count - 1);
    struct ct_tensor_info *inputs = chain->inputs = ct__calloc(count + 1, sizeof *inputs);
    if (!inputs)
        return ct__fail_memory(path);
    for (int i = 0; i < first->input_count; i++)
        *inputs++ = first->inputs[i];
    for (int i = 0; i < second->input_count; i++)
        if (i != chain->link)
            *inputs++ = second->inputs[i];
    chain->graph.input_count = (int)count;
    chain->graph.inputs = chain->inputs;
    chain->graph.output_count = second->output_count;
    chain->graph.outputs = second->outputs;
    return CT_OK;
}

int ct__chain_open(struct ct__chain *chain, const char *path, const char *backend,
                   const struct ct__plan *plan)
{
    char second[PATH_MAX];
    int error = ct__session_open(&chain->first, path, backend, plan);
    if (error)
        return error;
    chain->graph = *ct__session_graph(chain->first);
    if (!ct__model_decoder(path, second) || access(second, F_OK))
        return CT_OK;
    error = ct__session_open(&chain->second, second, backend, plan);
    return error ? error : join(chain, second);
}

void ct__chain_close(struct ct__chain *chain)
{
    ct__session_close(&chain->first);
    ct__session_close(&chain->second);
    ct__free(chain->inputs);
    *chain = (struct ct__chain){0};
}

// ---- requests

// The second's inputs in its own order, from those that follow the first's; and their memory back.
static void deal(struct ct__chain_request *request, struct ct__tensor *inputs, bool back)
{
    const struct ct__chain *chain = request->chain;
    int count = ct__session_graph(chain->second)->input_count;
    struct ct__tensor *from = inputs + ct__session_graph(chain->first)->input_count;
    for (int i = 0; i < count; i++) {
        struct ct__tensor *own = &request->inputs[i];
        if (i != chain->link && back)
            *from++ = *own;
        else if (i != chain->link)
            *own = *from++;
    }
}

static int create_second(struct ct__chain_request *request, struct ct__tensor *inputs)
{
    const struct ct__chain *chain = request->chain;
    if (!chain->second)
        return CT_OK;
    struct ct__tensor *link = &request->inputs[chain->link];
    link->rank = chain->joint.rank;
    memcpy(link->dim, chain->joint.dim, sizeof link->dim);
    deal(request, inputs, false);
    int error = ct__request_create(&request->second, chain->second, request->inputs);
    if (!error)
        deal(request, inputs, true);
    return error;
}

int ct__chain_request_create(struct ct__chain_request **out, const struct ct__chain *chain,
                             struct ct__tensor *inputs)
{
    size_t count = chain->second ? (size_t)ct__session_graph(chain->second)->input_count : 0;
    struct ct__chain_request *request =
        ct__calloc(1, sizeof *request + count * sizeof *request->inputs);
    if (!request)
        return ct__fail_memory("model");
    request->chain = chain;
    int error = ct__request_create(&request->first, chain->first, inputs);
    error = error ? error : create_second(request, inputs);
    if (error)
        ct__chain_request_destroy(&request);
    else
        *out = request;
    return error;
}

// Hands what the first has found to the second.
static int pass_on(struct ct__chain_request *request, const struct ct__tensor *output)
{
    struct ct__tensor *link = &request->inputs[request->chain->link];
    bool same = output->type == link->type && output->rank == link->rank;
    for (int i = 0; same && i < link->rank; i++)
        same = output->dim[i] == link->dim[i];
    char shape[128];
    if (!same)
        return ct__fail(CT_ERROR_FORMAT, "model", "output %s %s of %s cannot be input %s",
                        output->name ? output->name : "?",
                        ct__shape_text(output->rank, output->dim, shape, sizeof shape),
                        ct__type_name(output->type), link->name);
    memcpy(link->data, output->data,
           (size_t)ct__shape_count(link->rank, link->dim) * ct__type_size(link->type));
    return CT_OK;
}

int ct__chain_request_run(struct ct__chain_request *request, const struct ct__tensor **outputs)
{
    int error = ct__request_run(request->first, outputs);
    if (error || !request->second)
        return error;
    error = pass_on(request, &(*outputs)[0]);
    return error ? error : ct__request_run(request->second, outputs);
}

void ct__chain_request_destroy(struct ct__chain_request **request)
{
    struct ct__chain_request *destroyed = *request;
    *request = NULL;
    if (!destroyed)
        return;
    ct__request_destroy(&destroyed->first);
    ct__request_destroy(&destroyed->second);
    ct__free(destroyed);
}
