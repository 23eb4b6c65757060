#pragma once

#include <cstddef>
#include <iosfwd>

namespace postrider::cli {

/// Where a command reads and writes. The streams must outlive the call.
struct terminal {
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    std::size_t out_columns = 0;  ///< the width of the terminal that `out` is; 0: it is none, nothing is cut
    std::size_t err_columns = 0;  ///< the same of `err`; 0: progress is not shown
    bool in_is_terminal = false;  ///< somebody is there to be asked
    std::size_t out_rows = 0;     ///< the height of that terminal
    bool out_colours = false;     ///< `out` is a terminal that shows colours, and nobody asked for none
    bool out_moves = false;       ///< `out` is a terminal on which a text can be written over
};

/// The program `postrider`: reads the arguments, runs the command that they name and gives the exit code:
/// 0 done, 1 failed, 2 wrong usage or configuration. A failure is one line on `err` that says what to do.
/// Called once, from the main thread; `serve` and `listen` return after SIGINT or SIGTERM.
[[nodiscard]] int run(int argc, const char* const* argv, const terminal& terminal);

}  // namespace postrider::cli
