// What Redis' own CPU an event costs in the scripts that every event goes through, by the size of a batch.
// The time that is shown is Redis' CPU, not this program's.
#include "scripts.h"

#include <benchmark/benchmark.h>
#include <hiredis/hiredis.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace postrider::queue {
namespace {

using texts = std::vector<std::string>;

/// A private redis-server without a file, and a connection to it.
class private_redis {
 public:
    private_redis()
        : folder_(std::filesystem::temp_directory_path() / ("bench-" + std::to_string(getpid()))) {
        std::filesystem::create_directory(folder_);
        const std::string socket = folder_ / "r.sock";
        texts words{"redis-server", "--port", "0",         "--unixsocket", socket,
                    "--save",       "",       "--logfile", folder_ / "log"};
        std::vector<char*> arguments;
        for (std::string& word : words)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        if (posix_spawnp(&pid_, "redis-server", nullptr, nullptr, arguments.data(), environ) != 0)
            throw std::runtime_error("redis-server cannot be started");
        for (int tries = 0; tries < 500 && !(connection_ && connection_->err == 0); ++tries) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            connection_.reset(redisConnectUnix(socket.c_str()));
        }
        call({"HSET", base + "owner", "token", token});
        for (const script each : {script::enqueue, script::claim, script::complete})
            call({"SCRIPT", "LOAD", std::string(text_of(each).text)});
    }
    ~private_redis() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        std::filesystem::remove_all(folder_);
    }
    private_redis(const private_redis&) = delete;
    private_redis& operator=(const private_redis&) = delete;

    std::shared_ptr<redisReply> call(const texts& command) {
        std::vector<const char*> starts;
        std::vector<std::size_t> sizes;
        for (const std::string& word : command) {
            starts.push_back(word.data());
            sizes.push_back(word.size());
        }
        auto* reply = static_cast<redisReply*>(redisCommandArgv(
            connection_.get(), static_cast<int>(starts.size()), starts.data(), sizes.data()));
        if (!reply || reply->type == REDIS_REPLY_ERROR)
            throw std::runtime_error(reply ? reply->str : "no reply");
        return {reply, freeReplyObject};
    }

    std::shared_ptr<redisReply> run(script script, texts arguments) {
        texts command{"EVALSHA", std::string(text_of(script).sha1), "1", base};
        command.insert(command.end(), arguments.begin(), arguments.end());
        return call(command);
    }

    /// Seconds of CPU that the server has used.
    double cpu() {
        const auto reply = call({"INFO", "cpu"});
        const std::string told(reply->str, reply->len);
        const auto value = [&](const std::string& name) {
            return std::stod(told.substr(told.find(name) + name.size()));
        };
        return value("used_cpu_user:") + value("used_cpu_sys:");
    }

    const std::string base = "bench:{1}:";
    const std::string token = std::string(22, 't');

 private:
    struct close {
        void operator()(redisContext* context) const noexcept { redisFree(context); }
    };
    std::filesystem::path folder_;
    pid_t pid_ = 0;
    std::unique_ptr<redisContext, close> connection_;
};

/// The arguments of enqueue for `count` events of 1 KiB for one endpoint.
texts events(private_redis& redis, std::uint64_t& number, std::int64_t count, bool at_once) {
    texts arguments{"86400000", redis.token,          "1", "1", "e", at_once ? "1" : "0", "1000000",
                    "100000",   std::to_string(count)};
    for (std::int64_t event = 0; event < count; ++event) {
        std::string id = std::to_string(number++);
        id.insert(0, 22 - id.size(), '0');
        for (const std::string& each : texts{id, std::string(1024, 'x'), "invoice.paid"})
            arguments.push_back(each);
    }
    return arguments;
}

/// Completes what was given as attempt 1 to the ids.
void complete(private_redis& redis, const texts& ids) {
    texts arguments{redis.token, "1", "1", "e", "1000", std::to_string(ids.size())};
    for (const std::string& id : ids)
        for (const std::string& each : texts{id, "1", id + std::string(32, 'r')})
            arguments.push_back(each);
    for (const char* no_claims : {"0", "0", "0"})
        arguments.emplace_back(no_claims);
    redis.run(script::complete, arguments);
}

/// One batch from its intake to its end.
void bring_through(private_redis& redis, std::uint64_t& number, std::int64_t batch, bool at_once) {
    const texts arguments = events(redis, number, batch, at_once);
    redis.run(script::enqueue, arguments);
    const std::string count = std::to_string(batch);
    if (!at_once) redis.run(script::claim, {redis.token, count, "1000000000", "1", "1", "e", count, "0"});
    texts ids;
    for (std::size_t at = 9; at < arguments.size(); at += 3)
        ids.push_back(arguments[at]);
    complete(redis, ids);
}

void whole_way(benchmark::State& state, bool at_once) {
    constexpr int batches = 50;  // asking for the CPU costs some itself
    private_redis redis;
    std::uint64_t number = 0;
    for (auto _ : state) {
        const double before = redis.cpu();
        for (int round = 0; round < batches; ++round)
            bring_through(redis, number, state.range(0), at_once);
        state.SetIterationTime((redis.cpu() - before) / static_cast<double>(batches * state.range(0)));
    }
    state.SetLabel("Redis' CPU for each event");
}
BENCHMARK_CAPTURE(whole_way, straight, true)
    ->Name("scripts/enqueue in flight, complete; events in a batch:")
    ->Arg(1)
    ->Arg(8)
    ->Arg(64)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(20);
BENCHMARK_CAPTURE(whole_way, queued, false)
    ->Name("scripts/enqueue, claim, complete; events in a batch:")
    ->Arg(1)
    ->Arg(8)
    ->Arg(64)
    ->UseManualTime()
    ->Unit(benchmark::kMicrosecond)
    ->Iterations(20);

}  // namespace
}  // namespace postrider::queue
