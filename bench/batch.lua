-- wrk: a hundred events of 1 KiB in each POST, as lines of JSON without ids
local head, tail = '{"type":"invoice.paid","data":{"text":"', '"}}'
local event = head .. string.rep("x", 1024 - #head - #tail) .. tail
wrk.method = "POST"
wrk.body = string.rep(event .. "\n", 100)
wrk.headers["Content-Type"] = "application/x-ndjson"
wrk.headers["Host"] = "localhost"
