#pragma once

namespace postrider {

/// While one lives, whatever its thread gives back to the heap is wiped before: parsers copy what they read,
/// secrets among it, in buffers that nobody else can reach. For work that is done once in a while, not for
/// the way of an event. They may be nested; one must not live across a suspension of a coroutine. Programs
/// that are built with a sanitizer keep its allocator, and wipe nothing.
class wiping_scope {
 public:
    wiping_scope() noexcept;
    ~wiping_scope();
    wiping_scope(const wiping_scope&) = delete;
    wiping_scope& operator=(const wiping_scope&) = delete;
};

}  // namespace postrider
