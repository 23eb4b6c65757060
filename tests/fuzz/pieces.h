#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace postrider::fuzz {

/// The same numbers for the same input, so that whatever was found is found again.
class input_random {
 public:
    explicit input_random(std::string_view input) {
        std::uint32_t hash = 2166136261U;
        for (const char c : input)
            hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
        engine_.seed(hash);
    }
    /// 0 to `most`.
    [[nodiscard]] std::size_t up_to(std::size_t most) {
        return std::uniform_int_distribution<std::size_t>(0, most)(engine_);
    }

 private:
    std::minstd_rand engine_;
};

/// How a network may cut a stream.
enum class cutting : std::uint8_t { whole, by_bytes, anywhere };
inline constexpr cutting every_other_cutting[] = {cutting::by_bytes, cutting::anywhere};

/// Calls `take` with piece after piece of `input`.
template <typename Take>
void feed_pieces(std::string_view input, cutting how, Take take) {
    input_random random(input);
    auto rest = input;
    while (!rest.empty()) {
        const auto size = how == cutting::whole      ? rest.size()
                          : how == cutting::by_bytes ? std::size_t{1}
                                                     : 1 + random.up_to(rest.size() - 1);
        take(rest.substr(0, size));
        rest.remove_prefix(size);
    }
}

/// The same bytes but for one place, where a byte is another, is missing, or stands twice.
[[nodiscard]] inline std::string almost(std::string_view input) {
    std::string other(input);
    if (other.empty()) return other;
    input_random random(input);
    const auto place = random.up_to(input.size() - 1);
    const auto way = random.up_to(2);
    if (way == 0)
        other[place] = input[random.up_to(input.size() - 1)];
    else if (way == 1)
        other.erase(place, 1);
    else
        other.insert(place, 1, input[place]);
    return other;
}

/// Cuts the next part off the front, up to `separator` or to the end.
[[nodiscard]] inline std::string_view take_part(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const auto part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return part;
}

}  // namespace postrider::fuzz
