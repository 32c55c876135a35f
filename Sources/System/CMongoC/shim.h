#pragma once
#include <mongoc/mongoc.h>

// Documents cross the border as bytes: `bson_t` is aligned beyond what Swift imports.

/// The bytes of a document that the caller owns; `bson_free` frees them.
typedef struct {
    uint8_t *data;
    uint32_t length;
} cmongoc_bytes;

/// Bytes of somebody else; `data` need not be aligned.
typedef struct {
    const uint8_t *data;
    size_t length;
} cmongoc_view;

static inline const char *cmongoc_message(const bson_error_t *error) { return error->message; }

static inline bool cmongoc_take(bson_t *document, cmongoc_bytes *bytes) {
    bytes->data = bson_destroy_with_steal(document, true, &bytes->length);
    return bytes->data != NULL;
}

/// Runs a command. A reply is given in every case.
static inline bool cmongoc_command(
    mongoc_client_t *client, const char *database, cmongoc_view command, bool writes, cmongoc_bytes *reply,
    bson_error_t *error) {
    bson_t document, answer;
    if (!bson_init_static(&document, command.data, command.length)) return false;
    bool done = writes ? mongoc_client_write_command_with_opts(client, database, &document, NULL, &answer, error)
                       : mongoc_client_read_command_with_opts(client, database, &document, NULL, NULL, &answer, error);
    cmongoc_take(&answer, reply);
    return done;
}

/// Inserts documents in any order. A reply is given in every case.
static inline bool cmongoc_insert(
    mongoc_collection_t *collection, const cmongoc_view *views, size_t count, cmongoc_bytes *reply,
    bson_error_t *error) {
    bson_t *documents = (bson_t *) bson_malloc0(count * sizeof(bson_t) + 128);
    const bson_t **pointers = (const bson_t **) bson_malloc0(count * sizeof(bson_t *));
    // Allocated memory need not have the alignment of the type.
    bson_t *first = (bson_t *) (((uintptr_t) documents + 127) & ~(uintptr_t) 127);
    bool valid = true;
    for (size_t index = 0; index < count; index++) {
        valid = valid && bson_init_static(&first[index], views[index].data, views[index].length);
        pointers[index] = &first[index];
    }
    bson_t options, answer;
    bson_init(&options);
    bson_append_bool(&options, "ordered", -1, false);
    bool done = false;
    if (valid) {
        done = mongoc_collection_insert_many(collection, pointers, count, &options, &answer, error);
        cmongoc_take(&answer, reply);
    }
    bson_destroy(&options);
    bson_free((void *) pointers);
    bson_free(documents);
    return done;
}

/// A cursor over what a filter finds, or over what a pipeline (an array) gives.
static inline mongoc_cursor_t *cmongoc_cursor(
    mongoc_collection_t *collection, cmongoc_view query, bool is_pipeline, cmongoc_view options) {
    bson_t what, how;
    if (!bson_init_static(&what, query.data, query.length)) return NULL;
    if (!bson_init_static(&how, options.data, options.length)) return NULL;
    return is_pipeline ? mongoc_collection_aggregate(collection, MONGOC_QUERY_NONE, &what, &how, NULL)
                       : mongoc_collection_find_with_opts(collection, &what, &how, NULL);
}

/// The next document of a cursor, valid until the next call.
static inline bool cmongoc_next(mongoc_cursor_t *cursor, cmongoc_view *view) {
    const bson_t *document;
    if (!mongoc_cursor_next(cursor, &document)) return false;
    view->data = bson_get_data(document);
    view->length = document->len;
    return true;
}
