#include "data_argument.h"

#include <array>
#include <cerrno>
#include <fstream>
#include <istream>
#include <system_error>

namespace postrider::cli {

namespace {

expected<std::string, std::string> read_all(std::istream& in, const std::string& name) {
    std::string bytes;
    std::array<char, 65536> block;
    while (in.read(block.data(), block.size()) || in.gcount() > 0) {
        bytes.append(block.data(), static_cast<std::size_t>(in.gcount()));
        if (bytes.size() > max_data_bytes)
            return unexpected<std::string>(name + " is larger than 64 MiB, the most that is taken");
    }
    if (in.bad()) return unexpected<std::string>("cannot read " + name + " to its end");
    return bytes;
}

}  // namespace

expected<std::string, std::string> read_data(const std::string& argument, std::istream& in) {
    if (argument == "-") return read_all(in, "standard input");
    if (argument.empty() || argument.front() != '@') return argument;

    const std::string path = argument.substr(1);
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    // Opening a folder succeeds; reading from it is what fails.
    if (!file || file.peek() == std::ifstream::traits_type::eof()) {
        if (file.is_open() && errno == 0) return std::string();
        return unexpected<std::string>("cannot read " + path + ": " + std::generic_category().message(errno));
    }
    return read_all(file, path);
}

}  // namespace postrider::cli
