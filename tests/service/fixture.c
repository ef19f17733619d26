// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"

ct_engine *engine;
ct_service *service;
char last_message[1200];

static void remember(void *opaque, enum ct_log_level level, const char *scope, const char *text)
{
    (void)opaque;
    if (level == CT_LOG_ERROR)
        snprintf(last_message, sizeof last_message, "%s: %s", scope, text);
}

void restart(struct ct_service_params params)
{
    ct_service_stop(&service);
    if (!params.listen)
        params.listen = "127.0.0.1:0";
    if (!params.timeout_ms)
        params.timeout_ms = 600000;
    assert_int_equal(ct_service_start(&service, engine, &params), CT_OK);
}

int set_up(void **state)
{
    (void)state;
    ct_log_set(CT_LOG_ERROR, remember, NULL);
    last_message[0] = 0;
    engine = fake_create();
    fake_add(engine, "door", CT_STREAM_LIVE);
    restart((struct ct_service_params){0});
    return 0;
}

int tear_down(void **state)
{
    (void)state;
    ct__clock_release();
    ct_service_stop(&service);
    assert_null(service);
    fake_destroy(engine);
    ct_log_set(CT_LOG_NONE, NULL, NULL);
    return 0;
}

const char *where(void)
{
    return ct_service_address(service);
}

void expect(char *answer, const char *first, const char *text)
{
    if (strncmp(answer, first, strlen(first)) != 0 || !strstr(answer, text))
        fail_msg("expected %s ... %s, not: %s", first, text, answer);
    free(answer);
}

void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about, (void)kind, (void)walk;
    return remove(path);
}

int run_all(const struct CMUnitTest *tests, size_t count)
{
    char folder[] = "/tmp/chiton-service-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    int failed = _cmocka_run_group_tests("service", tests, count, NULL, NULL);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return failed;
}
