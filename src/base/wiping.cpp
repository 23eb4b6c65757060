#include <postrider/base/wiping.h>

#include <malloc.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <new>

// GCC tells by macros what clang tells by features. An allocator of a sanitizer wants to be the only one.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define POSTRIDER_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define POSTRIDER_SANITIZED
#endif
#endif

namespace postrider {

namespace {

thread_local constinit unsigned scopes = 0;

#ifndef POSTRIDER_SANITIZED
/// The C++ library's `operator new` takes its memory from malloc.
void give_back(void* block) noexcept {
    if (scopes > 0 && block != nullptr) OPENSSL_cleanse(block, ::malloc_usable_size(block));
    std::free(block);
}
#endif

}  // namespace

wiping_scope::wiping_scope() noexcept {
    ++scopes;
}

wiping_scope::~wiping_scope() {
    --scopes;
}

}  // namespace postrider

#ifndef POSTRIDER_SANITIZED
void operator delete(void* block) noexcept {
    postrider::give_back(block);
}
void operator delete(void* block, std::size_t) noexcept {
    postrider::give_back(block);
}
#endif
