// All targets as one program of libFuzzer; POSTRIDER_FUZZ_TARGET in the environment names the one to run.

#include "target_table.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace {
const postrider::fuzz::named_target* chosen = nullptr;
}

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/);
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size);

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
    const char* const name = std::getenv("POSTRIDER_FUZZ_TARGET");
    chosen = postrider::fuzz::find_target(name == nullptr ? "" : name);
    if (chosen != nullptr) return 0;
    std::fputs("POSTRIDER_FUZZ_TARGET names no target; scripts/fuzz --help tells them\n", stderr);
    std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    chosen->run({reinterpret_cast<const char*>(data), size});
    return 0;
}
