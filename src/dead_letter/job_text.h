#pragma once

#include <postrider/dead_letter/job.h>

#include <optional>
#include <string>
#include <string_view>

namespace postrider::dead_letter {

/// A job as it lies in Redis: what it is, which never changes; its progress; and what it names, apart,
/// because lists do not need it and it goes when the job ends.
[[nodiscard]] std::string encode_made(const job& job);
[[nodiscard]] std::string encode_progress(const job& job);
/// Empty when nothing is named.
[[nodiscard]] std::string encode_named(const job& job);

/// The texts of one job, as they were read.
struct stored_job {
    std::string_view id;
    std::string_view made;
    std::string_view progress;
    std::optional<std::int64_t> created_at;
    std::string_view named;
};
/// Nothing when the texts make no sense.
[[nodiscard]] std::optional<job> decode_job(const stored_job& stored);

}  // namespace postrider::dead_letter
