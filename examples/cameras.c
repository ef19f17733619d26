// SPDX-License-Identifier: Apache-2.0
// Live cameras seen in a browser: one stream for each input, and the address of the page.
//
//     cameras MODEL INPUT...
#include <signal.h>
#include <stdio.h>

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

static int add_camera(const char *model, const char *input, int number)
{
    char name[32];
    snprintf(name, sizeof name, "camera%d", number);
    int stream =
        ct_engine_add_stream(engine, input,
                             ct_stream_params(.name = name, .model = model, .track = 1,
                                              .live = {.enabled = 1, .fps = 5, .loop = 1}));
    return stream < 0 ? stream : CT_OK;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: cameras MODEL INPUT...\n");
        return 2;
    }
    ct_service *service = NULL;
    const struct ct_service_params params = {.listen = "127.0.0.1:0"};
    ct_log_set(CT_LOG_WARN, print_message, NULL);
    int error = ct_engine_create(&engine, NULL);
    for (int i = 2; i < argc && !error; i++)
        error = add_camera(argv[1], argv[i], i - 1);
    if (!error)
        error = ct_service_start(&service, engine, &params);
    if (!error) {
        printf("%s/\n", ct_service_address(service));
        fflush(stdout);
        signal(SIGINT, stop);
        signal(SIGTERM, stop);
        error = ct_engine_run(engine);
    }
    ct_service_stop(&service);
    ct_engine_destroy(&engine);
    return error && error != CT_ERROR_STOPPED ? 1 : 0;
}
