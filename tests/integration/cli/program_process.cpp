#include "program_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace postrider::cli {

namespace {

constexpr int patience_milliseconds = 30000;

struct pipe_ends {
    int read = -1;
    int write = -1;
};

pipe_ends make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    return {ends[0], ends[1]};
}

// A file, so that the input may be larger than a pipe holds.
int file_with(const std::string& bytes) {
    std::FILE* file = std::tmpfile();
    if (file == nullptr || std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size())
        throw std::runtime_error("tmpfile");
    std::rewind(file);
    const int descriptor = fcntl(fileno(file), F_DUPFD_CLOEXEC, 0);
    std::fclose(file);
    return descriptor;
}

void take_from(int& descriptor, std::string& text) {
    std::array<char, 4096> block;
    const auto count = read(descriptor, block.data(), block.size());
    if (count > 0) {
        text.append(block.data(), static_cast<std::size_t>(count));
    } else {
        close(std::exchange(descriptor, -1));
    }
}

[[noreturn]] void become_program(const std::vector<char*>& arguments, int in, int out, int err) {
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    for (const auto* name : {"POSTRIDER_URL", "POSTRIDER_TOKEN", "POSTRIDER_SECRET", "POSTRIDER_CA_FILE"})
        unsetenv(name);
    execv(POSTRIDER_BINARY, arguments.data());
    _exit(127);
}

}  // namespace

program_process::program_process(std::vector<std::string> arguments, const std::string& input) {
    arguments.insert(arguments.begin(), "postrider");
    std::vector<char*> pointers;
    for (auto& argument : arguments)
        pointers.push_back(argument.data());
    pointers.push_back(nullptr);

    const int in = file_with(input);
    const auto out = make_pipe();
    const auto err = make_pipe();
    pid_ = fork();
    if (pid_ == 0) become_program(pointers, in, out.write, err.write);
    for (const int descriptor : {in, out.write, err.write})
        close(descriptor);
    out_ = out.read;
    err_ = err.read;
}

program_process::~program_process() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    for (const int descriptor : {out_, err_})
        if (descriptor >= 0) close(descriptor);
}

bool program_process::read_some() {
    std::array<pollfd, 2> polled{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
    if (poll(polled.data(), polled.size(), patience_milliseconds) == 0)
        throw std::runtime_error("silent for too long; so far: " + out_text_ + err_text_);
    if (polled[0].revents != 0) take_from(out_, out_text_);
    if (polled[1].revents != 0) take_from(err_, err_text_);
    return out_ >= 0 || err_ >= 0;
}

std::string program_process::read_line() {
    while (out_text_.find('\n') == std::string::npos)
        if (!read_some()) throw std::runtime_error("ended without another line: " + out_text_ + err_text_);
    const auto end = out_text_.find('\n');
    std::string line = out_text_.substr(0, end);
    out_text_.erase(0, end + 1);
    return line;
}

std::string program_process::read_line_with(const std::string& part) {
    std::string line = read_line();
    while (line.find(part) == std::string::npos)
        line = read_line();
    return line;
}

void program_process::signal(int number) const {
    kill(pid_, number);
}

program_process::result program_process::finish() {
    while (read_some()) {
    }
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return {code, std::move(out_text_), std::move(err_text_)};
}

program_process::result run_program(std::vector<std::string> arguments, const std::string& input) {
    return program_process(std::move(arguments), input).finish();
}

}  // namespace postrider::cli
