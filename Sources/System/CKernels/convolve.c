#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define KERNEL __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,fma")))
#define INLINE static inline __attribute__((always_inline, target("avx512f,avx512vl,avx512bw,avx512dq,fma")))
#define UNROLL _Pragma("clang loop unroll(full)")

/// Floats of one vector.
enum { LANES = 16 };
/// Places of a transformed tile, which is 6×6.
enum { PLACES = 36 };
/// Tiles transformed before they are multiplied: their numbers stay in the second cache.
enum { TILES_AT_ONCE = 48 };

bool kernels_have_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
        && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("fma");
}

// MARK: Few channels

/// Two rows of six pixels for 32 channels.
INLINE void convolve_block(
    const float *input, size_t stride, size_t inputs, const float *weights, __m512 sums[2][6][2]) {
    UNROLL for (int y = 0; y < 2; y++) UNROLL for (int x = 0; x < 6; x++) UNROLL for (int half = 0; half < 2; half++)
        sums[y][x][half] = _mm512_setzero_ps();
    for (size_t row = 0; row < 3; row++) {
        for (size_t k = 0; k < 3 * inputs; k++) {
            const float *from = input + row * stride + k;
            __m512 first = _mm512_loadu_ps(weights), second = _mm512_loadu_ps(weights + LANES);
            weights += 2 * LANES;
            UNROLL for (int y = 0; y < 2; y++) UNROLL for (int x = 0; x < 6; x++) {
                __m512 value = _mm512_set1_ps(from[y * stride + x * inputs]);
                sums[y][x][0] = _mm512_fmadd_ps(value, first, sums[y][x][0]);
                sums[y][x][1] = _mm512_fmadd_ps(value, second, sums[y][x][1]);
            }
        }
    }
}

/// A sum as a value of the result.
INLINE __m512 finished(__m512 sum, __m512 bias, bool rectifies) {
    __m512 value = _mm512_add_ps(sum, bias);
    return rectifies ? _mm512_max_ps(value, _mm512_setzero_ps()) : value;
}

KERNEL void kernels_convolve_directly(
    const float *input, size_t stride, size_t inputs, const float *weights, const float *bias,
    const kernels_result *result) {
    size_t step = result->pools ? 2 : 1;
    size_t rows = result->rows * step, columns = result->columns * step;
    for (size_t channel = 0; channel < result->channels; channel += 2 * LANES) {
        for (size_t y = 0; y < rows; y += 2) for (size_t x = 0; x < columns; x += 6) {
            __m512 sums[2][6][2];
            convolve_block(input + y * stride + x * inputs, stride, inputs, weights, sums);
            UNROLL for (int half = 0; half < 2; half++) {
                float *to = result->pixels + channel + half * LANES;
                __m512 offset = _mm512_loadu_ps(bias + channel + half * LANES);
                if (result->pools) {
                    UNROLL for (int i = 0; i < 3; i++) {
                        if (x + 2 * i >= columns) break;
                        __m512 above = _mm512_max_ps(sums[0][2 * i][half], sums[0][2 * i + 1][half]);
                        __m512 below = _mm512_max_ps(sums[1][2 * i][half], sums[1][2 * i + 1][half]);
                        // Adding the bias keeps the order, so the largest sum gives the largest value.
                        __m512 value = finished(_mm512_max_ps(above, below), offset, result->rectifies);
                        _mm512_storeu_ps(to + y / 2 * result->stride + (x / 2 + i) * result->channels, value);
                    }
                } else {
                    UNROLL for (int j = 0; j < 2; j++) UNROLL for (int i = 0; i < 6; i++) {
                        if (y + j >= rows || x + i >= columns) continue;
                        __m512 value = finished(sums[j][i][half], offset, result->rectifies);
                        _mm512_storeu_ps(to + (y + j) * result->stride + (x + i) * result->channels, value);
                    }
                }
            }
        }
        weights += 9 * inputs * 2 * LANES;
    }
}

// MARK: Many channels

/// `Bᵀ` applied to six values.
INLINE void transform_input(const __m512 d[6], __m512 t[6]) {
    const __m512 two = _mm512_set1_ps(2), four = _mm512_set1_ps(4), five = _mm512_set1_ps(5);
    __m512 a = _mm512_fnmadd_ps(four, d[2], d[4]), b = _mm512_fnmadd_ps(four, d[1], d[3]);
    __m512 c = _mm512_sub_ps(d[4], d[2]), e = _mm512_mul_ps(two, _mm512_sub_ps(d[3], d[1]));
    t[0] = _mm512_fmadd_ps(four, d[0], _mm512_fnmadd_ps(five, d[2], d[4]));
    t[1] = _mm512_add_ps(a, b);
    t[2] = _mm512_sub_ps(a, b);
    t[3] = _mm512_add_ps(c, e);
    t[4] = _mm512_sub_ps(c, e);
    t[5] = _mm512_fmadd_ps(four, d[1], _mm512_fnmadd_ps(five, d[3], d[5]));
}

/// `Aᵀ` applied to six values.
INLINE void transform_output(const __m512 m[6], __m512 y[4]) {
    const __m512 two = _mm512_set1_ps(2), four = _mm512_set1_ps(4), eight = _mm512_set1_ps(8);
    __m512 a = _mm512_add_ps(m[1], m[2]), b = _mm512_sub_ps(m[1], m[2]);
    __m512 c = _mm512_add_ps(m[3], m[4]), d = _mm512_sub_ps(m[3], m[4]);
    y[0] = _mm512_add_ps(_mm512_add_ps(m[0], a), c);
    y[1] = _mm512_fmadd_ps(two, d, b);
    y[2] = _mm512_fmadd_ps(four, c, a);
    y[3] = _mm512_add_ps(_mm512_fmadd_ps(eight, d, b), m[5]);
}

/// Transforms one tile, 16 channels at a time; the places lie `step` floats apart.
INLINE void transform_tile(const float *input, size_t stride, size_t inputs, float *places, size_t step) {
    for (size_t channel = 0; channel < inputs; channel += LANES) {
        __m512 half[6][6];
        UNROLL for (int x = 0; x < 6; x++) {
            __m512 column[6], changed[6];
            UNROLL for (int y = 0; y < 6; y++) column[y] = _mm512_loadu_ps(input + y * stride + x * inputs + channel);
            transform_input(column, changed);
            UNROLL for (int y = 0; y < 6; y++) half[y][x] = changed[y];
        }
        UNROLL for (int y = 0; y < 6; y++) {
            __m512 changed[6];
            transform_input(half[y], changed);
            UNROLL for (int x = 0; x < 6; x++) _mm512_store_ps(places + (y * 6 + x) * step + channel, changed[x]);
        }
    }
}

/// Multiplies `tiles` rows of `inputs` by a matrix of `inputs` rows and `vectors × 16` columns.
INLINE void multiply_block(
    const float *rows, size_t inputs, const float *matrix, float *products, size_t outputs, int tiles, int vectors) {
    __m512 sums[6][4];
    UNROLL for (int t = 0; t < tiles; t++) UNROLL for (int v = 0; v < vectors; v++) sums[t][v] = _mm512_setzero_ps();
    for (size_t k = 0; k < inputs; k++) {
        __m512 factors[4];
        UNROLL for (int v = 0; v < vectors; v++) factors[v] = _mm512_loadu_ps(matrix + v * LANES);
        matrix += vectors * LANES;
        UNROLL for (int t = 0; t < tiles; t++) {
            __m512 value = _mm512_set1_ps(rows[t * inputs + k]);
            UNROLL for (int v = 0; v < vectors; v++) sums[t][v] = _mm512_fmadd_ps(value, factors[v], sums[t][v]);
        }
    }
    UNROLL for (int t = 0; t < tiles; t++) UNROLL for (int v = 0; v < vectors; v++)
        _mm512_store_ps(products + t * outputs + v * LANES, sums[t][v]);
}

INLINE void multiply_columns(
    const float *rows, size_t tiles, size_t inputs, const float *matrix, float *products, size_t outputs, int vectors) {
    size_t t = 0;
    for (; t + 6 <= tiles; t += 6)
        multiply_block(rows + t * inputs, inputs, matrix, products + t * outputs, outputs, 6, vectors);
    rows += t * inputs;
    products += t * outputs;
    switch (tiles - t) {
    case 5: multiply_block(rows, inputs, matrix, products, outputs, 5, vectors); break;
    case 4: multiply_block(rows, inputs, matrix, products, outputs, 4, vectors); break;
    case 3: multiply_block(rows, inputs, matrix, products, outputs, 3, vectors); break;
    case 2: multiply_block(rows, inputs, matrix, products, outputs, 2, vectors); break;
    case 1: multiply_block(rows, inputs, matrix, products, outputs, 1, vectors); break;
    default: break;
    }
}

KERNEL static void multiply_place(
    const float *rows, size_t tiles, size_t inputs, const float *matrix, float *products, size_t outputs) {
    size_t column = 0;
    for (; column + 4 * LANES <= outputs; column += 4 * LANES)
        multiply_columns(rows, tiles, inputs, matrix + column * inputs, products + column, outputs, 4);
    if (column < outputs)
        multiply_columns(rows, tiles, inputs, matrix + column * inputs, products + column, outputs, 2);
}

/// Turns the products of one tile into pixels of the result, of which those beyond its end are left out.
INLINE void write_tile(
    const float *places, size_t step, const float *bias, const kernels_result *result, size_t top, size_t left) {
    for (size_t channel = 0; channel < result->channels; channel += LANES) {
        __m512 half[4][6];
        UNROLL for (int x = 0; x < 6; x++) {
            __m512 column[6], changed[4];
            UNROLL for (int y = 0; y < 6; y++) column[y] = _mm512_load_ps(places + (y * 6 + x) * step + channel);
            transform_output(column, changed);
            UNROLL for (int y = 0; y < 4; y++) half[y][x] = changed[y];
        }
        __m512 values[4][4];
        UNROLL for (int y = 0; y < 4; y++) transform_output(half[y], values[y]);
        __m512 offset = _mm512_loadu_ps(bias + channel);
        float *to = result->pixels + channel;
        if (result->pools) {
            UNROLL for (int y = 0; y < 2; y++) UNROLL for (int x = 0; x < 2; x++) {
                if (top / 2 + y >= result->rows || left / 2 + x >= result->columns) continue;
                __m512 above = _mm512_max_ps(values[2 * y][2 * x], values[2 * y][2 * x + 1]);
                __m512 below = _mm512_max_ps(values[2 * y + 1][2 * x], values[2 * y + 1][2 * x + 1]);
                __m512 value = finished(_mm512_max_ps(above, below), offset, result->rectifies);
                _mm512_storeu_ps(to + (top / 2 + y) * result->stride + (left / 2 + x) * result->channels, value);
            }
        } else {
            UNROLL for (int y = 0; y < 4; y++) UNROLL for (int x = 0; x < 4; x++) {
                if (top + y >= result->rows || left + x >= result->columns) continue;
                __m512 value = finished(values[y][x], offset, result->rectifies);
                _mm512_storeu_ps(to + (top + y) * result->stride + (left + x) * result->channels, value);
            }
        }
    }
}

/// Rows of tiles done together.
static size_t rows_at_once(size_t tile_columns) {
    return tile_columns >= TILES_AT_ONCE ? 1 : TILES_AT_ONCE / tile_columns;
}

size_t kernels_scratch_floats(size_t inputs, size_t outputs, size_t tile_columns) {
    return PLACES * rows_at_once(tile_columns) * tile_columns * (inputs + outputs);
}

KERNEL void kernels_convolve_tiles(
    const float *input, size_t stride, size_t inputs, const float *weights, const float *bias,
    const kernels_result *result, float *scratch) {
    size_t step = result->pools ? 2 : 1;
    size_t tile_rows = (result->rows * step + 3) / 4, tile_columns = (result->columns * step + 3) / 4;
    size_t most_rows = rows_at_once(tile_columns);
    for (size_t top = 0; top < tile_rows; top += most_rows) {
        size_t rows = tile_rows - top < most_rows ? tile_rows - top : most_rows;
        size_t tiles = rows * tile_columns;
        float *changed = scratch, *products = scratch + PLACES * tiles * inputs;
        for (size_t y = 0; y < rows; y++) for (size_t x = 0; x < tile_columns; x++) {
            const float *from = input + (top + y) * 4 * stride + x * 4 * inputs;
            transform_tile(from, stride, inputs, changed + (y * tile_columns + x) * inputs, tiles * inputs);
        }
        for (size_t place = 0; place < PLACES; place++) {
            multiply_place(
                changed + place * tiles * inputs, tiles, inputs, weights + place * inputs * result->channels,
                products + place * tiles * result->channels, result->channels);
        }
        for (size_t y = 0; y < rows; y++) for (size_t x = 0; x < tile_columns; x++) {
            const float *places = products + (y * tile_columns + x) * result->channels;
            write_tile(places, tiles * result->channels, bias, result, (top + y) * 4, x * 4);
        }
    }
}

#else

bool kernels_have_avx512(void) { return false; }

size_t kernels_scratch_floats(size_t inputs, size_t outputs, size_t tile_columns) { return 0; }

// Never called where the processor is another one.
void kernels_convolve_directly(
    const float *input, size_t stride, size_t inputs, const float *weights, const float *bias,
    const kernels_result *result) {}

void kernels_convolve_tiles(
    const float *input, size_t stride, size_t inputs, const float *weights, const float *bias,
    const kernels_result *result, float *scratch) {}

#endif
