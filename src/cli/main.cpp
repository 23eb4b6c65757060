#include <postrider/cli/program.h>

#include <iostream>

int main(int argc, char** argv) {
    return postrider::cli::run(argc, argv, {.in = std::cin, .out = std::cout, .err = std::cerr});
}
