// SPDX-License-Identifier: Apache-2.0
// The rows as JSON Schema, for editors, and as a page of Markdown.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/option_table.h"
#include "config/schema.h"
#include "config/settings.h"

static void put_type(struct ct__json *json, const char *type)
{
    ct__member_string(json, "type", type);
}

static void put_limits(struct ct__json *json, const struct ct__option *row)
{
    if (!ct__option_has_range(row))
        return;
    ct__json_key(json, "minimum");
    ct__json_number(json, row->least, 9);
    if (isinf(row->most))
        return;
    ct__json_key(json, "maximum");
    ct__json_number(json, row->most, 9);
}

// What a number, flag or choice may be; it may also come from the environment.
static void put_alternatives(struct ct__json *json, const struct ct__option *row)
{
    ct__json_key(json, "anyOf");
    ct__json_begin_array(json);
    ct__json_begin_object(json);
    if (row->type == CT__OPTION_FLAG) {
        put_type(json, "boolean");
    } else if (row->type == CT__OPTION_CHOICE) {
        ct__json_key(json, "enum");
        ct__json_begin_array(json);
        for (const char *choice = row->choices, *comma; choice; choice = comma ? comma + 1 : NULL) {
            comma = strchr(choice, ',');
            char word[32] = "";
            strncat(word, choice, comma ? (size_t)(comma - choice) : sizeof word - 1);
            ct__json_string(json, word);
        }
        ct__json_end_array(json);
    } else {
        put_type(json, row->type == CT__OPTION_INT ? "integer" : "number");
        put_limits(json, row);
    }
    ct__json_end_object(json);
    ct__json_begin_object(json);
    ct__member_string(json, "$ref", "#/$defs/environment");
    ct__json_end_object(json);
    ct__json_end_array(json);
}

static void put_texts(struct ct__json *json)
{
    ct__member_string(json, "$ref", "#/$defs/texts");
}

static void put_preset(struct ct__json *json, const struct ct__option *row)
{
    double number;
    if (!row->preset)
        return;
    ct__json_key(json, "default");
    if (row->type == CT__OPTION_FLAG)
        ct__json_bool(json, strcmp(row->preset, "true") == 0);
    else if (row->type != CT__OPTION_CHOICE && ct__parse_double(row->preset, &number))
        ct__json_number(json, number, 9);
    else
        ct__json_string(json, row->preset);
}

static void put_value(struct ct__json *json, const struct ct__field *field)
{
    if (field->row.type == CT__OPTION_LIST)
        put_texts(json);
    else if (field->row.type != CT__OPTION_STRING)
        put_alternatives(json, &field->row);
    else if (field->form == CT__FORM_SIZE)
        ct__member_string(json, "pattern", "^[0-9]{1,5}x[0-9]{1,5}$|\\$\\{");
    else // numbers and flags are texts too: "01", "yes"
        ct__member_string(json, "$ref", "#/$defs/text");
    put_preset(json, &field->row);
}

static void put_section(struct ct__json *json, const struct ct__field *fields);

static void put_named(struct ct__json *json, const struct ct__field *field)
{
    ct__json_key(json, "type");
    ct__json_begin_array(json);
    ct__json_string(json, "object");
    ct__json_string(json, "null");
    ct__json_end_array(json);
    ct__json_key(json, "propertyNames");
    ct__json_begin_object(json);
    ct__member_string(json, "pattern", "^[A-Za-z0-9_-]{1,64}$");
    ct__json_end_object(json);
    ct__json_key(json, "additionalProperties");
    ct__json_begin_object(json);
    put_section(json, field->fields);
    ct__json_end_object(json);
}

static void put_items(struct ct__json *json, const struct ct__field *field)
{
    put_type(json, "array");
    ct__json_key(json, "items");
    ct__json_begin_object(json);
    put_section(json, field->fields);
    ct__json_end_object(json);
}

static void put_field(struct ct__json *json, const struct ct__field *field)
{
    ct__json_key(json, field->row.name);
    ct__json_begin_object(json);
    ct__member_string(json, "description", field->row.help);
    if (field->shape == CT__FIELD_VALUE)
        put_value(json, field);
    else if (field->shape == CT__FIELD_SECTION)
        put_section(json, field->fields);
    else if (field->shape == CT__FIELD_NAMED)
        put_named(json, field);
    else
        put_items(json, field);
    ct__json_end_object(json);
}

static void put_section(struct ct__json *json, const struct ct__field *fields)
{
    ct__json_key(json, "type");
    ct__json_begin_array(json);
    ct__json_string(json, "object");
    ct__json_string(json, "null");
    ct__json_end_array(json);
    ct__json_key(json, "additionalProperties");
    ct__json_bool(json, false);
    ct__json_key(json, "properties");
    ct__json_begin_object(json);
    for (; fields->row.name; fields++)
        if (fields->shape != CT__FIELD_LATER)
            put_field(json, fields);
    ct__json_end_object(json);
}

// What stands in many places: a text, which YAML may take for something else; a list of them; and
// a value that the environment gives.
static void put_definitions(struct ct__json *json)
{
    static const char *const scalars[] = {"string", "number", "boolean"};
    ct__json_key(json, "$defs");
    ct__json_begin_object(json);
    ct__json_key(json, "text");
    ct__json_begin_object(json);
    ct__json_key(json, "type");
    ct__json_begin_array(json);
    for (int i = 0; i < 3; i++)
        ct__json_string(json, scalars[i]);
    ct__json_end_array(json);
    ct__json_end_object(json);
    ct__json_key(json, "texts");
    ct__json_begin_object(json);
    ct__json_key(json, "anyOf");
    ct__json_begin_array(json);
    ct__json_begin_object(json);
    ct__member_string(json, "$ref", "#/$defs/text");
    ct__json_end_object(json);
    ct__json_begin_object(json);
    put_type(json, "array");
    ct__json_key(json, "items");
    ct__json_begin_object(json);
    ct__member_string(json, "$ref", "#/$defs/text");
    ct__json_end_object(json);
    ct__json_end_object(json);
    ct__json_end_array(json);
    ct__json_end_object(json);
    ct__json_key(json, "environment");
    ct__json_begin_object(json);
    put_type(json, "string");
    ct__member_string(json, "pattern", "\\$\\{");
    ct__json_end_object(json);
    ct__json_end_object(json);
}

void ct__schema_put(struct ct__text *text)
{
    struct ct__json json;
    ct__json_init(&json, text);
    ct__json_begin_object(&json);
    ct__member_string(&json, "$schema", "https://json-schema.org/draft/2020-12/schema");
    ct__member_string(&json, "title", "FLEET.yaml of chiton");
    put_section(&json, ct__fleet_keys);
    put_definitions(&json);
    ct__json_end_object(&json);
    ct__text_puts(text, "\n");
}

// ---- Markdown

static void put_rows(struct ct__text *text, const struct ct__field *fields, const char *path);

static void put_row(struct ct__text *text, const struct ct__field *field, const char *path)
{
    static const char *const below[] = {"", "", ".NAME", "[]", ""};
    char inner[256];
    struct ct__text sentence = {0};
    snprintf(inner, sizeof inner, "%s%s%s%s", path, *path ? "." : "", field->row.name,
             below[field->shape]);
    ct__option_put_sentence(&sentence, &field->row);
    ct__text_printf(text, "| `%s` | ", inner);
    for (const char *c = sentence.data ? sentence.data : ""; *c; c++) {
        ct__text_puts(text, strchr("|*_<\\", *c) ? "\\" : "");
        ct__text_append(text, c, 1);
    }
    text->failed |= sentence.failed;
    ct__text_finish(&sentence);
    ct__text_puts(text, field->shape == CT__FIELD_LATER ? "; not in this version |\n" : " |\n");
    // What a camera has stands once.
    if (field->fields && strcmp(field->row.name, "defaults") != 0)
        put_rows(text, field->fields, inner);
}

static void put_rows(struct ct__text *text, const struct ct__field *fields, const char *path)
{
    for (; fields->row.name; fields++)
        put_row(text, fields, path);
}

void ct__reference_put(struct ct__text *text)
{
    ct__text_puts(text, "| key | what it says |\n| --- | --- |\n");
    put_rows(text, ct__fleet_keys, "");
}
