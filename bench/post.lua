-- wrk: a POST of exactly 1024 bytes of JSON, without an id
local head, tail = '{"type":"invoice.paid","data":{"text":"', '"}}'
wrk.method = "POST"
wrk.body = head .. string.rep("x", 1024 - #head - #tail) .. tail
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Host"] = "localhost"
