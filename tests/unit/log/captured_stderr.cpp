#include "captured_stderr.h"

#include <postrider/log/log.h>

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

captured_stderr::captured_stderr() {
    int ends[2];
    if (::pipe2(ends, O_DIRECT | O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    saved_ = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
    read_end_ = ends[0];
    reader_ = std::thread([this] { read(); });
}

captured_stderr::~captured_stderr() {
    static_cast<void>(finish());
    ::close(read_end_);
    ::close(saved_);
}

void captured_stderr::wait_for(std::string_view text) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return text_.find(text) != std::string::npos; });
}

std::string captured_stderr::finish() {
    if (reader_.joinable()) {
        postrider::log::flush();
        ::dup2(saved_,
               STDERR_FILENO);  // closes the last end for writing, so that the reader comes to its end
        reader_.join();
    }
    return text_;
}

void captured_stderr::read() {
    std::vector<char> packet(65536);
    for (;;) {
        const auto size = ::read(read_end_, packet.data(), packet.size());
        if (size <= 0) return;
        const std::lock_guard lock(mutex_);
        text_.append(packet.data(), static_cast<std::size_t>(size));
        ++writes_;
        changed_.notify_all();
    }
}
