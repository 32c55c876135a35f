#pragma once
#include <hdf5/serial/hdf5.h>
#include <stdlib.h>
#include <string.h>

// The library's type and property identifiers are macros that call functions; Swift cannot see them.
static inline hid_t prunelle_h5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t prunelle_h5_c_string(void) { return H5T_C_S1; }

static inline void prunelle_h5_silence_errors(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

// A file image is shared with the library instead of copied: "allocating" gives the caller's memory back, "copying"
// finds source and destination to be the same, and "freeing" leaves it alone. Growing it is refused.
static inline void *prunelle_h5_image_malloc(size_t size, H5FD_file_image_op_t operation, void *image) {
    (void)size;
    (void)operation;
    return image;
}
static inline void *prunelle_h5_image_memcpy(
    void *target, const void *source, size_t size, H5FD_file_image_op_t operation, void *image) {
    (void)operation;
    (void)image;
    if (target != source) memcpy(target, source, size);
    return target;
}
static inline void *prunelle_h5_image_realloc(void *memory, size_t size, H5FD_file_image_op_t operation, void *image) {
    (void)memory;
    (void)size;
    (void)operation;
    (void)image;
    return NULL;
}
static inline herr_t prunelle_h5_image_free(void *memory, H5FD_file_image_op_t operation, void *image) {
    (void)memory;
    (void)operation;
    (void)image;
    return 0;
}
static inline void *prunelle_h5_image_context_copy(void *image) { return image; }
static inline herr_t prunelle_h5_image_context_free(void *image) {
    (void)image;
    return 0;
}

// Opens a file that lies in memory, for reading; the memory must outlive the file and is not written to.
// The library takes open files of one name for the same file, so the name must be unique among them.
static inline hid_t prunelle_h5_open_image(const char *name, const void *image, size_t size) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0) return H5I_INVALID_HID;
    H5FD_file_image_callbacks_t callbacks = {
        prunelle_h5_image_malloc, prunelle_h5_image_memcpy, prunelle_h5_image_realloc, prunelle_h5_image_free,
        prunelle_h5_image_context_copy, prunelle_h5_image_context_free, (void *)image};
    hid_t file = H5I_INVALID_HID;
    if (H5Pset_fapl_core(access, 65536, 0) >= 0 && H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0
        && H5Pset_file_image_callbacks(access, &callbacks) >= 0
        && H5Pset_file_image(access, (void *)image, size) >= 0)
        file = H5Fopen(name, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    return file;
}
