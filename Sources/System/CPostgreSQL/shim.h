#pragma once
#include <postgresql/libpq-fe.h>

// Swift does not see the field codes, which are characters in macros.

/// The SQLSTATE of an error the server sent; null for errors of the library itself.
static inline const char *cpostgresql_state(const PGresult *result) { return PQresultErrorField(result, PG_DIAG_SQLSTATE); }

/// The severity, the same in every language.
static inline const char *cpostgresql_severity(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
}

/// The message without its details, which may quote stored values.
static inline const char *cpostgresql_message(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
}

/// The server's function that raised the error.
static inline const char *cpostgresql_function(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
}
