#include "temporary_directory.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace postrider::test {

temporary_directory::temporary_directory() {
    std::string pattern = std::filesystem::temp_directory_path() / "postrider-test-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
}

temporary_directory::~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string temporary_directory::write(std::string_view name, std::string_view content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path(name);
}

std::string temporary_directory::path(std::string_view name) const {
    return path_ / name;
}

}  // namespace postrider::test
