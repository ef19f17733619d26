// SPDX-License-Identifier: Apache-2.0
// The tree of a YAML text: places, several mistakes at once, aliases followed within
// bounds.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/yaml.h"

#include <chiton/error.h>

static struct {
    struct ct__arena arena;
    struct ct__yaml_node *root;
    char told[1024];
} parsed;

static void tell(void *opaque, int line, int column, const char *sentence)
{
    (void)opaque;
    size_t length = strlen(parsed.told);
    snprintf(parsed.told + length, sizeof parsed.told - length, "%d:%d %s\n", line, column,
             sentence);
}

static int parse(const char *text)
{
    const struct ct__yaml_params params = {.most_nodes = 100, .aliases = true, .on_problem = tell};
    ct__arena_finish(&parsed.arena);
    parsed.told[0] = 0;
    return ct__yaml_parse(&parsed.root, text, strlen(text), &params, &parsed.arena);
}

static int finish(void **state)
{
    (void)state;
    ct__arena_finish(&parsed.arena);
    return 0;
}

static void every_node_has_its_place(void **state)
{
    (void)state;
    assert_int_equal(parse("a: 1\nb:\n  - x\n  - {c: ~}\nd:\n"), 0);
    const struct ct__yaml_node *b = ct__yaml_get(parsed.root, "b"),
                               *d = ct__yaml_get(parsed.root, "d");
    assert_int_equal(parsed.root->count, 3);
    assert_string_equal(ct__yaml_get(parsed.root, "a")->text, "1");
    assert_true(b->kind == CT__YAML_SEQUENCE && b->count == 2 && b->line == 3 && b->column == 5);
    const struct ct__yaml_node *c = ct__yaml_get(b->first->next, "c");
    assert_true(c->empty && c->line == 4 && c->column == 9 && c->key->column == 6);
    assert_true(d->empty && d->line == 5 && d->column == 1);
    assert_null(ct__yaml_get(parsed.root, "e"));
    assert_null(ct__yaml_get(d, "e"));
    assert_null(ct__yaml_get(NULL, "e"));
}

static void several_mistakes_are_told_at_once(void **state)
{
    (void)state;
    assert_int_equal(parse("a: 1\na: 2\nb: *none\n[c]: 1\nd: \"\\0\"\n"), CT_ERROR_FORMAT);
    assert_string_equal(parsed.told, "2:1 duplicate key a: it stands in line 1 already\n"
                                     "3:4 an alias of no anchor\n"
                                     "4:2 a key has to be a word\n"
                                     "5:4 a text with a zero byte in it\n");
}

static void what_is_no_yaml_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *told;
    } wrong[] = {
        {"a: [1,\nb: 2\n", "2:1 no YAML"}, {"a: 1\n\n%YAML 1.2\n", "3:1 a line begins with %"},
        {"a: \xff", "0:0 not a text"},     {"a: 1\n---\nb: 2\n", "0:0 more than one document"},
        {"a: 1\n---\nb: [\n", "no YAML"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(parse(wrong[i].text), CT_ERROR_FORMAT);
        if (!strstr(parsed.told, wrong[i].told))
            fail_msg("%s was told: %s", wrong[i].text, parsed.told);
    }
    assert_int_equal(parse("# nothing\n"), 0);
    assert_null(parsed.root);
}

static void aliases_and_merged_keys_are_copies_and_own_keys_win(void **state)
{
    (void)state;
    assert_int_equal(parse("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: [*a, {z: 4}]}\nd: *a\n"),
                     0);
    const struct ct__yaml_node *b = ct__yaml_get(parsed.root, "b");
    assert_string_equal(ct__yaml_get(b, "x")->text, "1");
    assert_string_equal(ct__yaml_get(b, "y")->text, "3");
    assert_int_equal(b->count, 2);
    assert_int_equal(ct__yaml_get(parsed.root, "c")->count, 3);
    assert_string_equal(ct__yaml_get(ct__yaml_get(parsed.root, "d"), "y")->text, "2");
    assert_int_equal(parse("a: {<<: 5}\n"), CT_ERROR_FORMAT);
    assert_string_equal(parsed.told, "1:9 <<: expected an alias of keys and values\n");
}

static void what_would_grow_without_end_is_refused(void **state)
{
    (void)state;
    assert_int_equal(parse("a: &a [*a, *a]\n"), CT_ERROR_LIMIT);
    assert_int_equal(parse("a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: [*c,*c,*c]\n"),
                     CT_ERROR_LIMIT);
    assert_string_equal(parsed.told, "0:0 more than 100 values\n");
    assert_int_equal(parse("a: &a {<<: *a}\n"), CT_ERROR_LIMIT);
}

static void a_failed_allocation_is_reported(void **state)
{
    (void)state;
    bool failed = true;
    int failures = 0;
    for (; failed; failures += failed) {
        ct__arena_finish(&parsed.arena);
        ct__mem_fail((uint64_t)failures + 1);
        int status = parse("a: {b: [1, 2]}\n");
        failed = ct__mem_failed();
        ct__mem_fail(0);
        assert_int_equal(status, failed ? CT_ERROR_MEMORY : 0);
    }
    assert_true(failures >= 1);
}

static void an_arena_holds_what_is_larger_than_a_block(void **state)
{
    (void)state;
    struct ct__arena arena = {0};
    char *small = ct__arena_text(&arena, "abc", 2);
    unsigned char *large = ct__arena_alloc(&arena, 100000);
    char *after = ct__arena_text(&arena, "def", 3);
    assert_string_equal(small, "ab");
    assert_true(large && large[0] == 0 && large[99999] == 0);
    memset(large, 1, 100000);
    assert_string_equal(after, "def");
    assert_null(ct__arena_alloc(&arena, (size_t)-8));
    ct__arena_finish(&arena);
    assert_null(arena.blocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_node_has_its_place),
        cmocka_unit_test(several_mistakes_are_told_at_once),
        cmocka_unit_test(what_is_no_yaml_is_told_with_its_place),
        cmocka_unit_test(aliases_and_merged_keys_are_copies_and_own_keys_win),
        cmocka_unit_test(what_would_grow_without_end_is_refused),
        cmocka_unit_test(a_failed_allocation_is_reported),
        cmocka_unit_test(an_arena_holds_what_is_larger_than_a_block),
    };
    return cmocka_run_group_tests(tests, NULL, finish);
}
