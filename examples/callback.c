// SPDX-License-Identifier: Apache-2.0
// Keeps the frame of the best object beyond the callback, and stops after enough objects.
//
//     callback MODEL INPUT COUNT
#include <stdio.h>
#include <stdlib.h>

#include <chiton/chiton.h>

struct hunt {
    ct_engine *engine;
    int wanted, seen;
    float score;
    ct_frame *best; // a reference of our own
};

static void print_message(void *opaque, enum ct_log_level level, const char *scope,
                          const char *text)
{
    (void)opaque, (void)level;
    fprintf(stderr, "%s: %s\n", scope, text);
}

static int hunt_result(void *opaque, const struct ct_result *result, ct_frame *frame)
{
    struct hunt *hunt = opaque;
    if (result->count && result->objects[0].score > hunt->score) {
        ct_frame_unref(&hunt->best);
        hunt->best = ct_frame_ref(frame);
        hunt->score = result->objects[0].score;
    }
    hunt->seen += result->count;
    if (hunt->seen >= hunt->wanted)
        ct_engine_stop(hunt->engine);
    return CT_OK;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: callback MODEL INPUT COUNT\n");
        return 2;
    }
    struct hunt hunt = {.wanted = atoi(argv[3])};
    ct_log_set(CT_LOG_WARN, print_message, NULL);
    int error = ct_engine_create(&hunt.engine, NULL);
    if (!error)
        error = ct_engine_add_stream(
            hunt.engine, argv[2],
            ct_stream_params(.model = argv[1], .on_result = hunt_result, .opaque = &hunt));
    if (error >= 0)
        error = ct_engine_run(hunt.engine);
    if (hunt.best) {
        const struct ct_picture *picture = ct_frame_picture(hunt.best);
        printf("%d objects; the best, %.2f, in frame %llu (%d x %d)\n", hunt.seen, hunt.score,
               (unsigned long long)ct_frame_info(hunt.best)->number, picture->width,
               picture->height);
    }
    ct_frame_unref(&hunt.best);
    ct_engine_destroy(&hunt.engine);
    return error && error != CT_ERROR_STOPPED ? 1 : 0;
}
