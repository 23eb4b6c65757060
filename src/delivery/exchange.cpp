#include "exchange.h"

#include "duration_text.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

namespace postrider::delivery {

namespace asio = boost::asio;

exchange_failure explain(const connection& with, const exchange& ended) {
    if (with.deadline.fired())
        return {transport_error::timeout, "no response header within " + to_text(ended.limit)};
    if (!ended.error && with.decoder.fault().empty())
        return {transport_error::protocol,
                "no response header within " + std::to_string(ended.received) + " bytes"};
    if (!ended.error) return {transport_error::protocol, "response: " + std::string(with.decoder.fault())};
    if (ended.error == asio::error::eof)
        return {transport_error::disconnected, ended.received == 0
                                                   ? "connection closed before a response"
                                                   : "connection closed before a complete response header"};
    // Such as the alert of a peer that wanted a client certificate: in TLS 1.3 it comes after the handshake.
    if (ended.error.category() == asio::error::get_ssl_category())
        return {transport_error::tls, "TLS: " + ended.error.message()};
    return {transport_error::disconnected, "connection lost before a response: " + ended.error.message()};
}

}  // namespace postrider::delivery
