// SPDX-License-Identifier: Apache-2.0
// It ends with its standard input, also where the test fails.
#include "server.h"

#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

extern char **environ;

enum { ARGUMENTS = 32, ADDRESSES = 16 };

static struct {
    char name[32], address[128];
} addresses[ADDRESSES];
static int address_count, port, input = -1;
static pid_t server;

// Whether it came to "ready".
static int read_lines(FILE *out)
{
    char line[256], second[128];
    address_count = port = 0;
    while (fgets(line, sizeof line, out)) {
        if (strcmp(line, "ready\n") == 0)
            return 1;
        if (!port)
            port = atoi(line);
        else if (address_count < ADDRESSES &&
                 sscanf(line, "%31s %127s", addresses[address_count].name, second) == 2)
            strcpy(addresses[address_count++].address, second);
    }
    return 0;
}

int server_start(const char *python, const char *const *arguments)
{
    int ends[2], inputs[2];
    char *argv[ARGUMENTS] = {(char *)python};
    posix_spawn_file_actions_t actions;
    for (int i = 0; arguments[i] && i < ARGUMENTS - 2; i++)
        argv[i + 1] = (char *)arguments[i];
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
    int ready = read_lines(out), status = 0;
    fclose(out);
    if (ready)
        return 0;
    close(input);
    input = -1;
    waitpid(server, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : 1;
}

void server_stop(void)
{
    if (input < 0)
        return;
    close(input);
    input = -1;
    waitpid(server, NULL, 0);
}

int server_port(void)
{
    return port;
}

bool server_certificate(const char *path)
{
    char command[512];
    snprintf(command, sizeof command,
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
             "-subj /CN=camera -keyout '%s' -out '%s.crt' 2>/dev/null && cat '%s.crt' >> '%s'",
             path, path, path, path);
    return system(command) == 0;
}

const char *server_address(const char *name)
{
    for (int i = 0; i < address_count; i++)
        if (strcmp(addresses[i].name, name) == 0)
            return addresses[i].address;
    return "";
}
