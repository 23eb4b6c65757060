#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postrider::queue {

/// A script of src/queue/scripts, as generated at build time.
struct script_text {
    std::string_view name;
    std::string_view sha1;  ///< of the text, as EVALSHA wants it
    std::string_view text;
};
extern const script_text embedded_scripts[];  ///< by name
extern const std::size_t embedded_script_count;

/// In the order of `embedded_scripts`.
enum class script : std::uint8_t {
    acquire,
    beat,
    bury,
    claim,
    complete,
    dead_page,
    depths,
    drop_history,
    end_waiting,
    enqueue,
    erase_event,
    erase_queue,
    erase_records,
    find_delivery,
    finish_move,
    hand_back,
    history_page,
    letters,
    mark,
    note_test,
    overview,
    parked_page,
    promote_due,
    purge,
    reckon,
    recover,
    rehome,
    release,
    renew,
    replay,
    replay_with_body,
    retry_later,
    save_health,
    sweep,
    waiting_before,
    waiting_page,
};

[[nodiscard]] const script_text& text_of(script script) noexcept;

}  // namespace postrider::queue
