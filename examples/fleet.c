// SPDX-License-Identifier: Apache-2.0
// The cameras of a FLEET.yaml for a while, and what became of each.
//
//     fleet FLEET.yaml SECONDS
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <chiton/chiton.h>

static ct_engine *engine;

static void print_message(void *opaque, enum ct_log_level level, const char *scope,
                          const char *text)
{
    (void)opaque, (void)level;
    fprintf(stderr, "%s: %s\n", scope, text);
}

static void stop(int signal)
{
    (void)signal;
    ct_engine_stop(engine);
}

static void print_problem(void *opaque, const struct ct_fleet_problem *problem)
{
    (void)opaque;
    fprintf(stderr, "%s:%d:%d: %s\n%s\n", problem->place, problem->line, problem->column,
            problem->sentence, problem->source);
}

int main(int argc, char **argv)
{
    const struct ct_fleet_params params = {.on_problem = print_problem};
    ct_fleet *fleet = NULL;
    if (argc != 3) {
        fprintf(stderr, "usage: fleet FLEET.yaml SECONDS\n");
        return 2;
    }
    ct_log_set(CT_LOG_WARN, print_message, NULL);
    int error = ct_fleet_open(&fleet, argv[1], &params);
    error = error ? error : ct_engine_create(&engine, ct_fleet_engine_params(fleet));
    error = error ? error : ct_fleet_apply(fleet, engine);
    if (!error) {
        signal(SIGALRM, stop);
        alarm((unsigned)atoi(argv[2]));
        error = ct_engine_run(engine);
    }
    for (int i = 0; error == CT_ERROR_STOPPED && i < ct_fleet_camera_count(fleet); i++) {
        struct ct_stream_info info;
        int stream = -1;
        const char *name = ct_fleet_camera(fleet, i, &stream);
        if (ct_engine_stream_info(engine, stream, &info) == CT_OK)
            printf("%s: %llu frames looked at, %llu objects\n", name,
                   (unsigned long long)info.stats.results, (unsigned long long)info.stats.objects);
    }
    ct_engine_destroy(&engine);
    ct_fleet_close(&fleet);
    return error == CT_ERROR_STOPPED ? 0 : 1;
}
