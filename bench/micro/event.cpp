#include <postrider/event/event.h>
#include <postrider/queue/attempt_record.h>

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

queue::attempt_record some_record() {
    queue::attempt_record record;
    record.event_id = "evt_0123456789abcdefghijkl";
    record.event_type = "invoice.paid";
    record.begun_at = wall_time(milliseconds(1700000000000));
    record.attempt = 1;
    record.status = 204;
    record.duration = milliseconds(3);
    return record;
}

const std::string record_id(queue::store_id_bytes, 'i');

void encode_record(benchmark::State& state) {
    const queue::attempt_record record = some_record();
    for (auto _ : state)
        benchmark::DoNotOptimize(queue::encode_attempt(0, record_id, record));
}
BENCHMARK(encode_record)->Name("record of an attempt/encode");

void decode_record(benchmark::State& state) {
    const std::string stored = queue::encode_attempt(0, record_id, some_record());
    for (auto _ : state)
        benchmark::DoNotOptimize(queue::decode_attempt(stored));
}
BENCHMARK(decode_record)->Name("record of an attempt/decode");

}  // namespace
}  // namespace postrider
