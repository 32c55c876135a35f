#pragma once
// The state of these functions is a plain value, so that a hash under way can be copied. What replaces them since 3.0
// needs an object on the heap for each hash; both use the processor's own instructions for SHA where it has them.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
