-- wrk: POSTs of 1 KiB whose types take turns, t0 to t999, one for each of 1,000 endpoints
local requests, turn = {}, 0

function init()
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    wrk.headers["Host"] = "localhost"
    for number = 0, 999 do
        local head, tail = '{"type":"t' .. number .. '","data":{"text":"', '"}}'
        requests[number] = wrk.format(nil, nil, nil, head .. string.rep("x", 1024 - #head - #tail) .. tail)
    end
end

function request()
    turn = (turn + 1) % 1000
    return requests[turn]
end
