// SPDX-License-Identifier: Apache-2.0
// A fleet in an engine that runs: what a reload touches and what it leaves alone. The tests wait
// for results that callbacks of a watch bring, not for time to pass.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <chiton/chiton.h>
#include <chiton/fleet.h>

#include "base/mem.h"

static struct {
    char folder[64], path[96];
    int problems;
    char told[1024];
    ct_engine *engine;
    ct_fleet *fleet;
    pthread_t thread;
} rig;

static void write_text(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", rig.folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void remove_file(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", rig.folder, name);
    unlink(path);
}

// "  door: {fps}" for each camera of a fleet; NULL ends.
struct camera {
    const char *name, *rest;
};

static void write_fleet(const struct camera *cameras)
{
    char text[2048];
    size_t length = (size_t)sprintf(text, "defaults: {detect: {model: det.json}}\ncameras:\n");
    for (; cameras->name; cameras++)
        length += (size_t)sprintf(text + length,
                                  "  %s:\n    inputs: [{path: \"synthetic:walkers?n=1&size=64x48&"
                                  "frames=0\", rate: 200}]\n    %s\n",
                                  cameras->name, cameras->rest);
    write_text("fleet.yaml", text);
}

static void on_problem(void *opaque, const struct ct_fleet_problem *problem)
{
    (void)opaque;
    size_t length = strlen(rig.told);
    rig.problems++;
    snprintf(rig.told + length, sizeof rig.told - length, "%s\n", problem->sentence);
}

static int open_fleet(void)
{
    const struct ct_fleet_params params = {.on_problem = on_problem};
    rig.problems = 0;
    rig.told[0] = 0;
    return ct_fleet_open(&rig.fleet, rig.path, &params);
}

static void *run_engine(void *engine)
{
    return (void *)(intptr_t)ct_engine_run(engine);
}

static void begin(const struct camera *cameras)
{
    write_fleet(cameras);
    assert_int_equal(open_fleet(), 0);
    assert_int_equal(ct_engine_create(&rig.engine, ct_fleet_engine_params(rig.fleet)), 0);
    assert_int_equal(ct_fleet_apply(rig.fleet, rig.engine), 0);
    assert_int_equal(pthread_create(&rig.thread, NULL, run_engine, rig.engine), 0);
}

static void end(void)
{
    void *result;
    ct_engine_stop(rig.engine);
    assert_int_equal(pthread_join(rig.thread, &result), 0);
    assert_int_equal((intptr_t)result, CT_ERROR_STOPPED);
    ct_engine_destroy(&rig.engine);
    ct_fleet_close(&rig.fleet);
}

static int stream_of(const char *name)
{
    int stream = -1;
    for (int i = 0; i < ct_fleet_camera_count(rig.fleet); i++)
        if (strcmp(ct_fleet_camera(rig.fleet, i, &stream), name) == 0)
            return stream;
    return -1;
}

static void on_result(void *opaque, int stream, const struct ct_result *result)
{
    (void)stream, (void)result;
    sem_post(opaque);
}

static void wait_for_results(const char *camera)
{
    sem_t came;
    ct_watch *watch = NULL;
    sem_init(&came, 0, 0);
    const struct ct_watch_params params = {
        .stream = stream_of(camera), .on_result = on_result, .opaque = &came};
    assert_int_equal(ct_engine_watch(rig.engine, &params, &watch), 0);
    for (int i = 0; i < 3; i++)
        sem_wait(&came);
    ct_engine_unwatch(&watch);
    sem_destroy(&came);
}

static uint64_t results_of(int stream)
{
    struct ct_stream_stats stats;
    assert_int_equal(ct_engine_stream_stats(rig.engine, stream, &stats), 0);
    return stats.results;
}

static int is_there(int stream)
{
    struct ct_stream_info info;
    return ct_engine_stream_info(rig.engine, stream, &info) == CT_OK;
}

static void only_what_changed_is_ended_and_begun(void **state)
{
    (void)state;
    begin((const struct camera[]){{"door", ""}, {"yard", ""}, {"gate", ""}, {0}});
    int door = stream_of("door"), yard = stream_of("yard"), gate = stream_of("gate");
    wait_for_results("door");
    uint64_t before = results_of(door);
    assert_int_equal(ct_fleet_reload(rig.fleet), 0);
    write_fleet((const struct camera[]){{"yard", "draw: false"}, {"shed", ""}, {"door", ""}, {0}});
    assert_int_equal(ct_fleet_reload(rig.fleet), 2); // yard anew, shed for gate
    assert_int_equal(stream_of("door"), door);
    assert_true(results_of(door) >= before);
    assert_int_not_equal(stream_of("yard"), yard);
    assert_false(is_there(yard));
    assert_false(is_there(gate));
    wait_for_results("yard");
    wait_for_results("shed");
    wait_for_results("door");
    end();
}

static void a_model_that_changed_begins_its_cameras_anew(void **state)
{
    (void)state;
    static const char text[] = "models: {m: {path: det.json, conf: %s}}\ncameras:\n"
                               "  a: {inputs: [{path: \"synthetic:walkers?n=1&size=64x48&frames=0\""
                               "}], detect: {model: m}}\n"
                               "  b: {inputs: [{path: \"synthetic:walkers?n=1&size=64x48&frames=0\""
                               "}], detect: {model: det.json}}\n";
    char filled[1024];
    begin((const struct camera[]){{0}});
    snprintf(filled, sizeof filled, text, "0.3");
    write_text("fleet.yaml", filled);
    assert_int_equal(ct_fleet_reload(rig.fleet), 2);
    int a = stream_of("a"), b = stream_of("b");
    snprintf(filled, sizeof filled, text, "0.4");
    write_text("fleet.yaml", filled);
    assert_int_equal(ct_fleet_reload(rig.fleet), 1);
    assert_int_not_equal(stream_of("a"), a);
    assert_int_equal(stream_of("b"), b);
    end();
}

static void what_is_wrong_changes_nothing(void **state)
{
    (void)state;
    begin((const struct camera[]){{"door", ""}, {"yard", ""}, {0}});
    int door = stream_of("door"), yard = stream_of("yard");
    write_text("fleet.yaml", "cameras: [\n");
    assert_int_equal(ct_fleet_reload(rig.fleet), CT_ERROR_FORMAT);
    assert_int_equal(rig.problems, 1);
    remove_file("fleet.yaml");
    assert_int_equal(ct_fleet_reload(rig.fleet), CT_ERROR_NOT_FOUND);
    write_fleet((const struct camera[]){{"door", "detect: {model: broken.json}"}, {0}});
    assert_true(ct_fleet_reload(rig.fleet) < 0);
    assert_int_equal(stream_of("door"), door);
    assert_int_equal(stream_of("yard"), yard);
    wait_for_results("door");
    wait_for_results("yard");
    end();
}

// The model can be opened, the output cannot: cameras that were ended for the new plan come back.
static void an_output_that_fails_brings_the_old_cameras_back(void **state)
{
    (void)state;
    begin((const struct camera[]){{"door", ""}, {"yard", ""}, {"gate", ""}, {0}});
    int gate = stream_of("gate");
    write_fleet((const struct camera[]){
        {"door", "draw: false"}, {"yard", "outputs: [/dev/null/a.jsonl]"}, {"gate", ""}, {0}});
    assert_true(ct_fleet_reload(rig.fleet) < 0);
    assert_int_equal(ct_fleet_camera_count(rig.fleet), 3);
    assert_int_equal(stream_of("gate"), gate);
    wait_for_results("door");
    wait_for_results("yard");
    end();
}

static void a_fleet_says_how_to_make_its_engine(void **state)
{
    (void)state;
    write_text("fleet.yaml", "listen: \"127.0.0.1:0\"\nlanes: 3\ncpu_budget: 150\ncpus: 0-1\n"
                             "log_level: info\nmetrics: m.prom\ntrace: /t.json\n");
    assert_int_equal(open_fleet(), 0);
    const struct ct_engine_params *params = ct_fleet_engine_params(rig.fleet);
    char path[128];
    snprintf(path, sizeof path, "%s/m.prom", rig.folder);
    assert_true(params->lanes == 3 && params->cpu_budget == 150 && params->keep_running);
    assert_string_equal(params->cpus, "0-1");
    assert_string_equal(params->metrics, path);
    assert_string_equal(params->trace, "/t.json");
    assert_string_equal(ct_fleet_listen(rig.fleet), "127.0.0.1:0");
    assert_string_equal(ct_fleet_log_level(rig.fleet), "info");
    assert_int_equal(ct_fleet_camera_count(rig.fleet), 0);
    assert_null(ct_fleet_camera(rig.fleet, 0, NULL));
    ct_fleet_close(&rig.fleet);
}

static void what_is_set_where_the_file_says_nothing_is_read(void **state)
{
    (void)state;
    static const char *const sets[] = {
        "models.people.path=det.json",
        "cameras.door.inputs=[{path: \"synthetic:walkers\"}]",
        "cameras.door.detect.model=people",
        NULL,
    };
    const struct ct_fleet_params params = {.sets = sets, .on_problem = on_problem};
    write_text("fleet.yaml", "lanes: 1\ncameras:\n");
    rig.told[0] = 0;
    assert_int_equal(ct_fleet_open(&rig.fleet, rig.path, &params), 0);
    assert_string_equal(rig.told, "");
    assert_int_equal(ct_fleet_camera_count(rig.fleet), 1);
    assert_string_equal(ct_fleet_camera(rig.fleet, 0, NULL), "door");
    ct_fleet_close(&rig.fleet);
}

static void an_output_twice_and_cores_that_are_none_are_told(void **state)
{
    (void)state;
    write_text("fleet.yaml",
               "cpus: 0-1,two\ncameras:\n"
               "  door: {inputs: [{path: \"synthetic:pan\"}], detect: {enabled: false},"
               " outputs: [a.jsonl, \"null:\", b.jsonl, a.jsonl, \"null:\"]}\n");
    assert_int_equal(open_fleet(), CT_ERROR_FORMAT);
    assert_string_equal(rig.told, "cpus = 0-1,two: expected cores such as 0-3,6\n"
                                  "outputs = a.jsonl: it is there already\n");
}

static void texts_are_cut_where_there_is_no_room(void **state)
{
    (void)state;
    char text[16];
    write_fleet((const struct camera[]){{"door", ""}, {0}});
    assert_int_equal(open_fleet(), 0);
    assert_true(ct_fleet_explain(rig.fleet, NULL, 0) > 1000);
    assert_true(ct_fleet_explain(rig.fleet, text, sizeof text) > 1000);
    assert_string_equal(text, "cameras.door.en");
    assert_true(ct_fleet_schema(text, sizeof text) > 1000);
    assert_string_equal(text, "{\"$schema\":\"htt");
    assert_true(ct_fleet_reference(text, 1) > 1000);
    assert_string_equal(text, "");
    ct_fleet_close(&rig.fleet);
    ct_fleet_close(&rig.fleet);
}

static void a_failed_allocation_is_reported(void **state)
{
    (void)state;
    int failures = 0;
    write_text("fleet.yaml", "models: {m: {path: det.json, classes: [a, b]}}\ncameras:\n  door:\n"
                             "    inputs: [{path: \"${CT_TEST_INPUT:-a.mp4}\"}]\n"
                             "    detect: {model: m, steps: {again: {model: m}}}\n"
                             "    outputs: [\"jsonl:{camera}.jsonl\"]\n");
    for (int failed = 1; failed; failures += failed) {
        ct__mem_fail((uint64_t)failures + 1);
        int error = open_fleet();
        failed = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(error, failed ? CT_ERROR_MEMORY : 0);
        ct_fleet_close(&rig.fleet);
    }
    assert_true(failures > 10);
}

static int setup(void **state)
{
    (void)state;
    strcpy(rig.folder, "/tmp/chiton-fleet-XXXXXX");
    assert_non_null(mkdtemp(rig.folder));
    snprintf(rig.path, sizeof rig.path, "%s/fleet.yaml", rig.folder);
    write_text("det.json", "{\"chiton_fake\":1,\"detector\":{\"noise\":0.02}}");
    write_text("broken.json", "{\"chiton_fake\":1");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    remove_file("det.json");
    remove_file("broken.json");
    remove_file("fleet.yaml");
    return rmdir(rig.folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_changed_is_ended_and_begun),
        cmocka_unit_test(a_model_that_changed_begins_its_cameras_anew),
        cmocka_unit_test(what_is_wrong_changes_nothing),
        cmocka_unit_test(an_output_that_fails_brings_the_old_cameras_back),
        cmocka_unit_test(a_fleet_says_how_to_make_its_engine),
        cmocka_unit_test(what_is_set_where_the_file_says_nothing_is_read),
        cmocka_unit_test(an_output_twice_and_cores_that_are_none_are_told),
        cmocka_unit_test(texts_are_cut_where_there_is_no_room),
        cmocka_unit_test(a_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
