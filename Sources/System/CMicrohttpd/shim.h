#pragma once
#include <microhttpd.h>

/// What `cmicrohttpd_start` needs; `cls` is passed to every callback.
struct cmicrohttpd_options {
    int listen_socket;
    unsigned int threads;
    unsigned int connection_limit;
    unsigned int inactivity_seconds;
    size_t connection_memory;
    void *cls;
    MHD_AccessHandlerCallback handler;
    void *(*request_line)(void *cls, const char *uri, struct MHD_Connection *connection);
    MHD_RequestCompletedCallback completed;
    MHD_NotifyConnectionCallback notify;
};

/// Leaves targets as the client sent them: decoding twice, or cutting at a `%00`, is how filters are evaded.
static size_t cmicrohttpd_keep_escapes(void *cls, struct MHD_Connection *connection, char *text) {
    (void)cls;
    (void)connection;
    return __builtin_strlen(text);
}

/// `MHD_start_daemon` takes its options as variable arguments, which Swift cannot pass.
static inline struct MHD_Daemon *cmicrohttpd_start(const struct cmicrohttpd_options *options) {
    unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO;
    // A pool of one is not a pool for the library; without the option it starts the one thread itself.
    enum MHD_OPTION pool = options->threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END;
    return MHD_start_daemon(
        flags, 0, NULL, NULL, options->handler, options->cls,
        MHD_OPTION_LISTEN_SOCKET, options->listen_socket,
        MHD_OPTION_NOTIFY_COMPLETED, options->completed, options->cls,
        MHD_OPTION_NOTIFY_CONNECTION, options->notify, options->cls,
        MHD_OPTION_URI_LOG_CALLBACK, options->request_line, options->cls,
        MHD_OPTION_UNESCAPE_CALLBACK, cmicrohttpd_keep_escapes, (void *)0,
        MHD_OPTION_CONNECTION_LIMIT, options->connection_limit,
        MHD_OPTION_CONNECTION_TIMEOUT, options->inactivity_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, options->connection_memory,
        MHD_OPTION_STRICT_FOR_CLIENT, 1,
        pool, options->threads,
        MHD_OPTION_END);
}

/// The pointer that the `notify` callback keeps for a connection.
static inline void *cmicrohttpd_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : (void *)0;
}

/// The socket of a connection, or -1.
static inline int cmicrohttpd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

/// The peer's address, or NULL.
static inline const struct sockaddr *cmicrohttpd_address(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : (void *)0;
}
