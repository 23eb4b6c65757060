#include <postrider/config/config.h>

#include <cstdlib>

namespace postrider::config {

std::string_view to_string(durability durability) noexcept {
    switch (durability) {
        case durability::memory:
            return "memory";
        case durability::everysec:
            return "everysec";
        case durability::fsync:
            return "fsync";
        case durability::replicated:
            return "replicated";
    }
    return "unknown";
}

std::string fault::to_string() const {
    if (line == 0) return file + ": " + message;
    return file + ':' + std::to_string(line) + ':' + std::to_string(column) + ": " + message;
}

environment process_environment() {
    return [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
}

settings defaults() {
    return {};
}

}  // namespace postrider::config
