#include <postrider/redis/command.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace postrider::redis {
namespace {

constexpr std::string_view line_end = "\r\n";

template <typename Number>
std::string_view digits_of(Number number, std::array<char, 24>& room) {
    const auto end = std::to_chars(room.data(), room.data() + room.size(), number).ptr;
    return {room.data(), static_cast<std::size_t>(end - room.data())};
}

constexpr std::size_t most_digits = 20;
constexpr std::size_t longest_line = 1 + most_digits + line_end.size();

/// Writes a line of the protocol that is made of a letter and a number; gives its end. Inlined: some twenty
/// arguments of an event begin with one.
[[gnu::always_inline]] inline char* write_line(char* at, char kind, std::size_t number) noexcept {
    *at++ = kind;
    if (number < 100) {  // nearly always: without a loop
        if (number >= 10) *at++ = static_cast<char>('0' + number / 10);
        *at++ = static_cast<char>('0' + number % 10);
    } else {
        at = std::to_chars(at, at + most_digits, number).ptr;
    }
    return std::copy(line_end.begin(), line_end.end(), at);
}

/// Such a line as a text of its own.
class number_line {
 public:
    number_line(char kind, std::size_t number) noexcept
        : size_(static_cast<std::size_t>(write_line(room_.data(), kind, number) - room_.data())) {}
    [[nodiscard]] std::string_view text() const noexcept { return {room_.data(), size_}; }

 private:
    std::array<char, longest_line> room_;
    std::size_t size_;
};

/// By hand: hiredis' formatter makes a text of its own for each command, argument by argument, and took an
/// eighth of all instructions of the daemon.
void append_argument(std::string& text, std::string_view argument) {
    std::array<char, 64> whole;  // most arguments are numbers and names: these grow the text once
    char* end = write_line(whole.data(), '$', argument.size());
    const bool is_short = argument.size() + longest_line + line_end.size() <= whole.size();
    if (is_short) {
        end = std::copy(argument.begin(), argument.end(), end);
        end = std::copy(line_end.begin(), line_end.end(), end);
    }
    text.append(whole.data(), static_cast<std::size_t>(end - whole.data()));
    if (!is_short) text.append(argument).append(line_end);
}

void append_count(std::string& text, std::size_t arguments) {
    text.append(number_line('*', arguments).text());
}

constexpr std::string_view multi = "*1\r\n$5\r\nMULTI\r\n";
constexpr std::string_view exec = "*1\r\n$4\r\nEXEC\r\n";

}  // namespace

void command::add(std::string_view argument) {
    append_argument(wire_, argument);
    ++size_;
    bytes_ += argument.size();
}

void command::add(std::int64_t number) {
    std::array<char, 24> room;
    add(digits_of(number, room));
}

void command::add(std::uint64_t number) {
    if (number < 10) {  // as most are: places, counts, flags
        const char digit = static_cast<char>('0' + number);
        return add(std::string_view(&digit, 1));
    }
    std::array<char, 24> room;
    add(digits_of(number, room));
}

command::place command::place_of(std::size_t index) const noexcept {
    place found{0, 0, 0};
    for (std::size_t at = 0;; ++at) {
        const std::size_t digits = wire_.find(line_end, found.line);
        std::size_t length = 0;
        std::from_chars(wire_.data() + found.line + 1, wire_.data() + digits, length);
        found.begin = digits + line_end.size();
        found.end = found.begin + length;
        if (at == index) return found;
        found.line = found.end + line_end.size();
    }
}

void command::set(std::size_t index, std::string_view argument) {
    if (index >= size_) throw std::out_of_range("no such argument of a redis command");
    const place old = place_of(index);
    const number_line line('$', argument.size());
    wire_.replace(old.begin, old.end - old.begin, argument);
    wire_.replace(old.line, old.begin - old.line, line.text());
    bytes_ = bytes_ - (old.end - old.begin) + argument.size();
}

std::string_view command::operator[](std::size_t index) const noexcept {
    const place found = place_of(index);
    return std::string_view(wire_).substr(found.begin, found.end - found.begin);
}

void command::begin_first(std::size_t arguments) {
    check_first();
    append_count(first_, arguments);
    missing_first_ = arguments;
    ++commands_first_;
}

void command::add_first(std::string_view argument) {
    if (missing_first_ == 0) throw std::logic_error("more arguments of a redis command than were announced");
    --missing_first_;
    append_argument(first_, argument);
    bytes_ += argument.size();
}

void command::add_first(std::uint64_t number) {
    std::array<char, 24> room;
    add_first(digits_of(number, room));
}

void command::check_first() const {
    if (missing_first_ > 0) throw std::logic_error("fewer arguments of a redis command than were announced");
}

void command::append_to(std::string& out) const {
    check_first();
    if (commands_first_ > 0) out.append(multi).append(first_);
    append_count(out, size_);
    out.append(wire_);
    if (commands_first_ > 0) out.append(exec);
}

}  // namespace postrider::redis
