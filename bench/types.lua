-- wrk: POSTs of 1 KiB whose types take turns, t0, t1, …: as many as the argument says, one for each endpoint
local requests, turn, count = {}, 0, 1

function init(arguments)
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    wrk.headers["Host"] = "localhost"
    count = tonumber(arguments[1])
    for number = 0, count - 1 do
        local head, tail = '{"type":"t' .. number .. '","data":{"text":"', '"}}'
        requests[number] = wrk.format(nil, nil, nil, head .. string.rep("x", 1024 - #head - #tail) .. tail)
    end
end

function request()
    turn = (turn + 1) % count
    return requests[turn]
end
