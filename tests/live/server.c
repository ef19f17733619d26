// SPDX-License-Identifier: Apache-2.0
#include "server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "../child.h"

enum { ARGUMENTS = 32, ADDRESSES = 16 };

static struct {
    char name[32], address[128];
} addresses[ADDRESSES];
static int address_count, port;
static struct child server;

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
    const char *argv[ARGUMENTS] = {python};
    for (int i = 0; arguments[i] && i < ARGUMENTS - 2; i++)
        argv[i + 1] = arguments[i];
    server_stop();
    FILE *out = child_start(&server, argv);
    int ready = read_lines(out);
    fclose(out);
    if (ready)
        return 0;
    int status = child_end(&server);
    return WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : 1;
}

void server_stop(void)
{
    child_end(&server);
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
