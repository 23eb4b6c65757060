#pragma once

#include <postrider/base/clock.h>
#include <postrider/queue/membership.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace postrider::queue {

/// The members as one of them reads them, again and again. No I/O.
class member_list {
 public:
    /// `exclusive`: no other can live.
    member_list(std::string self, milliseconds lease, bool exclusive, const time_source& time);

    using records = std::vector<std::pair<std::string, std::string>>;  ///< id, record
    /// All records as just read. One that is not among them left.
    void note_read(const records& read);
    /// Those whose record moved within a lease of our reads, and oneself if it was read; by id.
    [[nodiscard]] std::vector<member> live() const;
    /// Those whose record stood still for longer, with that record: at most 128.
    [[nodiscard]] records gone() const;

 private:
    struct sighting {
        std::string record;
        monotonic_time since;  ///< the first read that saw this record
    };
    [[nodiscard]] bool is_gone(const std::string& id, const sighting& seen) const;

    std::string self_;
    milliseconds lease_;
    bool exclusive_;
    const time_source& time_;
    std::map<std::string, sighting> seen_;
};

}  // namespace postrider::queue
