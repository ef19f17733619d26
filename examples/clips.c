// SPDX-License-Identifier: Apache-2.0
// Several clips side by side in one engine: they share its lanes and one loaded model.
//
//     clips MODEL CLIP...
#include <stdio.h>

#include <chiton/chiton.h>

static void print_message(void *opaque, enum ct_log_level level, const char *scope,
                          const char *text)
{
    (void)opaque, (void)level;
    fprintf(stderr, "%s: %s\n", scope, text);
}

// Called in the order of each clip's frames; two clips may call at the same time.
static int print_result(void *opaque, const struct ct_result *result, ct_frame *frame)
{
    (void)opaque, (void)frame;
    if (result->count)
        printf("%s frame %llu: %d objects, first %s\n", result->source,
               (unsigned long long)result->frame, result->count, result->objects[0].label);
    return CT_OK;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: clips MODEL CLIP...\n");
        return 2;
    }
    ct_engine *engine = NULL;
    ct_log_set(CT_LOG_WARN, print_message, NULL);
    int error = ct_engine_create(&engine, NULL);
    for (int i = 2; i < argc && error >= 0; i++)
        error = ct_engine_add_stream(engine, argv[i],
                                     ct_stream_params(.model = argv[1], .on_result = print_result));
    if (error >= 0)
        error = ct_engine_run(engine);
    for (int i = 2; i < argc && engine; i++) {
        struct ct_stream_stats stats;
        if (ct_engine_stream_stats(engine, i - 2, &stats) == CT_OK)
            printf("%s: %llu frames, %llu objects\n", argv[i], (unsigned long long)stats.results,
                   (unsigned long long)stats.objects);
    }
    ct_engine_destroy(&engine);
    return error ? 1 : 0;
}
