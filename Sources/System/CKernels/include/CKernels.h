#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Inner loops for processors with wide vectors, for which Swift has no words: a Swift module is compiled for the oldest
// processor there is, while a function of C may be compiled for a newer one and be called where that is found.
//
// The functions are pure: they read and write what their pointers name, allocate nothing and keep nothing. Callers
// check sizes; see each function for what must be readable and writable.

/// Whether the processor has AVX2, which the functions of resampling need.
bool kernels_have_avx2(void);

/// Whether the processor has the parts of AVX-512 that the functions of convolution need.
bool kernels_have_avx512(void);

// MARK: Resampling

/// Taps of one group: weights are padded to a multiple of this with zeros.
enum { KERNELS_TAPS_OF_GROUP = 4 };
/// A weight is `high << KERNELS_LOW_BITS | low`, since products are made of 16-bit numbers.
enum { KERNELS_LOW_BITS = 11, KERNELS_FRACTION_BITS = 22 };

/// Resamples rows of pixels with 3 or 4 channels to another width.
///
/// @param source rows of `stride` bytes, of which 4 bytes beyond the last group of pixels read must be readable.
/// @param starts for each pixel of the result the first of `groups × 4` pixels read.
/// @param factors for each pixel of the result and each group 4 high parts of weights and 4 low ones.
void kernels_resample_rows(
    const uint8_t *source, size_t stride, size_t rows, size_t channels, uint8_t *target, size_t width,
    const int32_t *starts, const int16_t *factors, size_t groups);

/// Adds up weighted rows of bytes to one row.
///
/// @param source the first of `count` rows of `length` bytes.
/// @param length bytes of a row, at least 32.
/// @param high the high parts of the weights.
/// @param low the low parts of the weights.
void kernels_resample_column(
    const uint8_t *source, size_t length, size_t count, const int16_t *high, const int16_t *low, uint8_t *target);

// MARK: Convolution

/// Where a convolution with 3×3 weights and stride 1 writes its result: pixels of `channels` floats, row-major.
typedef struct {
    float *pixels;
    /// Floats from one row to the next.
    size_t stride;
    /// Pixels written, after pooling.
    size_t rows, columns;
    size_t channels;
    /// Whether negative values become zero.
    bool rectifies;
    /// Whether only the largest of each 2×2 pixels is written.
    bool pools;
} kernels_result;

/// A convolution of few channels, multiplied out.
///
/// @param input rows of `stride` floats, `inputs` to a pixel; 2 rows and 2 columns more than conv results are read,
///     which are rounded up to 2 rows and 6 columns.
/// @param weights for each 32 channels of the result, 9 × inputs rows of 32.
/// @param bias a value for each channel of the result, whose number is a multiple of 32.
void kernels_convolve_directly(
    const float *input, size_t stride, size_t inputs, const float *weights, const float *bias,
    const kernels_result *result);

/// Floats of scratch memory that `kernels_convolve_tiles` needs.
size_t kernels_scratch_floats(size_t inputs, size_t outputs, size_t tile_columns);

/// A convolution of many channels by Winograd's minimal filtering F(4×4, 3×3), a quarter of the multiplications.
///
/// Source: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks" (2015), section 4.1.
///
/// @param input rows of `stride` floats, `inputs` to a pixel, a multiple of 16; conv results are made in tiles of 4×4
///     and 2 rows and 2 columns more are read.
/// @param weights transformed: 36 places, for each 64 (at last 32) channels of the result, `inputs` rows of these.
/// @param bias a value for each channel of the result, whose number is a multiple of 32.
/// @param scratch aligned to 64 bytes, as `kernels_scratch_floats` says.
void kernels_convolve_tiles(
    const float *input, size_t stride, size_t inputs, const float *weights, const float *bias,
    const kernels_result *result, float *scratch);
