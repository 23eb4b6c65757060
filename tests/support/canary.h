#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <cstring>
#include <string>

/// A search of this process's own memory. No sanitizer lets it read what is freed.
namespace postrider::memory {

/// A text that is nowhere in memory as it is, so that whoever finds it there finds somebody's copy.
class canary {
 public:
    static constexpr std::size_t size = 32;
    explicit canary(char letter) {
        for (std::size_t at = 0; at < size; ++at)
            masked_[at] = static_cast<char>(mask ^ (letter + static_cast<char>(at % 7)));
    }
    void write_to(int file) const {
        for (const char one : masked_) {
            const char plain = static_cast<char>(one ^ mask);
            ASSERT_EQ(::write(file, &plain, 1), 1);
        }
    }
    [[nodiscard]] std::string reveal() const {
        std::string text;
        text.reserve(size);
        for (const char one : masked_)
            text += static_cast<char>(one ^ mask);
        return text;
    }
    [[nodiscard]] std::size_t count_in(const char* begin, const char* end) const {
        std::size_t found = 0;
        for (const char* at = begin; at + size <= end; ++at) {
            std::size_t same = 0;
            while (same < size && (at[same] ^ mask) == masked_[same])
                ++same;
            if (same == size) ++found;
        }
        return found;
    }

 private:
    static constexpr char mask = 0x5a;
    char masked_[size] = {};
};

/// How often it is in what this process can write to, but the stack: there libraries, and the dynamic linker
/// when it looks up their functions, save registers, and the next calls write over it.
[[nodiscard]] inline std::size_t copies_of(const canary& wanted) {
    std::size_t found = 0;
    std::FILE* const maps = std::fopen("/proc/self/maps", "r");
    char line[512];
    while (std::fgets(line, sizeof line, maps) != nullptr) {
        if (std::strstr(line, "[stack]") != nullptr) continue;
        void* begin = nullptr;
        void* end = nullptr;
        char mode[5] = {};
        if (std::sscanf(line, "%p-%p %4s", &begin, &end, mode) == 3 && mode[0] == 'r' && mode[1] == 'w')
            found += wanted.count_in(static_cast<const char*>(begin), static_cast<const char*>(end));
    }
    static_cast<void>(std::fclose(maps));
    return found;
}

}  // namespace postrider::memory
