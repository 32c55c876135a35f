#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define KERNEL __attribute__((target("avx2")))
#define INLINE static inline __attribute__((always_inline, target("avx2")))

bool kernels_have_avx2(void) { return __builtin_cpu_supports("avx2"); }

/// Pairs of neighbouring pixels, channel by channel, as 16-bit numbers: two of four pixels in each half.
static const int8_t pairs_of_three[32] = {
    0, -1, 3, -1, 1, -1, 4,  -1, 2, -1, 5,  -1, -1, -1, -1, -1,
    6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1,
};
static const int8_t pairs_of_four[32] = {
    0, -1, 4,  -1, 1, -1, 5,  -1, 2,  -1, 6,  -1, 3,  -1, 7,  -1,
    8, -1, 12, -1, 9, -1, 13, -1, 10, -1, 14, -1, 11, -1, 15, -1,
};

/// The sums of high and low products as bytes in 32-bit lanes, rounded as Pillow does and not yet clipped.
INLINE __m256i rounded(__m256i high, __m256i low) {
    __m256i half = _mm256_set1_epi32(1 << (KERNELS_FRACTION_BITS - 1));
    __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(high, KERNELS_LOW_BITS), low);
    return _mm256_srai_epi32(_mm256_add_epi32(sum, half), KERNELS_FRACTION_BITS);
}

INLINE void resample_block(
    const uint8_t *source, size_t stride, int rows, size_t channels, uint8_t *target, size_t width,
    const int32_t *starts, const int16_t *factors, size_t groups) {
    const __m256i pairs = _mm256_loadu_si256((const __m256i *)(channels == 3 ? pairs_of_three : pairs_of_four));
    const __m256i high_places = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
    const __m256i low_places = _mm256_setr_epi32(2, 2, 2, 2, 3, 3, 3, 3);
    for (size_t x = 0; x < width; x++) {
        const uint8_t *pixels = source + (size_t)starts[x] * channels;
        __m256i high[4], low[4];
        for (int row = 0; row < rows; row++) high[row] = low[row] = _mm256_setzero_si256();
        for (size_t group = 0; group < groups; group++) {
            __m256i weights = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)factors));
            __m256i high_weights = _mm256_permutevar8x32_epi32(weights, high_places);
            __m256i low_weights = _mm256_permutevar8x32_epi32(weights, low_places);
            for (int row = 0; row < rows; row++) {
                __m128i four = _mm_loadu_si128((const __m128i *)(pixels + row * stride));
                __m256i paired = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(four), pairs);
                high[row] = _mm256_add_epi32(high[row], _mm256_madd_epi16(paired, high_weights));
                low[row] = _mm256_add_epi32(low[row], _mm256_madd_epi16(paired, low_weights));
            }
            pixels += KERNELS_TAPS_OF_GROUP * channels;
            factors += 2 * KERNELS_TAPS_OF_GROUP;
        }
        for (int row = 0; row < rows; row++) {
            // The halves hold sums over other taps, so they are added before rounding.
            __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(high[row], KERNELS_LOW_BITS), low[row]);
            __m128i whole = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
            whole = _mm_add_epi32(whole, _mm_set1_epi32(1 << (KERNELS_FRACTION_BITS - 1)));
            whole = _mm_srai_epi32(whole, KERNELS_FRACTION_BITS);
            whole = _mm_packus_epi16(_mm_packs_epi32(whole, whole), whole);
            uint32_t pixel = (uint32_t)_mm_cvtsi128_si32(whole);
            uint8_t *place = target + (row * width + x) * channels;
            // Four bytes are one store; the fourth of three channels is overwritten by the next pixel.
            if (channels == 4 || x + 1 < width) memcpy(place, &pixel, 4);
            else memcpy(place, &pixel, 3);
        }
    }
}

KERNEL void kernels_resample_rows(
    const uint8_t *source, size_t stride, size_t rows, size_t channels, uint8_t *target, size_t width,
    const int32_t *starts, const int16_t *factors, size_t groups) {
    size_t row = 0;
    for (; row + 4 <= rows; row += 4) {
        const uint8_t *from = source + row * stride;
        uint8_t *to = target + row * width * channels;
        if (channels == 3) resample_block(from, stride, 4, 3, to, width, starts, factors, groups);
        else resample_block(from, stride, 4, 4, to, width, starts, factors, groups);
    }
    for (; row < rows; row++) {
        resample_block(
            source + row * stride, stride, 1, channels, target + row * width * channels, width, starts, factors,
            groups);
    }
}

KERNEL void kernels_resample_column(
    const uint8_t *source, size_t length, size_t count, const int16_t *high, const int16_t *low, uint8_t *target) {
    const __m256i zero = _mm256_setzero_si256();
    for (size_t start = 0; start < length; start += 32) {
        // The last bytes are done together with some that have been done before.
        if (start + 32 > length) start = length - 32;
        __m256i high_sums[4] = {zero, zero, zero, zero};
        __m256i low_sums[4] = {zero, zero, zero, zero};
        for (size_t tap = 0; tap < count; tap += 2) {
            // A row without a partner is paired with itself and a weight of zero.
            size_t next = tap + 1 < count ? tap + 1 : tap;
            int16_t next_high = tap + 1 < count ? high[next] : 0;
            int16_t next_low = tap + 1 < count ? low[next] : 0;
            __m256i high_pair = _mm256_set1_epi32((uint16_t)high[tap] | (int32_t)((uint32_t)(uint16_t)next_high << 16));
            __m256i low_pair = _mm256_set1_epi32((uint16_t)low[tap] | (int32_t)((uint32_t)(uint16_t)next_low << 16));
            __m256i one = _mm256_loadu_si256((const __m256i *)(source + tap * length + start));
            __m256i other = _mm256_loadu_si256((const __m256i *)(source + next * length + start));
            __m256i front = _mm256_unpacklo_epi8(one, other), back = _mm256_unpackhi_epi8(one, other);
            __m256i pairs[4] = {
                _mm256_unpacklo_epi8(front, zero), _mm256_unpackhi_epi8(front, zero),
                _mm256_unpacklo_epi8(back, zero), _mm256_unpackhi_epi8(back, zero),
            };
            for (int part = 0; part < 4; part++) {
                high_sums[part] = _mm256_add_epi32(high_sums[part], _mm256_madd_epi16(pairs[part], high_pair));
                low_sums[part] = _mm256_add_epi32(low_sums[part], _mm256_madd_epi16(pairs[part], low_pair));
            }
        }
        for (int part = 0; part < 4; part++) high_sums[part] = rounded(high_sums[part], low_sums[part]);
        __m256i front = _mm256_packs_epi32(high_sums[0], high_sums[1]);
        __m256i back = _mm256_packs_epi32(high_sums[2], high_sums[3]);
        _mm256_storeu_si256((__m256i *)(target + start), _mm256_packus_epi16(front, back));
    }
}

#else

bool kernels_have_avx2(void) { return false; }

// Never called where the processor is another one.
void kernels_resample_rows(
    const uint8_t *source, size_t stride, size_t rows, size_t channels, uint8_t *target, size_t width,
    const int32_t *starts, const int16_t *factors, size_t groups) {}

void kernels_resample_column(
    const uint8_t *source, size_t length, size_t count, const int16_t *high, const int16_t *low, uint8_t *target) {}

#endif
