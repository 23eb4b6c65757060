#pragma once

#include <string>

namespace CLI {
class App;
}

namespace postrider::cli {

/// What `sign` and `verify` ask alike.
struct signature_options {
    std::string secret;
    std::string id;
    std::string timestamp;
    std::string data = "-";
};

/// `options` must live until the arguments are read.
void add_signature_options(CLI::App& command, signature_options& options);

}  // namespace postrider::cli
