// SPDX-License-Identifier: Apache-2.0
// Labels: texts of strangers, well-formed and not; which source wins; choosing classes by name.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "graphs.h"
#include "models/labels.h"

static void check_names(const struct ct__labels *labels, const char *const *names)
{
    int count = 0;
    for (; names[count]; count++) {
        assert_true(count < labels->count);
        assert_string_equal(labels->names[count], names[count]);
    }
    assert_int_equal(labels->count, count);
    assert_null(labels->names[count]);
}

static int parse_lines(struct ct__labels *labels, const char *text)
{
    return ct__labels_parse_lines(labels, "labels.txt", text, strlen(text));
}

static void a_label_stands_on_each_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *names[5];
    } texts[] = {
        {"person\ndog\n", {"person", "dog"}},
        {"person\r\ndog", {"person", "dog"}},
        {"a\n\nb\n\n", {"a", "", "b", ""}},
        {"\xEF\xBB\xBFtraffic light\n", {"traffic light"}},
        {"\n", {""}},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ct__labels labels = {0};
        assert_int_equal(parse_lines(&labels, texts[i].text), 0);
        check_names(&labels, texts[i].names);
        ct__labels_finish(&labels);
    }
}

static void files_that_are_no_labels_are_refused(void **state)
{
    (void)state;
    struct ct__labels labels = {0};
    char line[300];
    assert_int_equal(parse_lines(&labels, ""), CT_ERROR_FORMAT);
    assert_failure("no labels");
    assert_int_equal(ct__labels_parse_lines(&labels, "f", "a\nb\0c\n", 6), CT_ERROR_FORMAT);
    assert_failure("line 2 holds a zero byte");
    memset(line, 'x', sizeof line);
    assert_int_equal(ct__labels_parse_lines(&labels, "f", line, 256), CT_ERROR_LIMIT);
    assert_failure("line 1 has 256 bytes: at most 255");
    assert_int_equal(ct__labels_parse_lines(&labels, "f", line, 255), 0);
    ct__labels_finish(&labels);
    char *many = malloc(CT__MAX_LABELS + 1);
    memset(many, '\n', CT__MAX_LABELS + 1);
    assert_int_equal(ct__labels_parse_lines(&labels, "f", many, CT__MAX_LABELS + 1),
                     CT_ERROR_LIMIT);
    assert_failure("more than 65536 labels");
    free(many);
    assert_null(labels.names);
}

static void names_are_read_as_python_writes_them(void **state)
{
    (void)state;
    static const struct {
        const char *text, *names[4];
    } texts[] = {
        {"{0: 'person', 1: \"it's\"}", {"person", "it's"}},
        {"['a', \"b\"]", {"a", "b"}},
        {" { 0 :'a',\n1: 'b' } ", {"a", "b"}},
        {"{0: 'say \"x\"', 1: 'a, b: {c}'}", {"say \"x\"", "a, b: {c}"}},
        {"['\\'', \"\\\"\", '\\\\\\t\\n\\r']", {"'", "\"", "\\\t\n\r"}},
        {"['\\x41\\xe9', '\\u20AC', '\\U0001f600']",
         {"A\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}},
        {"['', '\xC3\xA9']", {"", "\xC3\xA9"}},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ct__labels labels = {0};
        assert_int_equal(ct__labels_parse_names(&labels, "model", texts[i].text), 0);
        check_names(&labels, texts[i].names);
        assert_int_equal(ct__labels_count_names(texts[i].text), labels.count);
        ct__labels_finish(&labels);
    }
}

static void other_texts_are_no_names(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "{",
        "[",
        "{}",
        "[]",
        "person",
        "{0: 'a'",
        "{0: 'a'] ",
        "['a'",
        "['a}",
        "{1: 'a'}",
        "{0 'a'}",
        "{0: a}",
        "{0: 'a',}",
        "{0: 'a', 0: 'b'}",
        "['a' 'b']",
        "['a'] x",
        "{'0': 'a'}",
        "{-1: 'a'}",
        "['\\q']",
        "['\\x4']",
        "['\\x00']",
        "['\\ud800']",
        "['\\U00110000']",
        "['\\",
        "{0: 'a', 2: 'b'}",
        "{9999999999: 'a'}",
        "['\\u']",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ct__labels labels = {0};
        char *exact = strdup(texts[i]); // so that a sanitizer sees what is beyond
        if (ct__labels_parse_names(&labels, "model", exact) != CT_ERROR_FORMAT)
            fail_msg("%s was taken", exact);
        assert_failure("names: byte ");
        assert_int_equal(ct__labels_count_names(exact), 0);
        assert_null(labels.names);
        free(exact);
    }
}

static void names_cut_anywhere_do_no_harm(void **state)
{
    (void)state;
    static const char text[] = "{0: 'p\\'\\x41\\u20acn', 1: \"\\U0001F600\", 2: ''}";
    for (size_t length = 0; length < sizeof text - 1; length++) {
        char *cut = strndup(text, length);
        assert_int_equal(ct__labels_count_names(cut), 0);
        free(cut);
    }
    assert_int_equal(ct__labels_count_names(text), 3);
}

static void long_and_many_names_are_bounded(void **state)
{
    (void)state;
    char text[300] = "['";
    memset(text + 2, 'x', 255);
    strcpy(text + 257, "']");
    assert_int_equal(ct__labels_count_names(text), 1);
    strcpy(text + 257, "x']");
    assert_int_equal(ct__labels_count_names(text), 0);
    strcpy(text + 255, "\\u20ac']");
    assert_int_equal(ct__labels_count_names(text), 0);
    size_t size = 3 * (CT__MAX_LABELS + 1) + 1;
    char *many = malloc(size + 1);
    for (size_t i = 0; i < size; i++)
        many[i] = i % 3 ? '\'' : ',';
    many[0] = '[';
    many[size - 1] = ']';
    many[size] = 0;
    assert_int_equal(ct__labels_count_names(many), 0);
    many[size - 4] = ']';
    many[size - 3] = 0;
    assert_int_equal(ct__labels_count_names(many), CT__MAX_LABELS);
    free(many);
}

// A folder of its own with a model's path in it.
struct folder {
    char path[64], model[96], labels[96], text[96];
};

static void open_folder(struct folder *folder)
{
    strcpy(folder->path, "/tmp/chiton-labels-XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    snprintf(folder->model, sizeof folder->model, "%s/m.onnx", folder->path);
    snprintf(folder->labels, sizeof folder->labels, "%s/m.onnx.labels", folder->path);
    snprintf(folder->text, sizeof folder->text, "%s/m.txt", folder->path);
}

static void close_folder(struct folder *folder)
{
    unlink(folder->labels);
    unlink(folder->text);
    rmdir(folder->path);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const struct ct__family faces = {.name = "faces",
                                        .preset_labels = (const char *const[]){"face", NULL}};

// The first label found, or "" where finding failed.
static const char *first_label(struct model *model, const struct folder *folder, const char *file,
                               int count)
{
    static char first[256];
    struct ct__labels labels = {0};
    first[0] = 0;
    if (ct__labels_find(&labels, &model->graph, &faces, folder->model, file, count))
        return first;
    assert_true(count == 0 || labels.count == count);
    strcpy(first, labels.names[0]);
    ct__labels_finish(&labels);
    return first;
}

static void labels_come_from_the_first_source_that_has_them(void **state)
{
    (void)state;
    struct folder folder;
    struct model model;
    open_folder(&folder);
    make_model(&model, (struct shape){{1}}, (struct shape[]){{{0}}});
    assert_string_equal(first_label(&model, &folder, NULL, 1), "face");
    assert_string_equal(first_label(&model, &folder, NULL, 80), "person");
    assert_string_equal(first_label(&model, &folder, NULL, 2), "0");
    assert_string_equal(first_label(&model, &folder, NULL, 0), "0");
    write_file(folder.text, "text\n");
    assert_string_equal(first_label(&model, &folder, NULL, 1), "text");
    write_file(folder.labels, "sidecar\n");
    assert_string_equal(first_label(&model, &folder, NULL, 1), "sidecar");
    assert_string_equal(first_label(&model, &folder, NULL, 2), "0");
    add_pair(&model, "names", "['metadata']");
    assert_string_equal(first_label(&model, &folder, NULL, 1), "metadata");
    assert_string_equal(first_label(&model, &folder, NULL, 0), "metadata");
    assert_string_equal(first_label(&model, &folder, NULL, 80), "person");
    assert_string_equal(first_label(&model, &folder, folder.text, 1), "text");
    assert_string_equal(first_label(&model, &folder, folder.text, 0), "text");
    close_folder(&folder);
}

static void a_file_with_another_count_is_refused(void **state)
{
    (void)state;
    struct folder folder;
    struct model model;
    open_folder(&folder);
    make_model(&model, (struct shape){{1}}, (struct shape[]){{{0}}});
    write_file(folder.text, "a\nb\n");
    struct ct__labels labels = {0};
    assert_int_equal(ct__labels_find(&labels, &model.graph, &faces, folder.model, folder.text, 3),
                     CT_ERROR_INVALID);
    assert_failure("2 labels: the model has 3 classes");
    assert_int_equal(ct__labels_find(&labels, &model.graph, &faces, folder.model, "/no/such", 3),
                     CT_ERROR_NOT_FOUND);
    assert_null(labels.names);
    close_folder(&folder);
}

static void broken_metadata_are_passed_over(void **state)
{
    (void)state;
    struct folder folder;
    struct model model;
    open_folder(&folder);
    make_model(&model, (struct shape){{1}}, (struct shape[]){{{0}}});
    add_pair(&model, "names", "{0: 'a', 1:");
    assert_string_equal(first_label(&model, &folder, NULL, 1), "face");
    close_folder(&folder);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    struct folder folder;
    struct model model;
    open_folder(&folder);
    make_model(&model, (struct shape){{1}}, (struct shape[]){{{0}}});
    write_file(folder.text, "a\nb\nc\n");
    static const int counts[] = {1, 3, 80, 5};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        for (uint64_t n = 1;; n++) {
            struct ct__labels labels = {0};
            ct__mem_fail(n);
            int status =
                ct__labels_find(&labels, &model.graph, &faces, folder.model, NULL, counts[i]);
            bool failed = ct__mem_failed();
            ct__mem_fail(0);
            assert_int_equal(status, failed ? CT_ERROR_MEMORY : 0);
            ct__labels_finish(&labels);
            if (!failed)
                break;
            assert_null(labels.names);
        }
    }
    close_folder(&folder);
}

static char person[] = "person", light[] = "traffic light", seven[] = "7";
static char *three_names[] = {person, light, seven, NULL};
static const struct ct__labels three = {three_names, 3};

static void classes_are_chosen_by_label_or_number(void **state)
{
    (void)state;
    static const struct {
        const char *list;
        bool wanted[3];
    } lists[] = {
        {"person", {1, 0, 0}},
        {"traffic light,person", {1, 1, 0}},
        {" person , 1 ", {1, 1, 0}},
        {"2", {0, 0, 1}},
        {"7", {0, 0, 1}},
        {"person,person", {1, 0, 0}},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        bool *wanted = NULL;
        assert_int_equal(ct__labels_select(&three, "model", lists[i].list, &wanted), 0);
        assert_memory_equal(wanted, lists[i].wanted, 3);
        ct__free(wanted);
    }
}

static void an_unknown_class_gets_the_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *list, *message;
    } lists[] = {
        {"person,persn", "unknown class persn; did you mean person?"},
        {"elephant", "unknown class elephant: the model has 3, from person to 7"},
        {"33", "unknown class 33: the model has 3"},
        {"-1", "unknown class -1"},
        {"person,", "classes = person,: expected labels or numbers, comma separated"},
        {"", "classes = : expected"},
        {",", "classes = ,: expected"},
        {"person,,7", "classes = person,,7: expected"},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        bool *wanted = NULL;
        assert_int_equal(ct__labels_select(&three, "model", lists[i].list, &wanted),
                         CT_ERROR_INVALID);
        assert_failure(lists[i].message);
        assert_null(wanted);
    }
}

static void choosing_without_memory_is_reported(void **state)
{
    (void)state;
    bool *wanted = NULL;
    ct__mem_fail(1);
    assert_int_equal(ct__labels_select(&three, "model", "person", &wanted), CT_ERROR_MEMORY);
    assert_true(ct__mem_failed());
    ct__mem_fail(0);
    assert_null(wanted);
}

static void coco_has_eighty(void **state)
{
    (void)state;
    int count = 0;
    while (ct__labels_coco[count])
        count++;
    assert_int_equal(count, 80);
    assert_string_equal(ct__labels_coco[0], "person");
    assert_string_equal(ct__labels_coco[79], "toothbrush");
}

// As torchvision and Keras count them; the first is "background" where there is one more.
static void imagenet_has_a_thousand(void **state)
{
    (void)state;
    static const struct {
        int class_id;
        const char *name;
    } known[] = {
        {0, "tench"},          {99, "goose"},  {100, "black swan"},      {116, "chiton"},
        {249, "malamute"},     {281, "tabby"}, {517, "crane (machine)"}, {817, "sports car"},
        {999, "toilet tissue"}};
    const struct ct__family pictures = {.name = "classify", .of_picture = true};
    struct model model;
    make_model(&model, (struct shape){{1}}, (struct shape[]){{{0}}});
    for (int background = 0; background < 2; background++) {
        struct ct__labels labels = {0};
        assert_int_equal(ct__labels_find(&labels, &model.graph, &pictures, "no.onnx", NULL,
                                         CT__IMAGENET + background),
                         0);
        assert_int_equal(labels.count, CT__IMAGENET + background);
        assert_string_equal(labels.names[0], background ? "background" : "tench");
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            assert_string_equal(labels.names[known[i].class_id + background], known[i].name);
        for (int i = 0; i < labels.count; i++)
            for (int j = 0; j < i; j++)
                assert_string_not_equal(labels.names[i], labels.names[j]);
        ct__labels_finish(&labels);
    }
}

static void a_thousand_kinds_of_objects_are_not_imagenets(void **state)
{
    (void)state;
    struct ct__labels labels = {0};
    struct model model;
    make_model(&model, (struct shape){{1}}, (struct shape[]){{{0}}});
    assert_int_equal(ct__labels_find(&labels, &model.graph, &faces, "no.onnx", NULL, 1000), 0);
    assert_string_equal(labels.names[0], "0");
    ct__labels_finish(&labels);
}

// RF-DETR counts by COCO's own numbers; RT-DETR, of the same family, has COCO's eighty, and who
// trains one has classes of his own. BodyPix has its parts or not.
static void names_of_a_family_are_for_those_who_have_as_many(void **state)
{
    (void)state;
    static const struct {
        const char *family;
        int count;
        const char *first;
    } cases[] = {{"detr", 91, "background"},
                 {"detr", 80, "person"},
                 {"detr", 5, "0"},
                 {"bodypix", 25, "person"},
                 {"bodypix", 1, "person"}};
    const struct ct__family *family;
    struct model model;
    make_model(&model, (struct shape){{1}}, (struct shape[]){{{0}}});
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ct__labels labels = {0};
        assert_int_equal(ct__family_find(&model.graph, "m", cases[i].family, &family), 0);
        assert_int_equal(
            ct__labels_find(&labels, &model.graph, family, "no.onnx", NULL, cases[i].count), 0);
        assert_int_equal(labels.count, cases[i].count);
        assert_string_equal(labels.names[0], cases[i].first);
        ct__labels_finish(&labels);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_label_stands_on_each_line),
        cmocka_unit_test(files_that_are_no_labels_are_refused),
        cmocka_unit_test(names_are_read_as_python_writes_them),
        cmocka_unit_test(other_texts_are_no_names),
        cmocka_unit_test(names_cut_anywhere_do_no_harm),
        cmocka_unit_test(long_and_many_names_are_bounded),
        cmocka_unit_test(labels_come_from_the_first_source_that_has_them),
        cmocka_unit_test(a_file_with_another_count_is_refused),
        cmocka_unit_test(broken_metadata_are_passed_over),
        cmocka_unit_test(every_failed_allocation_is_reported),
        cmocka_unit_test(classes_are_chosen_by_label_or_number),
        cmocka_unit_test(an_unknown_class_gets_the_nearest),
        cmocka_unit_test(choosing_without_memory_is_reported),
        cmocka_unit_test(coco_has_eighty),
        cmocka_unit_test(imagenet_has_a_thousand),
        cmocka_unit_test(a_thousand_kinds_of_objects_are_not_imagenets),
        cmocka_unit_test(names_of_a_family_are_for_those_who_have_as_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
