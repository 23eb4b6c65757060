#include "crypto.h"

#include <openssl/err.h>

#include <stdexcept>
#include <string>

namespace postrider::sign {

void require(int returned, const char* call) {
    if (returned == 1) return;
    char reason[256];
    ERR_error_string_n(ERR_get_error(), reason, sizeof(reason));
    ERR_clear_error();
    throw std::runtime_error(std::string(call) + " failed: " + reason);
}

}  // namespace postrider::sign
