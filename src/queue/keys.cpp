#include <postrider/base/digest.h>
#include <postrider/base/encoding.h>
#include <postrider/queue/keys.h>
#include <postrider/redis/slot.h>

#include <cstddef>
#include <initializer_list>
#include <span>
#include <utility>

namespace postrider::queue {

namespace {

using redis::slots;

/// "0", "1", … "z", "00", "01", …: every tag over 36 characters, the short ones first.
class tag_sequence {
 public:
    [[nodiscard]] const std::string& present() const { return tag_; }
    void advance() {
        for (std::size_t place = tag_.size(); place-- > 0;) {
            if (tag_[place] != 'z') {
                tag_[place] = tag_[place] == '9' ? 'a' : static_cast<char>(tag_[place] + 1);
                return;
            }
            tag_[place] = '0';
        }
        tag_.insert(tag_.begin(), '0');
    }

 private:
    std::string tag_ = "0";
};

/// One tag for each partition: the first in the sequence whose slot is n × 16384 / P. Part of the store's
/// format: another choice would not find what an older version stored.
std::vector<std::string> choose_tags(std::uint32_t partitions) {
    constexpr std::uint32_t none = UINT32_MAX;
    std::vector<std::uint32_t> wanted_by(slots, none);
    std::vector<std::uint32_t> next(partitions, none);  // more than 16,384 partitions share slots
    for (std::uint32_t partition = partitions; partition-- > 0;) {
        auto& first = wanted_by[static_cast<std::uint64_t>(partition) * slots / partitions];
        next[partition] = std::exchange(first, partition);
    }
    std::vector<std::string> tags(partitions);
    tag_sequence tag;
    for (std::uint32_t missing = partitions; missing > 0; tag.advance()) {
        auto& first = wanted_by[redis::hash_slot(tag.present())];
        if (first == none) continue;
        tags[first] = tag.present();
        first = next[first];
        --missing;
    }
    return tags;
}

std::string join(std::initializer_list<std::string_view> parts) {
    std::size_t length = 0;
    for (const auto part : parts)
        length += part.size();
    std::string joined;
    joined.reserve(length);
    for (const auto part : parts)
        joined += part;
    return joined;
}

}  // namespace

keys::keys(std::string prefix, std::uint32_t partitions) : prefix_(std::move(prefix)) {
    bases_.reserve(partitions);
    kept_.reserve(partitions);
    for (const std::string& tag : choose_tags(partitions)) {
        const std::string& base = bases_.emplace_back(join({prefix_, ":{", tag, "}:"}));
        kept_.push_back({join({base, "states"}), join({base, "inflight"}), counts_under(base)});
        slots_.push_back(redis::hash_slot(tag));
    }
}

// FNV-1a over 64 bits, then the finalizer of MurmurHash3: FNV's low bits alone depend on the low bits of
// the name only. Part of the store's format.
std::uint32_t keys::partition_of(std::string_view name) const noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char character : name)
        hash = (hash ^ static_cast<std::uint8_t>(character)) * 0x100000001b3;
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
    hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
    hash ^= hash >> 33;
    return static_cast<std::uint32_t>(hash % bases_.size());
}

std::string keys::store() const {
    return prefix_ + ":store";
}
std::string keys::members() const {
    return prefix_ + ":{members}:members";
}
std::string keys::members_channel() const {
    return prefix_ + ":{members}:changed";
}
std::string keys::work_channel(std::string_view member_id) const {
    return join({prefix_, ":{members}:work:", member_id});
}
std::string keys::mark(std::uint32_t partition) const {
    return join({bases_[partition], "mark"});
}
std::string keys::token(std::uint32_t partition) const {
    return lease_under(bases_[partition]).token;
}
std::string keys::beat(std::uint32_t partition) const {
    return lease_under(bases_[partition]).beat;
}
std::string keys::holder(std::uint32_t partition) const {
    return lease_under(bases_[partition]).holder;
}
std::string keys::event(std::uint32_t partition, std::string_view store_id) const {
    return join({bases_[partition], "event:", store_id});
}
std::string keys::queue(std::uint32_t partition, std::string_view queue_name) const {
    return join({bases_[partition], "queue:", queue_name});
}
std::string keys::retry_lane(std::uint32_t partition, std::string_view queue_name) const {
    return join({bases_[partition], "again:", queue_name});
}
std::string keys::retry(std::uint32_t partition, std::string_view queue_name) const {
    return join({bases_[partition], "retry:", queue_name});
}
std::string keys::dead(std::uint32_t partition, std::string_view queue_name) const {
    return join({bases_[partition], "dead:", queue_name});
}
std::string keys::dead_record(std::uint32_t partition, std::string_view queue_name,
                              std::string_view store_id) const {
    return join({bases_[partition], "letter:", queue_name, "|", store_id});
}
std::string keys::all_dead(std::uint32_t partition) const {
    return join({bases_[partition], "dead"});
}
std::string keys::ready(std::uint32_t partition) const {
    return join({bases_[partition], "ready"});
}
std::string keys::due(std::uint32_t partition) const {
    return join({bases_[partition], "due"});
}
std::string keys::remembered(std::uint32_t partition, std::string_view store_id) const {
    return join({bases_[partition], "id:", store_id});
}
std::string keys::order(std::uint32_t partition, std::string_view queue_name, std::string_view hash) const {
    return join({bases_[partition], "key:", queue_name, ":", hash});
}
std::string keys::parked(std::uint32_t partition) const {
    return join({bases_[partition], "parked"});
}
std::string keys::history(std::uint32_t partition, std::string_view queue_name) const {
    return join({bases_[partition], "history:", queue_name});
}
std::string keys::names(std::uint32_t partition) const {
    return join({bases_[partition], "names"});
}
std::string keys::health(std::uint32_t partition) const {
    return join({bases_[partition], "health"});
}

lease_keys lease_under(std::string_view base) {
    return {join({base, "token"}), join({base, "beat"}), join({base, "holder"})};
}
std::string counts_under(std::string_view base) {
    return join({base, "counts"});
}

std::string key_hash(std::string_view ordering_key) {
    if (ordering_key.empty()) return {};
    const auto digest = sha256({ordering_key});
    return to_base64url(std::span(digest).first(8));
}

}  // namespace postrider::queue
