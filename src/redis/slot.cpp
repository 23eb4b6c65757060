#include <postrider/redis/slot.h>

#include <array>

namespace postrider::redis {

namespace {

constexpr std::array<std::uint16_t, 256> make_crc16_table() {
    std::array<std::uint16_t, 256> table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte << 8;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
        table[byte] = static_cast<std::uint16_t>(crc);
    }
    return table;
}
constexpr auto crc16_table = make_crc16_table();

}  // namespace

std::uint16_t hash_slot(std::string_view tag) noexcept {
    std::uint32_t crc = 0;
    for (const char character : tag) {
        const auto byte = static_cast<std::uint8_t>(character);
        crc = ((crc << 8) ^ crc16_table[((crc >> 8) ^ byte) & 0xff]) & 0xffff;
    }
    return static_cast<std::uint16_t>(crc % slots);
}

}  // namespace postrider::redis
