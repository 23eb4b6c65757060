#pragma once

#include <postrider/base/clock.h>
#include <postrider/redis/call_result.h>
#include <postrider/redis/client.h>
#include <postrider/redis/command.h>

#include <boost/asio/awaitable.hpp>

#include <string_view>

namespace postrider::redis {

/// A Lua script as embed_lua puts it into a library: lives as long as the process.
struct script {
    std::string_view name;
    std::string_view sha1;  ///< of the text, as EVALSHA wants it
    std::string_view text;
};

/// What a client's preamble needs of a script.
[[nodiscard]] command load_script(const script& script);

/// Waits for the reply for at most so long: past it the outcome is unknown, and a late reply is dropped.
/// Awaited on the client's executor, which lives until the reply or the end of the wait.
[[nodiscard]] boost::asio::awaitable<call_result> call_within(client& client, command command,
                                                              milliseconds longest);

/// The same for a script. `call` was begun as EVALSHA with the script's digest; when Redis does not know the
/// script (it was restarted, its cache was flushed), it goes once more with the text.
[[nodiscard]] boost::asio::awaitable<call_result> run_script(client& client, const script& script,
                                                             command call, milliseconds longest);

}  // namespace postrider::redis
