#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <utility>

namespace postrider::http {

/// A client's end of a TCP connection over loopback; blocking. Reads have no limit of their own: one on the
/// socket would let a process that is stopped and continued meanwhile break them off. CTest ends the test.
class client {
 public:
    explicit client(int descriptor) : descriptor_(descriptor) {}
    ~client();
    client(client&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}  // before use only
    client& operator=(client&&) = delete;

    /// Both ends of a new connection: the client's, and a descriptor for a server to take over.
    [[nodiscard]] static std::pair<client, int> connect();

    void send(std::string_view bytes);
    void half_close() const;
    void reset();  ///< closes with RST
    /// Reads until `text` was received; all that came, which is less at the end of the stream.
    [[nodiscard]] std::string read_until(std::string_view text);
    /// Reads to the end of the stream. A reset counts as the end.
    [[nodiscard]] std::string read_to_end();
    /// Whether the server closed, in order or by reset; waits for one or the other, or for bytes.
    [[nodiscard]] bool is_closed();
    /// Whether a send or a read met a reset.
    [[nodiscard]] bool was_reset() const noexcept { return reset_; }
    void shrink_receive_buffer() const;
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
    [[nodiscard]] bool read_some();

    int descriptor_;
    std::string received_;
    std::atomic<bool> reset_ = false;
};

}  // namespace postrider::http
