#include <postrider/cli/program.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace {

// 0 when it is no terminal; a terminal that does not know its width has the width of most.
std::size_t columns_of(int descriptor) {
    if (::isatty(descriptor) == 0) return 0;
    winsize size{};
    const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : 80;
}

std::size_t rows_of(int descriptor) {
    winsize size{};
    const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
    return known ? size.ws_row : 24;
}

bool is_set(const char* variable) {
    const char* const value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

bool is_steered(int descriptor) {
    return ::isatty(descriptor) != 0 && is_set("TERM") && std::string_view(std::getenv("TERM")) != "dumb";
}

}  // namespace

int main(int argc, char** argv) {
    return postrider::cli::run(argc, argv,
                               {.in = std::cin,
                                .out = std::cout,
                                .err = std::cerr,
                                .out_columns = columns_of(STDOUT_FILENO),
                                .err_columns = columns_of(STDERR_FILENO),
                                .in_is_terminal = ::isatty(STDIN_FILENO) != 0,
                                .out_rows = rows_of(STDOUT_FILENO),
                                .out_colours = is_steered(STDOUT_FILENO) && !is_set("NO_COLOR"),
                                .out_moves = is_steered(STDOUT_FILENO)});
}
