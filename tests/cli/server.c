// SPDX-License-Identifier: Apache-2.0
// The server tells its port on a pipe: whoever has read it can connect. It ends with its standard
// input, also where the test fails.
#include "server.h"

#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

extern char **environ;

unsigned char served[SERVED_BYTES];
static pid_t server;
static int port, input = -1;

void server_start(const char *python, const char *script, const char *file)
{
    int ends[2], inputs[2];
    char *argv[] = {(char *)python, (char *)script, (char *)file, NULL};
    posix_spawn_file_actions_t actions;
    for (int i = 0; i < SERVED_BYTES; i++)
        served[i] = (unsigned char)(7 * i + i / 251);
    server_stop();
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(pipe2(inputs, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, inputs[0], STDIN_FILENO);
    assert_int_equal(posix_spawn(&server, python, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    close(inputs[0]);
    input = inputs[1];
    FILE *out = fdopen(ends[0], "r");
    assert_non_null(out);
    assert_int_equal(fscanf(out, "%d", &port), 1);
    fclose(out);
}

void server_stop(void)
{
    if (input < 0)
        return;
    close(input);
    input = -1;
    waitpid(server, NULL, 0);
}

const char *server_url(const char *path)
{
    static char url[256];
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", port, path);
    return url;
}

const char *server_requests(void)
{
    static char text[4096];
    FILE *file = fopen("requests", "r");
    size_t length = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[length] = '\0';
    if (file)
        fclose(file);
    remove("requests");
    return text;
}
