// SPDX-License-Identifier: Apache-2.0
// Usable cores, read from small trees of files as kernels and containers show them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cores.h"

static char root[] = "/tmp/chiton-cores-XXXXXX";

static int make_root(void **state)
{
    (void)state;
    strcpy(root + sizeof root - 7, "XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", root);
    return system(command);
}

// Writes a file below the root, and the folders above it.
static void put(const char *path, const char *content)
{
    char full[512];
    snprintf(full, sizeof full, "%s%s", root, path);
    for (char *slash = strchr(full + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(full, 0700);
        *slash = '/';
    }
    FILE *file = fopen(full, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static void assert_quota(double quota)
{
    struct ct__cores cores;
    ct__cores_read(root, &cores);
    assert_true(fabs(cores.quota - quota) < 1e-9);
    int granted = quota > 0 ? (int)ceil(quota) : cores.allowed;
    assert_int_equal(cores.usable, granted < cores.allowed ? granted : cores.allowed);
}

static void the_affinity_mask_counts(void **state)
{
    (void)state;
    struct ct__cores all, one;
    cpu_set_t before, single;
    ct__cores_read(root, &all);
    assert_true(all.online >= 1);
    assert_true(all.allowed >= 1);
    assert_int_equal(all.usable, all.allowed);
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    CPU_ZERO(&single);
    for (int i = 0; CPU_COUNT(&single) == 0; i++) {
        if (CPU_ISSET(i, &before))
            CPU_SET(i, &single);
    }
    assert_int_equal(sched_setaffinity(0, sizeof single, &single), 0);
    ct__cores_read(root, &one);
    sched_setaffinity(0, sizeof before, &before);
    assert_int_equal(one.allowed, 1);
    assert_int_equal(one.usable, 1);
    assert_int_equal(one.online, all.online);
}

static void no_files_are_no_limit(void **state)
{
    (void)state;
    assert_quota(0);
    put("/proc/self/cgroup", "");
    assert_quota(0);
    put("/proc/self/cgroup", "0::/none/of/these\n");
    assert_quota(0);
}

static void the_quota_of_version_2_counts(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/user/job\n");
    put("/sys/fs/cgroup/user/job/cpu.max", "max 100000\n");
    assert_quota(0);
    put("/sys/fs/cgroup/user/job/cpu.max", "150000 100000\n");
    assert_quota(1.5);
    put("/sys/fs/cgroup/user/job/cpu.max", "1000 100000\n");
    assert_quota(.01);
}

static void the_least_quota_on_the_way_up_counts(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/a/b/c\n");
    put("/sys/fs/cgroup/a/b/c/cpu.max", "300000 100000\n");
    put("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
    put("/sys/fs/cgroup/a/cpu.max", "50000 50000\n");
    assert_quota(1);
    put("/sys/fs/cgroup/cpu.max", "20000 100000\n");
    assert_quota(.2);
}

static void a_container_sees_its_group_as_the_root(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/\n");
    put("/sys/fs/cgroup/cpu.max", "100000 100000\n");
    assert_quota(1);
    // The path may name a group that the container's mount does not show.
    put("/proc/self/cgroup", "0::/../../docker/0123\n");
    assert_quota(1);
}

static void the_quota_of_version_1_counts(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "12:memory:/m\n4:cpu,cpuacct:/docker/1\n3:cpuset:/s\n0::/x\n");
    put("/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "-1\n");
    put("/sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us", "100000\n");
    assert_quota(0);
    put("/sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_quota_us", "70000\n");
    put("/sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_period_us", "100000\n");
    assert_quota(.7);
    put("/sys/fs/cgroup/cpu/docker/1/cpu.cfs_quota_us", "5000\n");
    put("/sys/fs/cgroup/cpu/docker/1/cpu.cfs_period_us", "50000\n");
    assert_quota(.1);
    // Those of other controllers are none of ours.
    put("/sys/fs/cgroup/cpuset/s/cpu.cfs_quota_us", "1000\n");
    put("/sys/fs/cgroup/cpuset/s/cpu.cfs_period_us", "100000\n");
    assert_quota(.1);
}

static void both_versions_at_once_give_the_lesser(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "1:cpu:/a\n0::/b\n");
    put("/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "60000\n");
    put("/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
    put("/sys/fs/cgroup/unified/b/cpu.max", "40000 100000\n");
    assert_quota(.4);
}

static void nonsense_is_no_limit(void **state)
{
    (void)state;
    static const char *const nonsense[] = {"", "\n", "x y\n", "100000\n", "100000 0\n", "-5 -5\n"};
    put("/proc/self/cgroup", "::\n:\nabc\n\n0:\n4:cpu\n4:,,cpu,:/q\n0::/a");
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++) {
        put("/sys/fs/cgroup/a/cpu.max", nonsense[i]);
        assert_quota(0);
    }
    char endless[9000] = "0::/";
    memset(endless + 4, 'a', sizeof endless - 5);
    put("/proc/self/cgroup", endless);
    assert_quota(0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)

static void lists_of_cores_are_told_from_other_texts(void **state)
{
    (void)state;
    static const char *const good[] = {"0", "0-3", "0-3,6", "7,1-1", "5,5"};
    static const char *const bad[] = {"",   ",",  "0,", "0-",    "3-1",
                                      "-1", " 0", "0 ", "0,two", "0-3-4"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(ct__cores_is_list(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(ct__cores_is_list(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_affinity_mask_counts),
        TEST(no_files_are_no_limit),
        TEST(the_quota_of_version_2_counts),
        TEST(the_least_quota_on_the_way_up_counts),
        TEST(a_container_sees_its_group_as_the_root),
        TEST(the_quota_of_version_1_counts),
        TEST(both_versions_at_once_give_the_lesser),
        TEST(nonsense_is_no_limit),
        cmocka_unit_test(lists_of_cores_are_told_from_other_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
