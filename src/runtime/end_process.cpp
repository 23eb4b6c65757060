#include "end_process.h"

#include <postrider/log/log.h>

#include <cstdlib>
#include <string>

namespace postrider::runtime {
namespace {

std::string text_of(const std::exception_ptr& reason) {
    try {
        std::rethrow_exception(reason);
    } catch (const std::exception& thrown) {
        return thrown.what();
    } catch (...) {
        return "not a std::exception";
    }
}

}  // namespace

void end_process(std::string_view name, const std::exception_ptr& reason) noexcept {
    log::error("unexpected exception: ending the process", {{"in", name}, {"exception", text_of(reason)}});
    log::flush();
    std::abort();
}

}  // namespace postrider::runtime
