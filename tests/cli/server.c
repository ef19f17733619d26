// SPDX-License-Identifier: Apache-2.0
// The server tells its port on a pipe: whoever has read it can connect.
#include "server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../child.h"

unsigned char served[SERVED_BYTES];
static struct child server;
static int port;

void server_start(const char *python, const char *script, const char *file)
{
    for (int i = 0; i < SERVED_BYTES; i++)
        served[i] = (unsigned char)(7 * i + i / 251);
    server_stop();
    FILE *out = child_start(&server, (const char *const[]){python, script, file, NULL});
    assert_int_equal(fscanf(out, "%d", &port), 1);
    fclose(out);
}

void server_stop(void)
{
    child_end(&server);
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
