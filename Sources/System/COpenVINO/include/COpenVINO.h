#pragma once
#include <malloc.h> // malloc_trim: compiling a model leaves megabytes of freed memory with the C library.
#include <openvino/c/openvino.h>
