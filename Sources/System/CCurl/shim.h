#pragma once
#include <curl/curl.h>

// Swift cannot call variadic functions.

/// Sets an option that takes a number or a switch.
static inline CURLcode ccurl_set_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

/// Sets an option that takes a size of 64 bits.
static inline CURLcode ccurl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

/// Sets an option that takes a text, of which the library makes a copy.
static inline CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

/// Sets the header fields of a request, which must live until it is over.
static inline CURLcode ccurl_set_headers(CURL *handle, struct curl_slist *fields) {
    return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, fields);
}

/// What the library calls while a request runs; `context` is the last argument of each, and the first of two.
struct ccurl_callbacks {
    void *context;
    size_t (*read)(char *buffer, size_t size, size_t count, void *context);
    int (*seek)(void *context, curl_off_t offset, int origin);
    size_t (*write)(char *bytes, size_t size, size_t count, void *context);
    size_t (*header)(char *line, size_t size, size_t count, void *context);
    int (*progress)(void *context, curl_off_t down, curl_off_t downloaded, curl_off_t up, curl_off_t uploaded);
};

/// Sets all callbacks.
static inline void ccurl_set_callbacks(CURL *handle, const struct ccurl_callbacks *callbacks) {
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, callbacks->read);
    curl_easy_setopt(handle, CURLOPT_READDATA, callbacks->context);
    curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, callbacks->seek);
    curl_easy_setopt(handle, CURLOPT_SEEKDATA, callbacks->context);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, callbacks->write);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, callbacks->context);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, callbacks->header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, callbacks->context);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, callbacks->progress);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, callbacks->context);
}

/// Tells a number about the last request, such as its status; 0 where there is none.
static inline long ccurl_number(CURL *handle, CURLINFO info) {
    long value = 0;
    return curl_easy_getinfo(handle, info, &value) == CURLE_OK ? value : 0;
}
