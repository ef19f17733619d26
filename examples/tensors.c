// SPDX-License-Identifier: Apache-2.0
// A model file as it is, no pictures: give it zeros, see what comes out.
//
//     tensors MODEL
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <chiton/chiton.h>

static void print_message(void *opaque, enum ct_log_level level, const char *scope,
                          const char *text)
{
    (void)opaque, (void)level;
    fprintf(stderr, "%s: %s\n", scope, text);
}

static void print_tensor(const struct ct_tensor *tensor)
{
    printf("%s", tensor->name);
    for (int i = 0; i < tensor->rank; i++)
        printf("%s%lld", i ? " x " : ": ", (long long)tensor->dim[i]);
    printf(", %zu bytes\n", tensor->size);
}

static int run(ct_runner *runner, struct ct_tensor *inputs)
{
    const struct ct_runner_info info = ct_runner_info(runner);
    const struct ct_tensor *outputs = NULL;
    for (int i = 0; i < info.input_count; i++) {
        inputs[i].rank = info.inputs[i].rank;
        for (int d = 0; d < inputs[i].rank; d++) // what the model leaves open is 1 here
            inputs[i].dim[d] = info.inputs[i].dim[d] < 0 ? 1 : info.inputs[i].dim[d];
    }
    int error = ct_runner_prepare(runner, inputs);
    for (int i = 0; !error && i < info.input_count; i++)
        memset(inputs[i].data, 0, inputs[i].size);
    if (!error)
        error = ct_runner_run(runner, &outputs);
    for (int i = 0; !error && i < info.output_count; i++)
        print_tensor(&outputs[i]);
    return error;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: tensors MODEL\n");
        return 2;
    }
    ct_runner *runner = NULL;
    struct ct_tensor *inputs = NULL;
    ct_log_set(CT_LOG_WARN, print_message, NULL);
    int error = ct_runner_open(&runner, argv[1], NULL);
    if (!error)
        inputs = calloc((size_t)ct_runner_info(runner).input_count + 1, sizeof *inputs);
    error = inputs ? run(runner, inputs) : error ? error : CT_ERROR_MEMORY;
    free(inputs);
    ct_runner_close(&runner);
    return error ? 1 : 0;
}
