// SPDX-License-Identifier: GPL-2.0-only
// Definitions of CpuSet, included by cpu_set.hpp only: constexpr, so that sets can be constants.

namespace mitosis {

class CpuSet::Iterator {
public:
    using iterator_category = std::forward_iterator_tag;
    using iterator_concept = std::forward_iterator_tag;
    using value_type = unsigned;
    using difference_type = std::ptrdiff_t;
    using pointer = const unsigned *;
    using reference = unsigned;

    constexpr Iterator() = default;
    constexpr Iterator(const CpuSet &set, std::size_t word) : words_(&set.words_), word_(word)
    {
        load();
    }

    constexpr unsigned operator*() const
    {
        return static_cast<unsigned>(word_ * word_bits) +
               static_cast<unsigned>(std::countr_zero(rest_));
    }
    constexpr Iterator &operator++()
    {
        rest_ &= rest_ - 1;
        if (rest_ == 0) {
            ++word_;
            load();
        }
        return *this;
    }
    constexpr Iterator operator++(int)
    {
        Iterator before = *this;
        ++*this;
        return before;
    }
    friend constexpr bool operator==(const Iterator &, const Iterator &) = default;

private:
    constexpr void load()
    {
        while (word_ < word_count && (*words_)[word_] == 0)
            ++word_;
        rest_ = word_ < word_count ? (*words_)[word_] : 0;
    }

    const std::array<Word, word_count> *words_ = nullptr;
    std::size_t word_ = 0;
    Word rest_ = 0; // the bits of the current word that are not yet visited
};

constexpr CpuSet::CpuSet(std::initializer_list<unsigned> cpus)
{
    for (const unsigned cpu : cpus)
        insert(cpu);
}

constexpr CpuSet CpuSet::range(unsigned first, unsigned last)
{
    assert(last < first || last < max_cpus);
    CpuSet set;
    for (unsigned cpu = first; cpu <= last;) {
        const unsigned in_word = cpu % word_bits;
        const unsigned run = std::min(word_bits - in_word, last - cpu + 1);
        set.words_[cpu / word_bits] |= (~Word{0} >> (word_bits - run)) << in_word;
        cpu += run;
    }
    return set;
}

constexpr void CpuSet::insert(unsigned cpu)
{
    assert(cpu < max_cpus);
    words_[cpu / word_bits] |= Word{1} << (cpu % word_bits);
}

constexpr void CpuSet::erase(unsigned cpu)
{
    assert(cpu < max_cpus);
    words_[cpu / word_bits] &= ~(Word{1} << (cpu % word_bits));
}

constexpr bool CpuSet::contains(unsigned cpu) const
{
    return cpu < max_cpus && (words_[cpu / word_bits] >> (cpu % word_bits) & 1) != 0;
}

constexpr bool CpuSet::empty() const
{
    return std::ranges::all_of(words_, [](Word word) { return word == 0; });
}

constexpr unsigned CpuSet::count() const
{
    unsigned total = 0;
    for (const Word word : words_)
        total += static_cast<unsigned>(std::popcount(word));
    return total;
}

constexpr std::optional<unsigned> CpuSet::first() const
{
    const Iterator lowest = begin();
    return lowest == end() ? std::nullopt : std::optional(*lowest);
}

constexpr std::optional<unsigned> CpuSet::last() const
{
    for (std::size_t index = word_count; index-- > 0;)
        if (const Word word = words_[index]; word != 0)
            return static_cast<unsigned>(index) * word_bits +
                   static_cast<unsigned>(std::bit_width(word)) - 1;
    return std::nullopt;
}

constexpr bool CpuSet::includes(const CpuSet &other) const
{
    return (other - *this).empty();
}

constexpr bool CpuSet::intersects(const CpuSet &other) const
{
    for (std::size_t word = 0; word < word_count; ++word)
        if ((words_[word] & other.words_[word]) != 0)
            return true;
    return false;
}

constexpr CpuSet &CpuSet::operator|=(const CpuSet &other)
{
    for (std::size_t word = 0; word < word_count; ++word)
        words_[word] |= other.words_[word];
    return *this;
}

constexpr CpuSet &CpuSet::operator&=(const CpuSet &other)
{
    for (std::size_t word = 0; word < word_count; ++word)
        words_[word] &= other.words_[word];
    return *this;
}

constexpr CpuSet &CpuSet::operator-=(const CpuSet &other)
{
    for (std::size_t word = 0; word < word_count; ++word)
        words_[word] &= ~other.words_[word];
    return *this;
}

constexpr CpuSet::Iterator CpuSet::begin() const
{
    return {*this, 0};
}

constexpr CpuSet::Iterator CpuSet::end() const
{
    return {*this, word_count};
}

} // namespace mitosis
