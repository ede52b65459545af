// SPDX-License-Identifier: GPL-2.0-only
// The running kernel's type information as older tools write it: an enumerator that needs 64 bits
// has the lower half of its value alone. Written to the file that is named.
#include <bpf/btf.h>
#include <linux/btf.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>

namespace {

struct Free {
    void operator()(btf *types) const { btf__free(types); }
};
using Types = std::unique_ptr<btf, Free>;
struct Close {
    void operator()(std::FILE *file) const { std::fclose(file); }
};

/// Prints what failed, with the reason in `error`, a negative errno.
int complain(const char *what, int error)
{
    std::fprintf(stderr, "%s: %s\n", what, std::strerror(-error));
    return 1;
}

/// The id, which is the next one, or a negative errno.
int add_half(btf *to, const btf *from, const struct btf_type *type)
{
    const int id = btf__add_enum(to, btf__name_by_offset(from, type->name_off), type->size);
    if (id < 0)
        return id;
    for (const struct btf_enum64 &value : std::span(btf_enum64(type), btf_vlen(type)))
        if (const int error = btf__add_enum_value(to, btf__name_by_offset(from, value.name_off),
                                                  static_cast<std::int32_t>(value.val_lo32)))
            return error;
    return id;
}

int write(const btf *types, const char *path)
{
    std::uint32_t size = 0;
    const void *const raw = btf__raw_data(types, &size);
    const std::unique_ptr<std::FILE, Close> file(std::fopen(path, "wb"));
    if (raw == nullptr || !file || std::fwrite(raw, 1, size, file.get()) != size)
        return complain(path, -errno);
    return 0;
}

int halve(const char *path)
{
    const Types from(btf__load_vmlinux_btf());
    const Types to(btf__new_empty());
    if (!from || !to)
        return complain("the kernel's types", -errno);
    for (std::uint32_t id = 1; id < btf__type_cnt(from.get()); ++id) {
        const struct btf_type *const type = btf__type_by_id(from.get(), id);
        const int added = btf_is_enum64(type) ? add_half(to.get(), from.get(), type)
                                              : btf__add_type(to.get(), from.get(), type);
        if (added < 0)
            return complain("copy a type", added);
    }
    return write(to.get(), path);
}

} // namespace

int main(int argc, char **argv)
{
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    if (arguments.size() != 2) {
        std::fputs("Usage: half_enums FILE\n", stderr);
        return 2;
    }
    return halve(arguments[1]);
}
