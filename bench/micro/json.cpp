#include "batch.h"

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

namespace postrider::intake {
namespace {

/// `{"type": …, "data": …}` of 1 KiB: one long text, or many small members.
std::string posted(bool one_text) {
    std::string data = one_text ? "{\"text\":\"" + std::string(975, 'x') + "\"}" : "{\"a\":0";
    if (!one_text) {
        for (int number = 0; data.size() < 975; ++number)
            data += ",\"member" + std::to_string(number) + "\":[" + std::to_string(number) + ",true]";
        data += '}';
    }
    return "{\"type\":\"invoice.paid\",\"data\":" + data + '}';
}

void scan(benchmark::State& state) {
    const std::string body = posted(state.range(0) == 1);
    for (auto _ : state)
        benchmark::DoNotOptimize(read_single(body));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(scan)->Name("json/envelope of 1 KiB, one text:")->Arg(1)->Arg(0);

/// What it would cost to build a document of it.
void parse_whole(benchmark::State& state) {
    const std::string body = posted(state.range(0) == 1);
    for (auto _ : state)
        benchmark::DoNotOptimize(nlohmann::json::parse(body));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(parse_whole)->Name("json/the same by nlohmann-json, one text:")->Arg(1)->Arg(0);

}  // namespace
}  // namespace postrider::intake
