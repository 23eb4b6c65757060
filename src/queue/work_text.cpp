#include <postrider/queue/work_notes.h>

#include <algorithm>
#include <charconv>

namespace postrider::queue {

std::string encode_work(const std::vector<std::pair<std::uint32_t, std::string>>& notes) {
    std::string payload = "w";
    for (const auto& [partition, queue_name] : notes)
        payload.append(std::to_string(partition)).append(1, ' ').append(queue_name).append(1, '\n');
    return payload;
}

std::vector<std::pair<std::uint32_t, std::string>> decode_work(std::string_view payload,
                                                               std::uint32_t partitions) {
    std::vector<std::pair<std::uint32_t, std::string>> notes;
    if (!payload.starts_with('w')) return notes;
    payload.remove_prefix(1);
    while (!payload.empty()) {
        const std::string_view line = payload.substr(0, payload.find('\n'));
        payload.remove_prefix(std::min(line.size() + 1, payload.size()));
        std::uint32_t partition = 0;
        const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), partition);
        const auto digits = static_cast<std::size_t>(end - line.data());
        if (error != std::errc() || partition >= partitions || digits + 1 >= line.size() || *end != ' ')
            continue;
        notes.emplace_back(partition, line.substr(digits + 1));
    }
    return notes;
}

}  // namespace postrider::queue
