#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

/// A target takes bytes as a stranger could send them and holds what comes of them to its promises.
/// libfuzzer.cpp makes up such bytes, in a build by clang; replay.cpp runs every target over the files in
/// seeds/ and corpus/ in all others.
#define FUZZ_TARGET(name)                     \
    void fuzz_##name(std::string_view input); \
    void fuzz_##name(std::string_view input)

/// Ends the program where a promise is broken, whatever NDEBUG says; a fuzzer then keeps the input.
#define HOLDS(condition)                                                                 \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            std::fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                \
        }                                                                                \
    } while (false)
