#include <postrider/cli/program.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <iostream>

namespace {

// 0 when it is no terminal; a terminal that does not know its width has the width of most.
std::size_t columns_of(int descriptor) {
    if (::isatty(descriptor) == 0) return 0;
    winsize size{};
    const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : 80;
}

}  // namespace

int main(int argc, char** argv) {
    return postrider::cli::run(argc, argv,
                               {.in = std::cin,
                                .out = std::cout,
                                .err = std::cerr,
                                .out_columns = columns_of(STDOUT_FILENO),
                                .err_columns = columns_of(STDERR_FILENO),
                                .in_is_terminal = ::isatty(STDIN_FILENO) != 0});
}
