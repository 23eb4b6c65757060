// Runs one target over files and folders of files: what fuzzers found once is asked again by every build.

#include "target_table.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> list_files(const fs::path& place) {
    if (!fs::is_directory(place)) return {place};
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(place))
        if (entry.is_regular_file()) files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

std::string read(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

/// replay TARGET FILE|FOLDER...
int main(int count, char** arguments) {
    const std::vector<std::string> words(arguments + 1, arguments + count);
    const auto* const target = words.empty() ? nullptr : postrider::fuzz::find_target(words[0]);
    if (target == nullptr) {
        std::fputs("usage: fuzz_replay TARGET FILE|FOLDER...\n", stderr);
        return 2;
    }
    target->run({});
    std::size_t inputs = 0;
    for (auto place = words.begin() + 1; place != words.end(); ++place) {
        for (const auto& file : list_files(*place)) {
            std::fprintf(stderr, "%s\n",
                         file.c_str());  // the last one told is the one that ended the program
            target->run(read(file));
            ++inputs;
        }
    }
    std::printf("%zu inputs\n", inputs);
    return inputs == 0 ? 1 : 0;
}
