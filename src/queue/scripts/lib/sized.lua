-- Gives the fields of a text in which each stands as '<length>:<bytes>'.
local function read_sized(text)
    local fields, at = {}, 1
    while at <= #text do
        local colon = text:find(':', at, true)
        local last = colon + text:sub(at, colon - 1)
        fields[#fields + 1] = text:sub(colon + 1, last)
        at = last + 1
    end
    return fields
end
