#include "scripts.h"

namespace postrider::queue {

const script_text& text_of(script script) noexcept {
    return embedded_scripts[static_cast<std::size_t>(script)];
}

}  // namespace postrider::queue
