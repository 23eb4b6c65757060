#include <postrider/event/event.h>

#include <benchmark/benchmark.h>

namespace postrider {
namespace {

event some_event() {
    event made{"default",
               "evt_0123456789abcdefghijkl",
               "invoice.paid",
               "",
               "",
               wall_time(milliseconds(1700000000000)),
               {}};
    made.body =
        render_body(made.id, made.type, "2026-01-31T12:00:00.000Z", '"' + std::string(960, 'x') + '"');
    return made;
}

void encode(benchmark::State& state) {
    const event made = some_event();
    for (auto _ : state)
        benchmark::DoNotOptimize(encode_event(made));
}
BENCHMARK(encode)->Name("event/encode, 1 KiB");

void decode(benchmark::State& state) {
    const std::string stored = encode_event(some_event());
    for (auto _ : state)
        benchmark::DoNotOptimize(decode_event(stored));
}
BENCHMARK(decode)->Name("event/decode, 1 KiB");

void name_in_store(benchmark::State& state) {
    for (auto _ : state)
        benchmark::DoNotOptimize(store_id("default", "evt_0123456789abcdefghijkl"));
}
BENCHMARK(name_in_store)->Name("event/store id");

}  // namespace
}  // namespace postrider
