// SPDX-License-Identifier: GPL-2.0-only
#include "support/count_allocations.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::size_t count = 0;

} // namespace

namespace mitosis::test {

std::size_t allocations()
{
    return count;
}

} // namespace mitosis::test

// The array forms end in these. The nothrow form is spelled out because a sanitizer's own would not
// fit the operator delete below.
void *operator new(std::size_t size, const std::nothrow_t & /*tag*/) noexcept
{
    ++count;
    return std::malloc(size == 0 ? 1 : size);
}

void *operator new(std::size_t size)
{
    if (void *memory = operator new(size, std::nothrow))
        return memory;
    throw std::bad_alloc();
}

void operator delete(void *memory) noexcept
{
    std::free(memory);
}

void operator delete(void *memory, std::size_t /*size*/) noexcept
{
    std::free(memory);
}
