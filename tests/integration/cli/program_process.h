#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace postrider::cli {

/// The real program with pipes on its output. Every wait is bounded: past half a minute the test fails.
class program_process {
 public:
    /// Variables of the client commands are taken from the environment.
    explicit program_process(std::vector<std::string> arguments, const std::string& input = {});
    ~program_process();  ///< ends it if it still runs
    program_process(const program_process&) = delete;
    program_process& operator=(const program_process&) = delete;

    /// The next line of its standard output, without the line end.
    [[nodiscard]] std::string read_line();
    /// Lines up to the first that contains `part`, which is given.
    [[nodiscard]] std::string read_line_with(const std::string& part);
    void signal(int number) const;

    struct result {
        int code = -1;    ///< minus the signal that ended it
        std::string out;  ///< what was not read as lines
        std::string err;
    };
    [[nodiscard]] result finish();

 private:
    /// Reads a block of either pipe; false when both are at their end.
    bool read_some();

    pid_t pid_ = -1;
    int out_ = -1;
    int err_ = -1;
    std::string out_text_;
    std::string err_text_;
};

/// Runs it to its end.
[[nodiscard]] program_process::result run_program(std::vector<std::string> arguments,
                                                  const std::string& input = {});

}  // namespace postrider::cli
