#pragma once

#include <postrider/base/expected.h>

#include <sys/types.h>

#include <string>
#include <vector>

namespace postrider::redis {

/// What a child of this process is started with.
struct process_plan {
    std::string program;                 ///< a path
    std::vector<std::string> arguments;  ///< without the program's own name
    int directory = -1;                  ///< descriptor of its working directory
    int output = -1;                     ///< descriptor for its stdout and stderr
    int kept = -1;                       ///< the one further descriptor that it inherits
};

/// Where execvp would find it, or what is missing.
[[nodiscard]] expected<std::string, std::string> find_program(const std::string& name);

/// Forks and executes: in a session of its own, with an environment of PATH only, and ended by the kernel
/// with SIGTERM as soon as the calling thread ends. Returns when the program runs, or with the reason.
[[nodiscard]] expected<pid_t, std::string> start_process(const process_plan& plan);

}  // namespace postrider::redis
