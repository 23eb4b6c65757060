#include <postrider/redis/command.h>

#include <hiredis/hiredis.h>
#include <hiredis/sds.h>

#include <array>
#include <charconv>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>

namespace postrider::redis {
namespace {

template <typename Number>
std::string_view digits_of(Number number, std::array<char, 24>& room) {
    const auto end = std::to_chars(room.data(), room.data() + room.size(), number).ptr;
    return {room.data(), static_cast<std::size_t>(end - room.data())};
}

struct free_command {
    void operator()(char* text) const noexcept { redisFreeSdsCommand(text); }
};

}  // namespace

void command::add(std::string_view argument) {
    buffer_.append(argument);
    ends_.push_back(buffer_.size());
}

void command::add(std::int64_t number) {
    std::array<char, 24> room{};
    add(digits_of(number, room));
}

void command::add(std::uint64_t number) {
    std::array<char, 24> room{};
    add(digits_of(number, room));
}

void command::set(std::size_t index, std::string_view argument) {
    const std::size_t begin = index == 0 ? 0 : ends_.at(index - 1);
    const std::size_t length = ends_.at(index) - begin;
    buffer_.replace(begin, length, argument);
    for (std::size_t later = index; later < ends_.size(); ++later)
        ends_[later] = ends_[later] - length + argument.size();
}

std::string_view command::operator[](std::size_t index) const noexcept {
    const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(buffer_).substr(begin, ends_[index] - begin);
}

void command::append_to(std::string& out) const {
    // The formatter counts in int and does not look whether it still fits.
    constexpr std::size_t most = std::numeric_limits<int>::max() / 2;
    if (buffer_.size() > most || ends_.size() > most / 32) throw std::length_error("redis command too long");
    thread_local std::vector<const char*> starts;
    thread_local std::vector<std::size_t> lengths;
    starts.clear();
    lengths.clear();
    for (std::size_t index = 0; index < ends_.size(); ++index) {
        const std::string_view argument = (*this)[index];
        starts.push_back(argument.data());
        lengths.push_back(argument.size());
    }
    // The form for sds, because the other one asks vsprintf for each length, which took a tenth of the
    // daemon's own CPU.
    sds text = nullptr;
    const auto length =
        redisFormatSdsCommandArgv(&text, static_cast<int>(starts.size()), starts.data(), lengths.data());
    const std::unique_ptr<char, free_command> owned(text);
    if (length < 0) throw std::bad_alloc();
    out.append(text, static_cast<std::size_t>(length));
}

}  // namespace postrider::redis
